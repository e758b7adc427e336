"""`script` and what else belongs to Declarative: the tools that it puts on the PATH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import abort

if TYPE_CHECKING:
    from tlcci.engine.program import Call

_PACKAGE = "org.jenkinsci.plugins.pipeline.modeldefinition.steps"


async def _script(call: Call) -> Any:  # noqa: ANN401 - the body's value
    return await call.body()


async def _variables_for_tool(call: Call) -> list[str]:
    """Return what a tool adds to the environment: Git, the one there is, adds nothing."""
    tool, version = call.args["toolId"], call.args["toolVersion"]
    if (tool, version) != ("hudson.plugins.git.GitTool", "Default"):
        raise abort(f"No tool of type {tool} named {version} found")
    return []


STEPS = (
    Step("script", _script, type_name=f"{_PACKAGE}.ScriptStep", is_block=True),
    Step(
        "envVarsForTool",
        _variables_for_tool,
        (Param("toolId"), Param("toolVersion")),
        type_name=f"{_PACKAGE}.EnvVarsForToolStep",
        needs_node=True,
    ),
)
