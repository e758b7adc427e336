"""One command over one byte stream to a POSIX shell elsewhere, to its very end."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from typing import IO, Protocol

from tlcci.transport.contract import CHUNK, Cancellation, Command, Ended, OnOutput, Result
from tlcci.transport.errors import (
    ConnectionLostError,
    LoginShellError,
    WorkingFolderMissingError,
)
from tlcci.transport.framing import Framed, encode_line, kill_group, new_mark, wrap_command

_START_S = 60.0  # a login shell that has not come to the command by then hangs
_CLOSE_S = 0.2  # how long the end of the stream may lag behind the last mark
_LOOK_S = 2.0  # how often a silent wire is asked whether it still stands
_INLINE = 1 << 16  # bytes of input that are sent without a thread of their own


class Wire(Protocol):
    """A stream to one shell elsewhere. Methods raise OSError when the way is broken."""

    def send(self, data: bytes | memoryview) -> None:
        """Send all of *data*, however long that takes."""

    def send_end(self) -> None:
        """Say that there is no more input."""

    def receive(self, wait_s: float) -> tuple[bytes, bytes] | None:
        """Return output and errors that came, empty after *wait_s*; None at the end."""

    def is_lost(self) -> bool:
        """Return whether the end of the stream is the end of the connection."""

    def close(self) -> None:
        """Let go of the stream."""


class Far(Protocol):
    """A machine that shells can be opened on."""

    @property
    def name(self) -> str:
        """The machine's name as a person knows it, for messages."""

    def open_wire(self) -> Wire:
        """Open a stream to `framing.BOOTSTRAP` there."""


