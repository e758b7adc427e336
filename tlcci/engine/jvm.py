"""The JVM child process that runs the Jenkinsfile."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
from typing import TYPE_CHECKING

from tlcci.engine.class_archive import ClassArchive
from tlcci.engine.classes import engine_jar, jars
from tlcci.engine.java import find_java
from tlcci.errors import TlcciError

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "tlcci.Main"
_early: list[Jvm] = []


def start_early() -> None:
    """Start the JVM that the next `take_jvm` returns: it begins while Python imports.

    What goes wrong here goes wrong there again, and is told there.
    """
    with contextlib.suppress(TlcciError, OSError, subprocess.SubprocessError):
        _early.append(Jvm())


def take_jvm() -> Jvm:
    """Return a JVM that nobody has used."""
    return _early.pop() if _early else Jvm()


class Jvm:
    """A running JVM; *reader* and *writer* are the pipes to the program in it."""

    def __init__(self, *, cwd: Path | None = None) -> None:
        java = find_java()
        classpath = [engine_jar(java), *jars()]
        self.archive = ClassArchive(java, classpath)
        from_jvm, jvm_out = os.pipe()
        jvm_in, to_jvm = os.pipe()
        self.reader, self.writer = from_jvm, to_jvm
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the JVM
        argv = [
            str(java.program),
            *java.flags,
            *self.archive.flags,
            "-cp",
            os.pathsep.join(map(str, classpath)),
            _MAIN,
            f"/proc/self/fd/{jvm_in}",
            f"/proc/self/fd/{jvm_out}",
        ]
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=self._stderr,
            stderr=self._stderr,
            cwd=cwd,
            pass_fds=(jvm_in, jvm_out),
            start_new_session=True,  # Ctrl-C is for us; we tell the JVM
        )
        os.close(jvm_in)
        os.close(jvm_out)

    def last_words(self) -> str:
        """Return the end of what the JVM printed."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")[-4000:]

    def close(self) -> None:
        """Close the pipes; the JVM ends by itself, and is not waited for."""
        if self._stderr.closed:
            return
        self._stderr.close()
        for descriptor in (self.writer, self.reader):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        # Who makes many runs in one process should not collect the dead.
        threading.Thread(target=self.process.wait, daemon=True).start()

    def kill(self) -> None:
        """End the JVM now."""
        self.archive.give_up()
        self.process.kill()
        self.process.wait()
        self.close()
