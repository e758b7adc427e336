"""The files of a workspace, wherever its machine is."""

from __future__ import annotations

import contextlib
import os
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tlcci.results.globs import validate_hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from tlcci.results.globs import Selection


class Files(Protocol):
    """The files of a machine. Paths are absolute; OSError says what went wrong."""

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder at *path*."""

    def read(self, path: str) -> bytes:
        """Return what the file holds."""

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Write the file, its folder made if need be.

        With a *mode* of the owner's alone, what is made on the way is the owner's alone.
        """

    def make_folder(self, path: str, mode: int = 0o777) -> None:
        """Make the folder and those above it."""

    def owner(self, path: str) -> str:
        """Return `uid:gid` of the owner of *path*."""

    def touch(self, path: str, timestamp_ms: int | None) -> None:
        """Make the file or set its time."""

    def delete(self, path: str) -> None:
        """Delete the file or the whole folder; what is not there is fine."""

    def find(self, root: str, selection: Selection) -> list[str]:
        """Return the files under *root* that *selection* takes, relative and sorted."""

    def sizes(self, root: str, paths: Sequence[str]) -> list[int]:
        """Return the size of each of *paths* under *root*."""

    def hint(self, root: str, patterns: str) -> str | None:
        """Return what Jenkins says of *patterns* that find nothing under *root*."""

    def pack(self, root: str, paths: Sequence[str], archive: Path) -> None:
        """Put *paths* under *root* into the tar file *archive* on this machine."""

    def unpack(self, archive: Path, root: str) -> None:
        """Put what is in the tar file *archive* under *root*, over what is there."""

    def copies(self, root: str, paths: Sequence[str]) -> AbstractContextManager[Path]:
        """Have *paths* on this machine for a while: the folder that they are under."""


class LocalFiles:
    """The files of this machine."""

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder at *path*."""
        return os.path.exists(path)  # noqa: PTH110 - one call, no object a step

    def read(self, path: str) -> bytes:
        """Return what the file holds."""
        return Path(path).read_bytes()

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Write the file, its folder made if need be."""
        target = Path(path)
        if mode is not None and not mode & 0o077:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            target.touch(mode=0o600)
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

    def sizes(self, root: str, paths: Sequence[str]) -> list[int]:
        """Return the size of each of *paths* under *root*."""
        return [(Path(root) / path).stat().st_size for path in paths]

    def hint(self, root: str, patterns: str) -> str | None:
        """Return what Jenkins says of *patterns* that find nothing under *root*."""
        return validate_hint(Path(root), patterns)

    def pack(self, root: str, paths: Sequence[str], archive: Path) -> None:
        """Put *paths* under *root* into the tar file *archive*."""
        with tarfile.open(archive, "w") as tar:
            for path in paths:
                tar.add(Path(root) / path, arcname=path, recursive=False)

    def unpack(self, archive: Path, root: str) -> None:
        """Put what is in the tar file *archive* under *root*, over what is there."""
        self.make_folder(root)
        extract(archive, Path(root))

    @contextlib.contextmanager
    def copies(self, root: str, paths: Sequence[str]) -> Iterator[Path]:  # noqa: ARG002 - the protocol's
        """Have *paths* for a while: they are here."""
        yield Path(root)


def extract(archive: Path, folder: Path) -> None:
    """Put what is in a tar file of ours into *folder*, over what is there."""
    with tarfile.open(archive) as tar:
        # Python learnt of filters in 3.11.4; Debian 12 has 3.11.2, and the archive is ours.
        tar.extraction_filter = getattr(tarfile, "tar_filter", None)
        for member in tar:
            (folder / member.name).unlink(missing_ok=True)
            tar.extract(member, folder)


def _unlock(function: object, path: str, _error: object) -> None:
    """Make the folder writable and try again: a build may leave read-only folders."""
    Path(path).parent.chmod(0o700)
    if callable(function):
        function(path)
