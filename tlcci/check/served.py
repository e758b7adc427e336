"""Who serves what a Jenkinsfile needs, row by row: the lab, this machine, or nobody."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.check.policy import line_of_answer
from tlcci.engine.scheduler import who_serves
from tlcci.jenkinsfile.labels import LabelSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tlcci.check.needs import ImageNeed, LabelNeed, Needs
    from tlcci.engine.credentials import Credentials
    from tlcci.inventory import Inventory

_DOCKER_S = 5.0
_MOST_LINES = 5


@dataclass(frozen=True)
class Row:
    """One need and who serves it; *state* is served, nobody or unknown.

    A row that *is_blocking* and served by nobody ends a run; *next* is the command that
    helps.
    """

    kind: str
    name: str
    state: str
    by: str
    lines: tuple[int, ...] = ()
    is_blocking: bool = True
    next: str = ""

    @property
    def is_unserved(self) -> bool:
        """Return whether a run will fail for it."""
        return self.is_blocking and self.state == "nobody"


@dataclass(frozen=True)
class Surroundings:
    """What there is: the lab, the credentials by id, programs and images of this machine."""

    inventory: Inventory
    credentials: Credentials
    find_program: Callable[[str], str | None] = shutil.which
    find_image: Callable[[str], bool | None] = lambda _image: None


def serve(needs: Needs, around: Surroundings) -> list[Row]:
    """Return a row for each need of *needs*, those that nobody serves first."""
    rows = [
        *(_label(one, around.inventory) for one in needs.labels),
        *_credentials(needs, around.credentials),
        *(_image(one, around) for one in needs.images),
        *_programs(needs, around),
        *_approvals(needs, around.inventory),
    ]
    order = {"nobody": 0, "unknown": 1, "served": 2}
    return sorted(rows, key=lambda row: (not row.is_unserved, order[row.state]))


def exit_code(rows: list[Row], needs: list[Needs]) -> int:
    """Return 1 where a blocking row is unserved, 3 where something is unknown, else 0."""
    if any(row.is_unserved for row in rows):
        return 1
    is_unknown = any(row.state == "unknown" and row.is_blocking for row in rows)
    return 3 if is_unknown or any(one.unknown for one in needs) else 0


def local_image(image: str) -> bool | None:
    """Return whether this machine's Docker has *image*, None where it has no Docker."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    try:
        argv = [docker, "image", "inspect", "--format", "ok", image]
        done = subprocess.run(argv, capture_output=True, timeout=_DOCKER_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode == 0:
        return True
    return False if b"o such image" in done.stderr else None


def _label(need: LabelNeed, lab: Inventory) -> Row:
    where = need.lines[:_MOST_LINES]
    kind = "label (fallback)" if need.is_fallback_only else "label"
    if need.value is None:
        text = "this is no text: Jenkins refuses it"
        return Row(kind, need.expr, "nobody", text, where, next="write one text, 'A && B'")
    if line_of_answer(need.value) is not None:
        return Row(kind, need.expr, "unknown", "made of a shell's output", where)
    try:
        served = who_serves(need.value, lab)
    except LabelSyntaxError as error:
        return Row(kind, need.expr, "nobody", error.message, where)
    if not served.machines:
        help_ = f"add {need.value!r} to a host's labels, or to aliases, in hosts.yaml"
        # Where the first choice is served, the fallback is not come by.
        is_needed = not need.is_fallback_only
        return Row(kind, need.expr, "nobody", "NOBODY", where, is_needed, help_)
    names = ", ".join(served.machines)
    aliases = ", ".join(f"{asked} as {real}" for asked, real in served.aliases.items())
    return Row(kind, need.expr, "served", f"{names} ({aliases})" if aliases else names, where)


def _credentials(needs: Needs, known: Credentials) -> Iterator[Row]:
    for one in needs.credentials:
        credential = known.get(one.id)
        lines = one.lines[:_MOST_LINES]
        if credential is None:
            help_ = f"give {one.id!r} ({one.kind}) in a file: --credentials FILE"
            yield Row("credential", one.id, "nobody", "NOBODY", lines, next=help_)
        else:
            yield Row("credential", one.id, "served", credential.kind_name, lines)


def _image(need: ImageNeed, around: Surroundings) -> Row:
    lines = need.lines[:_MOST_LINES]
    if need.tag is None:
        text = "decided when it runs"
        return Row("image", need.name, "unknown", text, lines, is_blocking=False)
    is_here = around.find_image(need.tag)
    if is_here:
        return Row("image", need.name, "served", f"{need.tag}, on this machine", lines)
    known = "not on this machine" if is_here is False else "no Docker here to ask"
    return Row(
        "image",
        need.name,
        "unknown",
        f"{need.tag}, {known}",
        lines,
        is_blocking=False,
        next=f"docker pull {need.tag}",
    )


def _programs(needs: Needs, around: Surroundings) -> Iterator[Row]:
    """Hold programs against this machine, where it is a machine of the lab."""
    if not any(host.connection == "local" for host in around.inventory.hosts):
        return
    for one in needs.programs:
        path = around.find_program(one.name)
        callers = ", ".join(caller or "sh" for caller in one.callers[:3])
        if path:
            yield Row("program", one.name, "served", f"{path} (for {callers})")
        else:
            yield Row(
                "program",
                one.name,
                "nobody",
                f"NOBODY (for {callers})",
                is_blocking=not one.is_optional,
                next=f"install {one.name} on the machines that serve the labels",
            )


def _approvals(needs: Needs, lab: Inventory) -> Iterator[Row]:
    given = set(lab.controller.approvals)
    for one in needs.approvals:
        is_given = one.signature in given
        yield Row(
            "approval",
            one.signature,
            "served" if is_given else "nobody",
            "approved in hosts.yaml" if is_given else "NOBODY",
            (one.line,) if one.line else (),
            is_blocking=False,
            next="" if is_given else f"--approve '{one.signature}'",
        )
