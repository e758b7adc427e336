"""`tlcci attach` and `tlcci detach` on real machines: each is left as it was."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import socket
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.parts import sshd
from tests.parts.sshd import Sshd, running_sshd
from tlcci.agents.attach import attach_machine, detach_machine, plan_changes
from tlcci.agents.probe import probe_machine
from tlcci.backends.registry import registration
from tlcci.backends.static import StaticBackend
from tlcci.cli.app import app
from tlcci.errors import InputError, MachineError, TlcciError
from tlcci.inventory import Host, read_inventory
from tlcci.transport.host_keys import KnownHosts
from tlcci.transport.ssh import SshTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tlcci.transport.exchange import Wire

pytestmark = pytest.mark.skipif(sshd.PROGRAM is None, reason=sshd.MISSING)

ANY = ("docker", "java", "lscpu", "free", "curl")  # what the tests' own machine may lack
CURLRC = "silent\n# no newline follows"


@dataclass
class Lab:
    """A machine with a home folder of its own, and the hosts.yaml that names it."""

    server: Sshd
    home: Path
    file: Path

    def declare(self, **keys: str) -> None:
        """Write hosts.yaml with *keys* besides how the machine is reached."""
        said = {
            "address": self.server.address,
            "port": str(self.server.port),
            "user": getpass.getuser(),
            "identity_file": self.server.identity,
            "workdir": str(self.home / "ci" / "work"),
            **keys,
        }
        rows = "".join(f"    {key}: {value}\n" for key, value in said.items())
        self.file.write_text(f"version: 1\nhosts:\n  board:\n{rows}")

    @property
    def host(self) -> Host:
        """The machine as declared."""
        host = read_inventory(self.file).host("board")
        assert host is not None
        return host

    def transport(self) -> SshTransport:
        """Return a new way to the machine."""
        return SshTransport(self.server.target(), known=self.server.known)

    def tree(self) -> dict[str, tuple[str, ...]]:
        """Return mode, owner and sha256 of everything in the home folder."""
        return {str(path.relative_to(self.home)): _told(path) for path in self.home.rglob("*")}


def _told(path: Path) -> tuple[str, ...]:
    state = path.lstat()
    said = (oct(state.st_mode), f"{state.st_uid}:{state.st_gid}")
    if path.is_symlink():
        return (*said, str(path.readlink()))
    return (*said, hashlib.sha256(path.read_bytes()).hexdigest()) if path.is_file() else said


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A machine whose person has a .curlrc, behind a link as dotfiles often are."""
    home = tmp_path / "home"
    (home / "dotfiles").mkdir(parents=True)
    (home / "dotfiles" / "curlrc").write_text(CURLRC)
    (home / "dotfiles" / "curlrc").chmod(0o640)
    (home / ".curlrc").symlink_to("dotfiles/curlrc")
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with running_sshd(tmp_path / "sshd", f"SetEnv SHLVL=2 HOME={home}") as server:
        found = Lab(server, home, tmp_path / "hosts.yaml")
        found.declare()
        KnownHosts().record("board", [server.host_key])
        yield found


