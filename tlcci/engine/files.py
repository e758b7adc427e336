"""The files of a workspace, wherever its machine is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlcci.results.globs import Selection


class LocalFiles:
    """The files of this machine. Paths are absolute; OSError says what went wrong."""

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder at *path*."""
        return os.path.exists(path)  # noqa: PTH110 - one call, no object a step

    def is_folder(self, path: str) -> bool:
        """Return whether *path* is a folder."""
        return Path(path).is_dir()

    def read(self, path: str) -> bytes:
        """Return what the file holds."""
        return Path(path).read_bytes()

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Write the file, its folder made if need be."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if mode is not None:
            target.chmod(mode)

    def make_folder(self, path: str, mode: int = 0o777) -> None:
        """Make the folder and those above it."""
        Path(path).mkdir(parents=True, exist_ok=True, mode=mode)

    def owner(self, path: str) -> str:
        """Return `uid:gid` of the owner of *path*."""
        facts = Path(path).stat()
        return f"{facts.st_uid}:{facts.st_gid}"

    def touch(self, path: str, timestamp_ms: int | None) -> None:
        """Make the file or set its time."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
        if timestamp_ms is not None:
            os.utime(target, (timestamp_ms / 1000, timestamp_ms / 1000))

    def delete(self, path: str) -> None:
        """Delete the file or the whole folder; what is not there is fine."""
        target = Path(path)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target, onerror=_unlock)
        else:
            target.unlink(missing_ok=True)

    def find(self, root: str, selection: Selection) -> list[str]:
        """Return the files under *root* that *selection* takes, relative and sorted."""
        return selection.find(Path(root))


def _unlock(function: object, path: str, _error: object) -> None:
    """Make the folder writable and try again: a build may leave read-only folders."""
    Path(path).parent.chmod(0o700)
    if callable(function):
        function(path)
