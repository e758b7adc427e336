"""The transports that the contract is held against, each on a real machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.parts import container, sshd
from tlcci.transport import Command, LocalTransport
from tlcci.transport.ssh import SshTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.transport import Transport


@pytest.fixture(
    params=["local", "ssh", pytest.param("container", marks=pytest.mark.docker)],
    scope="session",
)
def transport(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Transport]:
    """Each transport in turn; one that this machine cannot have is skipped by name."""
    if request.param == "local":
        yield LocalTransport()
        return
    if request.param == "container":
        if fault := container.missing():
            pytest.skip(f"container: {fault}")
        with container.running_container(tmp_path_factory.mktemp("container")) as name:
            from tlcci.transport.container import ContainerTransport  # noqa: PLC0415

            inside = ContainerTransport(name)
            yield inside
            inside.close()
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
