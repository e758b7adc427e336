"""Where a machine is and who logs in: hosts.yaml first, then `~/.ssh/config`."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko

from tlcci.transport.errors import SshConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_PORT = 22


@dataclass(frozen=True)
class SshTarget:
    """A machine as hosts.yaml names it; None leaves the choice to `~/.ssh/config`.

    *host_keys* are lines as in a `.pub` file; where there are some, no other key of
    this machine is taken.
    """

    name: str
    address: str
    port: int | None = None
    user: str | None = None
    host_keys: tuple[str, ...] = ()
    identity_file: str | None = None
    jump: str | None = None
    config: Path | None = None


@dataclass(frozen=True)
class SshRoute:
    """Everything that is needed to connect, nothing left open."""

    host: str
    port: int
    user: str
    identity_files: tuple[str, ...] = ()
    only_identities: bool = False
    jump: str | None = None
    proxy_command: str | None = None
    agent_socket: str | None = None
    connect_timeout_s: float = 20.0

    def __str__(self) -> str:
        """Return the address as a person types it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"


def find_route(target: SshTarget) -> SshRoute:
    """Return how to reach *target*; SshConfigError if the configuration is unusable."""
    path = target.config or Path.home() / ".ssh" / "config"
    said = _look_up(target, path)
    identities = tuple(said.get("identityfile", ()))
    if target.identity_file:
        identities = (str(Path(target.identity_file).expanduser()),)
    jump = target.jump or said.get("proxyjump")
    return SshRoute(
        host=said.get("hostname", target.address),
        port=target.port or int(said.get("port", DEFAULT_PORT)),
        user=target.user or said.get("user") or getpass.getuser(),
        identity_files=identities,
        # A key that hosts.yaml names is the one to use; an agent's ten others would
        # use up what sshd takes of attempts.
        only_identities=bool(target.identity_file) or said.get("identitiesonly") == "yes",
        jump=None if jump in {None, "none"} else jump,
        proxy_command=None if jump else said.get("proxycommand"),
        agent_socket=said.get("identityagent"),
        connect_timeout_s=float(said.get("connecttimeout", 20)),
    )


def parse_jump(jump: str, config: Path | None) -> list[SshTarget]:
    """Return the bastions of a `ProxyJump` value, the nearest first."""
    targets = []
    for text in jump.split(","):
        user, _, place = text.strip().removeprefix("ssh://").rpartition("@")
        host, port = place, ""
        if place.startswith("["):
            host, _, port = place[1:].partition("]")
            port = port.removeprefix(":")
        elif place.count(":") == 1:
            host, _, port = place.partition(":")
        targets.append(
            SshTarget(
                name=place,
                address=host,
                port=int(port) if port else None,
                user=user or None,
                config=config,
            )
        )
    return targets


def _look_up(target: SshTarget, path: Path) -> paramiko.SSHConfigDict:
    if not path.exists():
        return paramiko.SSHConfigDict()
    try:
        return paramiko.SSHConfig.from_path(str(path)).lookup(target.address)
    except (paramiko.SSHException, OSError, ValueError, ImportError) as error:
        # `Match exec` needs a library that we do not carry (ImportError).
        raise SshConfigError(target.name, str(path), str(error)) from error


def find_bastion(name: str, targets: Sequence[SshTarget]) -> SshTarget | None:
    """Return the bastion called *name* on the way to one of *targets*, if there is one."""
    for target in targets:
        jump = find_route(target).jump
        for hop in parse_jump(jump, target.config) if jump else []:
            if hop.name == name:
                return hop
    return None
