"""A container of this machine's own programs: no registry, no download."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAMS = (
    *("sh", "cat", "printf", "env", "sleep", "ls", "rm", "mkdir", "mktemp", "stat", "head"),
    *("tr", "touch", "test", "true", "kill", "chmod", "mv", "sha256sum", "cut", "pwd", "echo"),
    *("flock", "readlink", "sed"),
)


def missing() -> str | None:
    """Return why no container can be had here, None if one can."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30)
    return None if done.returncode == 0 else "no Docker daemon answers"


@contextlib.contextmanager
def running_container(folder: Path) -> Iterator[str]:
    """Run a container that sleeps; give its name."""
    name = f"tlcci-test-{uuid4().hex[:8]}"
    archive = folder / "root.tar"
    _pack_root(archive)
    _docker("import", str(archive), name)
    try:
        words = ["--detach", "--init", "--network", "none", "--name", name, name]
        _docker("run", *words, "/bin/sleep", "infinity")
        yield name
    finally:
        _docker("rm", "--force", name)
        _docker("rmi", name)


def _docker(*words: str) -> None:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr}"


def _pack_root(archive: Path) -> None:
    """Write an archive of the programs and the libraries that they load."""
    with tarfile.open(archive, "w") as tar:
        packed: set[str] = set()
        for name in _PROGRAMS:
            program = shutil.which(name, path="/usr/bin:/bin")
            assert program is not None, name
            tar.add(Path(program).resolve(), f"bin/{name}")
            loaded = subprocess.run(
                ["ldd", program], capture_output=True, text=True, check=False
            ).stdout
            for library in re.findall(r"(/\S+\.so\S*)", loaded):
                if library not in packed:
                    packed.add(library)
                    tar.add(Path(library).resolve(), library.lstrip("/"))
        for name in ("tmp", "proc", "dev"):
            info = tarfile.TarInfo(name)
            info.type, info.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(info)
