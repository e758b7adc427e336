"""What a person or a program sees while a run goes on, and what is said at its end.

Three screens with one interface: a live tree on a terminal, plain lines in a pipe, and
the events as JSON. None of them sees more of a step's output than it can show: the
whole of it is in the record.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol, TextIO

from tlcci import events
from tlcci.cli.words import summary, told

if TYPE_CHECKING:
    from tlcci.events import Event
    from tlcci.results.runs import RunRecord

# More than this of one step's output at once is told as a size by the plain screen.
_PLAIN_LIMIT = 1 << 16


class Screen(Protocol):
    """Shows a run. `show` is given to `RecordWriter.listen`, `output` to its console."""

    def show(self, event: Event) -> None:
        """Take note of *event*."""

    def line(self, step: str | None, text: str) -> None:
        """Show one line of text that belongs to *step*, or to the run."""

    def output(self, step: str | None, data: bytes) -> None:
        """Show whole lines that reached the console (`ConsoleLog.watcher`)."""

    def finish(self, record: RunRecord) -> None:
        """Say how the run ended; nothing is shown after it."""


def choose_screen(*, as_json: bool = False, out: TextIO | None = None) -> Screen:
    """Return the screen for *out* (stdout): JSON when asked, live only on a terminal."""
    out = out or sys.stdout
    if as_json:
        return JsonScreen(out)
    if out.isatty() and os.environ.get("TERM") != "dumb":
        from tlcci.cli.live_screen import LiveScreen  # noqa: PLC0415 - rich is slow to import

        return LiveScreen(out)
    return PlainScreen(out)


class JsonScreen:
    """Prints each event as a line of JSON."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        """Print *event*."""
        self._out.write(events.to_json(event) + "\n")
        self._out.flush()

    def line(self, step: str | None, text: str) -> None:
        """Show nothing: output is in the record."""

    def output(self, step: str | None, data: bytes) -> None:
        """Show nothing: output is in the record."""

    def finish(self, record: RunRecord) -> None:
        """Say nothing: the last event did."""


class PlainScreen:
    """Prints lines, each behind the stage or branch that it belongs to."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._places: dict[str, str] = {}

    def show(self, event: Event) -> None:
        """Print what the console does not say: stages, waiting, machines, notes."""
        if isinstance(event, events.StepStarted):
            self._places[event.id] = event.branch or (event.stage[-1] if event.stage else "")
            return
        if isinstance(event, events.StepEnded):
            self._places.pop(event.id, None)
            return
        text = told(event)
        if text is not None:
            self._print(text)

    def line(self, step: str | None, text: str) -> None:
        """Print *text* behind the place of *step*."""
        place = self._places.get(step or "", "")
        self._print(f"[{place}] {text}" if place else text)

    def output(self, step: str | None, data: bytes) -> None:
        """Print lines; of a flood only its size and its last line."""
        if len(data) > _PLAIN_LIMIT:
            self.line(step, f"... {len(data):,} bytes more in the log")
            data = data[-400:].rstrip(b"\n").rpartition(b"\n")[2]
        for text in data.decode("utf-8", "replace").rstrip("\n").split("\n"):
            # What these lines say of steps, a screen tells by stages.
            if not (step is None and text.startswith("[Pipeline]")):
                self.line(step, text)

    def finish(self, record: RunRecord) -> None:
        """Print the summary."""
        for text in summary(record):
            self._print(text)

    def _print(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()
