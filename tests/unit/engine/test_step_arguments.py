"""Whatever a script gives to a step: its arguments come out, or Jenkins' failure does."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcci.engine.definition import bind
from tlcci.engine.environment import Environment
from tlcci.engine.failures import Failure, failure_of
from tlcci.engine.steps import STEPS
from tlcci.errors import MachineError

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
CLOSURE = st.just({"$x": "closure", "index": 0})
SYMBOL = st.fixed_dictionaries(
    {"$x": st.just("symbol"), "name": st.text(), "args": st.dictionaries(st.text(), PLAIN)}
)
NAMES = sorted({param.name for step in STEPS.values() for param in step.params} | {"$class"})
VALUE = st.recursive(
    PLAIN | CLOSURE | SYMBOL,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(name=st.sampled_from(sorted(STEPS)), args=st.lists(VALUE, max_size=3))
def test_arguments_are_bound_or_refused_as_jenkins_refuses(name: str, args: list[Any]) -> None:
    """No other error than a Failure leaves, whatever was given."""
    step = STEPS[name]

    with contextlib.suppress(Failure):
        bound = bind(step, args, lambda _text: None)

        assert step.takes_any or {param.name for param in step.params} == set(bound)


@given(st.dictionaries(st.text(min_size=1).filter(lambda n: "+" not in n), st.text(min_size=1)))
def test_what_is_laid_over_an_environment_shows(values: dict[str, str]) -> None:
    """Each name has its value, or that of one which differs in case only."""
    env = Environment({"FIRST": "1"})

    env.override(values)

    for name in values:
        same = {value for other, value in values.items() if other.upper() == name.upper()}
        assert env[name] in same


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_plus_puts_a_value_before_the_one_that_was(first: str, second: str) -> None:
    """`PATH+X` goes before PATH, and an empty value takes a variable away."""
    env = Environment({"PATH": first})

    env.override({"PATH+X": second})
    prepended = env["path"]
    env.override({"Path": ""})

    assert f"{second}:{first}" == prepended
    assert "PATH" not in env


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MachineError("lost", "gpu-03 is lost"), ("hudson.AbortException", "gpu-03 is lost")),
        (OSError(28, "No space left", "/x"), ("java.io.IOException", "/x: No space left")),
        (OSError("odd"), ("java.io.IOException", "odd")),
    ],
)
def test_a_fault_of_a_machine_or_its_disk_is_one_that_groovy_can_catch(
    error: MachineError | OSError, expected: tuple[str, str]
) -> None:
    """The machine is named; the run goes on."""
    failure = failure_of(error)

    assert expected == (failure.type, failure.message)
