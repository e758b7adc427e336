"""From an address to an authenticated SSH connection, the key compared in between."""

from __future__ import annotations

import base64
import contextlib
import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko

from tlcci.transport.errors import (
    HostKeyChangedError,
    HostKeyUnknownError,
    LoginRefusedError,
    MachineUnreachableError,
)
from tlcci.transport.host_keys import HostKey, KnownHosts, parse_host_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tlcci.transport.ssh_target import SshRoute, SshTarget

# What paramiko logs is in our errors; unheard, it would print tracebacks on stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
# A vanished peer is noticed when data stays unacknowledged for this long.
_UNACKNOWLEDGED_MS = 45_000
_KEEPALIVE_S = 15


def dial(
    target: SshTarget, route: SshRoute, through: paramiko.Transport | None
) -> socket.socket:
    """Return a stream to the machine's sshd, itself or *through* a bastion."""
    timeout = route.connect_timeout_s
    try:
        if through is not None:
            place = (route.host, route.port)
            return through.open_channel(  # type: ignore[return-value]
                "direct-tcpip", place, ("127.0.0.1", 0), timeout=timeout
            )
        if route.proxy_command:
            return paramiko.ProxyCommand(route.proxy_command)  # type: ignore[return-value]
        stream = socket.create_connection((route.host, route.port), timeout=timeout)
    except (OSError, paramiko.SSHException) as error:
        raise MachineUnreachableError(target.name, str(route), _why(error)) from error
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(AttributeError, OSError):  # Linux has it
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
    return stream


def greet(
    target: SshTarget, route: SshRoute, stream: socket.socket, known: KnownHosts
) -> paramiko.Transport:
    """Return an encrypted connection on *stream*; the key is not compared yet."""
    transport = paramiko.Transport(stream)
    transport.banner_timeout = route.connect_timeout_s
    transport.handshake_timeout = route.connect_timeout_s
    transport.auth_timeout = route.connect_timeout_s
    _prefer_kinds(transport, [key.kind for key in recorded_keys(target, known)[0]])
    try:
        transport.start_client(timeout=route.connect_timeout_s)
        if not transport.initial_kex_done:  # it returns, whatever its time ends in
            raise TimeoutError
    except (OSError, EOFError, paramiko.SSHException) as error:
        transport.close()
        raise MachineUnreachableError(target.name, str(route), _why(error)) from error
    return transport


def offered_key(transport: paramiko.Transport) -> HostKey:
    """Return the key that the machine proved to have."""
    key = transport.get_remote_server_key()
    return HostKey(key.get_name(), key.get_base64())


def recorded_keys(target: SshTarget, known: KnownHosts) -> tuple[list[HostKey], str]:
    """Return the keys on record for *target* and where they are on record."""
    pinned = [key for line in target.host_keys if (key := parse_host_key(line))]
    if target.host_keys:
        return pinned, "hosts.yaml"
    return known.keys_of(target.name), str(known.path)


def compare_key(target: SshTarget, known: KnownHosts, offered: HostKey) -> None:
    """Raise unless the *offered* key is on record; nothing was said to the machine yet."""
    recorded, record = recorded_keys(target, known)
    if offered in recorded:
        return
    if not recorded and not target.host_keys:
        raise HostKeyUnknownError(target.name, f"{offered.kind} {offered.fingerprint}")
    prints = ", ".join(key.fingerprint for key in recorded) or "nothing that is a key"
    raise HostKeyChangedError(target.name, prints, offered.fingerprint, record)


def log_in(
    target: SshTarget,
    route: SshRoute,
    transport: paramiko.Transport,
    ask: Callable[[str], str] | None,
) -> None:
    """Authenticate with named keys, the agent's and the usual files, then a password.

    A password is used only where *ask* can ask a person for it.
    """
    tried: list[str] = []
    if _offer_keys(route, transport, tried):
        return
    if ask is not None and transport.is_active():
        try:
            transport.auth_password(route.user, ask(f"{route.user}@{target.name}"))
        except paramiko.SSHException as error:
            tried.append(f"password: {_refusal(error)}")
        else:
            return
    raise LoginRefusedError(target.name, route.user, tried, _methods(route, transport))


