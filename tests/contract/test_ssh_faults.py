"""What goes wrong with real machines, made for real."""

from __future__ import annotations

import getpass
import json
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.parts import sshd
from tests.parts.silence import silent_port
from tests.parts.sshd import running_sshd
from tlcci.cli.app import app
from tlcci.transport import Command
from tlcci.transport.errors import (
    ConnectionLostError,
    FileUnwritableError,
    MachineUnreachableError,
)
from tlcci.transport.ssh import SshTransport

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sshd.PROGRAM is None, reason=sshd.MISSING)


def test_a_paused_machine_is_lost_after_its_silence(tmp_path: Path) -> None:
    """Its kernel still acknowledges every packet, so only an answer counts."""
    with running_sshd(tmp_path) as server:
        transport = SshTransport(server.target(), known=server.known, silence_s=0.5)
        paused: list[int] = []

        def pause(_: bytes) -> None:
            paused.extend(server.descendants())
            for pid in paused:
                os.kill(pid, signal.SIGSTOP)

        started = time.monotonic()
        with pytest.raises(ConnectionLostError, match="board"):
            transport.run(Command(script="echo go; sleep 100"), on_stdout=pause)
        took = time.monotonic() - started
        for pid in paused:
            os.kill(pid, signal.SIGCONT)
        transport.close()

    assert took < 30


def test_a_quiet_command_is_not_taken_for_a_paused_machine(tmp_path: Path) -> None:
    """A build may say nothing for long; the machine answers for it."""
    with running_sshd(tmp_path) as server:
        transport = SshTransport(server.target(), known=server.known, silence_s=0.2)
        result = transport.run(Command(script="sleep 5; echo done"))
        transport.close()

    assert "done" == result.text


def test_a_machine_that_never_speaks_is_named_in_bounded_time(tmp_path: Path) -> None:
    """The time to connect is the person's own setting."""
    config = tmp_path / "config"
    config.write_text("Host *\n ConnectTimeout 1\n")

    with running_sshd(tmp_path / "sshd") as server, silent_port() as port:
        transport = SshTransport(server.target(port=port, config=config), known=server.known)
        started = time.monotonic()
        with pytest.raises(MachineUnreachableError):
            transport.run(Command(("true",)))

    assert time.monotonic() - started < 15


def test_a_disk_that_fills_is_named_and_the_old_file_stays(tmp_path: Path) -> None:
    """The machine's own words are the reason; half a file is nowhere."""
    target = tmp_path / "file"
    target.write_bytes(b"old")

    # A limit of file size ends a writing program as a full disk does.
    with running_sshd(
        tmp_path / "sshd", 'ForceCommand ulimit -f 64; eval "$SSH_ORIGINAL_COMMAND"'
    ) as server:
        transport = SshTransport(server.target(), known=server.known)
        with pytest.raises(FileUnwritableError):
            transport.put(bytes(1_000_000), str(target))
        transport.close()

    assert (b"old", ["file", "sshd"]) == (
        target.read_bytes(),
        sorted(path.name for path in tmp_path.iterdir()),
    )


def test_of_many_machines_those_that_hang_are_named_and_the_others_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten that hang hold up nobody."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host *\n ConnectTimeout 10\n")
    lab = tmp_path / "hosts.yaml"

    with running_sshd(tmp_path / "sshd") as server, silent_port() as port:
        lines = ["version: 1", "hosts:"]
        for number in range(40):
            place = port if number % 4 == 0 else server.port
            lines += [
                f"  board-{number:02}:",
                f"    address: {server.address}",
                f"    port: {place}",
                f"    user: {getpass.getuser()}",
                f"    identity_file: {server.identity}",
                f"    host_key: {server.host_key}",
                "    labels: [CPU]",
            ]
        lab.write_text("\n".join(lines) + "\n")
        started = time.monotonic()
        result = CliRunner().invoke(app, ["hosts", "list", "--json", "--inventory", str(lab)])
        took = time.monotonic() - started

    said = json.loads(result.output)
    hung = [row["name"] for row in said if "error" in row]
    assert [f"board-{number:02}" for number in range(0, 40, 4)] == hung
    assert {"machine-unreachable"} == {
        row["error"]["reference"] for row in said if "error" in row
    }
    assert took < 60
