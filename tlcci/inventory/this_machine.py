"""This machine as a lab of one host, which serves by what it is."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .models import Host, Inventory
from .schema import HOST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

_DEVICES = Path("/dev")
_ARM = ("aarch64", "arm64", "armv7l", "armv8l")
_SYNONYMS = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Facts:
    """What this machine is, as far as its labels tell."""

    name: str
    system: str
    architecture: str
    cores: int
    has_gpu: bool


# Hardware classes, the widest words there are for a machine: label -> is it one.
_CLASSES: dict[str, Callable[[Facts], bool]] = {
    "CPU": lambda _: True,
    "ARM": lambda facts: facts.architecture in _ARM,
    "GPU": lambda facts: facts.has_gpu,
}


def read_facts(devices: Path = _DEVICES) -> Facts:
    """Return the facts of this machine; a GPU counts once its driver answers."""
    return Facts(
        name=platform.node(),
        system=platform.system(),
        architecture=platform.machine(),
        cores=os.cpu_count() or 1,
        has_gpu=any(devices.glob("nvidia[0-9]*")) and _driver_answers(),
    )


def _driver_answers() -> bool:
    try:
        listed = subprocess.run(
            ["nvidia-smi", "-L"], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listed.returncode == 0 and listed.stdout.startswith(b"GPU ")


def this_machine(facts: Facts | None = None) -> Inventory:
    """Return the inventory that holds where no hosts.yaml does.

    The labels are the system, the architecture and the hardware classes that fit. A label
    that begins with one of these classes ("CPU-LARGE") asks for a size or make, which a
    single machine cannot promise: an alias serves it, so that the run's record says so.
    """
    facts = facts or read_facts()
    classes = [label for label, fits in _CLASSES.items() if fits(facts)]
    machine = facts.architecture
    labels = [facts.system.lower(), machine, _SYNONYMS.get(machine, machine), *classes]
    name = facts.name.partition(".")[0]
    host = Host(
        name=name if re.fullmatch(HOST_NAME.pattern, name) else "localhost",
        connection="local",
        # Two at least: a stage that asks for a node inside a node must not wait for itself.
        executors=max(2, min(8, facts.cores // 4)),
        labels=tuple(dict.fromkeys(labels)),
    )
    aliases = {"*-SPOT": "*", **{f"{label}-*": label for label in classes}}
    return Inventory(hosts=(host,), aliases=aliases)
