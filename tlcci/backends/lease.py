"""Executor slots leased on the machine itself, so that two laptops never share one.

A lease lives for *TTL_S* unless its owner renews it, which a thread does for as long as
the owner lives: after a `kill -9` the slot is free once that time is over, and at once if
the owner ran on the machine itself.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import threading
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.errors import MachineError
from tlcci.transport import Command

if TYPE_CHECKING:
    from tlcci.transport import Result, Transport

TTL_S = 90
_FOLDER = ".leases"
_NONE_FREE = 3


@dataclass(frozen=True)
class Lease:
    """Slot *number* of a machine, whose work goes under *workdir*.

    *before* is the owner that never gave it back, if there is one.
    """

    transport: Transport
    workdir: str
    number: int
    token: str
    owner: str
    before: str = ""
    lost: threading.Event = field(default_factory=threading.Event)


class LeaseKeeper:
    """Takes leases, renews them while this process lives, gives them back."""

    def __init__(self, ttl_s: int = TTL_S) -> None:
        self._ttl_s = ttl_s
        self._lock = threading.Lock()
        self._leases: list[Lease] = []
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def acquire(
        self, transport: Transport, workdir: str, count: int, owner: str
    ) -> Lease | None:
        """Take one of *count* slots under *workdir* for *owner*, None if all are taken."""
        token = secrets.token_hex(8)
        words = {"count": str(count), **self._identity(token, owner)}
        result = _run(transport, workdir, "acquire", words)
        if result.status == _NONE_FREE:
            return None
        number, _, rest = result.text.partition(" ")
        folder, _, before = rest.partition("\n")
        lease = Lease(transport, folder, int(number), token, owner, before)
        with self._lock:
            self._leases.append(lease)
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew_all, daemon=True)
                self._thread.start()
        return lease

    def forget(self, lease: Lease) -> None:
        """Renew *lease* no more; its machine is out of reach, and frees it in time."""
        with self._lock:
            self._leases.remove(lease)

    def release(self, lease: Lease) -> None:
        """Give *lease* back; one that was lost is somebody else's and stays."""
        self.forget(lease)
        words = {"number": str(lease.number), **self._identity(lease.token, lease.owner)}
        # A machine that is gone takes its leases along.
        with contextlib.suppress(MachineError):
            _run(lease.transport, lease.workdir, "release", words)

    def close(self) -> None:
        """Stop renewing and give back what is still held."""
        self._closed.set()
        if self._thread:
            self._thread.join()
        for lease in list(self._leases):
            self.release(lease)

    def _renew_all(self) -> None:
        while not self._closed.wait(self._ttl_s / 3):
            with self._lock:
                leases = [lease for lease in self._leases if not lease.lost.is_set()]
            for lease in leases:
                self._renew(lease)

    def _renew(self, lease: Lease) -> None:
        words = {"number": str(lease.number), **self._identity(lease.token, lease.owner)}
        # Out of reach for a moment is not lost: the next turn tries again.
        with contextlib.suppress(MachineError):
            if _run(lease.transport, lease.workdir, "renew", words).status == _NONE_FREE:
                lease.lost.set()

    def _identity(self, token: str, owner: str) -> dict[str, str]:
        told = " ".join(owner.split())
        return {
            "token": token,
            "ttl": str(self._ttl_s),
            "owner": f"{_origin()} {os.getpid()} {told}",
        }


def mark_drained(transport: Transport, workdir: str, reason: str | None) -> None:
    """Make the machine refuse every lease with *reason*, whoever asks; None ends that."""
    action = "resume" if reason is None else "drain"
    _run(transport, workdir, action, {"owner": " ".join((reason or "").split())})


class LeaseRefusedError(MachineError):
    """A machine cannot keep leases."""

    def __init__(self, machine: str, workdir: str, reason: str) -> None:
        super().__init__(
            "lease-refused",
            f"{machine} cannot lease its executors under {workdir}",
            details=[("reason", reason)],
            next=f"tlcci hosts probe {machine}",
        )


def _run(transport: Transport, workdir: str, action: str, words: dict[str, str]) -> Result:
    said = {"folder": f"{workdir}/{_FOLDER}", "action": action, **words}
    lines = [f"{name}={shlex.quote(value)}" for name, value in said.items()]
    script = "\n".join([*lines, files("tlcci.backends").joinpath("lease.sh").read_text()])
    result = transport.run(Command(script=script, timeout_s=60))
    if result.status not in {0, _NONE_FREE}:
        reason = result.stderr.decode("utf-8", "replace").strip()
        raise LeaseRefusedError(transport.name, workdir, reason or f"status {result.status}")
    return result


def _origin() -> str:
    """Return where this process is known by its number: this boot, these processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}-{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "elsewhere"
