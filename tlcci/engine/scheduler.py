"""Who runs a `node` block: label expressions to executors, and the wait for one."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.jenkinsfile.labels import parse, with_aliases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from tlcci.backends import Backend, Slot
    from tlcci.inventory import Inventory

# Another run on this machine may give an executor back without a word to us.
_LOOK_AGAIN_S = 1.0


@dataclass(frozen=True)
class Served:
    """The machines that may serve a label expression, and each alias that it took.

    *unusable* have the labels too, and runs do not reach them yet: hosts over SSH.
    """

    machines: tuple[str, ...]
    aliases: Mapping[str, str]
    unusable: tuple[str, ...] = ()


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


def why_unusable(served: Served) -> str:
    """Return the end of a sentence about machines that runs do not reach yet."""
    if not served.unusable:
        return ""
    return f" ({', '.join(served.unusable)} could, but runs do not reach hosts over SSH yet)"


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
            tuple(name for name in found.machines if name not in usable),
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
            slot = await self._free(served)
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
        self._released.set()

    @contextlib.asynccontextmanager
    async def executor(
        self, label: str, served: Served, on_wait: Callable[[str], None]
    ) -> AsyncIterator[Slot]:
        """Hold an executor for a while."""
        slot = await self.acquire(label, served, on_wait)
        try:
            yield slot
        finally:
            self.release(slot)

    async def _free(self, served: Served) -> Slot | None:
        for machine in self._backend.machines():
            if machine.name in served.machines:
                slot = await asyncio.to_thread(self._backend.acquire, machine, self._owner)
                if slot:
                    return slot
        return None

    def _reason(self, label: str, served: Served) -> str:
        names = ", ".join(served.machines)
        return f"all executors of {names} are in use (label {label or 'any'})"
