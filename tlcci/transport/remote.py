"""Run, put and get over any byte stream to a POSIX shell elsewhere.

SSH and containers differ only in how such a stream is opened; all else is here, so
that both behave alike to the byte.
"""

from __future__ import annotations

import contextlib
import hashlib
import shlex
import tempfile
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, BinaryIO

from tlcci.transport.contract import Cancellation, Command, Ended, OnOutput, Result
from tlcci.transport.errors import (
    FileUnreadableError,
    FileUnwritableError,
    TransferDamagedError,
)
from tlcci.transport.exchange import Exchange, Wire
from tlcci.transport.framing import new_mark
from tlcci.transport.hashing import copy_hashed, hash_rest, open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HASH_LINE = 65  # bytes: sha256 in hexadecimal and a newline
_DAMAGED = 75
_IN_MEMORY = 1 << 23  # bytes of a stream that cannot go back, before it goes to a file

# sha256sum is of GNU and BusyBox, shasum of macOS, openssl of whatever is left.
_SHA256 = """sum() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1" | cut -c1-64
  elif command -v shasum >/dev/null; then shasum -a 256 <"$1" | cut -c1-64
  elif command -v openssl >/dev/null; then openssl dgst -sha256 -r <"$1" | cut -c1-64
  else echo "no sha256sum, shasum or openssl there" >&2; exit 1; fi
}
"""

# A connection that breaks looks like the end of the file; only the hash tells.
_PUT = """
umask 077
folder=${path%/*}; [ "$folder" = "$path" ] && folder=.; [ "$folder" ] || folder=/
mkdir -p -- "$folder" && [ -d "$path" ] && { echo "it is a folder" >&2; exit 1; }
trap 'rm -f -- "$new"' EXIT
cat >"$new" || { cat >/dev/null; exit 1; }
is=$(sum "$new") || exit 1
[ "$is" = "$hash" ] || { echo "$is" >&2; exit 75; }
chmod "$mode" "$new" && mv -f -- "$new" "$path"
"""
_GET = """
[ -d "$path" ] && { echo "it is a folder" >&2; exit 1; }
exec 4<"$path" || exit 1
sum "$path" && exec cat <&4
"""


class RemoteTransport(ABC):
    """A transport that needs nothing of the machine but a POSIX shell."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The machine's name as a person knows it, for messages."""

    @abstractmethod
    def open_wire(self) -> Wire:
        """Open a stream to `framing.BOOTSTRAP` on the machine."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection; closing twice is fine."""

    def run(
        self,
        command: Command,
        *,
        on_stdout: OnOutput | None = None,
        on_stderr: OnOutput | None = None,
        cancel: Cancellation | None = None,
    ) -> Result:
        """Run *command* on the machine (see `Transport.run`)."""
        cancel = cancel or Cancellation()
        if cancel.is_asked:
            return Result(143, "TERM", Ended.CANCELLED, 0.0)
        return Exchange(self, command, cancel).hold(on_stdout, on_stderr)

    def put(self, source: bytes | Path | BinaryIO, target: str, *, mode: int = 0o644) -> str:
        """Send *source* and move it into place once its hash is right there."""
        with open_source(source) as reader, _rewindable(reader) as content:
            start = content.tell()
            digest = hash_rest(content)
            content.seek(start)
            command = Command(script=_put_script(target, digest, mode))
            result = Exchange(self, command, Cancellation(), content).hold(None, None)
        reason = result.stderr.decode("utf-8", "replace").strip()
        if result.status == _DAMAGED:
            raise TransferDamagedError(self.name, target, digest, reason)
        if not result.ok:
            raise FileUnwritableError(self.name, target, reason)
        return digest

    def get(self, source: str, target: BinaryIO) -> str:
        """Copy *source* into *target* and compare the hash there with the one here."""
        digest, head = hashlib.sha256(), bytearray()

        def take(chunk: bytes) -> None:
            if len(head) < _HASH_LINE:
                needed = _HASH_LINE - len(head)
                head.extend(chunk[:needed])
                chunk = chunk[needed:]
            digest.update(chunk)
            target.write(chunk)

        result = self.run(Command(script=_get_script(source)), on_stdout=take)
        if not result.ok:
            reason = result.stderr.decode("utf-8", "replace").strip()
            raise FileUnreadableError(self.name, source, reason)
        sent = head.decode().strip()
        if sent != digest.hexdigest():
            raise TransferDamagedError(self.name, source, sent, digest.hexdigest())
        return sent


def _put_script(path: str, digest: str, mode: int) -> str:
    folder, slash, name = path.rpartition("/")
    words = {
        "path": path,
        "new": f"{folder}{slash}.{name}.{new_mark()[:8]}",
        "hash": digest,
        "mode": f"{mode:04o}",
    }
    return _assign(words) + _SHA256 + _PUT


def _get_script(path: str) -> str:
    return _assign({"path": path}) + _SHA256 + _GET


def _assign(words: dict[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in words.items())


@contextlib.contextmanager
def _rewindable(reader: BinaryIO) -> Iterator[BinaryIO]:
    """Give *reader* as it is if it can be read twice, else a copy that can."""
    if reader.seekable():
        yield reader
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        copy_hashed(reader, copy)
        copy.seek(0)
        yield copy  # type: ignore[misc]
