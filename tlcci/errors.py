"""Every error that tlcci raises on purpose, and the exit code of each.

    TlcciError                    exit 70 (our bug, when raised bare)
    +-- WorkFailedError           exit 1   the work was done and failed
    +-- InputError                exit 2   a file or an argument of yours
    |   +-- InvalidFileError               every fault of one file at once
    +-- MachineError              exit 3   a machine or the network
    +-- ControllerError           exit 4   the Jenkins controller
    +-- MissingToolError          exit 5   a program this machine has not got

Classes build their text; callers pass facts. Only `tlcci.cli` catches and prints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


_EXCERPT_WIDTH = 120


@dataclass(frozen=True)
class Where:
    """A place in a file: *line* and *column* count from 1, *text* is the line itself."""

    path: str
    line: int | None = None
    column: int | None = None
    text: str | None = None
    width: int = 1

    def __str__(self) -> str:
        """Return `path line L, column C`, without what is unknown."""
        place = self.path
        if self.line is not None:
            place += f" line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return place

    def excerpt(self) -> list[str]:
        """Return the line and a caret below it; of a long line, the part around the caret."""
        if self.text is None or self.line is None:
            return []
        column = self.column or 1
        start = max(0, column - 1 - _EXCERPT_WIDTH // 2)
        shown = self.text[start : start + _EXCERPT_WIDTH]
        # A tab or a control sign would move the caret, or the terminal.
        shown = "".join(sign if sign.isprintable() else " " for sign in shown)
        lead = "..." if start else ""
        tail = "..." if len(self.text) > start + _EXCERPT_WIDTH else ""
        lines = [f"{self.line:>4} | {lead}{shown}{tail}"]
        if self.column:
            indent = len(lead) + column - 1 - start
            width = max(1, min(self.width, len(shown) - (column - 1 - start)))
            lines.append(f"     | {' ' * indent}{'^' * width}")
        return lines


@dataclass(eq=False)
class TlcciError(Exception):
    """An error that draws itself: reference, message, where, details, next.

    *reference* is kebab-case and stable; *details* are (label, text) rows in order;
    *next* is a command to paste or one sentence on what to do.
    """

    reference: str
    message: str
    where: Where | None = None
    details: list[tuple[str, str]] = field(default_factory=list)
    next: str | None = None

    exit_code: ClassVar[int] = 70

    def __post_init__(self) -> None:
        """Give `Exception` the message, so that logs and pickles show it."""
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the whole error as plain text, as it is printed on stderr."""
        place = f"{self.where}: " if self.where else ""
        lines = [f"error {self.reference}: {place}{self.message}"]
        if self.where:
            lines += self.where.excerpt()
        rows = [*self.details, *([("next", self.next)] if self.next else [])]
        width = max((len(label) for label, _ in rows), default=0)
        for label, text in rows:
            first, *more = text.split("\n")
            lines.append(f"  {label:<{width}}  {first}")
            lines += [f"  {'':<{width}}  {line}" for line in more]
        return "\n".join(lines)


class WorkFailedError(TlcciError):
    """The work itself was done, and failed."""

    exit_code: ClassVar[int] = 1


class InputError(TlcciError):
    """A file or an argument that a person gave cannot be used."""

    exit_code: ClassVar[int] = 2


class InvalidFileError(InputError):
    """A file with faults: each of *faults*, in line order, drawn below the other."""

    def __init__(self, faults: Sequence[InputError]) -> None:
        """Take the faults, at least one, as one error."""
        count = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
        path = faults[0].where.path if faults[0].where else "a file"
        super().__init__("invalid-file", f"{path} has {count}", faults[0].where)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        """Return every fault as plain text."""
        return "\n\n".join(map(str, self.faults))


class MachineError(TlcciError):
    """A machine or the network did not do its part."""

    exit_code: ClassVar[int] = 3


class ControllerError(TlcciError):
    """The Jenkins controller did not do its part."""

    exit_code: ClassVar[int] = 4


class MissingToolError(TlcciError):
    """A program that the work needs is not on this machine."""

    exit_code: ClassVar[int] = 5
