"""The machines of hosts.yaml, held against the backend's promise: here and over SSH."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.parts import sshd
from tests.parts.sshd import running_sshd
from tlcci.backends.static import StaticBackend
from tlcci.inventory import Host, Inventory
from tlcci.transport import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS: tuple[Literal["local"], Literal["ssh"]] = ("local", "ssh")


@pytest.fixture(params=CONNECTIONS)
def lab(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inventory]:
    """A lab of one machine with two executors."""
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    workdir = str(tmp_path / "agent")
    if request.param == "local":
        host = Host("desk", connection="local", workdir=workdir, executors=2, labels=("CPU",))
        yield Inventory((host,))
        return
    if sshd.PROGRAM is None:
        pytest.skip(f"ssh: {sshd.MISSING}")
    with running_sshd(tmp_path / "sshd") as server:
        yield Inventory(
            (
                Host(
                    "desk",
                    address=server.address,
                    port=server.port,
                    user=getpass.getuser(),
                    host_key=(str(server.host_key),),
                    identity_file=server.identity,
                    workdir=workdir,
                    executors=2,
                    labels=("CPU",),
                ),
            )
        )


@pytest.fixture
def backend(lab: Inventory) -> Iterator[StaticBackend]:
    """One run's view of the lab."""
    opened = StaticBackend(lab, CONNECTIONS)
    yield opened
    opened.close()


def test_a_machine_has_its_labels_and_its_name(backend: StaticBackend) -> None:
    """As Jenkins has it."""
    assert [{"CPU", "desk"}] == [set(machine.labels) for machine in backend.machines()]


def test_slots_are_numbered_and_run_out(lab: Inventory, backend: StaticBackend) -> None:
    """A second run sees what the first one took."""
    other = StaticBackend(lab, CONNECTIONS)
    (machine,) = backend.machines()
    slots = [backend.acquire(machine, "run 1"), other.acquire(machine, "run 2")]
    none = [backend.acquire(machine, "run 1"), other.acquire(machine, "run 2")]
    for holder, slot in zip((backend, other), slots, strict=True):
        assert slot is not None
        holder.release(slot)
    again = other.acquire(machine, "run 2")
    other.close()

    assert [0, 1] == [slot.executor for slot in slots if slot]
    assert [None, None] == none
    assert again is not None
    assert 0 == again.executor


def test_a_slot_runs_commands_on_its_machine(backend: StaticBackend) -> None:
    """Under a working folder that is known in full."""
    (machine,) = backend.machines()
    slot = backend.acquire(machine, "run 1")
    assert slot is not None
    result = slot.transport.run(Command(("/bin/echo", "here")))
    backend.release(slot)

    assert "here" == result.text
    assert Path(slot.machine.workdir).is_absolute()
