"""The end of a build: its result, what failed first, and what the next builds may ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tlcci.results.files import last_lines
from tlcci.results.record import FirstFailure, RunOutcome, StageFidelity
from tlcci.results.scene import Scene, write_scene
from tlcci.results.stages import stages
from tlcci.transport import LocalTransport

if TYPE_CHECKING:
    from tlcci.engine.build import Build
    from tlcci.engine.failures import Failure
    from tlcci.engine.program import Call
    from tlcci.results.record import RecordWriter
    from tlcci.results.runs import RunRecord

_LAST_LINES = 10


def end_run(
    build: Build, record: RecordWriter, failure: Failure | None, file: str
) -> RunRecord:
    """Say how the build ended, in the log, the record and the job's history.

    *failure* is what the script ended with; *file* is the Jenkinsfile's name.
    """
    if failure and failure.handle != -1:
        build.worsen(failure.build_result)
        for line in () if failure.is_interruption else failure.lines():
            build.log(line)
    if build.aborted:
        build.worsen("ABORTED")
    result = build.current_result
    build.log(f"Finished: {result}")
    _remember(build, result)
    _keep_scene(build, record, failure)
    shown = stages(build.flow, finished=True, build_result=result)
    names = dict.fromkeys(stage["name"] for stage in shown)
    return record.end(
        RunOutcome(
            result,
            build.display_name,
            build.description,
            [(stage["name"], stage["status"]) for stage in shown],
            [StageFidelity(name, *build.fidelity_of(name)) for name in names],
            _first_failure(build, failure, file) if result != "SUCCESS" else None,
        )
    )


def _failed_first(build: Build, failure: Failure | None) -> tuple[Call, Failure] | None:
    """Return the first step that failed as the program did; one that was caught did not.

    Where the program came to its end (`catchError`, a result that was set), or failed
    with what no step had, it is the first step of all that failed.
    """
    first = next(iter(build.step_failures.values()), None)
    if failure is None:
        return first
    found = build.step_failures.get((failure.type, failure.message))
    return found or (None if failure.line else first)


def _keep_scene(build: Build, record: RecordWriter, failure: Failure | None) -> None:
    """Keep where the first failure was, so that a person can open a shell there."""
    failed = _failed_first(build, failure)
    if failed is None:
        return
    call = failed[0]
    context, slot = call.context, call.context.slot
    if slot is None or context.cwd is None:
        return
    secret = context.secret_names
    env = {n: v for n, v in build.shell_env(context).items() if n not in secret}
    local = isinstance(slot.transport, LocalTransport)
    machine = "" if local else slot.machine.name
    write_scene(record.folder, Scene(call.id, machine, context.cwd, env))


def _first_failure(build: Build, failure: Failure | None, file: str) -> FirstFailure | None:
    failed = _failed_first(build, failure)
    if failed:
        call, error = failed
        return FirstFailure(
            call.id,
            call.step.name,
            call.context.stages[-1] if call.context.stages else "",
            file,
            call.line or None,
            error.message or error.type,
            tuple(last_lines(build.record.console.step_log(call.id), _LAST_LINES)),
        )
    if failure is None:
        return None
    return FirstFailure(file=file, line=failure.line, message=failure.message or failure.type)


def _remember(build: Build, result: str) -> None:
    if build.settings.dry:
        return
    build.history.remember(
        {
            "number": build.settings.number,
            "id": str(build.settings.number),
            "result": result,
            "displayName": build.display_name,
            "description": build.description,
            "fullDisplayName": f"{build.settings.job} {build.display_name}",
            "projectName": build.settings.job.rsplit("/", 1)[-1],
            "fullProjectName": build.settings.job,
            "startTimeInMillis": int(build.started * 1000),
            "duration": int((time.time() - build.started) * 1000),
            "durationString": f"{time.time() - build.started:.1f} sec",
            "buildCauses": build.causes(),
            "text": f"{build.settings.job} #{build.settings.number}",
            "absoluteUrl": build.environment["BUILD_URL"],
            "keepLog": build.keep_log,
            "buildVariables": build.set_variables,
            "milestone": build.milestone,
            "commit": build.source.commit,
            "params": build.params(),
            "declared": build.definitions,
            "changeSets": build.source.change_sets,
        }
    )
