"""OpenSSH's own sshd on a loopback address, with keys and a record of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.transport.host_keys import HostKey, KnownHosts, parse_host_key
from tlcci.transport.ssh_target import SshTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/sbin")
MISSING = "sshd is not installed: apt-get install openssh-server"
_READY_S = 20


@dataclass
class Sshd:
    """A running server and what a client needs to reach it."""

    folder: Path
    address: str
    port: int
    process: subprocess.Popen[bytes]
    name: str = "board"
    sessions: list[int] = field(default_factory=list)

    @property
    def identity(self) -> str:
        """The private key that the server lets in."""
        return str(self.folder / "client")

    @property
    def host_key(self) -> HostKey:
        """The server's public key."""
        key = parse_host_key((self.folder / "host.pub").read_text())
        assert key is not None
        return key

    @property
    def known(self) -> KnownHosts:
        """A record that has the server's key."""
        known = KnownHosts(self.folder / "known_hosts")
        known.record(self.name, [self.host_key])
        return known

    def target(self, **changes: object) -> SshTarget:
        """Return how to reach the server, with *changes*; no person's files are read."""
        said: dict[str, object] = {
            "name": self.name,
            "address": self.address,
            "port": self.port,
            "user": getpass.getuser(),
            "identity_file": self.identity,
            "config": self.folder / "no-config",
        }
        return SshTarget(**{**said, **changes})  # type: ignore[arg-type]

    def kill_connections(self) -> None:
        """End every connection as a crash would; the server goes on.

        Parents first: a shell that saw its child die would still say so.
        """
        for pid in reversed(self.descendants()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def descendants(self) -> list[int]:
        """Return every process of every connection, children before their parents."""
        return _descendants(self.process.pid)

    def log(self) -> str:
        """Return what the server logged so far."""
        return (self.folder / "log").read_text()


@contextlib.contextmanager
def running_sshd(
    folder: Path, *options: str, address: str = "127.0.0.1", name: str = "board"
) -> Iterator[Sshd]:
    """Run sshd with *options* (lines of sshd_config) on a free port of *address*."""
    assert PROGRAM is not None, MISSING
    folder.mkdir(parents=True, exist_ok=True)
    for key in ("host", "client"):
        if not (folder / key).exists():
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)]
            subprocess.run(words, check=True)
    port = _free_port(address)
    (folder / "config").write_text(_config(folder, address, port, options))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd insists, as root
    with (folder / "log").open("wb") as log:
        words = [PROGRAM, "-D", "-e", "-f", str(folder / "config")]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    server = Sshd(folder, address, port, process, name)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        server.kill_connections()
        process.terminate()
        process.wait(timeout=10)


def _config(folder: Path, address: str, port: int, options: tuple[str, ...]) -> str:
    host = f"[{address}]" if ":" in address else address
    # sshd takes the first value of a keyword.
    lines = [
        *options,
        f"ListenAddress {host}:{port}",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/client.pub",
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        # bash reads the person's ~/.bashrc only in what it takes for the first shell.
        "SetEnv SHLVL=2",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "MaxStartups 200",
        "PrintMotd no",
        "LogLevel VERBOSE",
    ]
    return "\n".join(lines) + "\n"


def _free_port(address: str) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: Sshd) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection((server.address, server.port), timeout=1).close()
            return
        if server.process.poll() is not None or time.monotonic() > deadline:
            message = f"sshd does not answer:\n{server.log()}"
            raise AssertionError(message)
        time.sleep(0.02)


def _descendants(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [n for word in words for n in (*_descendants(int(word)), int(word))]
    return []