def _offer_keys(route: SshRoute, transport: paramiko.Transport, tried: list[str]) -> bool:
    for name, key in _keys(route, tried):
        try:
            transport.auth_publickey(route.user, key)
        except paramiko.SSHException as error:
            tried.append(f"{name}: {_refusal(error)}")
        except (EOFError, OSError) as error:
            tried.append(f"{name}: {_why(error)}")
        else:
            return True
        if not transport.is_active():  # sshd hangs up after MaxAuthTries keys
            break
    return False


def _refusal(error: paramiko.SSHException) -> str:
    if isinstance(error, paramiko.BadAuthenticationType):
        return "this way of logging in is not taken"
    if isinstance(error, paramiko.AuthenticationException) and "timeout" not in str(error):
        return "refused"
    return _why(error)


def _methods(route: SshRoute, transport: paramiko.Transport) -> list[str]:
    try:
        transport.auth_none(route.user)
    except paramiko.BadAuthenticationType as error:
        return list(error.allowed_types)
    except (paramiko.SSHException, EOFError, OSError):
        return []
    return ["nothing"]


def _keys(route: SshRoute, tried: list[str]) -> Iterator[tuple[str, paramiko.PKey]]:
    """Give each key once; what cannot be read is noted in *tried*."""
    files = route.identity_files or tuple(
        str(Path.home() / ".ssh" / name) for name in _DEFAULT_KEYS
    )
    seen: set[bytes] = set()
    loaded: list[tuple[str, paramiko.PKey]] = []
    for name in files:
        if not Path(name).exists():
            if route.identity_files:
                tried.append(f"{name}: no such file")
            continue
        try:
            loaded.append((name, paramiko.PKey.from_path(name)))
        except (paramiko.SSHException, ValueError, OSError, TypeError) as error:
            tried.append(f"{name}: {_why(error)}")
    wanted = {_public_part(name) for name in files}
    held = [("agent", key) for key in _agent_keys(route)]
    named = [row for row in held if row[1].asbytes() in wanted]
    others = [] if route.only_identities else held
    order = [*loaded, *named, *others] if route.identity_files else [*others, *loaded]
    for name, key in order:
        if key.asbytes() not in seen:
            seen.add(key.asbytes())
            yield name, key


def _agent_keys(route: SshRoute) -> tuple[paramiko.PKey, ...]:
    if route.agent_socket == "none" or not os.environ.get("SSH_AUTH_SOCK"):
        return ()
    try:
        return tuple(paramiko.Agent().get_keys())
    except (paramiko.SSHException, OSError):
        return ()


def _public_part(identity: str) -> bytes | None:
    """Return the key in `IDENTITY.pub`, by which an agent's key is recognised."""
    with contextlib.suppress(OSError, IndexError, UnicodeDecodeError):
        key = parse_host_key(Path(f"{identity}.pub").read_text())
        if key is not None:
            return base64.b64decode(key.data)
    return None


def _prefer_kinds(transport: paramiko.Transport, known: list[str]) -> None:
    """Ask for the kind of key that is on record, so that another kind is no change."""
    options = transport.get_security_options()
    wanted = {name for kind in known for name in _signatures(kind) if name in options.key_types}
    if wanted:
        rest = [name for name in options.key_types if name not in wanted]
        options.key_types = (*sorted(wanted), *rest)


def _signatures(kind: str) -> tuple[str, ...]:
    return ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)


def keep_alive(transport: paramiko.Transport) -> None:
    """Send a little on *transport* when nothing else is sent, for whoever drops the idle."""
    transport.set_keepalive(_KEEPALIVE_S)


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, EOFError):
        return "it hung up"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
