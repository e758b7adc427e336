"""What a build needs around it: the record that it is written to, and its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tlcci.engine.source import Hands
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
        soon: bool = False,
    ) -> None:
        """Write *text* and a line's end; with *soon* not before there is more."""

    def flush(self) -> None:
        """Write what was to be written soon."""

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

    def emit(self, event: Event, *, soon: bool = False) -> None:
        """Take an event."""

    def archive(self, source: Path, path: str, step: str | None = None) -> Artifact:
        """Keep a copy of *source* as artifact *path*."""

    def add_tests(self, report: TestReport, step: str | None = None) -> None:
        """Add what one `junit` step found."""


class Sources(Protocol):
    """The revision that is built; `Source` takes it from a checkout."""

    @property
    def url(self) -> str:
        """Return where it comes from."""

    @property
    def commit(self) -> str:
        """Return the commit's hash."""

    @property
    def git_branch(self) -> str:
        """Return what GIT_BRANCH is."""

    @property
    def change_sets(self) -> list[dict[str, Any]]:
        """Return what changed since the build before."""

    def scm_facts(self) -> dict[str, Any]:
        """Return the global `scm` as the script sees it."""

    def read(self, path: str) -> str | None:
        """Return a file of the revision, None where there is none."""

    def take(
        self,
        scm: dict[str, Any] | None,
        folder: str,
        environment: Mapping[str, str],
        log: Callable[[str], None],
        hands: Hands | None = None,
    ) -> dict[str, str]:
        """Check *scm* (None: the build's own) out into *folder* and return its variables.

        *hands* do it where *folder* is, without any here.
        """
