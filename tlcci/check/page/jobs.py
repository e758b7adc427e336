"""One section a Jenkinsfile: its stages in order, and what each does."""

from __future__ import annotations

from itertools import takewhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tlcci.check.drift import CHECKOUT, Place
from tlcci.check.page.picture import labels_of
from tlcci.check.page.words import code, link, links, only_in, plain, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tlcci.check.needs import Act, Needs, StageCourse

    Course = tuple[Act, ...]

_FEWEST = 3  # acts that are worth to be told once for several stages
_BEGINNING = "[the usual beginning](#how-most-stages-begin)"


def jobs(needs: Sequence[Needs]) -> list[str]:
    """Return the sections of all Jenkinsfiles; what several stages do is told once."""
    lines = ["## What each Jenkinsfile does", ""]
    teller = _Teller(needs)
    lines += teller.beginning()
    for one in needs:
        lines += teller.job(one)
    return lines


class _Teller:
    """Knows what was told before, in this Jenkinsfile or another."""

    def __init__(self, needs: Sequence[Needs]) -> None:
        self._needs = needs
        self._told: dict[tuple[str, ...], tuple[str, str]] = {}
        different = {_essence(one): one.acts for job in needs for one in job.course if one.acts}
        self._usual = _usual(list(different.values()))

    def beginning(self) -> Iterator[str]:
        """Yield what most stages do first."""
        stages = ((job, stage) for job in self._needs for stage in job.course)
        job = next((job for job, one in stages if self._begins(one.acts)), None)
        if job is None:
            return
        acts = next(one.acts for one in job.course if self._begins(one.acts))
        yield "### How most stages begin"
        yield ""
        yield "A stage that has *the usual beginning* first does this on its machine:"
        yield ""
        yield from _acts(job, acts[: len(self._usual)], "")
        yield ""

    def job(self, job: Needs) -> Iterator[str]:
        """Yield the section of one Jenkinsfile."""
        yield f"### {PurePosixPath(job.path).name}"
        yield ""
        if not job.course:
            yield f"It has no stages {link([Place(CHECKOUT, job.path)])}."
            yield ""
        yield from _around(job)
        for stage in job.course:
            where = links([Place(CHECKOUT, job.path, stage.line)], job.path)
            yield f"**{plain(' / '.join(stage.path))}**{only_in(stage.only_in)} ({where})"
            yield ""
            lines = list(self._stage(job, stage))
            yield from lines or [f"- does nothing that needs something from outside ({where})"]
            yield ""

    def _stage(self, job: Needs, stage: StageCourse) -> Iterator[str]:
        inner = [code(one.path[-1]) for one in job.course if one.path[:-1] == stage.path]
        if inner:
            beside = "at the same time" if len(inner) > 1 else "inside"
            where = link([Place(CHECKOUT, job.path, stage.line)], job.path)
            yield f"- runs {spoken(inner)} {beside} {where}"
        yield from _machine(job, stage)
        yield from _images(job, stage)
        if stage.acts:
            yield from self._course(job, stage)

    def _course(self, job: Needs, stage: StageCourse) -> Iterator[str]:
        start = link([Place(CHECKOUT, job.path, stage.acts[0].line)], job.path)
        here = (job.path, " / ".join(stage.path))
        before = self._told.setdefault(_essence(stage), here)
        if before != here and len(stage.acts) >= _FEWEST:
            name = PurePosixPath(before[0]).name
            anchor = name.lower().replace(".", "").replace(" ", "-")
            other = "" if before[0] == job.path else f" of [{name}](#{anchor})"
            yield f"- does the same as **{plain(before[1])}**{other} {start}"
            return
        acts = stage.acts
        if self._begins(acts):
            acts = acts[len(self._usual) :]
            yield f"- has {_BEGINNING} {start}" + (", and then:" if acts else "")
        else:
            yield f"- does in this order {start}:"
        yield from (f"  {line}" for line in _acts(job, acts, job.path, stage.only_in))

    def _begins(self, acts: Course) -> bool:
        return bool(self._usual) and _has_beginning(acts, self._usual)


def _around(job: Needs) -> Iterator[str]:
    """Yield the machines that the Jenkinsfile has for more than one stage."""
    for label in job.labels:
        if not label.stages:
            where = link([Place(CHECKOUT, job.path, line) for line in label.lines], job.path)
            yield f"Around its stages, it runs on {_machines([label.expr])} {where}."
            yield ""


def _machine(job: Needs, stage: StageCourse) -> Iterator[str]:
    first, then = labels_of(job, "/".join(stage.path))
    where = link([Place(CHECKOUT, job.path, line) for line in stage.nodes], job.path)
    if first or then:
        text = f"- runs on {_machines(first or then)}"
        if first and then:
            text += f", or on {_machines(then)} if that one goes away"
        yield f"{text} {where}"


def _machines(labels: Sequence[str]) -> str:
    known = [code(one) for one in labels if one]
    if len(known) < len(labels):
        return "any machine"
    return f"a machine labelled {spoken(known, 'or')}"


def _images(job: Needs, stage: StageCourse) -> Iterator[str]:
    done = {one.line for one in stage.acts}
    for one in job.images:
        if "/".join(stage.path) in one.stages:
            tag = f", {code(one.tag)}" if one.tag and one.tag != one.name else ""
            lines = [line for line in one.lines if line in done] or list(one.lines)
            where = link([Place(CHECKOUT, job.path, line) for line in lines[:1]], job.path)
            yield f"- works in containers of the image {code(one.name)}{tag} {where}"


def _acts(job: Needs, acts: Sequence[Act], within: str, known: str = "") -> Iterator[str]:
    for number, one in enumerate(acts, 1):
        where = link([Place(CHECKOUT, job.path, one.line)], within)
        only = "" if one.only_in == known else only_in(one.only_in)
        yield f"{number}. {plain(one.what)}{only} {where}"


def _essence(stage: StageCourse) -> tuple[str, ...]:
    """Return what is the same of two stages that do the same."""
    return tuple(f"{one.what} {one.only_in}" for one in stage.acts)


def _usual(courses: Sequence[Course]) -> Course:
    """Return the beginning of *courses* that it saves most to tell once."""
    best: tuple[int, Course] = (0, ())
    for number, one in enumerate(courses):
        for other in courses[number + 1 :]:
            pairs = zip(one, other, strict=False)
            same = sum(1 for _ in takewhile(lambda pair: _alike(*pair), pairs))
            beginning = one[:same]
            saved = same * (sum(_has_beginning(it, beginning) for it in courses) - 1)
            if same >= _FEWEST and saved > best[0]:
                best = (saved, beginning)
    return best[1]


def _has_beginning(acts: Sequence[Act], beginning: Sequence[Act]) -> bool:
    start = acts[: len(beginning)]
    return len(start) == len(beginning) and all(map(_alike, start, beginning))


def _alike(one: Act, other: Act) -> bool:
    return (one.what, one.only_in) == (other.what, other.only_in)
