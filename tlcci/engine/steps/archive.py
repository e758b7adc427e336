"""`archiveArtifacts`, `archive` and `fingerprint`: files that the build keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import abort
from tlcci.engine.sites import do, hold
from tlcci.results.globs import Selection

if TYPE_CHECKING:
    from tlcci.engine.program import Call

_NO_PATTERN = """No artifacts are configured for archiving.
You probably forgot to set the file pattern, so please go back to the configuration and \
specify it.
If you really did mean to archive all the files in the workspace, please specify "**\""""


async def _archive_artifacts(call: Call) -> None:
    await archive_artifacts(call, call.args)


async def archive_artifacts(call: Call, args: dict[str, Any]) -> None:
    """Keep what the pattern finds; raise Failure when that is nothing."""
    pattern, root = args["artifacts"], call.context.cwd or ""
    if not pattern:
        raise abort(_NO_PATTERN)
    has_failed = call.build.current_result not in {"SUCCESS", "UNSTABLE"}
    if args.get("onlyIfSuccessful") and has_failed:
        call.log("Skipped archiving because build is not successful")
        return
    call.log("Archiving artifacts")
    selection = Selection.of(
        pattern,
        args.get("excludes"),
        default_excludes=args.get("defaultExcludes", True),
        is_case_sensitive=args.get("caseSensitive", True),
    )
    site = call.build.site(call.context)
    found = await do(site, site.files.find, root, selection)
    async with hold(site, site.files.copies(root, found)) as folder:
        for path in found:
            call.build.record.archive(folder / path, path, call.id)
    if found or has_failed:
        return
    hint = await do(site, site.files.hint, root, pattern)
    if hint:
        call.log(hint)
    message = (
        f'No artifacts found that match the file pattern "{pattern}". Configuration error?'
    )
    if not args.get("allowEmptyArchive"):
        raise abort(message)
    call.log(message)


async def _fingerprint(call: Call) -> None:
    call.log("Recording fingerprints")


_PARAMS = (
    Param("artifacts"),
    Param("excludes", default=None),
    Param("allowEmptyArchive", "bool", default=False),
    Param("onlyIfSuccessful", "bool", default=False),
    Param("fingerprint", "bool", default=False),
    Param("defaultExcludes", "bool", default=True),
    Param("caseSensitive", "bool", default=True),
    Param("followSymlinks", "bool", default=True),
)
STEPS = (
    Step(
        "archiveArtifacts",
        _archive_artifacts,
        _PARAMS,
        sole="artifacts",
        type_name="hudson.tasks.ArtifactArchiver",
        needs_node=True,
        is_symbol=True,
    ),
    Step(
        "archive",
        _archive_artifacts,
        (Param("artifacts"), Param("excludes", default=None)),
        sole="artifacts",
        type_name="org.jenkinsci.plugins.workflow.steps.ArtifactArchiverStep",
        needs_node=True,
    ),
    Step(
        "fingerprint",
        _fingerprint,
        (Param("targets"),),
        sole="targets",
        type_name="hudson.tasks.Fingerprinter",
        needs_node=True,
        is_symbol=True,
    ),
)
