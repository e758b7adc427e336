"""hosts.yaml into an Inventory, or every fault of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.errors import InputError

from .document import MOST_BYTES, Document, close_to, quoted
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
    rename,
)
from .schema import HOSTS_YAML
from .this_machine import this_machine
from .walk import Walk

if TYPE_CHECKING:
    from pathlib import Path

    from .walk import Place

_Values = dict[str, Any]


def read_inventory(path: Path) -> Inventory:
    """Return the inventory that *path* holds.

    Raises InvalidFileError with every fault of the file, InputError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"{quoted(str(path))} cannot be read: {reason}"
        raise InputError("inventory-unreadable", message) from error
    return parse_inventory(data, path)


def parse_inventory(data: bytes, path: Path) -> Inventory:
    """Return the inventory that *data*, the content of *path*, holds."""
    document = Document(str(path), data)
    walk = Walk(document, HOSTS_YAML)
    values = walk.values
    hosts = _merged_hosts(values)
    _Checks(document, walk.places).all(values, hosts)
    document.raise_faults()
    return Inventory(
        hosts=tuple(map(_host, hosts.values())) if "hosts" in values else this_machine().hosts,
        aliases=values.get("aliases", {}),
        controller=_controller(values.get("controller", {})),
        aws=_aws(values["aws"]) if "aws" in values else None,
        path=path,
    )


def _merged_hosts(values: _Values) -> dict[str, _Values]:
    defaults: _Values = values.get("defaults", {})
    merged: dict[str, _Values] = {}
    for name, own in values.get("hosts", {}).items():
        host = {**defaults, **own, "name": name}
        if host.get("jump") == name and "jump" not in own:
            del host["jump"]  # the bastion of all others is reached directly
        labels = (*defaults.get("labels", ()), *own.get("labels", ()))
        host["labels"] = tuple(dict.fromkeys(labels))
        for key in ("env", "java"):
            host[key] = {**defaults.get(key, {}), **own.get(key, {})}
        merged[name] = host
    return merged


class _Checks:
    """What no single place shows: references between places."""

    def __init__(self, document: Document, places: dict[Place, Any]) -> None:
        self._document = document
        self._places = places

    def all(self, values: _Values, hosts: dict[str, _Values]) -> None:
        pools: dict[str, _Values] = values.get("aws", {}).get("pools", {})
        self._jumps(values, hosts)
        if "hosts" in values:
            labels = {
                label for host in hosts.values() for label in (host["name"], *host["labels"])
            }
            labels |= {label for pool in pools.values() for label in pool.get("labels", ())}
            self._aliases(values.get("aliases", {}), labels)
        for name, pool in pools.items():
            if pool.get("min", Pool.min) > pool.get("max", Pool.max):
                place = self._places["aws", "pools", name, "min"]
                message = f"min is above max ({pool.get('max', Pool.max)})"
                self._document.fault("bad-value", message, place)

    def _jumps(self, values: _Values, hosts: dict[str, _Values]) -> None:
        known: set[str] = set()
        for name in hosts:
            chain = [name]
            while (jump := hosts[chain[-1]].get("jump")) in hosts and jump not in chain:
                chain.append(jump)
            if jump == name:
                self._loop(chain, known)
        owners: dict[Place, _Values] = {("defaults",): values.get("defaults", {})}
        owners |= {("hosts", name): host for name, host in values.get("hosts", {}).items()}
        for owner, own in owners.items():
            jump = own.get("jump")
            if jump is not None and jump not in hosts:
                message = f"{quoted(jump)} is not a host of this file"
                place = self._places[*owner, "jump"]
                self._document.fault("unknown-host", message, place, close_to(jump, hosts))

    def _loop(self, chain: list[str], known: set[str]) -> None:
        if not known.intersection(chain):
            ring = [*chain, chain[0]]
            own = ("hosts", chain[0], "jump")
            place = self._places[own if own in self._places else ("defaults", "jump")]
            message = "the jumps lead back: " + " -> ".join(map(quoted, ring))
            self._document.fault("jump-loop", message, place)
        known.update(chain)

    def _aliases(self, aliases: dict[str, str], labels: set[str]) -> None:
        for pattern, target in aliases.items():
            place = self._places["aliases", pattern]
            if "*" in target and "*" not in pattern:
                message = f'{quoted(target)} has a "*" that {quoted(pattern)} has not'
                self._document.fault("bad-value", message, place)
            elif not _leads_somewhere(target, labels, aliases.keys() - {pattern}):
                message = f"no host or pool has a label like {quoted(target)}"
                self._document.fault("unknown-label", message, place, close_to(target, labels))


def _leads_somewhere(target: str, labels: set[str], patterns: set[str]) -> bool:
    example = target.replace("*", "x")
    return any(rename(label, target, "*") for label in labels) or any(
        rename(example, pattern, "x") for pattern in patterns
    )


def _host(values: _Values) -> Host:
    java = {arch: JavaArchive(**archive) for arch, archive in values["java"].items()}
    return Host(**{**values, "java": java, "power": Power(**values.get("power", {}))})


def _controller(values: _Values) -> Controller:
    tls = Tls(**values["tls"]) if "tls" in values else None
    users = {name: User(**user) for name, user in values.get("users", {}).items()}
    return Controller(**{**values, "tls": tls, "users": users})


def _aws(values: _Values) -> Aws:
    pools = tuple(Pool(name=name, **pool) for name, pool in values.get("pools", {}).items())
    artifacts = Artifacts(**values.get("artifacts", {}))
    return Aws(**{**values, "artifacts": artifacts, "pools": pools})
