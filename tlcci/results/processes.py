"""Telling whether the process that wrote a record still lives."""

from __future__ import annotations

import os
from pathlib import Path


def process_start(pid: int) -> int | None:
    """Return when process *pid* started, in clock ticks since boot; None when unknown.

    A pid is given anew after some time; a pid and its start are not.
    """
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name stands in brackets and may hold anything, brackets included.
    return int(status.rpartition(")")[2].split()[19])


def is_alive(pid: int, started: int | None) -> bool:
    """Say whether the process *pid* that started at *started* still runs."""
    now = process_start(pid)
    if now is not None and started is not None:
        return now == started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
