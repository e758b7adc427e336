"""`withEnv`: variables for the steps inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, render
from tlcci.engine.failures import illegal_argument

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _with_env(call: Call) -> Any:  # noqa: ANN401 - the body's value
    layer: dict[str, str] = {}
    for pair in call.args["overrides"]:
        name, equals, value = render(pair).partition("=")
        if not equals:
            raise illegal_argument(f"{render(pair)}: expected NAME=value")
        layer[name] = value
    return await call.body(call.context.with_env(layer))


STEPS = (
    Step(
        "withEnv",
        _with_env,
        (Param("overrides", "list"),),
        sole="overrides",
        type_name="org.jenkinsci.plugins.workflow.steps.EnvStep",
        is_block=True,
    ),
)
