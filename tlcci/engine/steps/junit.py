"""`junit`: test results that colour the build."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import abort
from tlcci.results.globs import Selection
from tlcci.results.junit import read_reports

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _junit(call: Call) -> dict[str, Any]:
    return record_tests(call, call.args)


def record_tests(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """Record what the pattern finds; failing tests make the build unstable."""
    root = call.context.cwd or ""
    call.log("Recording test results")
    found = call.build.files.find(root, Selection.of(args["testResults"]))
    if not found:
        message = "No test report files were found. Configuration error?"
        if not args.get("allowEmptyResults"):
            raise abort(message)
        call.log("None of the test reports contained any result")
    report = read_reports([Path(posixpath.join(root, path)) for path in found])
    call.build.record.add_tests(report, call.id)
    if report.failed and not args.get("skipMarkingBuildUnstable"):
        call.build.worsen("UNSTABLE", call.id)
        message = f"{report.failed} tests failed"
        call.build.flow.warning(call.flow, "UNSTABLE", message)
    facts = {
        "totalCount": report.total,
        "failCount": report.failed,
        "skipCount": report.skipped,
        "passCount": report.passed,
    }
    return {"$x": "object", "type": "TestResultSummary", "facts": facts}


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
