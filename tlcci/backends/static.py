"""The machines of hosts.yaml: always there, a fixed number of executors each."""

from __future__ import annotations

import fcntl
import hashlib
import threading
from typing import IO, TYPE_CHECKING

from tlcci import paths
from tlcci.backends.contract import Machine, Slot
from tlcci.transport import LocalTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tlcci.inventory import Host, Inventory
    from tlcci.transport import Transport
    from tlcci.transport.ssh_target import SshTarget


class StaticBackend:
    """Executors of this machine's hosts, each held by a lock that dies with its owner."""

    name = "static"

    def __init__(self, inventory: Inventory) -> None:
        self._machines = [
            _machine(host) for host in inventory.hosts if host.connection == "local"
        ]
        self._lock = threading.Lock()
        self._held: dict[tuple[str, int], IO[str]] = {}

    def machines(self) -> Sequence[Machine]:
        """Return the machines in the order of hosts.yaml."""
        return self._machines

    def acquire(self, machine: Machine, owner: str) -> Slot | None:
        """Take the first free executor of *machine*, None if all are taken."""
        folder = paths.state_home() / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            for number in range(machine.executors):
                if (machine.name, number) in self._held:
                    continue
                # Two hosts with one workdir are one place, whatever they are called.
                place = hashlib.sha256(f"{machine.workdir}/{number}".encode()).hexdigest()[:16]
                if lock := _try_lock(str(folder / f"slot-{place}.lock"), owner):
                    self._held[machine.name, number] = lock
                    return Slot(machine, number, LocalTransport(machine.name, {}))
        return None

    def release(self, slot: Slot) -> None:
        """Give *slot* back."""
        with self._lock:
            self._held.pop((slot.machine.name, slot.executor)).close()

    def close(self) -> None:
        """Nothing is held open but the locks of slots."""


def ssh_target(host: Host) -> SshTarget:
    """Return how *host* is reached over SSH."""
    from tlcci.transport.ssh_target import DEFAULT_PORT, SshTarget  # noqa: PLC0415

    return SshTarget(
        name=host.name,
        address=host.address or host.name,
        # The schema's default is no choice of a person's, so ~/.ssh/config may have one.
        port=None if host.port == DEFAULT_PORT else host.port,
        user=host.user,
        host_keys=host.host_key,
        identity_file=host.identity_file,
        jump=host.jump,
    )


def open_transport(host: Host, ask: Callable[[str], str] | None = None) -> Transport:
    """Return a transport to *host*; it connects when it is first used.

    *ask* is asked for a password, where a person is there to type one.
    """
    if host.connection == "local":
        return LocalTransport(host.name)
    # The SSH library costs as much as all else that a run on this machine imports.
    from tlcci.transport.ssh import SshTransport  # noqa: PLC0415

    return SshTransport(ssh_target(host), ask=ask)


def _machine(host: Host) -> Machine:
    return Machine(
        name=host.name,
        labels=host.all_labels,
        executors=host.executors,
        workdir=host.workdir or str(paths.state_home() / "agents" / host.name),
        environment=host.env,
        is_exclusive=host.mode == "exclusive",
    )


def _try_lock(path: str, owner: str) -> IO[str] | None:
    lock = open(path, "a+", encoding="utf-8")  # noqa: SIM115, PTH123  (held until release)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    lock.truncate(0)
    lock.write(f"{owner}\n")
    lock.flush()
    return lock
