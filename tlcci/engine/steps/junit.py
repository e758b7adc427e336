"""`junit`: test results that colour the build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure, abort
from tlcci.engine.sites import do, hold
from tlcci.results.globs import Selection
from tlcci.results.junit import NO_REPORT, read_reports

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _junit(call: Call) -> dict[str, Any]:
    return await record_tests(call, call.args)


async def record_tests(
    call: Call, args: dict[str, Any], *, marks_stage: bool = True
) -> dict[str, Any]:
    """Record what the pattern finds; failing tests make the build unstable.

    The old build step does not mark the stage, which *marks_stage* says.
    """
    root = call.context.cwd or ""
    call.log("Recording test results")
    site = call.build.site(call.context)
    found = await do(site, site.files.find, root, Selection.of(args["testResults"]))
    if not found:
        _tell_empty(call, args, NO_REPORT)
    try:
        async with hold(site, site.files.copies(root, found)) as folder:
            report = read_reports([folder / path for path in found])
    except ValueError as error:
        call.log(str(error))
        raise Failure("java.io.IOException", str(error)) from error
    if report.total:
        call.build.record.add_tests(report, call.id)
    elif call.build.current_result != "FAILURE":
        _tell_empty(call, args, "None of the test reports contained any result")
    if report.failed and not args.get("skipMarkingBuildUnstable"):
        call.build.worsen("UNSTABLE", call.id)
    if report.failed and marks_stage:
        message = f"{report.failed} tests failed"
        call.build.flow.warning(call.flow, "UNSTABLE", message)
    facts = {
        "totalCount": report.total,
        "failCount": report.failed,
        "skipCount": report.skipped,
        "passCount": report.passed,
    }
    return {"$x": "object", "type": "TestResultSummary", "facts": facts}


def _tell_empty(call: Call, args: dict[str, Any], message: str) -> None:
    call.log(message)
    if not args.get("allowEmptyResults"):
        raise abort(message)


STEPS = (
    Step(
        "junit",
        _junit,
        (
            Param("testResults"),
            Param("allowEmptyResults", "bool", default=False),
            Param("skipMarkingBuildUnstable", "bool", default=False),
            Param("keepLongStdio", "bool", default=False),
            Param("keepTestNames", "bool", default=False),
            Param("keepProperties", "any", default=False),
            Param("stdioRetention", "any", default=None),
            Param("healthScaleFactor", "any", default=1.0),
            Param("skipPublishingChecks", "bool", default=False),
            Param("checksName", default=None),
            Param("skipOldReports", "bool", default=False),
            Param("testDataPublishers", "any", default=None),
        ),
        sole="testResults",
        type_name="hudson.tasks.junit.pipeline.JUnitResultsStep",
        needs_node=True,
    ),
)
