"""One local process group, talked to until all of it is over."""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import struct
import termios
import threading
import time
from typing import IO, TYPE_CHECKING

from tlcci.transport.contract import CHUNK, Cancellation, Command, Ended, OnOutput

if TYPE_CHECKING:
    import subprocess

_TICK_S = 0.02  # how often to look for the end where the kernel has no pidfd


class ProcessGroup:
    """A started *process*, leader of its group, and the streams to and from it.

    `hold` returns when the leader is reaped. Until then the leader is at most a zombie,
    so its number cannot be given to a stranger and signals to the group are safe.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        command: Command,
        sinks: tuple[OnOutput, OnOutput],
        cancel: Cancellation,
    ) -> None:
        self._process = process
        self._command = command
        self._cancel = cancel
        self._stdin = memoryview(command.stdin)
        self._timed_out = False
        self._kill_at: float | None = None
        self._end_at = _later(command.timeout_s)
        self._selector = selectors.DefaultSelector()
        self._outputs: dict[int, OnOutput] = {}
        streams = zip((process.stdout, process.stderr), sinks, strict=True)
        for stream, sink in streams:
            if stream:
                self._outputs[_prepared(stream)] = sink
                self._selector.register(stream, selectors.EVENT_READ)
        if process.stdin:
            _prepared(process.stdin)
            self._selector.register(process.stdin, selectors.EVENT_WRITE)
        self._pidfd = _pidfd(process.pid)
        if self._pidfd is not None:
            self._selector.register(self._pidfd, selectors.EVENT_READ)

    def hold(self) -> Ended:
        """Pass everything on until the leader is gone; nothing is left running after."""
        try:
            if not self._cancel.connect(self._send):
                self._send("KILL")
            while not (self._is_leader_gone() and self._is_rest_done()):
                self._enforce_time()
                self._pass_on()
            if not self._command.keep_background:
                self._send("KILL")
            self._pass_rest()
        finally:
            self._finish()
        if self._timed_out:
            return Ended.TIMED_OUT
        return Ended.CANCELLED if self._cancel.is_asked else Ended.EXITED

    def _is_leader_gone(self) -> bool:
        options = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, self._process.pid, options) is not None

    def _is_rest_done(self) -> bool:
        """Let the rest of a group that was told to end have its grace.

        A shell dies of TERM at once while its child still cleans up. The outputs are
        closed once the last of them is gone.
        """
        if not (self._timed_out or self._cancel.is_asked) or not self._outputs:
            return True
        self._kill_at = self._kill_at or _later(self._command.grace_s)
        return self._kill_at is not None and time.monotonic() >= self._kill_at

    def _enforce_time(self) -> None:
        now = time.monotonic()
        if self._end_at is not None and now >= self._end_at and not self._timed_out:
            self._timed_out = True
            self._kill_at = now + self._command.grace_s
            self._send("TERM")
        if self._timed_out and self._kill_at is not None and now >= self._kill_at:
            self._send("KILL")

    def _pass_on(self) -> None:
        for key, _ in self._selector.select(self._patience()):
            if key.fd in self._outputs:
                self._read(key.fd, CHUNK)
            elif key.fd == self._pidfd:
                # Readable for ever from now on; the loop's condition has seen it.
                self._selector.unregister(key.fd)
            else:
                self._write(key.fd)

    def _patience(self) -> float | None:
        now = time.monotonic()
        times = [t - now for t in (self._end_at, self._kill_at) if t is not None and t > now]
        if self._pidfd is None:
            times.append(_TICK_S)
        return min(times, default=None)

    def _read(self, fd: int, most: int) -> int:
        try:
            chunk = os.read(fd, most)
        except BlockingIOError:
            return 0
        if chunk:
            self._outputs[fd](chunk)
        else:
            self._selector.unregister(fd)
            del self._outputs[fd]
        return len(chunk)

    def _write(self, fd: int) -> None:
        try:
            self._stdin = self._stdin[os.write(fd, self._stdin[:CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._stdin = memoryview(b"")
        if not self._stdin and self._process.stdin:
            self._selector.unregister(fd)
            self._process.stdin.close()

    def _pass_rest(self) -> None:
        """Pass on what was written before the end, however much still comes after it."""
        for fd in list(self._outputs):
            left = _waiting_bytes(fd)
            while left > 0 and (count := self._read(fd, min(left, CHUNK))):
                left -= count

    def _send(self, name: str) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.Signals[f"SIG{name}"])

    def _finish(self) -> None:
        """Reap the leader, close the streams; after a fault, kill what is left first."""
        self._cancel.disconnect()
        if not self._is_leader_gone():
            self._send("KILL")
        self._process.wait()
        self._selector.close()
        if self._pidfd is not None:
            os.close(self._pidfd)
        if self._process.stdin:
            self._process.stdin.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is None:
                continue
            if self._command.keep_background and stream.fileno() in self._outputs:
                # A server that was started in the background must not die of a broken
                # pipe at its next line.
                os.set_blocking(stream.fileno(), True)
                threading.Thread(target=_discard, args=(stream,), daemon=True).start()
            else:
                stream.close()


def _later(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _prepared(stream: IO[bytes]) -> int:
    os.set_blocking(stream.fileno(), False)
    # Over the allowance of pipe pages that one user has, a pipe stays small.
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, CHUNK)
    return stream.fileno()


def _waiting_bytes(fd: int) -> int:
    count: int = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]
    return count


def _discard(stream: IO[bytes]) -> None:
    with stream:
        while stream.read(CHUNK):
            pass
