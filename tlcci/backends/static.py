"""The machines of hosts.yaml: always there, a fixed number of executors each."""

from __future__ import annotations

import fcntl
import hashlib
import threading
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from tlcci import paths
from tlcci.backends.contract import Machine, Slot
from tlcci.backends.lease import Lease, LeaseKeeper
from tlcci.backends.registry import registration
from tlcci.transport import LocalTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tlcci.inventory import Host, Inventory
    from tlcci.transport import Transport
    from tlcci.transport.ssh_target import SshTarget


class StaticBackend:
    """Executors of the hosts whose *connections* are asked for.

    On this machine an executor is held by a lock that dies with its owner; on any other
    by a lease on the machine itself, which other laptops see.
    """

    name = "static"

    def __init__(self, inventory: Inventory, connections: Collection[str] = ("local",)) -> None:
        self._hosts = {h.name: h for h in inventory.hosts if h.connection in connections}
        self._machines = [
            _machine(host)
            for host in self._hosts.values()
            if not registration(host.name).drained
        ]
        self._lock = threading.Lock()
        self._held: dict[tuple[str, int], IO[str]] = {}
        self._leased: dict[tuple[str, int], Lease] = {}
        self._transports: dict[str, Transport] = {}
        self._keeper: LeaseKeeper | None = None

    def machines(self) -> Sequence[Machine]:
        """Return the machines in the order of hosts.yaml."""
        return self._machines

    def acquire(self, machine: Machine, owner: str) -> Slot | None:
        """Take the first free executor of *machine*, None if all are taken."""
        if self._hosts[machine.name].connection == "local":
            return self._acquire_here(machine, owner)
        with self._lock:
            keeper = self._keeper = self._keeper or LeaseKeeper()
            transport = self._transports.get(machine.name)
            if transport is None:
                transport = open_transport(self._hosts[machine.name])
                self._transports[machine.name] = transport
        lease = keeper.acquire(transport, machine.workdir, machine.executors, owner)
        if lease is None:
            return None
        with self._lock:
            self._leased[machine.name, lease.number] = lease
        # The machine knows where its home folder is; now we do too.
        return Slot(replace(machine, workdir=lease.workdir), lease.number, transport)

    def release(self, slot: Slot) -> None:
        """Give *slot* back."""
        place = (slot.machine.name, slot.executor)
        with self._lock:
            lock, lease = self._held.pop(place, None), self._leased.pop(place, None)
        if lock is not None:
            lock.close()
        if lease is not None and self._keeper is not None:
            self._keeper.release(lease)

    def close(self) -> None:
        """Give back what is still held, then let go of every connection."""
        with self._lock:
            for lock in self._held.values():
                lock.close()
            self._held.clear()
        if self._keeper is not None:
            self._keeper.close()
        for transport in self._transports.values():
            transport.close()

    def _acquire_here(self, machine: Machine, owner: str) -> Slot | None:
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
        workdir=usual_workdir(host),
        environment={**registration(host.name).environment, **host.env},
        is_exclusive=host.mode == "exclusive",
    )


def usual_workdir(host: Host) -> str:
    """Return the folder that the work of *host* goes under."""
    if host.workdir:
        return host.workdir
    if host.connection == "local":
        return str(paths.state_home() / "agents" / host.name)
    return "tlcci-agent"  # in the home folder, where a session begins


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
