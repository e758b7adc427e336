"""`catchError` and `warnError`: a failure becomes a result, and the build goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, not_instantiated
from tlcci.engine.failures import Failure
from tlcci.results.outcomes import worse_result

if TYPE_CHECKING:
    from tlcci.engine.program import Call

_RESULTS = {"SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED"}
_WORKFLOW = "org.jenkinsci.plugins.workflow.steps"


async def _catch_error(call: Call) -> Any:  # noqa: ANN401 - the body's value
    for name in ("buildResult", "stageResult"):
        given = call.args[name]
        if given is not None and given.upper() not in _RESULTS:
            raise not_instantiated(call.step, call.given)
    return await _catching(
        call, call.args["buildResult"] or "SUCCESS", call.args["stageResult"] or "SUCCESS"
    )


async def _warn_error(call: Call) -> Any:  # noqa: ANN401 - the body's value
    if not call.args["message"].strip():
        raise not_instantiated(call.step, call.given)
    return await _catching(call, "UNSTABLE", "UNSTABLE")


async def _catching(call: Call, build_result: str, stage_result: str) -> None:
    """Run the body; a failure sets the results. The step's own value is null in Jenkins."""
    body = call.start_body()
    try:
        await body.ended
    except Failure as failure:
        if failure.is_interruption and failure.actual and not call.args["catchInterruptions"]:
            raise
        _report(call, failure)
        worse = build_result.upper()
        if failure.is_interruption:
            # Jenkins takes the interruption's own result, whatever was asked for.
            worse = worse_result(worse, failure.build_result) or worse
        call.build.worsen(worse, call.id)
        stage = stage_result.upper()
        if failure.is_interruption:
            stage = worse_result(stage, failure.build_result) or stage
        if stage != "SUCCESS":
            message = call.args["message"] or failure.message or ""
            call.build.flow.warning(call.flow, stage, message)


def _report(call: Call, failure: Failure) -> None:
    message = (call.args["message"] or "").strip()
    if message:
        call.log(f"ERROR: {message}")
    if failure.is_interruption:
        return
    for line in failure.lines():
        call.log(line)


STEPS = (
    Step(
        "catchError",
        _catch_error,
        (
            Param("message", default=None),
            Param("buildResult", default="FAILURE"),
            Param("stageResult", default="SUCCESS"),
            Param("catchInterruptions", "bool", default=True),
        ),
        type_name=f"{_WORKFLOW}.CatchErrorStep",
        is_block=True,
    ),
    Step(
        "warnError",
        _warn_error,
        (Param("message"), Param("catchInterruptions", "bool", default=True)),
        sole="message",
        type_name=f"{_WORKFLOW}.WarnErrorStep",
        is_block=True,
    ),
)
