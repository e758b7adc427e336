"""The table of steps."""

from __future__ import annotations

from collections import Counter

from tlcci.engine import steps


def test_no_two_modules_have_a_step_of_the_same_name() -> None:
    """A second row of a name would silently replace the first."""
    names = Counter(step.name for module in steps._MODULES for step in module.STEPS)

    assert [] == [name for name, times in names.items() if times > 1]
