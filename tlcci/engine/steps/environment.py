"""`withEnv`: variables for the steps inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, not_instantiated

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _with_env(call: Call) -> Any:  # noqa: ANN401 - the body's value
    layer: dict[str, str] = {}
    overrides = call.args["overrides"]
    if overrides is None or any(pair is None or "=" not in pair for pair in overrides):
        raise not_instantiated(call.step, {"overrides": overrides})
    for pair in overrides:
        name, _, value = pair.partition("=")
        layer[name] = value
    return await call.body(call.context.with_env(layer))


STEPS = (
    Step(
        "withEnv",
        _with_env,
        (Param("overrides", "list", of="java.lang.String"),),
        sole="overrides",
        type_name="org.jenkinsci.plugins.workflow.steps.EnvStep",
        is_block=True,
    ),
)
