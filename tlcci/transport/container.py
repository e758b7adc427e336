"""Containers of a Docker daemon as machines: an exec session a command."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

import docker as docker_sdk
from docker.errors import APIError, DockerException

from tlcci.transport.contract import CHUNK
from tlcci.transport.errors import MachineUnreachableError
from tlcci.transport.framing import READ_LINE
from tlcci.transport.remote import RemoteTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = struct.Struct(">BxxxL")  # stream (1 or 2), length
_ERRORS = 2


class ContainerTransport(RemoteTransport):
    """A running container; it is neither started nor stopped here.

    The daemon is the one that the environment names (DOCKER_HOST), as for `docker`.
    """

    def __init__(self, container: str, *, name: str | None = None, user: str = "") -> None:
        self._container = container
        self._name = name or container
        self._user = user
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def name(self) -> str:
        """The machine's name as a person knows it, for messages."""
        return self._name

    def open_wire(self) -> ContainerWire:
        """Open an exec session in the container."""
        with self._lock, self._named_errors():
            if self._client is None:
                self._client = docker_sdk.from_env().api
            api = self._client
            session = api.exec_create(
                self._container, ["/bin/sh", "-c", READ_LINE], stdin=True, user=self._user
            )
            # The library wraps the socket for reading only.
            stream = api.exec_start(session["Id"], socket=True)
            return ContainerWire(stream, self)

    def is_running(self) -> bool:
        """Return whether the container still runs, paused or not."""
        with self._lock, contextlib.suppress(DockerException, OSError):
            state = self._client.inspect_container(self._container)["State"]
            return bool(state["Running"])
        return False

    def close(self) -> None:
        """Close the connections to the daemon."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except APIError as error:
            reason = str(error.explanation or error)
            raise MachineUnreachableError(self.name, self._container, reason) from error
        except (DockerException, OSError) as error:
            raise MachineUnreachableError(self.name, self._container, str(error)) from error


class ContainerWire:
    """One exec session: both outputs in one stream, cut by headers."""

    def __init__(self, stream: Any, container: ContainerTransport) -> None:  # noqa: ANN401
        self._stream = stream
        self._socket: socket.socket = stream._sock  # noqa: SLF001  (the only way to write)
        self._socket.settimeout(None)
        self._container = container
        self._ready = select.poll()
        self._ready.register(self._socket, select.POLLIN)
        self._held = b""

    def send(self, data: bytes | memoryview) -> None:
        """Send all of *data*; the daemon sets the pace."""
        self._socket.sendall(data)

    def send_end(self) -> None:
        """Say that there is no more input."""
        self._socket.shutdown(socket.SHUT_WR)

    def receive(self, wait_s: float) -> tuple[bytes, bytes] | None:
        """Return what came; None when the session is over."""
        try:
            if not self._ready.poll(wait_s * 1000):
                return b"", b""
            piece = self._socket.recv(CHUNK)
        except OSError:
            return None
        if not piece:
            return None
        self._held += piece
        return self._cut()

    def is_lost(self) -> bool:
        """Return whether the container is gone, not only the session."""
        return not self._container.is_running()

    def close(self) -> None:
        """Close the session."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self._socket.close()

    def _cut(self) -> tuple[bytes, bytes]:
        pieces: tuple[list[bytes], list[bytes]] = ([], [])
        at = 0
        while len(self._held) - at >= _HEADER.size:
            kind, size = _HEADER.unpack_from(self._held, at)
            end = at + _HEADER.size + size
            if end > len(self._held):
                break
            pieces[1 if kind == _ERRORS else 0].append(self._held[at + _HEADER.size : end])
            at = end
        self._held = self._held[at:]
        return b"".join(pieces[0]), b"".join(pieces[1])
