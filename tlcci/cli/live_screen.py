"""The screen of a terminal: a tree of stages and branches that is drawn anew in place.

Kept apart from `screen` so that only a terminal pays for importing rich.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from tlcci import events
from tlcci.cli.words import spent, summary, told

if TYPE_CHECKING:
    from tlcci.events import Event
    from tlcci.results.runs import RunRecord

# Drawn at most this often, however many events there are.
_DRAWS_A_SECOND = 8

_SIGNS = {
    "SUCCESS": ("ok", "green"),
    "FAILED": ("failed", "bold red"),
    "UNSTABLE": ("unstable", "yellow"),
    "ABORTED": ("aborted", "magenta"),
    "NOT_EXECUTED": ("not run", "dim"),
}


@dataclass
class _Row:
    """One stage or branch: how deep it is, since when it runs and what it said last."""

    name: str
    path: tuple[str, ...]
    began: float
    status: str | None = None
    took: float = 0.0
    last: str = ""
    children: list[str] = field(default_factory=list)

    def text(self, now: float) -> Text:
        sign, style = _SIGNS.get(self.status or "", ("", "cyan"))
        row = Text("  " * (len(self.path) - 1) + self.name, style=style)
        row.append(f"  {sign} " if sign else "  ", style=style)
        row.append(spent(self.took if self.status else now - self.began), style="dim")
        if self.last and not self.status:
            row.append("  " + self.last, style="dim")
        row.no_wrap = True
        row.overflow = "ellipsis"
        return row


class LiveScreen:
    """Draws the tree; it is never higher than the terminal, and running rows win."""

    def __init__(self, out: TextIO) -> None:
        # rich itself looks at NO_COLOR.
        self._console = Console(file=out, highlight=False)
        self._rows: dict[str, _Row] = {}
        self._top: list[str] = []
        self._row_of_step: dict[str, str] = {}
        self._row_of_path: dict[tuple[str, ...], str] = {}
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=_DRAWS_A_SECOND,
            transient=True,
            vertical_overflow="crop",
        )
        self._live.start()

    def show(self, event: Event) -> None:  # noqa: C901 - a table, one row an event
        """Take *event* into the tree; what has no place there is printed above it."""
        match event:
            case events.StageStarted():
                self._start(event)
            case events.StageEnded():
                row = self._rows.get(event.id)
                if row is not None:
                    row.status, row.took = event.status, event.duration_s
            case events.StepStarted():
                self._place(event)
            case events.StepEnded():
                self._row_of_step.pop(event.id, None)
            case events.QueueWaiting():
                self.line(event.step, told(event) or "")
            case events.NoteAdded() | events.RunStarted() | events.NodeAllocated():
                text = told(event)
                if text is not None:
                    self._console.print(text, markup=False)
            case _:
                pass

    def line(self, step: str | None, text: str) -> None:
        """Let *text* be the last line of the row that *step* is in."""
        row = self._rows.get(self._row_of_step.get(step or "", ""))
        if row is not None and text.strip():
            row.last = "".join(char for char in text.strip()[:200] if char.isprintable())

    def output(self, step: str | None, data: bytes) -> None:
        """Look at the last line only."""
        last = data[-400:].rstrip().rpartition(b"\n")[2]
        self.line(step, last.decode("utf-8", "replace"))

    def finish(self, record: RunRecord) -> None:
        """Leave the tree as it ended, then the summary."""
        self._live.stop()
        for row in self._ordered():
            self._console.print(row.text(time.time()))
        for text in summary(record):
            self._console.print(text, markup=False, soft_wrap=True)

    def _start(self, event: events.StageStarted) -> None:
        path = event.path or (event.name,)
        parent = event.parent or self._row_of_path.get(path[:-1])
        self._rows[event.id] = _Row(event.name, path, event.time)
        self._row_of_path[path] = event.id
        above = self._rows.get(parent or "")
        (above.children if above else self._top).append(event.id)

    def _place(self, event: events.StepStarted) -> None:
        path = event.stage
        if event.branch is not None and (*path, event.branch) in self._row_of_path:
            path = (*path, event.branch)
        row = self._row_of_path.get(path)
        if row is not None:
            self._row_of_step[event.id] = row

    def _ordered(self) -> list[_Row]:
        rows: list[_Row] = []
        waiting = list(reversed(self._top))
        while waiting:
            row = self._rows[waiting.pop()]
            rows.append(row)
            waiting += reversed(row.children)
        return rows

    def _draw(self) -> Text:
        now = time.time()
        room = max(3, self._console.height - 2)
        rows = self._ordered()
        left_out = max(0, len(rows) - room)
        if left_out:
            # Rows that run come first, then the ones that ended last; order is kept.
            wanted = sorted(rows, key=lambda row: (row.status is not None, -row.began))
            kept = {id(row) for row in wanted[:room]}
            rows = [row for row in rows if id(row) in kept]
        lines = [row.text(now) for row in rows]
        for line in lines:
            line.truncate(self._console.width - 1, overflow="ellipsis")
        if left_out:
            lines.append(Text(f"... and {left_out} more", style="dim"))
        return Text("\n").join(lines)
