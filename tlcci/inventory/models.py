"""What hosts.yaml says, as frozen models; their fields are the keys of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# An alias may lead to an alias ("*": "x*" leads nowhere): how many names are tried.
_MOST_NAMES = 200


@dataclass(frozen=True)
class Power:
    """Commands, run on this machine, that switch a host."""

    cycle: str | None = None
    start: str | None = None
    stop: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class JavaArchive:
    """Where a private Java runtime for one architecture comes from."""

    archive: str
    sha256: str


@dataclass(frozen=True)
class Host:
    """One machine of the lab, the defaults merged in."""

    name: str
    address: str | None = None
    port: int = 22
    user: str | None = None
    connection: Literal["ssh", "local"] = "ssh"
    host_key: tuple[str, ...] = ()
    identity_file: str | None = None
    jump: str | None = None
    workdir: str | None = None
    executors: int = 1
    labels: tuple[str, ...] = ()
    mode: Literal["normal", "exclusive"] = "normal"
    env: Mapping[str, str] = field(default_factory=dict)
    gpus: Literal["shared", "split"] = "shared"
    java: Mapping[str, JavaArchive] = field(default_factory=dict)
    power: Power = field(default_factory=Power)

    @cached_property
    def all_labels(self) -> frozenset[str]:
        """The labels and the name, which in Jenkins is a label too."""
        return frozenset((self.name, *self.labels))


@dataclass(frozen=True)
class Tls:
    """The certificate and its key, as paths of files."""

    certificate: str
    key: str


@dataclass(frozen=True)
class User:
    """One person who may log in to the controller."""

    role: Literal["admin", "builder", "reader"]
    full_name: str | None = None


@dataclass(frozen=True)
class Controller:
    """The Jenkins controller on the workstation."""

    name: str = "tlcci"
    jenkins_version: str | None = None
    image: str | None = None
    base_image: str | None = None
    mirrors: Mapping[str, str] = field(default_factory=dict)
    listen: str = "127.0.0.1:8080"
    url: str | None = None
    tls: Tls | None = None
    users: Mapping[str, User] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    approvals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pool:
    """Machines of one kind that AWS raises on demand."""

    name: str
    labels: tuple[str, ...]
    instance_types: tuple[str, ...]
    ami: str | None = None
    spot_percent: int = 0
    min: int = 0
    max: int = 1
    idle_minutes: int = 10
    wait_minutes: float = 5
    cap_per_day: float | None = None
    subnet: str | None = None
    security_group: str | None = None
    user: str | None = None
    executors: int = 1
    mode: Literal["normal", "exclusive"] = "normal"
    env: Mapping[str, str] = field(default_factory=dict)
    disk_gb: int | None = None


@dataclass(frozen=True)
class Artifacts:
    """What of the AWS account stands for production's stores."""

    bucket: str | None = None
    registry: str | None = None


@dataclass(frozen=True)
class Aws:
    """The AWS account that serves what the lab has not got."""

    region: str | None = None
    profile: str | None = None
    cap_per_day: float | None = None
    subnet: str = "make"
    security_group: str = "make"
    artifacts: Artifacts = field(default_factory=Artifacts)
    pools: tuple[Pool, ...] = ()


@dataclass(frozen=True)
class Inventory:
    """A lab: its hosts in the file's order, aliases, controller and cloud.

    *path* is the file that it was read from, None where this machine is the lab.
    """

    hosts: tuple[Host, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    controller: Controller = field(default_factory=Controller)
    aws: Aws | None = None
    path: Path | None = None
    version: int = 1

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every label, names included, that some host has."""
        return frozenset().union(*(host.all_labels for host in self.hosts))

    def host(self, name: str) -> Host | None:
        """Return the host called *name*, or None."""
        return next((host for host in self.hosts if host.name == name), None)

    def resolve_alias(self, atom: str) -> str | None:
        """Return the label of some host that an alias gives for *atom*.

        None where a host has *atom* itself, so that nothing stands for it, and where no
        alias leads to a label that is there. Of several, the one with the fewest steps.
        """
        if atom in self.labels:
            return None
        names = [atom]
        for name in names:
            for pattern, target in self.aliases.items():
                renamed = rename(name, pattern, target)
                if renamed in self.labels:
                    return renamed
                if renamed is not None and renamed not in names and len(names) < _MOST_NAMES:
                    names.append(renamed)
        return None


def rename(name: str, pattern: str, target: str) -> str | None:
    """Return *target*, its `*` being what the `*` of *pattern* is in *name*; None: no match."""
    head, star, tail = pattern.partition("*")
    if not star:
        return target if name == pattern else None
    middle = name[len(head) : len(name) - len(tail)]
    if not middle or name != head + middle + tail:
        return None
    return target.replace("*", middle)
