"""`retry`: the body again, as long as it fails by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import MISSING_CONTEXT, Failure

if TYPE_CHECKING:
    from collections.abc import Collection

    from tlcci.engine.program import Call


async def _retry(call: Call) -> Any:  # noqa: ANN401 - the body's value
    left = call.args["count"]
    conditions = [c.get("name", c.get("$class", "")) for c in call.args["conditions"] or []]
    while True:
        left -= 1
        try:
            return await call.body()
        except Failure as failure:
            if left <= 0 or not _may_repeat(failure, conditions, call.build.sites.losses):
                raise
            for line in _lines(failure):
                call.log(line)
            call.log("Retrying")


def _may_repeat(failure: Failure, conditions: list[str], losses: Collection[str]) -> bool:
    """Return whether a failure is one to try again after; without conditions any own one.

    *losses* is what was said of each machine that was lost.
    """
    if not conditions:
        return not (failure.is_interruption and failure.actual)
    # What the other condition waits for, a restart of Jenkins, does not happen here.
    is_lost = failure.type == MISSING_CONTEXT or failure.message in losses
    return "agent" in conditions and is_lost


def _lines(failure: Failure) -> list[str]:
    if failure.is_interruption:
        return [cause["text"] for cause in failure.causes]
    return (
        failure.lines() if failure.is_abort else ["ERROR: Execution failed", *failure.lines()]
    )


STEPS = (
    Step(
        "retry",
        _retry,
        (Param("count", "int"), Param("conditions", "list", default=None)),
        sole="count",
        type_name="org.jenkinsci.plugins.workflow.steps.RetryStep",
        is_block=True,
    ),
)
