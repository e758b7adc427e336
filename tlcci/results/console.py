"""The console log: what Jenkins' consoleText would show, written while the run goes on.

Output of a step goes to the step's own log as it comes and to the console by whole
lines, so lines of parallel steps never mix. A line that is not whole yet is not kept in
memory: it is in the step's log, and is copied from there by the kernel when it ends.
Everything here is called by one thread, the one that drives the run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tlcci.results.files import unwritable, write_all

if TYPE_CHECKING:
    from pathlib import Path

    from tlcci.results.masks import Masker

# A pipe of the largest size that an ordinary user may ask for, read in one go.
PIPE_SIZE: Final = 1 << 20

# An unfinished line up to this size is kept in memory rather than read back.
_SMALL_TAIL: Final = 1 << 14

_STEP_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

# What stands before each line on the console, asked for anew with each write.
Prefix = Callable[[], bytes]

# Told of what was written to the console: the step's id, if one, and whole lines.
Watcher = Callable[[str | None, bytes], None]


class ConsoleLog:
    """Writes `console.log` and `log/<step-id>.txt` of one run's *folder*.

    `write_line` for what Jenkins or a step like `echo` says, `stream` for the output of
    a step like `sh`. Both write at once, without a buffer of their own. A *watcher*
    sees all that reaches the console, masked, by whole lines.
    """

    def __init__(self, folder: Path, watcher: Watcher | None = None) -> None:
        self.path = folder / "console.log"
        self.watcher = watcher
        self._soon = b""
        self._steps = folder / "log"
        try:
            self._steps.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def write_line(
        self,
        text: str,
        *,
        step: str | None = None,
        masker: Masker | None = None,
        prefix: Prefix | None = None,
        soon: bool = False,
    ) -> None:
        """Write *text* and a line's end; *text* may hold several lines.

        With *step* the text goes to that step's log too. *prefix* is for `timestamps`.
        With *soon* the caller has more to say at once, or calls `flush`: one write is both.
        """
        if masker:
            text = masker.mask(text)
        data = text.encode("utf-8", "replace") + b"\n"
        if step is not None:
            path = self.step_log(step)
            descriptor = _open_log(path)
            try:
                _write(path, descriptor, data)
            finally:
                os.close(descriptor)
        if prefix:
            data = _prefixed(data, prefix())
        if soon:
            self._soon += data
            self._watch(step, data)
        else:
            self._append(step, data)

    def flush(self) -> None:
        """Write what was to be written soon."""
        if self._soon:
            said, self._soon = self._soon, b""
            _write(self.path, self._file, said)

    def stream(
        self, step: str, masker: Masker | None = None, prefix: Prefix | None = None
    ) -> LogStream:
        """Return the stream for the output of *step*; close it when the step ends."""
        return LogStream(self, step, masker, prefix)

    def step_log(self, step: str) -> Path:
        """Return where the log of *step* is; the file exists once there is output."""
        if not _STEP_ID.fullmatch(step):
            raise ValueError(f"not a step id: {step!r}")
        return self._steps / f"{step}.txt"

    def close(self) -> None:
        """Close the file; all that was written is in it without this too."""
        if self._file >= 0:
            self.flush()
            os.close(self._file)
            self._file = -1

    def _append(self, step: str | None, data: bytes | memoryview) -> None:
        if self._soon:
            said, self._soon = self._soon, b""
            _write(self.path, self._file, said + data)
        else:
            _write(self.path, self._file, data)
        self._watch(step, data)

    def _watch(self, step: str | None, data: bytes | memoryview) -> None:
        if self.watcher is not None:
            self.watcher(step, bytes(data))

    def _append_from(self, source: int, start: int, end: int) -> None:
        self.flush()
        try:
            while start < end:
                start += os.sendfile(self._file, source, start, end - start)
        except OSError as error:
            raise unwritable(self.path, error) from error


class LogStream:
    """The output of one step: `feed` it pieces of any size, `close` it at the end."""

    def __init__(
        self,
        console: ConsoleLog,
        step: str,
        masker: Masker | None = None,
        prefix: Prefix | None = None,
    ) -> None:
        self.path = console.step_log(step)
        self._step = step
        self._console = console
        self._mask = masker.stream() if masker else None
        self._prefix = prefix
        self._file = -1
        self._waiting = 0  # bytes of an unfinished line: in the step's log only
        self._tail = b""  # these bytes, while they are few
        self._tail_at = 0  # where they start in the step's log, once they are many
        self._is_closed = False

    def feed(self, piece: bytes) -> None:
        """Take *piece* of the output."""
        if self._mask is not None:
            piece = self._mask.feed(piece)
        if piece:
            self._take(piece)

    def close(self) -> None:
        """End the output: an unfinished last line is shown, with a line's end.

        A second call does nothing.
        """
        if self._is_closed:
            return
        self._is_closed = True
        held = self._mask.flush() if self._mask is not None else b""
        if held:
            self._take(held)
        if self._waiting:
            self._show(b"\n")
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, piece: bytes) -> None:
        if self._file < 0:
            self._file = _open_log(self.path)
        _write(self.path, self._file, piece)
        end = piece.rfind(b"\n") + 1
        if end == len(piece):
            self._show(piece)
            return
        if end:
            self._show(piece[:end] if self._needs_bytes() else memoryview(piece)[:end])
        self._keep(piece[end:])

    def _needs_bytes(self) -> bool:
        """Say whether someone looks into what goes to the console."""
        return bool(self._prefix or self._console.watcher or (self._waiting and not self._tail))

    def _keep(self, rest: bytes) -> None:
        """Remember an unfinished line, in memory only while it is short."""
        self._waiting += len(rest)
        if self._waiting <= _SMALL_TAIL:
            self._tail += rest
        elif self._tail or self._waiting == len(rest):
            self._tail = b""
            self._tail_at = os.fstat(self._file).st_size - self._waiting

    def _show(self, lines: bytes | memoryview) -> None:
        """Bring *lines*, and before them what was waiting, to the console."""
        if self._waiting and not self._tail:
            if self._prefix is not None:
                self._console._append(self._step, self._prefix())  # noqa: SLF001
            self._console._append_from(  # noqa: SLF001 - two halves of one thing
                self._file, self._tail_at, self._tail_at + self._waiting
            )
            lines = bytes(lines)
            end = lines.index(b"\n") + 1
            first, lines = lines[:end], lines[end:]
            self._console._append(self._step, first)  # noqa: SLF001
        elif self._tail:
            if len(lines) > _SMALL_TAIL and self._prefix is None and not self._console.watcher:
                # Joining would copy a whole piece for the sake of one line.
                self._console._append(self._step, self._tail)  # noqa: SLF001
            else:
                lines = self._tail + bytes(lines)
        self._waiting, self._tail = 0, b""
        if lines:
            if self._prefix is not None:
                lines = _prefixed(bytes(lines), self._prefix())
            self._console._append(self._step, lines)  # noqa: SLF001


def _prefixed(lines: bytes, prefix: bytes) -> bytes:
    """Return whole *lines*, each behind *prefix*."""
    return prefix + lines[:-1].replace(b"\n", b"\n" + prefix) + b"\n"


def _open_log(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise unwritable(path, error) from error


def _write(path: Path, descriptor: int, data: bytes | memoryview) -> None:
    try:
        write_all(descriptor, data)
    except OSError as error:
        raise unwritable(path, error) from error
