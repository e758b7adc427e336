"""Artifacts: files that a build keeps, each with its size and checksum."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tlcci.results.files import unwritable


@dataclass(frozen=True, order=True)
class Artifact:
    """A kept file: *path* is relative to the folder of artifacts, with `/`."""

    path: str
    size: int
    sha256: str


def keep_artifact(folder: Path, source: Path, path: str) -> Artifact:
    """Copy *source* to *folder*/*path*, over what an earlier step kept there.

    Raise ValueError for a *path* that leaves *folder*.
    """
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts or not inside.parts:
        raise ValueError(f"not a path of an artifact: {path!r}")
    target = folder / inside
    checksum = hashlib.sha256()
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with source.open("rb") as old, beside.open("wb") as new:
                while piece := old.read(1 << 20):
                    checksum.update(piece)
                    new.write(piece)
                size = new.tell()
            beside.chmod(source.stat().st_mode & 0o777)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error
    return Artifact(str(inside), size, checksum.hexdigest())
