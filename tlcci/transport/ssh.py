"""Machines over SSH: one connection a machine, a channel a command, keys pinned."""

from __future__ import annotations

import contextlib
import select
import threading
import time
from typing import TYPE_CHECKING

import paramiko

from tlcci.transport.contract import CHUNK
from tlcci.transport.errors import ConnectionLostError
from tlcci.transport.framing import BOOTSTRAP
from tlcci.transport.host_keys import HostKey, KnownHosts
from tlcci.transport.remote import RemoteTransport
from tlcci.transport.ssh_login import compare_key, dial, greet, keep_alive, log_in, offered_key
from tlcci.transport.ssh_target import SshTarget, find_route, parse_jump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SshTarget", "SshTransport", "fetch_host_key"]

_WINDOW = 1 << 22  # bytes that a machine may send before we read any
_CHANNEL_S = 30.0
_SILENCE_S = 15.0  # after which a sign of life is asked for, and half of what it may take


class SshTransport(RemoteTransport):
    """One machine over SSH, connected when first needed, and again after a loss.

    sshd takes ten sessions a connection unless told otherwise (MaxSessions); beyond
    them a further connection is made.
    """

    def __init__(
        self,
        target: SshTarget,
        *,
        known: KnownHosts | None = None,
        ask: Callable[[str], str] | None = None,
        silence_s: float = _SILENCE_S,
    ) -> None:
        """Connect to *target* by the keys *known*; *ask* a person for a password, if at all.

        A machine that says nothing for *silence_s* is asked for a sign of life; one that
        then gives none for twice as long is lost.
        """
        self._silence_s = silence_s
        self._target = target
        self._known = known or KnownHosts()
        self._ask = ask
        self._lock = threading.Lock()
        self._connecting = threading.Lock()
        self._connections: list[_Connection] = []

    @property
    def name(self) -> str:
        """The machine's name as a person knows it, for messages."""
        return self._target.name

    def open_wire(self) -> SshWire:
        """Open a session; connect first if need be."""
        while True:
            alive = self._alive()
            for connection in alive:
                if channel := self._open_channel(connection):
                    return SshWire(connection, channel)
            # Of several threads that find nothing free, one connects.
            with self._connecting:
                if self._alive() == alive:
                    self._connect()

    def close(self) -> None:
        """Close every connection, those of bastions too."""
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _alive(self) -> list[_Connection]:
        with self._lock:
            for connection in [c for c in self._connections if not c.is_alive]:
                self._connections.remove(connection)
                connection.close()
            return list(self._connections)

    def _connect(self) -> None:
        connection = _Connection.open(self._target, self._known, self._ask)
        connection.silence_s = self._silence_s
        with self._lock:
            self._connections.append(connection)

    def _open_channel(self, connection: _Connection) -> paramiko.Channel | None:
        """Return a channel on *connection*, None if sshd gives no more on it."""
        try:
            # paramiko keeps one place for the reason of a refusal, whoever asked.
            with connection.opening:
                channel = connection.transport.open_session(_WINDOW, timeout=_CHANNEL_S)
            channel.exec_command(BOOTSTRAP)
        except paramiko.ChannelException:
            if not connection.has_served:
                raise self._lost(connection, "sshd opens no session") from None
            return None
        except (paramiko.SSHException, OSError, EOFError) as error:
            connection.transport.close()
            raise self._lost(connection, str(error) or "it hung up") from error
        connection.has_served = True
        return channel

    def _lost(self, connection: _Connection, reason: str) -> ConnectionLostError:
        connection.transport.close()
        return ConnectionLostError(self.name, "nothing: a session was to be opened", reason)


