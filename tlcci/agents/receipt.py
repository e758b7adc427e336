"""The receipt that a machine keeps of its own changes, and the scripts that write it."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlcci.agents.changes import Change

FOLDER = ".tlcci"
# Each kind keeps its number, so that a later attach finds its entry and detach its order.
_ORDER = ("workdir", "rooms", "environment", "curl", "ssh", "key", "java", "docker")
_END = "end\tok\t"


@dataclass(frozen=True)
class Outcome:
    """What became of one change: made, same, there, wanted, drifted, kept, reverted, failed."""

    state: str
    entry: str
    text: str


def receipt_path(root: str, name: str) -> str:
    """Return where, under *root* of the machine, the receipt of the host *name* lies."""
    return posixpath.join(root, FOLDER, name)


def attach_script(receipt: str, changes: Sequence[Change], *, only_look: bool = False) -> str:
    """Return the script that makes *changes* and writes each down first."""
    calls = [
        f"apply {_ORDER.index(change.name):02}-{change.name} {change.name} {change.digest} "
        + shlex.quote(change.title)
        for change in changes
    ]
    head = _words(receipt=receipt, action="survey" if only_look else "attach")
    body = "\n".join(map(_functions, changes))
    last = "" if only_look else "tidy\n"
    return f"{head}\n{body}\n{_library()}\n" + "\n".join(calls) + f"\n{last}{_say_end()}"


def detach_script(receipt: str) -> str:
    """Return the script that undoes what the receipt says, and the receipt."""
    head = _words(receipt=receipt, action="detach")
    return f"{head}\n{_library()}\ndetach && {_say_end()}"


def parse_outcomes(text: str) -> tuple[list[Outcome], bool]:
    """Return what a script said of each change, and whether it came to its end."""
    rows = [line.split("\t", 2) for line in text.splitlines()]
    told = [Outcome(*row) for row in rows if len(row) == 3 and row[0] != "end"]  # noqa: PLR2004
    return told, _END in text.splitlines()


def _functions(change: Change) -> str:
    return (
        f"# {change.title}\n"
        f"{change.name}_holds() {{\n{change.holds}}}\n"
        f"{change.name}_note() {{\n{change.note}}}\n"
        f"{change.name}_do() {{\n{change.do}}}\n"
        f"{change.name}_undo() {{\ncat <<'end of undo'\n{change.undo}end of undo\n}}\n"
    )


def _library() -> str:
    return files("tlcci.agents").joinpath("receipt.sh").read_text()


def _say_end() -> str:
    return "say end ok ''\n"


def _words(**words: str) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in words.items())
