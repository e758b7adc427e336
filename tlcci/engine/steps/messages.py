"""`echo`, `error`, `unstable`: what a script says, and ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.engine.definition import Param, Step, not_instantiated
from tlcci.engine.failures import Failure, abort

if TYPE_CHECKING:
    from tlcci.engine.program import Call

_WORKFLOW = "org.jenkinsci.plugins.workflow.steps"


def _echo(call: Call) -> None:
    if call.args["message"] is not None:
        call.log(call.args["message"])


def _error(call: Call) -> None:
    message = call.args["message"]
    raise abort(message) if message is not None else Failure("hudson.AbortException")


def _unstable(call: Call) -> None:
    message = call.args["message"].strip()
    if not message:
        raise not_instantiated(call.step, call.given)
    call.log(f"WARNING: {message}")
    call.build.worsen("UNSTABLE", call.id)
    call.build.flow.warning(call.flow, "UNSTABLE", message)


STEPS = (
    Step(
        "echo",
        _echo,
        (Param("message", default=None),),
        sole="message",
        type_name=f"{_WORKFLOW}.EchoStep",
        is_sync=True,
    ),
    Step(
        "error",
        _error,
        (Param("message", default=None),),
        sole="message",
        type_name=f"{_WORKFLOW}.ErrorStep",
        is_sync=True,
    ),
    Step(
        "unstable",
        _unstable,
        (Param("message"),),
        sole="message",
        type_name=f"{_WORKFLOW}.UnstableStep",
        is_sync=True,
    ),
)
