"""The engine's classes: compiled when the package is built, or once into the cache.

A compiled engine is named by the state of its sources and by the Java that compiled it: the
compiler may choose methods that an older Java has not got.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci import paths
from tlcci.engine.errors import JarsMissingError

if TYPE_CHECKING:
    from tlcci.engine.java import Java

HERE = Path(__file__).parent
SOURCES = HERE / "groovy"
CONFIGURATION = SOURCES / "compile.config"
JARS = HERE / "jars"
COMPILED = HERE / "compiled"
_KEPT = 3  # compiled engines in the cache; a developer makes one with each change


@functools.cache
def jars() -> list[Path]:
    """Return the interpreter's jars; raise JarsMissingError when there are none."""
    found = sorted(JARS.glob("*.jar"))
    if not found:
        raise JarsMissingError(str(JARS))
    return found


def engine_jar(java: Java) -> Path:
    """Return the compiled engine for *java*; compile it when there is none."""
    jar = compiled_in(COMPILED, java) or compiled_in(cache_folder(), java)
    if jar is None:
        jar = compile_engine(java, cache_folder())
        keep_newest(cache_folder(), "engine-*.jar", _KEPT)
    return jar


def compiled_in(folder: Path, java: Java) -> Path | None:
    """Return the engine that *folder* holds for *java* and these sources, if it does."""
    for jar in folder.glob(f"engine-{_state_of_sources()}-java*.jar"):
        built = re.search(r"-java(\d+)\.jar$", jar.name)
        if built and int(built[1]) <= java.version:
            return jar
    return None


def compile_engine(java: Java, folder: Path) -> Path:
    """Compile the engine's Groovy sources into a jar in *folder* and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    jar = folder / f"engine-{_state_of_sources()}-java{java.version}.jar"
    with tempfile.TemporaryDirectory(dir=folder) as work:
        classes = Path(work) / "classes"
        _compile(java, classes)
        made = shutil.make_archive(str(Path(work) / "engine"), "zip", classes)
        Path(made).replace(jar)  # in one piece: two first runs may race
    return jar


def keep_newest(folder: Path, pattern: str, count: int) -> None:
    """Remove all but the newest *count* files of *folder* that match *pattern*."""
    found = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)
    for path in found[:-count]:
        path.unlink(missing_ok=True)


def _compile(java: Java, target: Path) -> None:
    classpath = os.pathsep.join(map(str, jars()))
    sources = [str(path) for path in sorted(SOURCES.rglob("*.groovy"))]
    argv: list[str | Path] = [java.program, *java.flags, "-cp", classpath]
    argv += ["org.codehaus.groovy.tools.FileSystemCompiler", "-cp", classpath]
    argv += ["--configscript", CONFIGURATION, "-d", target, *sources]
    subprocess.run(argv, check=True, capture_output=True, text=True)


def cache_folder() -> Path:
    """Return the folder of what can be compiled and archived again."""
    return paths.cache_home() / "engine"


@functools.cache
def _state_of_sources() -> str:
    digest = hashlib.sha256(" ".join(jar.name for jar in jars()).encode())
    for source in [CONFIGURATION, *sorted(SOURCES.rglob("*.groovy"))]:
        digest.update(source.relative_to(SOURCES).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
