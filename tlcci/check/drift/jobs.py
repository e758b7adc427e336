"""Jobs and what they run: scripts, Jenkinsfiles, parameters, addresses, status contexts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tlcci.check.drift.files import is_test, line_at
from tlcci.check.drift.place import CHECKOUT, Drift, Place
from tlcci.check.drift.terraform import Named
from tlcci.check.drift.words import closest, hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.drift.asked import Asked
    from tlcci.check.drift.production import Job, Production

_IN_ADDRESS = r"(?:/job/|/pipelines/|/organizations/\w+/(?!pipelines/))(?P<job>[\w.-]+)(?=/)"
_CONTEXT = r"""["']([\w.-]+)/(?:pr-head|pr-merge|branch)["']"""
_CODE = ("*.py", "*.js", "*.ts", "*.go", "*.rb", "*.sh", "*.groovy", "*.tf")


def dead_scripts(asked: Asked, given: Production) -> Iterator[Drift]:
    """A job whose Jenkinsfile is not in the checkout."""
    known = [Named(path, Place(CHECKOUT, path)) for path in asked.jenkinsfiles]
    for job in _jobs(asked, given):
        if asked.has(job.script.name):
            continue
        near = closest(job.script.name, known)
        state = " (the job is disabled)" if job.is_disabled else ""
        yield Drift(
            "job-script-missing",
            "warning" if job.is_disabled else "error",
            f"job {job.name} runs {job.script.name}, which the checkout has not{state}",
            job.script.place,
            near.place if near else asked.top,
        )


def jenkinsfiles_without_job(asked: Asked, given: Production) -> Iterator[Drift]:
    """A Jenkinsfile that no job runs."""
    jobs = [one for one in _jobs(asked, given) if not one.is_disabled]
    run = {one.script.name for one in jobs}
    for path in asked.jenkinsfiles:
        if run and path not in run:
            near = closest(path, [one.script for one in jobs])
            yield Drift(
                "jenkinsfile-without-job",
                "warning",
                f"no enabled job runs {path}",
                Place(CHECKOUT, path),
                near.place if near else jobs[0].place,
            )


def unknown_parameters(asked: Asked, given: Production) -> Iterator[Drift]:
    """A parameter that a job gives and no Jenkinsfile knows."""
    known = asked.parameters()
    for job in _jobs(asked, given):
        for one in job.parameters:
            if one.name in known:
                continue
            near = closest(one.name, [Named(*item) for item in known.items()])
            yield Drift(
                "parameter-unknown",
                "warning",
                f"job {job.name} has the parameter {one.name}, which no Jenkinsfile "
                f"declares{hint(one.name, near)}",
                one.place,
                near.place if near else asked.top,
            )


def dead_addresses(asked: Asked, given: Production) -> Iterator[Drift]:
    """Code that calls a job by its address, where the job is disabled or gone."""
    del asked
    jobs = {one.name.partition("/")[0]: one for one in given.jobs}
    if not jobs:
        return
    live = {one.name.partition("/")[0] for one in given.jobs if not one.is_disabled}
    for path, text in given.files.matching(*_CODE):
        lines: dict[str, list[int]] = {}
        for found in re.finditer(_IN_ADDRESS, text) if not is_test(path) else ():
            name = found["job"]
            if name not in live and _is_here(text, found, given.address):
                lines.setdefault(name, []).append(line_at(text, found.start()))
        for name, at in lines.items():
            state = "disabled" if name in jobs else "not there"
            job = jobs.get(name) or given.jobs[0]
            numbers = list(dict.fromkeys(at))
            where = f"line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
            yield Drift(
                "job-address-dead",
                "warning",
                f"calls the job {name} by its address ({where}); that job is {state}",
                given.files.place(path, at[0]),
                job.place,
            )


def dead_contexts(asked: Asked, given: Production) -> Iterator[Drift]:
    """Code that waits for a status that only disabled jobs give."""
    del asked
    dead = {context: job for job in given.jobs if job.is_disabled for context in job.contexts}
    live = {one for job in given.jobs if not job.is_disabled for one in job.contexts}
    for found, place in given.files.find(_CONTEXT, *_CODE):
        job = dead.get(found[1]) if found[1] not in live else None
        if job and not is_test(place.path):
            yield Drift(
                "status-context-dead",
                "warning",
                f"waits for the status {found[0][1:-1]}, which only the disabled job "
                f"{job.name} reports",
                place,
                job.place,
            )


def _jobs(asked: Asked, given: Production) -> list[Job]:
    """Return the jobs whose repository is the checkout's: the one that most scripts fit."""
    fits: dict[str, int] = {}
    for job in given.jobs:
        fits[job.repository] = fits.get(job.repository, 0) + asked.has(job.script.name)
    best = max(fits, key=lambda one: fits[one], default=None)
    if best is None or (not fits[best] and len(fits) > 1):
        return []
    return [one for one in given.jobs if one.repository == best]


def _is_here(text: str, found: re.Match[str], address: str) -> bool:
    """Return whether the address around *found* is the controller's, or one made of values."""
    before = text[: found.start()]
    before = re.split(r"[\s\"'(]", before[-200:])[-1]
    if "/job/" in f"{before}/":  # a branch or a job in a folder, which its own begins
        return False
    host = re.sub(r"\A\w+://", "", before).partition("/")[0]
    return host == address or "{" in host or (not host and not address)


RULES = (
    dead_scripts,
    jenkinsfiles_without_job,
    unknown_parameters,
    dead_addresses,
    dead_contexts,
)
