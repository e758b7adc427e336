"""What only SSH has: keys, bastions, login shells, connections that break."""

from __future__ import annotations

import io
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.parts import sshd
from tests.parts.sshd import Sshd, running_sshd
from tlcci.transport import Command, Ended
from tlcci.transport.errors import (
    ConnectionLostError,
    FileUnwritableError,
    HostKeyChangedError,
    HostKeyUnknownError,
    LoginRefusedError,
    LoginShellError,
    MachineUnreachableError,
    SshConfigError,
)
from tlcci.transport.host_keys import KnownHosts, parse_host_key
from tlcci.transport.ssh import SshTransport, fetch_host_key
from tlcci.transport.ssh_target import SshTarget, find_route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sshd.PROGRAM is None, reason=sshd.MISSING)

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIRcB6cNqOUmb0kCYWTlCvo3uW0gOMmYPsMsRJiJYNOL"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A server as Debian has it."""
    with running_sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def transport(server: Sshd) -> Iterator[SshTransport]:
    """A transport to the server, not connected yet."""
    opened = SshTransport(server.target(), known=server.known)
    yield opened
    opened.close()


def authentications(server: Sshd) -> int:
    """Return how often someone tried to log in."""
    return server.log().count("publickey for")


def test_a_first_contact_is_never_silent(server: Sshd, tmp_path: Path) -> None:
    """The fingerprint is shown as ssh-keygen shows it, and nobody logs in."""
    before = authentications(server)
    words = ["ssh-keygen", "-lf", str(server.folder / "host.pub")]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[1]

    with pytest.raises(HostKeyUnknownError) as caught:
        SshTransport(server.target(), known=KnownHosts(tmp_path / "none")).run(
            Command(("true",))
        )

    assert ("offered", f"ssh-ed25519 {shown}") in caught.value.details
    assert "tlcci hosts trust board" == caught.value.next
    assert before == authentications(server)


def test_a_changed_key_stops_before_login(server: Sshd, tmp_path: Path) -> None:
    """Both fingerprints are shown, and the machine never sees a login."""
    before = authentications(server)
    known, other = KnownHosts(tmp_path / "known"), parse_host_key(OTHER_KEY)
    assert other is not None
    known.record("board", [other])

    with pytest.raises(HostKeyChangedError) as caught:
        SshTransport(server.target(), known=known).run(Command(("true",)))

    assert f"{other.fingerprint} in {known.path}" == dict(caught.value.details)["recorded"]
    assert server.host_key.fingerprint == dict(caught.value.details)["offered"]
    assert before == authentications(server)


def test_a_key_in_the_inventory_outranks_the_record(server: Sshd) -> None:
    """What hosts.yaml pins is the only key that is taken."""
    pinned = SshTransport(server.target(host_keys=(OTHER_KEY,)), known=server.known)
    good = SshTransport(server.target(host_keys=(str(server.host_key),)), known=KnownHosts())

    with pytest.raises(HostKeyChangedError, match=r"hosts\.yaml"):
        pinned.run(Command(("true",)))
    assert good.run(Command(("true",))).ok
    good.close()


def test_the_key_on_record_is_asked_for_by_its_kind(tmp_path: Path) -> None:
    """A server with several keys is no changed one, whichever is on record."""
    rsa = tmp_path / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(rsa)], check=True)
    key = parse_host_key(rsa.with_suffix(".pub").read_text())
    assert key is not None

    with running_sshd(tmp_path / "sshd", f"HostKey {rsa}") as server:
        known = KnownHosts(tmp_path / "known")
        known.record("board", [key])
        transport = SshTransport(server.target(), known=known)
        result = transport.run(Command(("true",)))
        transport.close()

    assert result.ok


def test_the_offered_key_can_be_fetched_without_a_login(server: Sshd) -> None:
    """That is how a person comes to compare it."""
    before = authentications(server)

    offered = fetch_host_key(server.target(), KnownHosts())

    assert server.host_key == offered
    assert before == authentications(server)


