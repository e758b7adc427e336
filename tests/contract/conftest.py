"""The transports that the contract is held against, each on a real machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlcci.transport import Command, LocalTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.transport import Transport


@pytest.fixture(params=["local"], scope="session")
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    """Each transport in turn; one that this machine cannot have is skipped by name."""
    opened = {"local": LocalTransport}[request.param]()
    yield opened
    opened.close()


@pytest.fixture
def scratch(transport: Transport) -> Iterator[str]:
    """An empty folder on the machine."""
    path = transport.run(Command(("mktemp", "-d"))).text
    yield path
    transport.run(Command(("rm", "-rf", path)))
