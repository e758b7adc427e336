"""What the log, the events and the flow graph tell of the steps of a build."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tlcci.engine.answers import ANSWERS
from tlcci.events import StageEnded, StageStarted, StepEnded, StepStarted
from tlcci.results.flow import FlowError

if TYPE_CHECKING:
    from tlcci.engine.build import Build
    from tlcci.engine.context import Context
    from tlcci.engine.definition import Step
    from tlcci.engine.failures import Failure
    from tlcci.engine.program import Call, GreenThread

_ARGUMENT = 120  # characters of a step's argument that an event shows


class Narrator:
    """Tells of *build*'s steps; the program speaks to the build through it."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._began: dict[object, float] = {}
        self.steps: dict[str, Step] = build.steps

    def answer(self, what: str, facts: dict[str, Any], thread: GreenThread) -> Any:  # noqa: ANN401
        """Answer a question of the script's (see `answers`)."""
        return ANSWERS[what](self._build, facts, thread)

    def step_begins(self, call: Call) -> None:
        """Show the step in the log, the flow graph and the events."""
        build, head = self._build, call.thread.flow
        # A synchronous step ends before anything else happens: it is told in one write.
        soon = call.step.is_sync
        self._pipeline(call.step.name, call.context, soon=soon)
        if _is_block(call):
            call.flow = build.flow.block_start(head, call.step.name)
        else:
            call.flow = build.flow.atom(head, call.step.name, label=_marker(call))
        self._began[call] = time.monotonic()
        slot = call.context.slot
        build.record.emit(
            StepStarted(
                id=call.id,
                name=call.step.name,
                parent=call.thread.parent.id if call.thread.parent else None,
                argument=_argument(call),
                stage=call.context.stages,
                branch=call.context.branch,
                node=slot.machine.name if slot else None,
                line=call.line or None,
            ),
            soon=soon,
        )

    def step_ends(self, call: Call, failure: Failure | None) -> None:
        """Show the end of a block; note what failed first."""
        build = self._build
        error = flow_error(failure)
        if _is_block(call):
            self._pipeline(f"// {call.step.name}", call.context)
            build.flow.block_end(call.thread.flow, call.flow, error)
        elif error:
            build.flow.error(call.flow, error)
        if failure and not call.step.is_block:
            build.step_failures.setdefault((failure.type, failure.message), (call, failure))
        build.record.console.flush()
        build.record.emit(
            StepEnded(
                id=call.id,
                name=call.step.name,
                outcome=_outcome(failure),
                error_class=failure.type if failure else None,
                error_message=failure.message if failure else None,
                duration_s=self._took(call),
            )
        )

    def body_begins(self, thread: GreenThread, label: str | None) -> None:
        """Show the `{` of a block, with the name of a stage or branch."""
        call, build = _parent(thread), self._build
        is_branch = call.step.name == "parallel"
        self._pipeline("{" + _shown(label, is_branch=is_branch), thread.context)
        if thread.flow is None:
            thread.flow = call.thread.flow
        thread.body = build.flow.body_start(thread.flow, call.flow, label=label)
        if label is None:
            return
        self._began[thread] = time.monotonic()
        build.record.emit(
            StageStarted(
                id=_stage_id(thread),
                name=label,
                parent=_stage_around(call.thread),
                path=thread.context.stages,
                is_branch=is_branch,
                line=call.line or None,
            )
        )

    def body_ends(self, thread: GreenThread, failure: Failure | None) -> None:
        """Show the `}` of a block."""
        call, build = _parent(thread), self._build
        self._pipeline("}", thread.context)
        build.flow.body_end(thread.flow, thread.body, flow_error(failure))
        label = thread.body.label
        if label is None:
            return
        fidelity, reasons = build.fidelity_of(label)
        build.record.emit(
            StageEnded(
                id=_stage_id(thread),
                name=label,
                status=_status(thread, failure),
                fidelity=fidelity,
                reasons=reasons,
                is_branch=call.step.name == "parallel",
                duration_s=self._took(thread),
            )
        )

    def warn(self, text: str, thread: GreenThread) -> None:
        """Print *text* into the log."""
        self._build.log(text, thread.context)

    def _pipeline(self, text: str, context: Context, *, soon: bool = False) -> None:
        self._build.log(f"[Pipeline] {text}", context, soon=soon)

    def _took(self, what: object) -> float:
        return round(time.monotonic() - self._began.pop(what, time.monotonic()), 4)


def _parent(thread: GreenThread) -> Call:
    if thread.parent is None:
        message = "the main script has no block around it"
        raise ValueError(message)
    return thread.parent


def _stage_id(thread: GreenThread) -> str:
    return f"{_parent(thread).id}.{thread.id}"


def _stage_around(thread: GreenThread) -> str | None:
    """Return the id of the innermost stage or branch that *thread* runs in."""
    at: GreenThread | None = thread
    while at and at.parent:
        if at.body and at.body.label is not None:
            return _stage_id(at)
        at = at.parent.thread
    return None


def _shown(label: str | None, *, is_branch: bool) -> str:
    if label is None:
        return ""
    return f" (Branch: {label})" if is_branch else f" ({label})"


def _argument(call: Call) -> str:
    """Return the step's main argument in one short line."""
    value = call.raw
    if isinstance(value, dict):
        value = value.get("label") or value.get("script") or next(iter(value.values()), "")
    if not isinstance(value, str):
        return ""
    first = value.strip().split("\n", 1)[0]
    return first[:_ARGUMENT]


def _outcome(failure: Failure | None) -> str:
    if failure is None:
        return "success"
    return "aborted" if failure.is_interruption else "failed"


def _status(thread: GreenThread, failure: Failure | None) -> str:
    if failure:
        return "ABORTED" if failure.is_interruption else "FAILED"
    if thread.body.tags:
        return "NOT_EXECUTED"
    warned = {warning.result for warning in thread.body.warned or ()}
    if "FAILURE" in warned:
        return "FAILED"
    return next((result for result in ("ABORTED", "UNSTABLE") if result in warned), "SUCCESS")


def flow_error(failure: Failure | None) -> FlowError | None:
    """Return *failure* as the flow graph keeps it."""
    if failure is None:
        return None
    return FlowError(failure.type, failure.message or "", failure.result)


def _is_block(call: Call) -> bool:
    """Return whether the graph shows a block; an old `stage` without one is a single node."""
    return call.step.is_block and (call.step.name != "stage" or call.closures > 0)


def _marker(call: Call) -> str | None:
    """Return the name of an old `stage` without a block."""
    if call.step.name != "stage":
        return None
    given = call.raw if isinstance(call.raw, dict) else {"name": call.raw}
    name = None if given.get("concurrency") is not None else given.get("name")
    return name if isinstance(name, str) and name else None
