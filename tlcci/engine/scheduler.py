"""Who runs a `node` block: label expressions to executors, and the wait for one."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.errors import MachineError
from tlcci.jenkinsfile.labels import parse, with_aliases
from tlcci.transport import LocalTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from tlcci.backends import Backend, Slot
    from tlcci.inventory import Inventory

# Another run on this machine may give an executor back without a word to us.
_LOOK_AGAIN_S = 1.0


@dataclass(frozen=True)
class Served:
    """The machines that may serve a label expression, and each alias that it took."""

    machines: tuple[str, ...]
    aliases: Mapping[str, str]


def who_serves(label: str, inventory: Inventory) -> Served:
    """Return who may serve *label*; nobody gives no machines.

    Raises LabelSyntaxError for an expression that Jenkins would take for one odd label.
    """
    asked = parse(label)
    hosts = inventory.hosts
    if asked is None:
        return Served(tuple(host.name for host in hosts if host.mode == "normal"), {})
    expression, aliases = with_aliases(asked, inventory)
    names = (host.name for host in hosts if expression.matches(host.all_labels))
    return Served(tuple(names), aliases)


class Scheduler:
    """Gives executors of *backends*' machines to `node` steps, first come first served."""

    def __init__(self, inventory: Inventory, backend: Backend, owner: str) -> None:
        self.inventory = inventory
        self._backend = backend
        self._owner = owner
        self._released = asyncio.Event()
        self._held: dict[str, int] = {}

    def served(self, label: str) -> Served:
        """Return who may serve *label*; nobody gives no machines.

        Raises LabelSyntaxError for an expression that Jenkins would take for one odd label.
        """
        found = who_serves(label, self.inventory)
        usable = {machine.name for machine in self._backend.machines()}
        return Served(
            tuple(name for name in found.machines if name in usable),
            found.aliases,
        )

    def label_text(self, machine: str) -> str:
        """Return a machine's labels in the order of the inventory, its name last."""
        host = self.inventory.host(machine)
        return " ".join([*(host.labels if host else ()), machine])

    async def acquire(self, label: str, served: Served, on_wait: Callable[[str], None]) -> Slot:
        """Wait for an executor of one of the *served* machines.

        *on_wait* is told once why there is a wait.
        """
        told = False
        while True:
            slot = await self._free(served, on_wait)
            if slot:
                self._held[slot.machine.name] = self._held.get(slot.machine.name, 0) + 1
                return slot
            if not told:
                told = True
                on_wait(self._reason(label, served))
            self._released.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._released.wait(), _LOOK_AGAIN_S)

    def release(self, slot: Slot) -> None:
        """Give *slot* back."""
        self._held[slot.machine.name] -= 1
        self._backend.release(slot)

    def close(self) -> None:
        """Let go of every machine."""
        self._backend.close()

    @contextlib.asynccontextmanager
    async def executor(
        self, label: str, served: Served, on_wait: Callable[[str], None]
    ) -> AsyncIterator[Slot]:
        """Hold an executor for a while."""
        slot = await self.acquire(label, served, on_wait)
        try:
            yield slot
        finally:
            if isinstance(slot.transport, LocalTransport):
                self.release(slot)
            else:
                await asyncio.to_thread(self.release, slot)
            self._released.set()

    async def _free(self, served: Served, on_wait: Callable[[str], None]) -> Slot | None:
        """Return a free executor, None while all are taken.

        A machine that cannot serve now is told of and passed over; raises MachineError
        when that is so for each.
        """
        faults: list[MachineError] = []
        asked = [m for m in self._backend.machines() if m.name in served.machines]
        for machine in asked:
            try:
                slot = await asyncio.to_thread(self._backend.acquire, machine, self._owner)
            except MachineError as error:
                faults.append(error)
                continue
            if slot:
                for fault in faults:
                    on_wait(fault.message)
                return slot
        if faults and len(faults) == len(asked):
            raise faults[0]
        return None

    def _reason(self, label: str, served: Served) -> str:
        names = ", ".join(served.machines)
        return f"all executors of {names} are in use (label {label or 'any'})"
