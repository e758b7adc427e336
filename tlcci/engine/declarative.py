"""What the interpreter of Declarative asks and tells besides its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.failures import Failure, abort
from tlcci.results.flow import STAGE_STATUS
from tlcci.results.outcomes import worse_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlcci.engine.build import Build
    from tlcci.engine.program import GreenThread
    from tlcci.results.flow import FlowNode

Facts = dict[str, Any]
_NO_EFFECT = {"disableRestartFromStage", "quietPeriod"}


def _start(build: Build, _facts: Facts, _thread: GreenThread) -> None:
    if build.is_declarative:
        message = "Only one pipeline { ... } block can be executed in a single run."
        raise Failure("java.lang.IllegalStateException", message)
    build.is_declarative = True


def _properties(build: Build, facts: Facts, _thread: GreenThread) -> None:
    """Take what the sections `options`, `triggers` and `parameters` say of the job."""
    if facts["parameters"]:
        build.declare_parameters(
            [{**one["args"], "kind": one["name"]} for one in facts["parameters"]]
        )
    for kind in ("properties", "triggers"):
        for one in facts[kind]:
            build.note(f"job property {one['name']} recorded; it has no effect here")
    for name in sorted(_NO_EFFECT & facts["flags"].keys()):
        build.note(f"option {name} recorded; it has no effect here")


def _stage_tag(build: Build, facts: Facts, thread: GreenThread) -> None:
    """Tag a stage with why it was skipped or failed; what is said first stays."""
    for node in _stages(build, facts["stage"], thread):
        if STAGE_STATUS not in (node.tags or {}):
            build.flow.tag(node, STAGE_STATUS, facts["value"])
    if facts["value"].startswith("SKIPPED_"):
        build.stage_fidelity.setdefault(facts["stage"], {}).setdefault("skipped", set())


def _stage_synthetic(build: Build, facts: Facts, thread: GreenThread) -> None:
    """Tag a stage that Declarative added by itself."""
    for node in _stages(build, facts["stage"], thread)[:1]:
        build.flow.tag(node, "SYNTHETIC_STAGE", facts["value"])


def _stages(build: Build, name: str, thread: GreenThread) -> list[FlowNode]:
    """Return the stage *name* around *thread*, or else the newest, and its branch if any."""
    flow = build.flow
    inside = (n for n in thread.flow.node.around() if n.is_stage and n.label == name)
    newest = (n for n in reversed(flow.marks) if n.is_stage and n.label == name)
    stage = next(inside, None) or next(newest, None)
    if stage is None:
        return []
    return [stage, *(n for n in stage.around() if n.is_branch and n.label == name)][:2]


def _stage_warning(build: Build, facts: Facts, thread: GreenThread) -> str | None:
    """Return the worst result that a warning in the stage gave it."""
    stage = next(iter(_stages(build, facts["stage"], thread)), None)
    worst: str | None = None
    for warning in (stage.warned if stage else None) or ():
        worst = worse_result(worst, warning.result)
    return worst


def _set_result(build: Build, facts: Facts, _thread: GreenThread) -> None:
    """Set the result outright: a post condition sees its own, which goes when it ends."""
    build.result = facts["result"]


def _execution_result(build: Build, _facts: Facts, _thread: GreenThread) -> str:
    return "ABORTED" if build.aborted else "SUCCESS"


def _previous_result(build: Build, _facts: Facts, _thread: GreenThread) -> str | None:
    number = build.history.previous()
    return None if number is None else build.history.fact(number, "result")


def _changes(build: Build, _facts: Facts, _thread: GreenThread) -> list[Facts]:
    return [
        {
            "title": item["facts"]["title"],
            "comment": item["facts"]["comment"],
            "paths": item["facts"]["affectedPaths"],
        }
        for change_set in build.source.change_sets
        for item in change_set["items"]
    ]


def _credentials_type(build: Build, facts: Facts, _thread: GreenThread) -> str:
    credential = build.credentials.get(facts["id"])
    build.credentials_used.append((facts["id"], "credentials", facts["line"]))
    if credential is None:
        raise abort(facts["id"])
    return credential.kind


DECLARATIVE_ANSWERS: dict[str, Callable[[Build, Facts, GreenThread], Any]] = {
    "declarative.start": _start,
    "declarative.properties": _properties,
    "stage.tag": _stage_tag,
    "stage.synthetic": _stage_synthetic,
    "stage.warning": _stage_warning,
    "build.result": lambda build, _facts, _thread: build.result,
    "build.setResult": _set_result,
    "build.executionResult": _execution_result,
    "build.previousResult": _previous_result,
    "build.causes": lambda build, _facts, _thread: build.causes(),
    "scm.changes": _changes,
    "credentials.type": _credentials_type,
}
