"""Writing files of a record so that a full disk or a kill loses nothing written before."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from tlcci.errors import MachineError, TlcciError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError of writing *path* into the error a person can act on."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> TlcciError:
    """Return the error for *path* that could not be written because of *error*."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MachineError(
            "disk-full",
            f"no space left to write {path}",
            details=[("kept", "everything that was written before is in the record")],
            next=f"df -h {path.parent}",
        )
    return MachineError(
        "record-unwritable",
        f"cannot write {path}: {error.strerror or error}",
        details=[("kept", "everything that was written before is in the record")],
        next=f"ls -ld {path.parent}",
    )


def write_whole(path: Path, text: str) -> None:
    """Write *path* so that a reader sees the old text or the new one, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with writing(path):
        try:
            with beside.open("w", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of *data*, however many calls that takes."""
    written = os.write(descriptor, data)
    if written < len(data):
        rest = memoryview(data)
        while written < len(rest):
            written += os.write(descriptor, rest[written:])


def last_lines(path: Path, count: int, *, width: int = 400) -> list[str]:
    """Return the last *count* lines of *path* that are not empty, each cut to *width*.

    Reads the end of the file only; a file that is not there has no lines.
    """
    try:
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - (1 << 16)))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    lines = [line.rstrip("\r")[:width] for line in text.split("\n") if line.strip()]
    return lines[-count:]
