"""`milestone`, `lock` and `input`: order between builds, and a person's word."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import abort, interruption

if TYPE_CHECKING:
    from tlcci.engine.program import Call


def _milestone(call: Call) -> None:
    build = call.build
    ordinal = call.args["ordinal"]
    if ordinal is None:
        ordinal = 0 if build.milestone is None else build.milestone + 1
    if build.milestone is not None and ordinal <= build.milestone:
        raise abort(f"Invalid ordinal {ordinal}, as the previous one was {build.milestone}")
    build.milestone = ordinal
    call.log("Trying to pass milestone " + str(call.args["label"] or ordinal))
    if build.history.newest_passed(ordinal, build.settings.number):
        call.log("Canceled since a newer build already passed it")
        raise interruption("Superseded by a newer build", result="NOT_BUILT")


async def _lock(call: Call) -> Any:  # noqa: ANN401 - the body's value
    name = call.args["resource"] or call.args["label"] or ""
    lock = call.build.locks.setdefault(name, asyncio.Lock())
    if lock.locked():
        call.log(f"[{name}] is locked, waiting...")
    call.log(f"Trying to acquire lock on [Resource: {name}]")
    async with lock:
        call.log(f"Lock acquired on [Resource: {name}]")
        variable = call.args["variable"]
        context = call.context.with_env({variable: name}) if variable else call.context
        try:
            return await call.body(context)
        finally:
            call.log(f"Lock released on resource [Resource: {name}]")


async def _input(call: Call) -> Any:  # noqa: ANN401 - nothing, or the parameters
    message = call.args["message"] or "Please proceed or reject"
    call.log(message)
    call.log(f"{call.args['ok'] or 'Proceed'} or Abort")
    answer = await call.build.ask_person(message, call.args)
    if answer is None:
        call.log("Rejected by the person at the terminal")
        raise interruption("Rejected by the person at the terminal")
    call.log("Approved by the person at the terminal")
    return next(iter(answer.values())) if len(answer) == 1 else answer or None


STEPS = (
    Step(
        "milestone",
        _milestone,
        (
            Param("ordinal", "int", default=None),
            Param("label", default=None),
            Param("unsafe", "bool", default=False),
        ),
        sole="ordinal",
        type_name="org.jenkinsci.plugins.pipeline.milestone.MilestoneStep",
        is_sync=True,
    ),
    Step(
        "lock",
        _lock,
        (
            Param("resource", default=None),
            Param("label", default=None),
            Param("quantity", "int", default=0),
            Param("variable", default=None),
            Param("inversePrecedence", "bool", default=False),
            Param("skipIfLocked", "bool", default=False),
            Param("extra", "any", default=None),
        ),
        sole="resource",
        type_name="org.jenkins.plugins.lockableresources.LockStep",
        is_block=True,
    ),
    Step(
        "input",
        _input,
        (
            Param("message", default=None),
            Param("id", default=None),
            Param("ok", default=None),
            Param("parameters", "list", default=None),
            Param("submitter", default=None),
            Param("submitterParameter", default=None),
        ),
        sole="message",
        type_name="org.jenkinsci.plugins.workflow.support.steps.input.InputStep",
    ),
)
