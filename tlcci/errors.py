"""Every error that tlcci raises on purpose, and the exit code of each.

    TlcciError                    exit 70 (our bug, when raised bare)
    +-- WorkFailedError           exit 1   the work was done and failed
    +-- InputError                exit 2   a file or an argument of yours
    +-- MachineError              exit 3   a machine or the network
    +-- ControllerError           exit 4   the Jenkins controller
    +-- MissingToolError          exit 5   a program this machine has not got

Classes build their text; callers pass facts. Only `tlcci.cli` catches and prints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


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


@dataclass
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
        if self.where and self.where.text is not None and self.where.line is not None:
            gutter = f"{self.where.line:>4} | "
            lines.append(f"{gutter}{self.where.text}")
            if self.where.column:
                caret = " " * (self.where.column - 1) + "^" * max(1, self.where.width)
                lines.append(f"     | {caret}")
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


class MachineError(TlcciError):
    """A machine or the network did not do its part."""

    exit_code: ClassVar[int] = 3


class ControllerError(TlcciError):
    """The Jenkins controller did not do its part."""

    exit_code: ClassVar[int] = 4


class MissingToolError(TlcciError):
    """A program that the work needs is not on this machine."""

    exit_code: ClassVar[int] = 5
