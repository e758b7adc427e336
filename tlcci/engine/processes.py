"""Ending the processes of a script, children before parents, as Jenkins' ProcessTree does."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from tlcci.transport import Cancellation

NODE_COOKIE = "JENKINS_NODE_COOKIE"  # marks what the scripts of one `node` block started
_TICK_S = 0.01
_BY_ITSELF_S = 0.3  # a shell whose child is gone often comes to its end alone
_SOFT_S = 5.0  # how long one process may take to die of TERM before the next gets it


def kill_all(assignments: Collection[str]) -> None:
    """Send KILL to every local process whose environment has one of *assignments*."""
    for assignment in assignments:
        for pid in _processes(assignment.encode()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def end_tree(cookie: str, cancel: Cancellation, grace_s: float) -> None:
    """Send TERM to every local process whose environment has *cookie*, leaves first.

    Each is waited for a while before its parent gets the signal. What is on another
    machine, or what survives *grace_s*, is left to *cancel*.
    """
    found = _processes(cookie.encode())
    if not found:
        cancel.terminate()
        return
    deadline = time.monotonic() + grace_s
    for pid in found:
        _wait(pid, time.monotonic() + _BY_ITSELF_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
            _wait(pid, min(deadline, time.monotonic() + _SOFT_S))
    if any(_is_alive(pid) for pid in found):
        cancel.kill()


def _processes(cookie: bytes) -> list[int]:
    """Return the processes that have *cookie*, the deepest first."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if cookie in (entry / "environ").read_bytes().split(b"\0"):
                stat = (entry / "stat").read_bytes()
                parents[int(entry.name)] = int(stat.rpartition(b")")[2].split()[1])

    def depth(pid: int) -> int:
        return 1 + depth(parents[pid]) if pid in parents else 0

    return sorted(parents, key=depth, reverse=True)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state != b"Z"


def _wait(pid: int, until: float) -> None:
    while _is_alive(pid) and time.monotonic() < until:
        time.sleep(_TICK_S)
