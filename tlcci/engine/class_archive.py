"""The class-data archive: what lets a JVM begin in half of its time.

A JVM of its own makes it, once for each Java and state of the jars, at the lowest priority
while a first run goes on; the program waits for it before it ends, so nothing stays behind.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

from tlcci.engine.classes import COMPILED, cache_folder, keep_newest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tlcci.engine.java import Java

CLASS_LIST = COMPILED / "classes.lst"
_KEPT = 3  # 21 MB each
_LOWEST_PRIORITY = 19
_PATIENCE_S = 30


class ClassArchive:
    """The archive for *java* with *classpath*: used when it is there, else made."""

    def __init__(self, java: Java, classpath: Sequence[Path]) -> None:
        self._java = java
        self._classpath = classpath
        self.path = cache_folder() / f"classes-{_key(java, classpath)}.jsa"
        self._beside = self.path.with_suffix(f".{os.getpid()}")
        self._lock = -1
        self._maker: subprocess.Popen[bytes] | None = None

    @property
    def flags(self) -> list[str]:
        """Return the options that make a JVM use it; one that it refuses it does without."""
        return [f"-XX:SharedArchiveFile={self.path}"] if self.path.exists() else []

    def make(self) -> None:
        """Begin to make it, unless it is there or another process is about it."""
        if self._maker or self.path.exists() or not CLASS_LIST.exists():
            return
        if not self._take_lock():
            return
        argv: list[str | Path] = [
            self._java.program,
            *self._java.flags,
            "-Xshare:dump",
            f"-XX:SharedClassListFile={CLASS_LIST}",
            f"-XX:SharedArchiveFile={self._beside}",
            "-cp",
            os.pathsep.join(map(str, self._classpath)),
        ]
        nothing = subprocess.DEVNULL
        self._maker = subprocess.Popen(
            argv, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._maker.pid, _LOWEST_PRIORITY)
        atexit.register(self.finish)

    def finish(self) -> None:
        """Wait until it is made, and put it in its place in one piece."""
        if self._maker is None:
            return
        try:
            status = self._maker.wait(_PATIENCE_S)
            if status == 0 and self._beside.exists():
                self._beside.replace(self.path)
                keep_newest(self.path.parent, "classes-*.jsa", _KEPT)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Stop making it; nothing of it stays."""
        if self._maker is None:
            return
        self._maker.kill()
        self._maker.wait()
        self._maker = None
        self._beside.unlink(missing_ok=True)
        os.close(self._lock)

    def _take_lock(self) -> bool:
        """Take the lock, which the kernel frees however this process ends."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_suffix(".lock")
            self._lock = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError:
            return False  # a cache that cannot be written costs time, not the run
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            return False
        return True


def _key(java: Java, classpath: Sequence[Path]) -> str:
    """Return what an archive depends on: the JVM would refuse one that another state made."""
    program = java.program.resolve()
    facts = [str(program), *java.flags]
    for file in (program, program.parent.parent / "release", CLASS_LIST, *classpath):
        with contextlib.suppress(OSError):
            state = file.stat()
            facts.append(f"{file} {state.st_size} {state.st_mtime_ns}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
