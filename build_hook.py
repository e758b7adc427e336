"""What the build of the package adds to it: the interpreter's jars, and the engine compiled.

The jars come by their Maven coordinates and are held against the hashes in
`tlcci/engine/jars.toml`. Jars that are there and right are not asked for again, so that a
second build needs no network.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Callable

ENGINE = Path("tlcci", "engine")
_TRIES = 3
_TIMEOUT_S = 60


class JarHashError(Exception):
    """A jar that came is not the one that was pinned."""

    def __init__(self, jar: Jar, source: Path, found: str) -> None:
        super().__init__(
            f"{jar.coordinates} is not the file that was pinned\n"
            f"  expected   sha256 {jar.sha256} (tlcci/engine/jars.toml)\n"
            f"  found      sha256 {found} in {source}\n"
            "  unchanged  nothing was built; the file was not used\n"
            "  next       remove that file and build again; if it comes again, trust it no more"
        )


class Jar(NamedTuple):
    """One pinned jar."""

    coordinates: str
    sha256: str

    @property
    def name(self) -> str:
        """Return the name of its file."""
        _group, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"


def read_pins(file: Path) -> list[Jar]:
    """Return the jars that *file* pins."""
    return [Jar(**entry) for entry in tomllib.loads(file.read_text("utf-8"))["jar"]]


def place_jars(pins: list[Jar], folder: Path, fetch: Callable[[Jar, Path], Path]) -> list[str]:
    """Bring the jars of *pins* into *folder*, and nothing else; return the names that came.

    *fetch* returns where it put a jar, given a folder to put it in. Raises JarHashError
    when that is not the pinned file; the folder then holds no jar of that name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for found in folder.glob("*.jar"):
        if found.name not in {jar.name for jar in pins}:
            found.unlink()
    came = []
    for jar in pins:
        target = folder / jar.name
        if target.exists() and sha256(target) == jar.sha256:
            continue
        target.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            fetched = fetch(jar, Path(work))
            digest = sha256(fetched)
            if digest != jar.sha256:
                raise JarHashError(jar, fetched, digest)
            shutil.copyfile(fetched, Path(work) / "whole")
            (Path(work) / "whole").replace(target)
        came.append(jar.name)
    return came


def sha256(file: Path) -> str:
    """Return the sha256 of *file* as hexadecimal digits."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def fetch_jar(jar: Jar, work: Path) -> Path:
    """Return a local file of *jar*: Maven's own copy, or one that is brought into *work*."""
    from jgo.constants import default_maven_repo  # noqa: PLC0415 - only a build that needs it
    from jgo.maven import MavenContext  # noqa: PLC0415

    maven = MavenContext(
        repo_cache=work, local_repos=[Path(default_maven_repo())], timeout=_TIMEOUT_S
    )
    group, artifact, version = jar.coordinates.split(":")
    wanted = maven.project(group, artifact).at_version(version).artifact()
    for _ in range(_TRIES - 1):
        try:
            return wanted.resolve()
        except (OSError, RuntimeError) as error:
            sys.stderr.write(f"{jar.coordinates}: {error}; trying again\n")
    return wanted.resolve()


class EngineBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # no configuration of its own
    """Runs before a wheel is made, an editable one too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Place the jars, then compile the engine with them."""
        engine = Path(self.root) / ENGINE
        came = place_jars(read_pins(engine / "jars.toml"), engine / "jars", fetch_jar)
        if came:
            self.app.display_info(f"brought {', '.join(came)}")
        # A program of its own: the package's modules must not stay in the build's process.
        made = subprocess.run(
            [sys.executable, "-m", "tlcci.engine.prebuild"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"the engine does not compile:\n{made.stdout}{made.stderr}")
