"""`retry`: the body again, as long as it fails by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _retry(call: Call) -> Any:  # noqa: ANN401 - the body's value
    left = call.args["count"]
    while True:
        left -= 1
        try:
            return await call.body()
        except Failure as failure:
            if left <= 0 or (failure.is_interruption and failure.actual):
                raise
            lines = failure.lines()
            if not failure.is_abort:
                call.log("ERROR: Execution failed")
            for line in lines:
                call.log(line)
            call.log("Retrying")


STEPS = (
    Step(
        "retry",
        _retry,
        (Param("count", "int"), Param("conditions", "any", default=None)),
        sole="count",
        type_name="org.jenkinsci.plugins.workflow.steps.RetryStep",
        is_block=True,
    ),
)
