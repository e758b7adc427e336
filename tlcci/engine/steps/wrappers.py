"""`timestamps`, `ansiColor`, `wrap`, `step` and others that change little here."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure, illegal_argument
from tlcci.engine.sites import do
from tlcci.engine.steps.archive import archive_artifacts
from tlcci.engine.steps.folders import delete_folder
from tlcci.engine.steps.junit import record_tests
from tlcci.results.globs import Selection

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
        await _clean(call, args)
    else:
        raise illegal_argument(f"step: no build step called {name} is known here")


_CLEANS_WHEN = {
    "SUCCESS": "cleanWhenSuccess",
    "UNSTABLE": "cleanWhenUnstable",
    "FAILURE": "cleanWhenFailure",
    "NOT_BUILT": "cleanWhenNotBuilt",
    "ABORTED": "cleanWhenAborted",
}


async def _clean_ws(call: Call) -> None:
    await _clean(call, call.args)


async def _clean(call: Call, args: dict[str, Any]) -> None:
    """Delete the workspace, or of its files those that the patterns name."""
    call.log("[WS-CLEANUP] Deleting project workspace...")
    if not args.get(_CLEANS_WHEN[call.build.current_result], True):
        call.log("[WS-CLEANUP] Skipped based on build state " + call.build.current_result)
        return
    patterns = [one.get("args", one) for one in args.get("patterns") or ()]
    if patterns:
        call.log("[WS-CLEANUP] Deferred wipeout is disabled by the job configuration...")
        await _clean_matching(call, patterns, with_folders=args.get("deleteDirs") is True)
    else:
        await delete_folder(call)
    call.log("[WS-CLEANUP] done")


async def _clean_matching(
    call: Call, patterns: list[dict[str, str]], *, with_folders: bool
) -> None:
    kinds: dict[str, list[str]] = {"INCLUDE": [], "EXCLUDE": []}
    for one in patterns:
        kinds[one.get("type", "INCLUDE")].append(one["pattern"])
    taken = Selection.of(
        ",".join(kinds["INCLUDE"]) or "**/*",
        ",".join(kinds["EXCLUDE"]),
        default_excludes=False,
    )
    root, site = call.context.cwd or "", call.build.site(call.context)
    doomed = await do(site, site.files.find, root, taken)
    if with_folders:
        everything = Selection.of("**", None, default_excludes=False)
        found = await do(site, site.files.find, root, everything)
        folders = {str(folder) for path in found for folder in PurePosixPath(path).parents}
        doomed += sorted(folder for folder in folders - {"."} if taken.matches(folder))
    for path in doomed:
        await do(site, site.files.delete, posixpath.join(root, path))


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
