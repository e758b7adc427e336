"""`tlcci hosts` on real machines: trust, then look."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.parts import sshd
from tests.parts.sshd import Sshd, running_sshd
from tlcci.agents.probe import probe_machine
from tlcci.cli.app import app
from tlcci.errors import InputError
from tlcci.transport.errors import HostKeyChangedError
from tlcci.transport.host_keys import KnownHosts, parse_host_key
from tlcci.transport.ssh import SshTransport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sshd.PROGRAM is None, reason=sshd.MISSING)

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIRcB6cNqOUmb0kCYWTlCvo3uW0gOMmYPsMsRJiJYNOL"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One machine."""
    with running_sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def lab(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hosts.yaml with the machine and one that is off, and an empty record."""
    monkeypatch.setenv("HOME", str(tmp_path))  # no person's ~/.ssh/config
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "hosts.yaml"
    path.write_text(
        "version: 1\nhosts:\n"
        f"  board:\n    address: {server.address}\n    port: {server.port}\n"
        f"    user: {getpass.getuser()}\n    identity_file: {server.identity}\n"
        "    labels: [ARM, GPU]\n"
        "  off:\n    address: 127.0.0.1\n    port: 1\n    labels: [CPU]\n"
    )
    return path


def tlcci(lab: Path, *words: str) -> tuple[int, str]:
    """Return exit code and output of `tlcci hosts`; an error comes out as it is."""
    result = CliRunner().invoke(app, ["hosts", *words, "--inventory", str(lab)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_key_is_trusted_only_with_its_fingerprint_confirmed(lab: Path, server: Sshd) -> None:
    """Where nobody can be asked, nothing is recorded, and the error has the line to type."""
    with pytest.raises(InputError) as caught:
        tlcci(lab, "trust", "board")
    unknown = KnownHosts().keys_of("board")
    code, output = tlcci(lab, "trust", "board", "--fingerprint", server.host_key.fingerprint)

    assert f"tlcci hosts trust board --fingerprint {server.host_key.fingerprint}" == (
        caught.value.next
    )
    assert ([], [server.host_key]) == (unknown, KnownHosts().keys_of("board"))
    assert code == 0
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in output


def test_a_key_on_record_is_replaced_only_where_asked(lab: Path, server: Sshd) -> None:
    """--rekey shows old and new."""
    other = parse_host_key(OTHER_KEY)
    assert other is not None
    KnownHosts().record("board", [other])
    fingerprint = server.host_key.fingerprint

    with pytest.raises(InputError, match="another key on record"):
        tlcci(lab, "trust", "board", "--fingerprint", fingerprint)
    _, output = tlcci(lab, "trust", "board", "--rekey", "--fingerprint", fingerprint)

    assert f"on record  ssh-ed25519 {other.fingerprint}" in output
    assert f"offered    ssh-ed25519 {fingerprint}" in output
    assert [server.host_key] == KnownHosts().keys_of("board")


def test_probe_shows_facts_and_each_label_that_they_contradict(lab: Path, server: Sshd) -> None:
    """A machine that is off is named, and the exit code is that of a machine."""
    KnownHosts().record("board", [server.host_key])

    code, output = tlcci(lab, "probe")

    assert code == 3
    assert "not GPU" in output
    assert "off does not answer at" in output


def test_list_as_json_has_every_fact(lab: Path, server: Sshd) -> None:
    """Programs get what `probe` shows and more."""
    KnownHosts().record("board", [server.host_key])

    _, output = tlcci(lab, "list", "--json")
    board, off = json.loads(output)

    assert (getpass.getuser(), "Linux") == (board["facts"]["user"], board["facts"]["system"])
    assert "machine-unreachable" == off["error"]["reference"]


def test_an_unknown_name_is_an_error_with_the_names_there_are(lab: Path) -> None:
    """A slip is seen at once."""
    with pytest.raises(InputError, match="no host is called bord") as caught:
        tlcci(lab, "probe", "bord")

    assert [("hosts", "board, off")] == caught.value.details


def test_a_clock_that_is_wrong_is_measured_over_the_link(server: Sshd) -> None:
    """Right here, as client and server share one clock."""
    transport = SshTransport(server.target(), known=server.known)
    skew = probe_machine(transport).clock_skew_s
    transport.close()

    assert skew is not None
    assert abs(skew) < 2


def test_noise_at_login_is_a_fact_of_the_machine(tmp_path: Path) -> None:
    """Jenkins' own agents fail on it, so a person has to know."""
    force = 'ForceCommand echo Welcome to the lab; eval "$SSH_ORIGINAL_COMMAND"'

    with running_sshd(tmp_path, force) as noisy:
        transport = SshTransport(noisy.target(), known=noisy.known)
        facts = probe_machine(transport)
        transport.close()

    assert "Welcome to the lab" == facts.login_noise


def test_a_changed_key_is_an_error_of_every_look(lab: Path) -> None:
    """Nothing is said to a machine that is another one."""
    other = parse_host_key(OTHER_KEY)
    assert other is not None
    KnownHosts().record("board", [other])

    _, output = tlcci(lab, "list", "board")

    assert "host-key-changed" in output
    assert HostKeyChangedError.exit_code == 3