def test_openssh_reads_the_record(server: Sshd) -> None:
    """The file works as UserKnownHostsFile with the machine's name as alias."""
    words = ["ssh", "-F", "none", "-i", server.identity, "-p", str(server.port)]
    words += ["-o", f"UserKnownHostsFile={server.known.path}", "-o", "HostKeyAlias=board"]
    words += ["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"]

    done = subprocess.run([*words, server.address, "echo hi"], capture_output=True, check=False)

    assert b"hi\n" == done.stdout


def test_a_refused_login_names_what_was_tried(server: Sshd, tmp_path: Path) -> None:
    """The key, the user and what the server takes are in the error."""
    key = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    target = server.target(identity_file=str(key))

    with pytest.raises(LoginRefusedError) as caught:
        SshTransport(target, known=server.known).run(Command(("true",)))

    assert {"tried": f"{key}: refused", "it takes": "publickey"} == dict(caught.value.details)


def test_a_machine_that_is_not_there_is_named_with_its_address(server: Sshd) -> None:
    """A closed port is an error at once."""
    transport = SshTransport(server.target(port=1), known=server.known)

    with pytest.raises(MachineUnreachableError, match=r"board does not answer at .*:1"):
        transport.run(Command(("true",)))


def test_one_connection_serves_many_commands(tmp_path: Path) -> None:
    """A second command costs no second login."""
    with running_sshd(tmp_path) as server:
        transport = SshTransport(server.target(), known=server.known)
        for _ in range(5):
            transport.run(Command(("true",)))
        transport.close()

        assert 1 == server.log().count("Accepted publickey")


def test_noise_of_a_login_shell_is_kept_out_of_the_output(tmp_path: Path) -> None:
    """A banner, a greeting and complaints on both streams change nothing."""
    banner = tmp_path / "banner"
    banner.write_text("Authorized use only\n")
    force = 'ForceCommand echo Welcome; echo oops >&2; eval "$SSH_ORIGINAL_COMMAND"'

    with running_sshd(tmp_path / "sshd", f"Banner {banner}", force) as server:
        transport = SshTransport(server.target(), known=server.known)
        result = transport.run(Command(script="echo out; echo err >&2"))
        back = io.BytesIO()
        transport.put(b"content", f"{tmp_path}/file")
        transport.get(f"{tmp_path}/file", back)
        transport.close()

    assert (b"out\n", b"err\n", b"content") == (result.stdout, result.stderr, back.getvalue())


def test_a_login_that_runs_no_commands_is_named_with_what_it_said(tmp_path: Path) -> None:
    """As /usr/sbin/nologin does, or a forced command."""
    force = "ForceCommand echo This account is currently not available.; exit 1"

    with running_sshd(tmp_path, force) as server:
        transport = SshTransport(server.target(), known=server.known)
        with pytest.raises(LoginShellError, match="not available"):
            transport.run(Command(("true",)))
        transport.close()


def test_a_machine_behind_a_bastion_is_reached_through_it(server: Sshd, tmp_path: Path) -> None:
    """The bastion has a key of its own, compared under its own name."""
    with running_sshd(tmp_path / "bastion", address="127.0.0.2", name="bastion") as bastion:
        config = tmp_path / "config"
        config.write_text(
            f"Host bastion\n HostName {bastion.address}\n Port {bastion.port}\n"
            f" IdentityFile {bastion.identity}\n"
        )
        target = server.target(jump="bastion", config=config)
        known = server.known
        with pytest.raises(HostKeyUnknownError, match="bastion is not known yet"):
            SshTransport(target, known=known).run(Command(("true",)))
        known.record("bastion", [bastion.host_key])
        transport = SshTransport(target, known=known)
        result = transport.run(Command(script="echo ${SSH_CONNECTION%% *}"))
        transport.close()

        assert result.text in {"127.0.0.1", bastion.address}
        assert "Accepted publickey" in bastion.log()


def test_ipv6_addresses_are_reached(tmp_path: Path) -> None:
    """A machine may have no other."""
    try:
        with running_sshd(tmp_path, address="::1") as server:
            transport = SshTransport(server.target(), known=server.known)
            result = transport.run(Command(("echo", "six")))
            transport.close()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")

    assert "six" == result.text


