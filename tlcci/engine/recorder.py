"""What a build needs of the record that it is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from tlcci.events import Event
    from tlcci.results.artifacts import Artifact
    from tlcci.results.console import LogStream, Prefix
    from tlcci.results.junit import TestReport
    from tlcci.results.masks import Masker


class Console(Protocol):
    """Where the log goes."""

    def write_line(
        self,
        text: str,
        *,
        step: str | None = None,
        masker: Masker | None = None,
        prefix: Prefix | None = None,
    ) -> None:
        """Write *text* and a line's end."""

    def stream(
        self, step: str, masker: Masker | None = None, prefix: Prefix | None = None
    ) -> LogStream:
        """Return the stream for the output of *step*."""

    def step_log(self, step: str) -> Path:
        """Return where the log of *step* is."""


class Recorder(Protocol):
    """Takes what a build does and keeps; `RecordWriter` writes it to a folder."""

    @property
    def folder(self) -> Path:
        """Return the folder that the build may keep files in."""

    @property
    def console(self) -> Console:
        """Return where the log goes."""

    def emit(self, event: Event) -> None:
        """Take an event."""

    def archive(self, source: Path, path: str, step: str | None = None) -> Artifact:
        """Keep a copy of *source* as artifact *path*."""

    def add_tests(self, report: TestReport, step: str | None = None) -> None:
        """Add what one `junit` step found."""