class Exchange:
    """One command on one wire.

    *content* is sent in place of the command's own input, piece by piece.
    """

    def __init__(
        self,
        far: Far,
        command: Command,
        cancel: Cancellation,
        content: IO[bytes] | None = None,
    ) -> None:
        self._far = far
        self._command = command
        self._cancel = cancel
        self._content = content
        mark = new_mark()
        self._line = wrap_command(command, mark)
        self._stdout, self._stderr = Framed(mark), Framed(mark)
        self._why = b""
        self._fault: Exception | None = None
        self._group = 0
        self._wanted: str | None = None
        self._sent: str | None = None
        self._timed_out = False
        self._started = time.monotonic()
        self._start_by = self._started + _START_S
        self._end_at = _after(self._started, command.timeout_s)
        self._kill_at = math.inf

    def hold(self, on_stdout: OnOutput | None, on_stderr: OnOutput | None) -> Result:
        """Run the command to its end and return how it ended."""
        kept: tuple[list[bytes], list[bytes]] = ([], [])
        sinks = (on_stdout or kept[0].append, on_stderr or kept[1].append)
        self._wire = self._far.open_wire()
        is_kept_open = False
        try:
            self._feed()
            if not self._cancel.connect(self._want):
                self._want("KILL")
            self._converse(sinks)
            is_kept_open = self._command.keep_background and self._stdout.status is not None
        except BaseException:
            self._abandon()
            raise
        finally:
            self._cancel.disconnect()
            if is_kept_open:
                _discard_later(self._wire)
            else:
                self._wire.close()
        return self._result(*(b"".join(chunks) for chunks in kept))

    def _feed(self) -> None:
        """Send the command and its input; a thread sends what may have to wait."""
        try:
            if self._content is None and len(self._command.stdin) <= _INLINE:
                self._wire.send(self._line + self._command.stdin)
                self._wire.send_end()
                return
            self._wire.send(self._line)
        except OSError:
            return  # the reading end says what became of the machine
        threading.Thread(target=self._feed_rest, daemon=True).start()

    def _feed_rest(self) -> None:
        # A broken wire is no fault here: `receive` says whether the command took no more
        # or the connection is lost.
        with contextlib.suppress(OSError):
            if self._content is None:
                self._wire.send(memoryview(self._command.stdin))
            else:
                while chunk := self._read_content(self._content):
                    self._wire.send(chunk)
            self._wire.send_end()

    def _read_content(self, content: IO[bytes]) -> bytes:
        """Return the next piece; a source that fails ends the exchange with its fault."""
        try:
            return content.read(_INLINE)
        except Exception as error:
            self._fault = error
            self._wire.close()
            raise BrokenPipeError from error

    def _converse(self, sinks: tuple[OnOutput, OnOutput]) -> None:
        while not self._is_over():
            pieces = self._wire.receive(self._patience())
            if pieces is None:
                self._end_of_wire(sinks)
                return
            stdout, stderr = self._stdout.feed(pieces[0]), self._stderr.feed(pieces[1])
            # A callback may raise: the group has to be known by then.
            self._meet_start()
            self._pass_on(stdout, sinks[0])
            self._pass_on(stderr, sinks[1])
            self._enforce_time()

    def _pass_on(self, own: bytes, sink: OnOutput) -> None:
        if self._stdout.word == "folder":
            self._why += own
            return
        for at in range(0, len(own), CHUNK):
            sink(own[at : at + CHUNK])

    def _is_over(self) -> bool:
        """Return whether both streams had their last mark, and a told group its grace."""
        if self._stdout.status is None:
            return False
        if not self._command.merge and self._stderr.status is None:
            return False
        if self._sent is None:
            return True
        self._kill_at = min(self._kill_at, time.monotonic() + self._command.grace_s)
        return self._sent == "KILL"

    def _end_of_wire(self, sinks: tuple[OnOutput, OnOutput]) -> None:
        if self._fault:
            raise self._fault
        for framed, sink in zip((self._stdout, self._stderr), sinks, strict=True):
            if rest := framed.rest():
                sink(rest)
        if self._stdout.status is not None or self._stdout.word == "folder":
            return
        if self._wire.is_lost():
            raise ConnectionLostError(self._far.name, str(self._command))
        if not self._stdout.is_started:
            raise self._no_start("it ended before the command began")

    def _meet_start(self) -> None:
        """Learn the group, and pass on a signal that could not be sent before."""
        if self._stdout.word is None:
            if time.monotonic() >= self._start_by:
                raise self._no_start(f"it did not come to the command in {_START_S:.0f} s")
            return
        if not self._group and self._stdout.word != "folder":
            number = self._stdout.word.rsplit(" ", 1)[1]
            self._group = int(number) if number.isdigit() else -1
            if self._wanted:
                self._signal(self._wanted)

    def _enforce_time(self) -> None:
        now = time.monotonic()
        if now >= self._end_at and not self._timed_out:
            self._timed_out = True
            self._kill_at = now + self._command.grace_s
            self._want("TERM")
        if now >= self._kill_at:
            self._kill_at = math.inf
            self._want("KILL")

    def _patience(self) -> float:
        now = time.monotonic()
        times = [self._kill_at, now + _LOOK_S]
        if not self._timed_out:
            times.append(self._end_at)
        if not self._stdout.is_started:
            times.append(self._start_by)
        return max(0.0, min(times) - now)

    def _want(self, signal: str) -> None:
        self._wanted = signal
        if self._group:
            self._signal(signal)

    def _signal(self, signal: str) -> None:
        self._sent = signal
        if self._group > 0:
            signal_group(self._far, signal, self._group)
        elif signal == "KILL":
            self._wire.close()

    def _abandon(self) -> None:
        """After a fault on this side, leave nothing running on the other."""
        if self._group > 0 and not self._wire.is_lost():
            signal_group(self._far, "KILL", self._group)

    def _no_start(self, reason: str) -> LoginShellError:
        said = self._stdout.said() + self._stderr.said()
        return LoginShellError(self._far.name, reason, said.decode("utf-8", "replace"))

    def _result(self, stdout: bytes, stderr: bytes) -> Result:
        if self._stdout.word == "folder":
            folder = self._command.cwd or ""
            why = self._why.decode("utf-8", "replace").strip()
            raise WorkingFolderMissingError(self._far.name, folder, why)
        # The wrapper survives all but KILL, so a missing last mark is that.
        status, name = self._stdout.status, None
        if status is None:
            status, name = 137, "KILL"
        end = Ended.CANCELLED if self._cancel.is_asked else Ended.EXITED
        if self._timed_out:
            end = Ended.TIMED_OUT
        took = time.monotonic() - self._started
        group, noise = max(self._group, 0), self._stdout.noise
        return Result(status, name, end, took, stdout, stderr, group, noise)


def signal_group(far: Far, signal: str, group: int) -> None:
    """Send *signal* to the process group *group* on the machine *far*."""
    wire = far.open_wire()
    try:
        wire.send(encode_line(kill_group(signal, str(group))))
        wire.send_end()
        while wire.receive(_START_S) not in {None, (b"", b"")}:
            pass
    finally:
        wire.close()


def _after(moment: float, seconds: float | None) -> float:
    return math.inf if seconds is None else moment + seconds


def _discard_later(wire: Wire) -> None:
    """Keep *wire* open for background processes until the last one is gone.

    Whoever writes to a closed stream dies of it.
    """
    if wire.receive(_CLOSE_S) is None:
        wire.close()
        return

    def discard() -> None:
        try:
            while wire.receive(_START_S) is not None:
                pass
        finally:
            wire.close()

    threading.Thread(target=discard, daemon=True).start()