def tlcci(lab: Lab, *words: str) -> tuple[int, str]:
    """Return exit code and output of a command."""
    result = CliRunner().invoke(app, [*words, "--inventory", str(lab.file)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def attach(lab: Lab, *words: str) -> tuple[int, str]:
    """Attach the machine, whatever programs it lacks."""
    return tlcci(lab, "attach", *words, *(f"--without={name}" for name in ANY))


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, str]:
    """An archive with a Java that says its version, in a folder as vendors pack it."""
    top = tmp_path / "jre-21"
    (top / "bin").mkdir(parents=True)
    (top / "bin" / "java").write_text("#!/bin/sh\necho 'openjdk version \"21.0.2\"' >&2\n")
    (top / "bin" / "java").chmod(0o755)
    path = tmp_path / "jre.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(top, "jre-21")
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_detach_leaves_the_machine_exactly_as_it_was(lab: Lab) -> None:
    """Path, mode, owner and content of everything, links included."""
    before = lab.tree()

    code, said = attach(lab)
    attached = lab.tree()
    key = (lab.home / ".ssh" / "authorized_keys").read_text()
    curl = (lab.home / ".curlrc").read_text()
    left, undone = tlcci(lab, "detach")

    assert (0, 0) == (code, left)
    assert "board: attached" in said
    assert {"ci/work/workspace", "ci/work/environment", ".ssh"} <= attached.keys()
    assert (lab.server.folder / "client.pub").read_text() == key
    assert f"{CURLRC}\nconnect-timeout = 1\n" == curl
    assert "board: detached" in undone
    assert before == lab.tree()


def test_what_was_there_already_stays_at_detach(lab: Lab) -> None:
    """A folder and a line that a person made are not ours to take."""
    (lab.home / ".curlrc").write_text("connect-timeout = 1\n")
    (lab.home / "ci" / "work" / "workspace").mkdir(parents=True)
    before = lab.tree()

    attach(lab)
    tlcci(lab, "detach")

    assert before == lab.tree()


def test_a_second_attach_says_that_there_is_nothing_to_do(lab: Lab) -> None:
    """And writes nothing."""
    attach(lab)
    attached = lab.tree()

    code, said = attach(lab)

    assert (0, "board: nothing to do\n") == (code, said)
    assert attached == lab.tree()


def test_another_declaration_changes_only_what_differs(lab: Lab) -> None:
    """And detach still leads back to the beginning."""
    before = lab.tree()
    attach(lab)
    lab.declare(env="{CI_LAB: '7'}")

    _, said = attach(lab)
    environment = (lab.home / "ci" / "work" / "environment").read_text()
    tlcci(lab, "detach")

    assert 1 == said.count("made ")
    assert "CI_LAB=7\n" in environment
    assert before == lab.tree()


def test_a_plan_is_a_script_that_can_be_read_and_changes_nothing(
    lab: Lab, tmp_path: Path
) -> None:
    """It names each change, and any shell accepts it."""
    before = lab.tree()

    code, said = attach(lab, "--plan")
    script = tmp_path / "plan.sh"
    script.write_text(said)
    checked = subprocess.run(("sh", "-n", str(script)), check=False)

    assert 0 == code
    assert before == lab.tree()
    assert 0 == checked.returncode
    assert f"#   folder {lab.home}/ci/work\n" in said
    assert "" == registration("board").attached


def test_attach_takes_four_round_trips_and_again_two(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board behind a slow link is ready in seconds."""
    trips: list[int] = []
    whole = SshTransport.open_wire

    def counted(self: SshTransport) -> Wire:
        trips.append(1)
        return whole(self)

    monkeypatch.setattr(SshTransport, "open_wire", counted)
    attach(lab)
    first = len(trips)
    attach(lab)

    assert (4, 2) == (first, len(trips) - first)


def test_a_private_java_comes_and_goes(lab: Lab, archive: tuple[Path, str]) -> None:
    """Unpacked without the vendor's top folder, run once, then put in its place."""
    before = lab.tree()
    path, digest = archive
    transport = lab.transport()
    facts = replace(probe_machine(transport), javas=())
    lab.declare(java=f"{{{facts.architecture}: {{archive: {path}, sha256: '{digest}'}}}}")

    made = attach_machine(transport, lab.host, plan_changes(transport, lab.host, facts))
    java = lab.home / "ci" / "work" / "jre" / "bin" / "java"
    is_there = os.access(java, os.X_OK)
    left = plan_changes(transport, lab.host, facts).wanted
    detach_machine(transport, lab.host)
    transport.close()

    assert "06-java" in [row.entry for row in made]
    assert is_there
    assert [] == left
    assert before == lab.tree()


def test_a_failure_half_way_takes_back_what_was_made(
    lab: Lab, archive: tuple[Path, str]
) -> None:
    """A Java that does not run is the last straw; the machine is as before."""
    path, digest = archive
    before = lab.tree()
    transport = lab.transport()
    facts = replace(probe_machine(transport), javas=())
    broken = path.with_name("broken.tar.gz")
    broken.write_bytes(path.read_bytes()[:60])
    digest = hashlib.sha256(broken.read_bytes()).hexdigest()
    lab.declare(java=f"{{{facts.architecture}: {{archive: {broken}, sha256: '{digest}'}}}}")
    plan = plan_changes(transport, lab.host, facts)

    with pytest.raises(MachineError, match="a change on board failed") as caught:
        attach_machine(transport, lab.host, plan)
    transport.close()

    assert "taken back" in [label for label, _ in caught.value.details]
    assert before == lab.tree()


@pytest.mark.parametrize("at", range(6))
def test_a_kill_in_mid_prepare_is_mended_by_attach_or_detach(lab: Lab, at: int) -> None:
    """KILL right after a change was written down, before it was made."""
    before = lab.tree()
    transport = lab.transport()
    facts = probe_machine(transport)
    plan = plan_changes(transport, lab.host, facts)
    change = plan.changes[at]
    deadly = [*plan.changes[:at], replace(change, do="kill -9 $$\n"), *plan.changes[at + 1 :]]

    with pytest.raises(TlcciError):
        attach_machine(transport, lab.host, replace(plan, changes=deadly))
    interrupted = lab.tree()
    if at % 2:
        attach_machine(transport, lab.host, plan_changes(transport, lab.host, facts))
        assert [] == plan_changes(transport, lab.host, facts).wanted
    detach_machine(transport, lab.host)
    transport.close()

    assert any(path.startswith(f".tlcci/board/0{at}-") for path in interrupted)
    assert before == lab.tree()


def test_two_attaches_at_once_make_each_change_once(lab: Lab) -> None:
    """The second waits for the first, and finds all of it done."""
    before = lab.tree()
    transports = [lab.transport(), lab.transport()]
    facts = probe_machine(transports[0])
    plans = [plan_changes(transport, lab.host, facts) for transport in transports]

    with ThreadPoolExecutor(2) as pool:
        made = list(
            pool.map(
                lambda two: attach_machine(two[0], lab.host, two[1]),
                zip(transports, plans, strict=True),
            )
        )
    detach_machine(transports[0], lab.host)
    for transport in transports:
        transport.close()

    assert len(plans[0].wanted) == len(made[0]) + len(made[1])
    assert [] in made
    assert before == lab.tree()


def test_what_a_person_changed_since_is_kept_and_named(lab: Lab) -> None:
    """Their lines and files stay; only what is ours goes."""
    attach(lab)
    with (lab.home / ".ssh" / "authorized_keys").open("a") as keys:
        keys.write("ssh-ed25519 AAAA mina\n")
    (lab.home / "ci" / "notes").write_text("mine\n")

    code, said = tlcci(lab, "detach")

    assert 1 == code
    assert "authorized_keys was changed since: only our lines were taken out" in said
    assert "ssh-ed25519 AAAA mina\n" == (lab.home / ".ssh" / "authorized_keys").read_text()
    assert f"{lab.home}/ci has what is not ours: notes" in said
    assert not (lab.home / "ci" / "work").exists()
    assert not (lab.home / ".tlcci").exists()


def test_a_line_that_somebody_took_out_is_told_at_the_next_attach(lab: Lab) -> None:
    """Who is right is for a person to say."""
    attach(lab)
    (lab.home / ".curlrc").write_text("silent\n")

    code, said = attach(lab)

    assert 3 == code
    assert "error machine-drifted" in said
    assert ".curlrc" in said


def test_a_label_without_its_hardware_is_refused_and_nothing_is_changed(lab: Lab) -> None:
    """With the reason, and what helps."""
    lab.declare(labels="[GPU]")
    before = lab.tree()
    transport = lab.transport()
    if probe_machine(transport).gpus:
        pytest.skip("this machine has a GPU")
    transport.close()

    code, said = attach(lab)

    assert 3 == code
    assert "it is declared GPU, but no GPU driver answers" in said
    assert before == lab.tree()


def test_a_machine_that_is_off_does_not_stop_the_others(lab: Lab) -> None:
    """It is named at the end, and the exit code is that of a machine."""
    with lab.file.open("a") as declared:
        declared.write("  off:\n    address: 127.0.0.1\n    port: 1\n")

    code, said = attach(lab)

    assert 3 == code
    assert "board: attached" in said
    assert "machine-unreachable: off does not answer" in said


def test_a_drained_machine_refuses_every_laptop_with_the_reason(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Here it is no machine any more; elsewhere the machine itself says no, until resumed."""
    tlcci(lab, "hosts", "drain", "board", "--reason", "new power supply")
    _, listed = tlcci(lab, "hosts", "list")
    here = StaticBackend(read_inventory(lab.file), ("ssh",)).machines()
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "another laptop"))
    KnownHosts().record("board", [lab.server.host_key])
    elsewhere = StaticBackend(read_inventory(lab.file), ("ssh",))

    with pytest.raises(MachineError) as caught:
        elsewhere.acquire(elsewhere.machines()[0], "run")
    tlcci(lab, "hosts", "resume", "board")
    slot = elsewhere.acquire(elsewhere.machines()[0], "run")
    elsewhere.close()

    assert f"drained by {getpass.getuser()}: new power supply" in listed
    assert [] == list(here)
    assert "drained: new power supply" in caught.value.details[0][1]
    assert slot is not None


def test_builds_are_given_what_attach_found_out(lab: Lab) -> None:
    """The declaration has the last word."""
    lab.declare(env="{CI_LAB: '7'}")

    attach(lab)
    machine = StaticBackend(read_inventory(lab.file), ("ssh",)).machines()[0]

    assert {"CI_NUM_EXECUTORS", "CI_LAB"} == machine.environment.keys()


def test_a_machine_at_work_is_not_detached(lab: Lab) -> None:
    """Its run is named; once it is over, detach leaves nothing behind."""
    before = lab.tree()
    attach(lab)
    backend = StaticBackend(read_inventory(lab.file), ("ssh",))
    backend.acquire(backend.machines()[0], "run nightly-7")

    code, said = tlcci(lab, "detach")
    backend.close()
    tlcci(lab, "detach")

    assert 3 == code
    assert "error machine-busy" in said
    assert "run nightly-7" in said
    assert before == lab.tree()


def test_power_is_cycled_by_the_command_of_hosts_yaml(lab: Lab, tmp_path: Path) -> None:
    """A command that fails, and one that is not there, are errors of their own."""
    with pytest.raises(InputError, match="does not say how board is switched"):
        tlcci(lab, "hosts", "power", "cycle", "board")
    lab.declare(power=f"{{cycle: 'touch {tmp_path}/switched'}}")
    code, _ = tlcci(lab, "hosts", "power", "cycle", "board")
    lab.declare(power="{cycle: exit 7}")
    with pytest.raises(MachineError, match="board was not switched: status 7"):
        tlcci(lab, "hosts", "power", "cycle", "board")

    assert 0 == code
    assert (tmp_path / "switched").exists()


def test_machines_that_hang_are_named_and_the_others_attached(lab: Lab) -> None:
    """They accept the connection and say nothing, as a frozen kernel does."""
    with contextlib.ExitStack() as stack:
        for number in range(3):
            silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            with lab.file.open("a") as declared:
                declared.write(
                    f"  hung-{number}:\n    address: 127.0.0.1\n"
                    f"    port: {silent.getsockname()[1]}\n"
                )
        code, said = attach(lab)

    assert 3 == code
    assert "board: attached" in said
    assert [True] * 3 == [f" hung-{number} " in said for number in range(3)]
