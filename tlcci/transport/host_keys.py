"""The SSH keys by which machines are known: on record, offered, compared.

The record is in OpenSSH's form, filed under the machine's name, so that
`ssh -o UserKnownHostsFile=... -o HostKeyAlias=NAME` reads it too.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.paths import state_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class HostKey:
    """A public key: *kind* as in `ssh-ed25519`, *data* as base64."""

    kind: str
    data: str

    @property
    def fingerprint(self) -> str:
        """Return what `ssh-keygen -lf` shows of the key."""
        digest = hashlib.sha256(base64.b64decode(self.data)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def __str__(self) -> str:
        """Return the key as a line of a `.pub` file has it."""
        return f"{self.kind} {self.data}"


def parse_host_key(text: str) -> HostKey | None:
    """Return the key in *text*, `kind base64 [comment]`, or None if there is none."""
    words = text.split()
    try:
        base64.b64decode(words[1], validate=True)
    except (IndexError, binascii.Error):
        return None
    return HostKey(words[0], words[1])


class KnownHosts:
    """The lab's record of keys, one file that several tlcci may use at once."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or state_home() / "known_hosts"

    def keys_of(self, machine: str) -> list[HostKey]:
        """Return the keys on record for *machine*, none on first contact.

        A first contact is never an error here: the caller decides whether a person
        may be asked.
        """
        return [key for name, key in self._rows() if name == machine]

    def record(self, machine: str, keys: Sequence[HostKey]) -> None:
        """Put *keys* in the place of what is on record for *machine*."""
        with self._locked():
            rows = [row for row in self._rows() if row[0] != machine]
            rows += [(machine, key) for key in keys]
            self._write("".join(f"{name} {key}\n" for name, key in rows))

    def _rows(self) -> list[tuple[str, HostKey]]:
        try:
            lines = self.path.read_text().splitlines()
        except FileNotFoundError:
            return []
        rows = []
        for line in lines:
            names, _, rest = line.strip().partition(" ")
            if (key := parse_host_key(rest)) and not names.startswith(("#", "@")):
                rows += [(name, key) for name in names.split(",")]
        return rows

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, text: str) -> None:
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=".known_hosts.")
        with os.fdopen(descriptor, "w") as writer:
            writer.write(text)
        Path(name).replace(self.path)
