"""Copies that know the sha256 of what they copied."""

from __future__ import annotations

import contextlib
import hashlib
import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, BinaryIO

from tlcci.transport.contract import CHUNK


def open_source(source: bytes | Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """Return *source* as a stream; only a stream opened here is closed at the end."""
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if isinstance(source, Path):
        return source.open("rb")
    return contextlib.nullcontext(source)


def copy_hashed(source: BinaryIO, target: IO[bytes]) -> str:
    """Copy *source* to its end into *target* and return the sha256 in hexadecimal."""
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def hash_rest(source: BinaryIO) -> str:
    """Read *source* to its end and return the sha256 in hexadecimal."""
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