class _Connection:
    """One authenticated connection and the bastions that it goes through."""

    def __init__(
        self, transport: paramiko.Transport, bastions: list[paramiko.Transport]
    ) -> None:
        self.transport = transport
        self.has_served = False
        self.silence_s = _SILENCE_S
        self.opening = threading.Lock()
        self._bastions = bastions
        self._heard = time.monotonic()
        self._beat: threading.Thread | None = None
        self._beat_at = 0.0

    @classmethod
    def open(
        cls, target: SshTarget, known: KnownHosts, ask: Callable[[str], str] | None
    ) -> _Connection:
        """Connect to *target*, bastions first; every key is compared before a login."""
        hops: list[paramiko.Transport] = []
        try:
            for hop in [*_bastions(target), target]:
                hops.append(_connect_hop(hop, hops[-1] if hops else None, known, ask))
        except BaseException:
            for transport in reversed(hops):
                transport.close()
            raise
        return cls(hops[-1], hops[:-1])

    @property
    def is_alive(self) -> bool:
        """Return whether the connection still stands, as far as is known."""
        return self.transport.is_active()

    def heard(self) -> None:
        """Take note that the machine said something."""
        self._heard = time.monotonic()
        self._beat = None

    def check(self) -> None:
        """After a silence ask for a sign of life; close the connection if none comes.

        A paused machine's kernel goes on acknowledging, so only an answer counts.
        """
        now = time.monotonic()
        if self._beat is not None:
            if not self._beat.is_alive():
                self.heard()
            elif now - self._beat_at > 2 * self.silence_s:
                self.transport.close()
        elif now - self._heard > self.silence_s:
            self._beat_at = now
            self._beat = threading.Thread(
                target=self.transport.global_request,
                args=("keepalive@openssh.com",),
                daemon=True,
            )
            self._beat.start()

    def close(self) -> None:
        """Close the connection, then the way to it."""
        for transport in (self.transport, *reversed(self._bastions)):
            transport.close()


class SshWire:
    """One session's channel as a wire."""

    def __init__(self, connection: _Connection, channel: paramiko.Channel) -> None:
        self._connection = connection
        self._channel = channel
        self._ready = select.poll()
        self._ready.register(channel.fileno(), select.POLLIN)

    def send(self, data: bytes | memoryview) -> None:
        """Send all of *data*; the machine's window sets the pace."""
        with _as_os_errors():
            self._channel.sendall(bytes(data))

    def send_end(self) -> None:
        """Say that there is no more input."""
        with _as_os_errors():
            self._channel.shutdown_write()

    def receive(self, wait_s: float) -> tuple[bytes, bytes] | None:
        """Return what came; None when the machine has closed the session."""
        if not self._ready.poll(wait_s * 1000):
            self._connection.check()
            return b"", b""
        try:
            stdout, stderr = self._take()
        except (EOFError, OSError, paramiko.SSHException):
            # What was taken could not be acknowledged: the connection broke just now.
            self._connection.transport.close()
            return None
        if stdout or stderr:
            self._connection.heard()
            return stdout, stderr
        return None

    def _take(self) -> tuple[bytes, bytes]:
        channel = self._channel
        stdout = channel.recv(CHUNK) if channel.recv_ready() else b""
        stderr = channel.recv_stderr(CHUNK) if channel.recv_stderr_ready() else b""
        return stdout, stderr

    def is_lost(self) -> bool:
        """Return whether the connection is gone, not only the session."""
        return not self._connection.is_alive

    def close(self) -> None:
        """Close the session; where the connection broke, it is closed already."""
        with contextlib.suppress(EOFError, OSError, paramiko.SSHException):
            self._channel.close()


@contextlib.contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except (EOFError, paramiko.SSHException) as error:
        raise BrokenPipeError(str(error)) from error


def fetch_host_key(target: SshTarget, known: KnownHosts | None = None) -> HostKey:
    """Return the key that *target* offers; nobody logs in.

    The way to it may lead over bastions, which are logged in to.
    """
    known = known or KnownHosts()
    hops: list[paramiko.Transport] = []
    try:
        for hop in _bastions(target):
            hops.append(_connect_hop(hop, hops[-1] if hops else None, known, None))
        route = find_route(target)
        stream = dial(target, route, hops[-1] if hops else None)
        hops.append(greet(target, route, stream, known))
        return offered_key(hops[-1])
    finally:
        for transport in reversed(hops):
            transport.close()


def _bastions(target: SshTarget) -> list[SshTarget]:
    """Return the way to *target*, outermost first; a bastion may have its own bastion."""
    jump = find_route(target).jump
    if jump is None:
        return []
    hops = parse_jump(jump, target.config)
    return [*_bastions(hops[0]), *hops]


def _connect_hop(
    hop: SshTarget,
    through: paramiko.Transport | None,
    known: KnownHosts,
    ask: Callable[[str], str] | None,
) -> paramiko.Transport:
    route = find_route(hop)
    transport = greet(hop, route, dial(hop, route, through), known)
    try:
        compare_key(hop, known, offered_key(transport))
        log_in(hop, route, transport, ask)
    except BaseException:
        transport.close()
        raise
    keep_alive(transport)
    return transport
