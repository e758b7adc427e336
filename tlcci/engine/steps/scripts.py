"""`load`, `library`, `build` and `tool`: other scripts, jobs and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure, abort
from tlcci.engine.sites import do
from tlcci.engine.steps.folders import resolved

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _load(call: Call) -> Any:  # noqa: ANN401 - what the script returns
    path = resolved(call, call.args["path"])
    try:
        site = call.build.site(call.context)
        text = (await do(site, site.files.read, path)).decode("utf-8", "replace")
    except OSError as error:
        raise Failure("java.nio.file.NoSuchFileException", path) from error
    message = {
        "t": "script",
        "id": call.wire_id,
        "text": text,
    }
    thread = call.program.start_thread(call, call.context, None, message)
    return await thread.ended


async def _library(call: Call) -> None:
    name = str(call.args["identifier"]).partition("@")[0]
    raise abort(f"No library named {name} found")


async def _library_resource(call: Call) -> None:
    raise abort(f"No such library resource {call.args['resource']} could be found.")


async def _build(call: Call) -> None:
    raise abort(f"No item named {call.args['job']} found")


async def _tool(call: Call) -> str:
    name, kind = call.args["name"], call.args["type"]
    if name == "Default" and kind in {None, "git", "hudson.plugins.git.GitTool"}:
        return "git"
    what = kind or "tool"
    raise abort(f"No {what} named {name} found")


STEPS = (
    Step(
        "load",
        _load,
        (Param("path"),),
        sole="path",
        type_name="org.jenkinsci.plugins.workflow.cps.steps.LoadStep",
        is_block=True,
        needs_node=True,
    ),
    Step(
        "library",
        _library,
        (
            Param("identifier"),
            Param("retriever", "any", default=None),
            Param("changelog", "any", default=None),
        ),
        sole="identifier",
        type_name="org.jenkinsci.plugins.workflow.libs.LibraryStep",
    ),
    Step(
        "libraryResource",
        _library_resource,
        (Param("resource"), Param("encoding", default=None)),
        sole="resource",
        type_name="org.jenkinsci.plugins.workflow.libs.ResourceStep",
    ),
    Step(
        "build",
        _build,
        (
            Param("job"),
            Param("parameters", "list", default=None),
            Param("wait", "bool", default=True),
            Param("propagate", "bool", default=True),
            Param("quietPeriod", "int", default=None),
            Param("waitForStart", "bool", default=False),
        ),
        sole="job",
        type_name="org.jenkinsci.plugins.workflow.support.steps.build.BuildTriggerStep",
    ),
    Step(
        "tool",
        _tool,
        (Param("name"), Param("type", default=None)),
        sole="name",
        type_name="org.jenkinsci.plugins.workflow.steps.ToolStep",
        needs_node=True,
    ),
)
