"""Labs whose machines are real sshd servers on loopback addresses."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.parts import sshd
from tests.parts.jenkinsfiles import Command, need_engine, wait_until
from tests.parts.sshd import Sshd, running_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def need_machines() -> None:
    """Skip the test, aloud, where the engine cannot run or no sshd can."""
    need_engine()
    if sshd.PROGRAM is None:
        pytest.skip(f"ssh: {sshd.MISSING}")


@dataclass
class Lab:
    """Machines over SSH, each with a folder of its own, and runs on them."""

    folder: Path
    servers: Mapping[str, Sshd]

    def agent(self, name: str) -> Path:
        """Return the workdir of a machine."""
        return self.folder / "agents" / name

    def run(self, checkout: Path, *options: str, record: str = "record", **env: str) -> Command:
        """Start a run of *checkout* with the lab's machines."""
        inventory = ("--inventory", str(self.folder / "hosts.yaml"))
        env = {"TLCCI_STATE_HOME": str(self.folder / "state"), **env}
        return Command(checkout, self.folder / record, *inventory, *options, **env)

    def cut(self, name: str) -> None:
        """Break every connection of a machine; what runs on it runs on."""
        for pid in self.servers[name].descendants():
            with contextlib.suppress(OSError):
                if "sshd" in Path(f"/proc/{pid}/comm").read_text():
                    os.kill(pid, signal.SIGKILL)

    def becomes_idle(self, mark: str) -> bool:
        """Wait until no connection has a process whose arguments contain *mark*."""
        wait_until(lambda: not self._busy(mark), lambda: f"{mark} runs on")
        return True

    def _busy(self, mark: str) -> bool:
        found = False
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                found |= entry.name.isdigit() and mark.encode() in (
                    entry / "cmdline"
                ).read_bytes().replace(b"\0", b" ")
        return found


@contextlib.contextmanager
def running_lab(folder: Path, hosts: Mapping[str, Mapping[str, Any]]) -> Iterator[Lab]:
    """Run an sshd for each of *hosts* (name to what hosts.yaml says beside the address)."""
    with contextlib.ExitStack() as stack:
        servers = {
            name: stack.enter_context(running_sshd(folder / f"sshd-{name}", name=name))
            for name in hosts
        }
        lab = Lab(folder, servers)
        described = {
            name: {
                "address": server.address,
                "port": server.port,
                "user": getpass.getuser(),
                "host_key": [str(server.host_key)],
                "identity_file": server.identity,
                "workdir": str(lab.agent(name)),
                **hosts[name],
            }
            for name, server in servers.items()
        }
        text = json.dumps({"version": 1, "hosts": described})
        (folder / "hosts.yaml").write_text(text, "utf-8")
        yield lab