def test_the_persons_configuration_fills_what_the_inventory_leaves_open(tmp_path: Path) -> None:
    """hosts.yaml comes first, then the first match of the configuration."""
    config = tmp_path / "config"
    config.write_text(
        "Host rasp-*\n HostName 10.0.0.7\n User pi\n Port 2222\n ProxyJump me@[::5]:24\n"
        "Host *\n User nobody\n IdentityFile /keys/lab\n"
    )

    route = find_route(SshTarget("rasp", "rasp-02", user="ci", config=config))

    assert ("10.0.0.7", 2222, "ci", ("/keys/lab",), "me@[::5]:24") == (
        route.host,
        route.port,
        route.user,
        route.identity_files,
        route.jump,
    )


def test_a_configuration_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With its path and the reason."""
    config = tmp_path / "config"
    config.write_text("this is no configuration\n=\n")

    with pytest.raises(SshConfigError, match="cannot be used for board"):
        find_route(SshTarget("board", "127.0.0.1", config=config))


def test_a_connection_that_breaks_mid_command_is_named_and_made_again(tmp_path: Path) -> None:
    """The output so far was handed over; the next command connects anew."""
    with running_sshd(tmp_path) as server:
        transport = SshTransport(server.target(), known=server.known)
        chunks: list[bytes] = []

        def crash(chunk: bytes) -> None:
            chunks.append(chunk)
            server.kill_connections()

        with pytest.raises(ConnectionLostError, match="connection to board was lost"):
            transport.run(Command(script="echo so far; sleep 100"), on_stdout=crash)
        again = transport.run(Command(("echo", "back")))
        transport.close()

    assert (b"so far\n", "back") == (b"".join(chunks), again.text)


def test_a_transfer_that_breaks_leaves_the_old_file(tmp_path: Path) -> None:
    """Half a file never takes the place of a whole one."""
    target = tmp_path / "file"
    target.write_bytes(b"old")

    class Crashing(io.BytesIO):
        """A stream at whose second reading the connections are cut in the middle."""

        passes = 0

        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 5_000_000 and self.passes:
                board.kill_connections()
            return super().read(size)

        def seek(self, offset: int, whence: int = 0, /) -> int:
            self.passes += 1
            return super().seek(offset, whence)

    with running_sshd(tmp_path / "sshd") as board:
        transport = SshTransport(board.target(), known=board.known)
        with pytest.raises((ConnectionLostError, FileUnwritableError)):
            transport.put(Crashing(bytes(20_000_000)), str(target))
        transport.close()

    assert b"old" == target.read_bytes()


def test_a_connection_that_breaks_unnoticed_raises_nothing_at_its_end(
    transport: SshTransport,
) -> None:
    """Acknowledging what came, or saying goodbye, may be the first to meet the broken way."""
    wire = transport.open_wire()

    wire._channel.get_transport().packetizer.close()
    wire.close()

    assert wire.receive(0) is None or wire.is_lost()


def test_a_full_disk_is_named_and_the_old_file_stays(transport: SshTransport) -> None:
    """The reason is the machine's own."""
    with pytest.raises(FileUnwritableError):
        transport.put(b"x", "/dev/full/file")


def test_a_timeout_reaches_a_command_whose_session_is_busy(transport: SshTransport) -> None:
    """The signal goes on a channel of its own."""
    result = transport.run(Command(("cat", "/dev/zero"), timeout_s=0.5), on_stdout=len)  # type: ignore[arg-type]

    assert Ended.TIMED_OUT is result.ended


def test_closing_during_a_command_ends_the_wait(server: Sshd) -> None:
    """Another thread may give up on the machine."""
    transport = SshTransport(server.target(), known=server.known)
    timer = threading.Timer(0.5, transport.close)
    timer.start()
    started = time.monotonic()

    with pytest.raises(ConnectionLostError):
        transport.run(Command(("sleep", "100")))
    timer.join()

    assert time.monotonic() - started < 30
