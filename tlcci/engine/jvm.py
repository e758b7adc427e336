"""The JVM child process that runs the Jenkinsfile."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from tlcci.engine.classes import engine_jar, jars
from tlcci.engine.java import find_java

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "tlcci.Main"


class Jvm:
    """A running JVM; *reader* and *writer* are the pipes to the program in it."""

    def __init__(self, *, cwd: Path | None = None) -> None:
        java = find_java()
        from_jvm, jvm_out = os.pipe()
        jvm_in, to_jvm = os.pipe()
        self.reader, self.writer = from_jvm, to_jvm
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the JVM
        classpath = os.pathsep.join(map(str, [engine_jar(java), *jars()]))
        argv = [
            str(java.program),
            *java.flags,
            "-cp",
            classpath,
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
        for descriptor in (self.writer, self.reader):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def kill(self) -> None:
        """End the JVM now."""
        self.close()
        self.process.kill()
        self.process.wait()
