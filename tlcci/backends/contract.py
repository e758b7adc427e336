"""What every backend promises: the machines it can serve, and slots on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlcci.transport import Transport


@dataclass(frozen=True)
class Machine:
    """A machine as a scheduler sees it; *name* is a label of it too, as in Jenkins.

    *executors* is how many builds it takes at once. *environment* is what each of its
    builds is given. With *is_exclusive* it takes only what asks for one of its labels.
    """

    name: str
    labels: frozenset[str]
    executors: int
    workdir: str
    environment: Mapping[str, str] = field(default_factory=dict)
    is_exclusive: bool = False


@dataclass(frozen=True)
class Slot:
    """One executor of *machine*, held by one run until it is released."""

    machine: Machine
    executor: int
    transport: Transport


class Backend(Protocol):
    """Label to machine, in four steps; every method may be called from several threads."""

    @property
    def name(self) -> str:
        """What a person calls it: `static`, `aws`."""

    def machines(self) -> Sequence[Machine]:
        """Return every machine that it has or could start, drained ones left out."""

    def acquire(self, machine: Machine, owner: str) -> Slot | None:
        """Take a free executor of *machine* for the run *owner*; None if all are taken.

        Nobody is waited for, but a machine may be started, which takes its time. A
        MachineError says that the machine cannot serve now and why.
        """

    def release(self, slot: Slot) -> None:
        """Give *slot* back; what its run left running on the machine is its own affair."""

    def close(self) -> None:
        """Let go of every connection."""
