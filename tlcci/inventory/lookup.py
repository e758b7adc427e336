"""Which inventory holds: the file named, the file found, or this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.paths import config_home

from .reader import read_inventory
from .this_machine import this_machine

if TYPE_CHECKING:
    from .models import Inventory

FILE_NAME = "hosts.yaml"


def find_inventory(explicit: Path | None = None) -> Inventory:
    """Return the inventory of *explicit*, else TLCCI_INVENTORY, ./hosts.yaml, the XDG folder.

    A file that is named must be there; where none is named and none is found, this machine
    is the one host. Raises InputError as `read_inventory` does.
    """
    named = os.environ.get("TLCCI_INVENTORY")
    if explicit is not None or named:
        return read_inventory(explicit or Path(str(named)))
    for path in (Path(FILE_NAME), config_home() / FILE_NAME):
        if os.path.lexists(path):
            return read_inventory(path)
    return this_machine()
