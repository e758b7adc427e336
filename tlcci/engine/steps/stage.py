"""`stage` and `parallel`: names in the log, and branches that take turns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, is_closure, not_instantiated, render
from tlcci.engine.failures import Failure, abort, illegal_argument, interruption
from tlcci.engine.program import BodyValues, interrupt_thread
from tlcci.results.outcomes import RESULTS

if TYPE_CHECKING:
    from tlcci.engine.program import Call, GreenThread


_NO_CONCURRENCY = (
    "The ‘concurrency’ parameter is no longer supported in ‘stage’; "
    "try ‘lock’ and/or ‘milestone’ steps instead."
)


async def _stage(call: Call) -> Any:  # noqa: ANN401 - the body's value
    name = call.args["name"]
    if not name:
        raise not_instantiated(call.step, call.given)
    if call.args["concurrency"] is not None:
        raise abort(_NO_CONCURRENCY)
    if not call.closures:
        call.log("Using the ‘stage’ step without a block argument is deprecated")
        return None
    build = call.build
    if build.is_past_stage:
        call.log(f"Stage “{name}” left out: only “{build.settings.only_stage}” was asked for")
        build.stage_fidelity.setdefault(name, {}).setdefault("skipped", set()).add("left out")
        return None
    context = call.context.with_env({"STAGE_NAME": name}).but(
        stages=(*call.context.stages, name)
    )
    value = await call.body(context, label=name)
    build.is_past_stage = name == build.settings.only_stage
    return value


async def _parallel(call: Call) -> BodyValues:
    branches = {name: value for name, value in call.args.items() if is_closure(value)}
    wrong = [
        n
        for n, v in call.args.items()
        if not is_closure(v) and not (n == "failFast" and isinstance(v, bool))
    ]
    if wrong:
        value = render(call.args[wrong[0]])
        raise illegal_argument(f"Expected a closure or failFast but found {wrong[0]}={value}")
    only = call.build.settings.only_stage
    if only in branches:
        branches = {only: branches[only]}
    if not branches:
        call.log("No branches to run")
    fail_fast = call.args.get("failFast") is True
    heads = call.build.flow.fork(call.thread.flow, call.flow, len(branches))
    threads: dict[str, GreenThread] = {}
    for head, (name, closure) in zip(heads, branches.items(), strict=True):
        context = call.context.but(branch=name, stages=call.context.stages)
        threads[name] = call.start_body(
            context, closure=closure["index"], label=name, flow=head
        )
    failures: list[Failure] = []
    waits = [
        asyncio.ensure_future(_branch(call, name, threads, failures, fail_fast=fail_fast))
        for name in threads
    ]
    try:
        await asyncio.gather(*waits)
    finally:
        for wait in waits:
            wait.cancel()
    if failures:
        raise _worst(failures, fail_fast=fail_fast)
    call.build.is_past_stage = call.build.is_past_stage or only in threads
    return BodyValues({name: thread.id for name, thread in threads.items()})


async def _branch(
    call: Call,
    name: str,
    threads: dict[str, GreenThread],
    failures: list[Failure],
    *,
    fail_fast: bool,
) -> None:
    try:
        await threads[name].ended
    except Failure as failure:
        call.log(f"Failed in branch {name}")
        failures.append(failure)
        if fail_fast and len(failures) == 1:
            cause = interruption(f"Failed in branch {name}", fail_fast=call.id)
            for other, thread in threads.items():
                if other != name:
                    interrupt_thread(thread, cause)


def _worst(failures: list[Failure], *, fail_fast: bool) -> Failure:
    """Return the failure that `parallel` throws: the worst, of equal ones the first.

    What nobody expected is worse than a step that failed, and that than an interruption.
    With failFast it is the first, as the siblings' interruptions follow from it.
    """
    if fail_fast:
        return failures[0]
    return max(failures, key=_badness)


def _badness(failure: Failure) -> tuple[int, int]:
    if failure.is_interruption:
        return 0, RESULTS.index(failure.build_result)
    return (1, 0) if failure.is_abort else (2, 0)


STEPS = (
    Step(
        "stage",
        _stage,
        (Param("name"), Param("concurrency", "any", default=None)),
        sole="name",
        type_name="org.jenkinsci.plugins.workflow.support.steps.StageStep",
        is_block=True,
    ),
    Step(
        "parallel",
        _parallel,
        (),
        type_name="org.jenkinsci.plugins.workflow.cps.steps.ParallelStep",
        is_block=True,
        takes_any=True,
    ),
)
