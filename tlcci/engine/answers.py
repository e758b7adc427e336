"""What a script may ask without a step: `env.X`, `params`, `currentBuild`, `scm`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tlcci.engine.declarative import DECLARATIVE_ANSWERS
from tlcci.engine.failures import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlcci.engine.build import Build
    from tlcci.engine.program import GreenThread

Facts = dict[str, Any]


def _env_get(build: Build, facts: Facts, thread: GreenThread) -> str | None:
    build.reads.add(facts["name"])
    return build.env(thread.context).get(facts["name"])


def _env_set(build: Build, facts: Facts, _thread: GreenThread) -> None:
    build.set_variables[facts["name"]] = facts["value"]


def _env_all(build: Build, _facts: Facts, thread: GreenThread) -> dict[str, str]:
    return dict(build.env(thread.context))


def _params(build: Build, _facts: Facts, _thread: GreenThread) -> Facts:
    return build.params()


def _scm(build: Build, _facts: Facts, _thread: GreenThread) -> Facts:
    return {"$x": "scm", "facts": build.source.scm_facts()}


def _stage_skip(build: Build, facts: Facts, thread: GreenThread) -> None:
    build.flow.skip(thread.flow, facts["stage"], facts["reason"])
    build.stage_fidelity.setdefault(facts["stage"], {}).setdefault("skipped", set())


def _log(build: Build, facts: Facts, thread: GreenThread) -> None:
    build.log(facts["text"], thread.context)


def _refused(build: Build, facts: Facts, thread: GreenThread) -> None:
    build.log(
        f"{facts['message']}. Administrators can decide whether to approve or reject this "
        "signature.",
        thread.context,
    )
    build.note(
        f"refused: {facts['signature']}; --approve '{facts['signature']}' allows it",
        level="finding",
        reference="approval-needed",
        line=facts["line"],
    )


def _unknown(build: Build, facts: Facts, _thread: GreenThread) -> None:
    build.note(
        f"no step or symbol is called {facts['name']}",
        level="finding",
        reference="unknown-step",
        line=facts["line"],
    )


def _build_get(build: Build, facts: Facts, _thread: GreenThread) -> Any:  # noqa: ANN401
    number = facts["build"]
    if number:
        return build.history.fact(number, facts["name"])
    return _OWN[facts["name"]](build)


def _build_set(build: Build, facts: Facts, thread: GreenThread) -> None:
    name, value = facts["name"], facts["value"]
    if facts["build"]:
        raise Failure(
            "java.lang.SecurityException",
            "can only set the result property on the current build",
        )
    if name == "result":
        build.worsen(value, thread.parent.id if thread.parent else None)
        if build.result is None:
            build.result = value
    elif name == "displayName":
        build.display_name = value
        build.environment.update({"BUILD_DISPLAY_NAME": value})
    elif name == "description":
        build.description = value
    else:
        build.keep_log = bool(value)


_OWN: dict[str, Callable[[Build], Any]] = {
    "number": lambda b: b.settings.number,
    "id": lambda b: str(b.settings.number),
    "displayName": lambda b: b.display_name,
    "fullDisplayName": lambda b: f"{b.settings.job.replace('/', ' » ')} {b.display_name}",
    "projectName": lambda b: b.settings.job.rsplit("/", 1)[-1],
    "fullProjectName": lambda b: b.settings.job,
    "description": lambda b: b.description,
    "result": lambda b: b.result,
    "currentResult": lambda b: b.current_result,
    "duration": lambda b: int((time.time() - b.started) * 1000),
    "durationString": lambda b: f"{time.time() - b.started:.1f} sec and counting",
    "startTimeInMillis": lambda b: int(b.started * 1000),
    "absoluteUrl": lambda b: b.environment["BUILD_URL"],
    "keepLog": lambda b: b.keep_log,
    "buildVariables": lambda b: dict(b.set_variables),
    "buildCauses": lambda b: b.causes(),
    "changeSets": lambda b: b.source.change_sets,
    "previousBuild": lambda b: b.history.previous(),
    "nextBuild": lambda _b: None,
    "previousBuildInProgress": lambda _b: None,
    "previousBuiltBuild": lambda b: b.history.previous(lambda r: r != "NOT_BUILT"),
    "previousCompletedBuild": lambda b: b.history.previous(),
    "previousFailedBuild": lambda b: b.history.previous(lambda r: r == "FAILURE"),
    "previousNotFailedBuild": lambda b: b.history.previous(lambda r: r != "FAILURE"),
    "previousSuccessfulBuild": lambda b: b.history.previous(lambda r: r == "SUCCESS"),
    "text": lambda b: f"{b.settings.job} #{b.settings.number}",
}

ANSWERS: dict[str, Callable[[Build, Facts, GreenThread], Any]] = {
    "env.get": _env_get,
    "env.set": _env_set,
    "env.all": _env_all,
    "params": _params,
    "scm": _scm,
    "stage.skip": _stage_skip,
    "log": _log,
    "refused": _refused,
    "unknown": _unknown,
    "build.get": _build_get,
    "build.set": _build_set,
    **DECLARATIVE_ANSWERS,
}
