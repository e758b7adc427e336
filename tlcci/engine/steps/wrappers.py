"""`timestamps`, `ansiColor`, `wrap`, `step` and others that change little here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure, illegal_argument
from tlcci.engine.steps.archive import archive_artifacts
from tlcci.engine.steps.folders import delete_folder
from tlcci.engine.steps.junit import record_tests

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _timestamps(call: Call) -> Any:  # noqa: ANN401 - the body's value
    return await call.body(call.context.but(timestamps=True))


async def _plain_body(call: Call) -> Any:  # noqa: ANN401 - the body's value
    call.build.note(f"{call.step.name} has no effect here", line=call.line)
    return await call.body()


async def _step(call: Call) -> Any:  # noqa: ANN401 - what the step gives
    given = call.args["delegate"]
    name = str(given.get("$class", given.get("name"))).rsplit(".", 1)[-1]
    args = {**given.get("args", given)}
    if name in {"ArtifactArchiver", "archiveArtifacts"}:
        await archive_artifacts(call, args)
    elif name in {"JUnitResultArchiver", "junit"}:
        await record_tests(call, args, marks_stage=name == "junit")
    elif name in {"WsCleanup", "cleanWs"}:
        await delete_folder(call)
    else:
        raise illegal_argument(f"step: no build step called {name} is known here")


async def _clean_ws(call: Call) -> None:
    call.log("[WS-CLEANUP] Deleting project workspace...")
    await delete_folder(call)
    call.log("[WS-CLEANUP] done")


async def _mail(call: Call) -> None:
    call.build.note(f"{call.step.name}: nothing was sent", line=call.line)


def _get_context(_call: Call) -> None:
    return None


async def _environment(_call: Call) -> None:
    message = "environment {} stands outside of a declarative pipeline"
    raise Failure("java.lang.NoSuchMethodError", message)


_WORKFLOW = "org.jenkinsci.plugins.workflow.steps"
STEPS = (
    Step(
        "timestamps",
        _timestamps,
        type_name="hudson.plugins.timestamper.pipeline.TimestamperStep",
        is_block=True,
    ),
    Step(
        "ansiColor",
        _plain_body,
        (Param("colorMapName", default=None),),
        sole="colorMapName",
        is_block=True,
    ),
    Step(
        "wrap",
        _plain_body,
        (Param("delegate", "any"),),
        sole="delegate",
        type_name=f"{_WORKFLOW}.CoreWrapperStep",
        is_block=True,
    ),
    Step("withContext", _plain_body, (Param("context", "any"),), sole="context", is_block=True),
    Step("withChecks", _plain_body, (Param("name", "any"),), sole="name", is_block=True),
    Step(
        "step",
        _step,
        (Param("delegate", "any"),),
        sole="delegate",
        type_name=f"{_WORKFLOW}.CoreStep",
        needs_node=True,
    ),
    Step("cleanWs", _clean_ws, takes_any=True, needs_node=True),
    Step("mail", _mail, takes_any=True),
    Step("emailext", _mail, takes_any=True),
    Step("getContext", _get_context, (Param("type", "any"),), sole="type", is_sync=True),
)
