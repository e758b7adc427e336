"""What each stage does, in the order of its doing, as the rehearsals came by it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tlcci.check.needs import Act, StageCourse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tlcci.check.explore import Run
    from tlcci.engine.observed import StepUse

_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_TOLD = {
    "archiveArtifacts": "artifacts",
    "build": "job",
    "checkout": "",
    "input": "message",
    "junit": "testResults",
    "stash": "name",
    "unstash": "name",
}
_LONGEST = 72

_Key = tuple[str, int]
_Path = tuple[str, ...]


@dataclass
class _Course:
    """A stage as it becomes known: *seen* says of a line whether pull requests come by."""

    line: int
    acts: list[_Key] = field(default_factory=list)
    seen: dict[int, set[bool]] = field(default_factory=dict)
    first_run: dict[int, int] = field(default_factory=dict)


def course(runs: Sequence[Run]) -> tuple[StageCourse, ...]:
    """Return the stages and branches of *runs* with what each does.

    What a line does is told as the first run that came by it has it.
    """
    found: dict[_Path, _Course] = {}
    for number, run in enumerate(sorted(runs, key=lambda one: bool(one.policy.failing))):
        is_request = _is_request(run)
        at: dict[_Path, int] = {}
        for path, use, act in _told(run):
            known = found.setdefault(path, _Course(use.line))
            known.seen.setdefault(use.line if act else 0, set()).add(is_request)
            if not act:
                continue
            is_first = known.first_run.setdefault(use.line, number) == number
            at[path] = _put(known.acts, (act, use.line), at.get(path, 0), is_new=is_first)
    both = {_is_request(run) for run in runs}
    return tuple(
        StageCourse(
            path,
            one.line,
            tuple(Act(act, line, _when(one.seen[line], both)) for act, line in one.acts),
            _when(one.seen.get(0, both), both),
            _nodes(runs, path),
        )
        for path, one in found.items()
    )


def _is_request(run: Run) -> bool:
    return "CHANGE_ID" in dict(run.circumstances.branch)


def _told(run: Run) -> Iterator[tuple[_Path, StepUse, str]]:
    """Yield the stage, the step and the words for it; stages and branches have no words."""
    for use in run.seen.steps:
        if use.name == "stage":
            yield (*use.path, str(use.argument("name"))), use, ""
        elif use.name == "parallel" and isinstance(use.given, dict):
            for branch in use.given:
                if branch != "failFast":
                    yield (*use.path, branch), use, ""
        elif use.path and (words := _words(use)):
            yield use.path, use, words


def _nodes(runs: Sequence[Run], path: _Path) -> tuple[int, ...]:
    uses = (use for run in runs for use in run.seen.steps)
    return tuple(sorted({one.line for one in uses if one.name == "node" and one.path == path}))


def _words(use: StepUse) -> str:
    if use.name in _SHELLS:
        label = use.given.get("label") if isinstance(use.given, dict) else None
        return _open(str(label)) if label else _command(str(use.argument("script") or ""))
    if use.name == "timeout":
        unit = use.given.get("unit", "MINUTES") if isinstance(use.given, dict) else "MINUTES"
        return f"a limit of {use.argument('time')} {str(unit).lower()} begins"
    if use.name in _TOLD:
        given = use.argument(_TOLD[use.name]) if _TOLD[use.name] else ""
        return f"{use.name} {_plain(given)}".strip()
    return ""


def _command(script: str) -> str:
    """Return the first line of *script* that does something, shortened."""
    lines = [line.strip() for line in script.splitlines()]
    told = [line for line in lines if line and not re.match(r"#|set [-+]|\. ", line)]
    first = _open(re.sub(r"\s+", " ", told[0])) if told else ""
    fence = "``" if "`" in first else "`"
    return f"{fence}{_shortened(first)}{fence}" if first else ""


def _open(text: str) -> str:
    """Return *text* with a mark for what only a run can know, even where it was cut short."""
    return re.sub(r"answer-of-line-\d+|answer-o[-\w]*", "…", text)


def _shortened(command: str) -> str:
    """Return *command*, of a long one its program and its last words."""
    if len(command) <= _LONGEST:
        return command
    program, *words = command.split(" ")
    last: list[str] = []
    while words and len(" ".join((program, *last, words[-1]))) < _LONGEST:
        last.insert(0, words.pop())
    return re.sub(r"…( …)+", "…", " ".join((program, "…", *last)))


def _plain(value: Any) -> str:  # noqa: ANN401 - a step's argument
    return f"`{value}`" if isinstance(value, str) and value else ""


def _put(known: list[_Key], key: _Key, at: int, *, is_new: bool) -> int:
    """Put *key* where the run came by it, unless its line was told; return the next place."""
    if is_new and key not in known:
        known.insert(at, key)
        return at + 1
    places = [number for number, (_, line) in enumerate(known) if line == key[1]]
    return max([at, *(number + 1 for number in places)])


def _when(seen: set[bool], both: set[bool]) -> str:
    if seen == both or not seen:
        return ""
    return "pull requests" if seen == {True} else "branches"
