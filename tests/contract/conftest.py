"""The transports that the contract is held against, each on a real machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.parts import sshd
from tlcci.transport import Command, LocalTransport
from tlcci.transport.ssh import SshTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.transport import Transport


@pytest.fixture(params=["local", "ssh"], scope="session")
def transport(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Transport]:
    """Each transport in turn; one that this machine cannot have is skipped by name."""
    if request.param == "local":
        yield LocalTransport()
        return
    if sshd.PROGRAM is None:
        pytest.skip(f"ssh: {sshd.MISSING}")
    with sshd.running_sshd(tmp_path_factory.mktemp("sshd"), "MaxSessions 4") as server:
        opened = SshTransport(server.target(), known=server.known)
        yield opened
        opened.close()


@pytest.fixture
def scratch(transport: Transport) -> Iterator[str]:
    """An empty folder on the machine."""
    path = transport.run(Command(("mktemp", "-d"))).text
    yield path
    transport.run(Command(("rm", "-rf", path)))
