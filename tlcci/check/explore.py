"""Rehearses a Jenkinsfile in as many circumstances as it takes to see all that it may ask for.

A branch and a pull request, each answer of the shells that guard a stage, each variable
that it compares, each first `node` of a stage failing. Reading its text alone misses names
that are made while it runs, running it once misses what a condition hides.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tlcci.check.policy import Policy
from tlcci.engine.rehearsal import Circumstances, Rehearsals, Script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from tlcci.engine.observed import Seen
    from tlcci.jenkinsfile.source import Source

_LIMIT_S = 8.0
_FLIPS_S = 1.5  # how long single answers are tried in turn
_ROUNDS = 8
_PULL_REQUEST = "PR-1"


@dataclass(frozen=True)
class Run:
    """One rehearsal: what was seen under which *policy*, in which circumstances.

    *failed* are the paths whose first `node` was made to fail.
    """

    seen: Seen
    policy: Policy
    circumstances: Circumstances


@dataclass
class Exploration:
    """The rehearsals of one Jenkinsfile, in the order they were made."""

    runs: list[Run] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def is_endless(self) -> bool:
        """Return whether a rehearsal had to be ended; no other one will end either."""
        return any((run.seen.error or "").startswith("it did not end") for run in self.runs)

    @property
    def compiles(self) -> bool:
        """Return whether the file came so far as to run."""
        return any(run.seen.steps or run.seen.error is None for run in self.runs)


class Explorer:
    """Explores one Jenkinsfile after the other on one JVM."""

    def __init__(self) -> None:
        self._rehearsals = Rehearsals()

    def __enter__(self) -> Self:
        self._rehearsals.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._rehearsals.__exit__(*_)

    def explore(
        self, text: str, file: str, source: Source, read: Callable[[str], str | None]
    ) -> Exploration:
        """Rehearse *text* until no circumstance is left that may show more."""
        return _Explore(self._rehearsals, Script(text, file, read), source).all()


class _Explore:
    def __init__(self, rehearsals: Rehearsals, script: Script, source: Source) -> None:
        self._rehearsals = rehearsals
        self._script = script
        self._source = source
        self._found = Exploration()

    def all(self) -> Exploration:
        places = list(self._places())
        self._run(Policy(), places[0])
        if not self._found.compiles:
            return self._found
        for status in (2, 1, 0):
            for place in places:
                self._run(Policy(status), place)
        self._flip(places)
        for place in dict.fromkeys((places[0], places[-1])):
            self._fail(place)
        return self._found

    def _run(self, policy: Policy, place: _Place, approved: tuple[str, ...] = ()) -> Run | None:
        """Rehearse once; the very same circumstances are not tried again."""
        given = Circumstances(
            branch=dict(place.branch),
            globals=dict(place.globals),
            approved=approved,
            limit_s=_LIMIT_S,
            steps=policy.steps,
        )
        for run in self._found.runs:
            if run.policy == policy and replace(run.circumstances, steps=given.steps) == given:
                return run
        if self._found.is_endless:
            return None
        seen = self._rehearsals.run(self._script, given)
        run = Run(seen, policy, given)
        self._found.runs.append(run)
        for note in seen.findings:
            if note.reference == "approval-needed":
                signature = note.text.removeprefix("refused: ").split(";")[0]
                self._found.refused.setdefault(signature, note.line or 0)
        return run

    def _places(self) -> Iterator[_Place]:
        """Return the branch and pull-request jobs that the file tells apart."""
        wanted: dict[str, list[str]] = {}
        for one in self._source.comparisons:
            values = wanted.setdefault(one.name, [])
            values += [] if one.value in values else [one.value]
        branches = wanted.pop("BRANCH_NAME", []) or ["main"]
        for name in branches:
            yield _Place.of({"BRANCH_NAME": name}, wanted)
        request = {
            "BRANCH_NAME": _PULL_REQUEST,
            "CHANGE_ID": "1",
            "CHANGE_TARGET": branches[0],
            "CHANGE_BRANCH": "change",
            "CHANGE_AUTHOR": "someone",
            "CHANGE_TITLE": "A change",
            "CHANGE_URL": "https://localhost/pull/1",
        }
        yield _Place.of(request, wanted)
        if wanted:
            yield _Place.of({"BRANCH_NAME": branches[0]}, {})
        for nth in range(1, max(map(len, wanted.values()), default=1)):
            rest = {name: values[nth:] for name, values in wanted.items()}
            yield _Place.of({"BRANCH_NAME": branches[0]}, rest)

    def _flip(self, places: list[_Place]) -> None:
        until = time.monotonic() + _FLIPS_S
        lines = {
            use.line
            for run in self._found.runs
            for use in run.seen.steps
            if isinstance(use.given, dict) and use.given.get("returnStatus") is True
        }
        for line in sorted(lines):
            for status in (0, 1):
                for place in places[:2]:
                    if time.monotonic() > until:
                        return
                    self._run(Policy(2, {line: status}), place)

    def _fail(self, place: _Place) -> None:
        """Let the first `node` of each stage fail, where something is there to catch it."""
        failing = frozenset(
            use.path for run in self._found.runs for use in run.seen.steps if use.name == "node"
        )
        approved: tuple[str, ...] = ()
        for _ in range(_ROUNDS):
            run = self._run(Policy(failing=failing), place, approved)
            if run is None:
                return
            uncaught = _uncaught(run)
            news = tuple(sorted(set(self._found.refused) - set(approved)))
            if news:
                approved += news
            elif uncaught:
                failing -= uncaught
            else:
                return


@dataclass(frozen=True)
class _Place:
    branch: tuple[tuple[str, str], ...]
    globals: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, branch: Mapping[str, str], wanted: Mapping[str, list[str]]) -> _Place:
        return cls(
            tuple(branch.items()),
            tuple((n, v[0]) for n, v in wanted.items() if v and n not in branch),
        )


def _uncaught(run: Run) -> frozenset[tuple[str, ...]]:
    """Return the paths in which nothing came after the `node` that failed."""
    counts: dict[tuple[str, ...], int] = {}
    for use in run.seen.steps:
        if use.name == "node":
            counts[use.path] = counts.get(use.path, 0) + 1
    return frozenset(path for path in run.policy.failing if counts.get(path, 0) == 1)
