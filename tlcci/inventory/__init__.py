"""hosts.yaml: the lab as frozen models, read with every fault at once."""

from .json_schema import export_schema
from .lookup import find_inventory
from .models import (
    Artifacts,
    Aws,
    Controller,
    Host,
    Inventory,
    JavaArchive,
    Pool,
    Power,
    Tls,
    User,
)
from .reader import parse_inventory, read_inventory
from .this_machine import Facts, read_facts, this_machine

__all__ = [
    "Artifacts",
    "Aws",
    "Controller",
    "Facts",
    "Host",
    "Inventory",
    "JavaArchive",
    "Pool",
    "Power",
    "Tls",
    "User",
    "export_schema",
    "find_inventory",
    "parse_inventory",
    "read_facts",
    "read_inventory",
    "this_machine",
]
