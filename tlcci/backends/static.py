# ruff: noqa: D101, D102, ARG002
"""The machines of hosts.yaml (temporary: local ones)."""

from __future__ import annotations

import fcntl
import hashlib
from typing import IO, TYPE_CHECKING

from tlcci import paths
from tlcci.backends.contract import Machine, Slot
from tlcci.transport import LocalTransport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlcci.inventory import Inventory


class StaticBackend:
    name = "static"

    def __init__(self, inventory: Inventory) -> None:
        self._machines = [
            Machine(
                h.name,
                h.all_labels,
                h.executors,
                h.workdir or str(paths.state_home() / "agents" / h.name),
                h.env,
                h.mode == "exclusive",
            )
            for h in inventory.hosts
            if h.connection == "local"
        ]
        self._locks: dict[tuple[str, int], IO[str]] = {}

    def machines(self) -> Sequence[Machine]:
        return self._machines

    def acquire(self, machine: Machine, owner: str) -> Slot | None:
        folder = paths.state_home() / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(machine.executors):
            key = (machine.name, number)
            if key in self._locks:
                continue
            name = hashlib.sha256(f"{machine.workdir}/{number}".encode()).hexdigest()[:16]
            lock = (folder / f"slot-{name}.lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            self._locks[key] = lock
            return Slot(machine, number, LocalTransport(machine.name, {}))
        return None

    def release(self, slot: Slot) -> None:
        self._locks.pop((slot.machine.name, slot.executor)).close()

    def close(self) -> None:
        pass
