"""Workspaces: which folder a build gets, so that no two ever share one.

A workspace is held by a lock on a file, which the kernel drops when its holder dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci import paths
from tlcci.engine.errors import WorkspaceUnwritableError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def held_workspace(wanted: str) -> Iterator[str]:
    """Hold the folder *wanted*, or while others hold it `wanted@2`, `wanted@3` and so on."""
    number = 1
    while True:
        path = wanted if number == 1 else f"{wanted}@{number}"
        with contextlib.ExitStack() as stack:
            if stack.enter_context(_locked(path)):
                yield path
                return
        number += 1


@contextlib.contextmanager
def _locked(path: str) -> Iterator[bool]:
    """Hold the lock of *path*; False when someone else does."""
    folder = paths.state_home() / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(os.path.realpath(path).encode()).hexdigest()[:32]
        lock = (folder / f"{name}.lock").open("w")
    except OSError as error:
        raise WorkspaceUnwritableError(path, error.strerror or str(error)) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
