"""Errors of machines and of the way to them; each class builds its own text.

MachineError                     exit 3
+-- WorkingFolderMissingError    the folder to run in is not there
+-- FileUnreadableError          a file to fetch cannot be read
+-- FileUnwritableError          a file to put cannot be written
+-- TransferDamagedError         what arrived is not what was sent
"""

from __future__ import annotations

from tlcci.errors import MachineError


class WorkingFolderMissingError(MachineError):
    """The folder to run in is not there, or may not be entered."""

    def __init__(self, machine: str, folder: str, reason: str) -> None:
        super().__init__(
            "working-folder-missing",
            f"{machine} cannot run anything in {folder}",
            details=[("reason", reason), ("unchanged", "the command was not started")],
        )


class FileUnreadableError(MachineError):
    """A file to fetch cannot be read."""

    def __init__(self, machine: str, path: str, reason: str) -> None:
        super().__init__(
            "file-unreadable",
            f"{path} on {machine} cannot be read",
            details=[("reason", reason)],
        )


class FileUnwritableError(MachineError):
    """A file to put cannot be written; the old one, if any, is still there."""

    def __init__(self, machine: str, path: str, reason: str) -> None:
        super().__init__(
            "file-unwritable",
            f"{path} on {machine} cannot be written",
            details=[("reason", reason), ("unchanged", "the file that was there, if any")],
        )


class TransferDamagedError(MachineError):
    """What arrived is not what was sent."""

    def __init__(self, machine: str, path: str, sent: str, arrived: str) -> None:
        super().__init__(
            "transfer-damaged",
            f"{path} did not cross the way to {machine} whole",
            details=[("sent", f"sha256 {sent}"), ("arrived", f"sha256 {arrived}")],
        )


class MachineUnreachableError(MachineError):
    """No connection could be made."""

    def __init__(self, machine: str, address: str, reason: str) -> None:
        super().__init__(
            "machine-unreachable",
            f"{machine} does not answer at {address}",
            details=[("reason", reason)],
            next=f"tlcci hosts probe {machine}",
        )


class ConnectionLostError(MachineError):
    """The connection broke while something ran, so its end is unknown."""

    def __init__(
        self, machine: str, command: str, reason: str = "the stream broke off"
    ) -> None:
        super().__init__(
            "connection-lost",
            f"the connection to {machine} was lost",
            details=[("reason", reason), ("running", command)],
            next=f"tlcci hosts probe {machine}",
        )


class LoginShellError(MachineError):
    """The login shell never came to the command."""

    def __init__(self, machine: str, reason: str, said: str) -> None:
        super().__init__(
            "login-shell",
            f"the login shell on {machine} does not run commands",
            details=[("reason", reason), ("it said", said.strip()[-400:] or "nothing")],
            next=f"look at the shell, its start files and ForceCommand on {machine}",
        )


class HostKeyUnknownError(MachineError):
    """No key is on record for a machine; nothing was sent to it."""

    def __init__(self, machine: str, fingerprint: str) -> None:
        super().__init__(
            "host-key-unknown",
            f"{machine} is not known yet",
            details=[
                ("offered", fingerprint),
                ("unchanged", f"nothing was sent to {machine}"),
            ],
            next=f"tlcci hosts trust {machine}",
        )
        self.fingerprint = fingerprint


class HostKeyChangedError(MachineError):
    """A machine shows another key than the one on record; nothing was sent to it."""

    def __init__(self, machine: str, recorded: str, offered: str, record: str) -> None:
        super().__init__(
            "host-key-changed",
            f"{machine} shows another SSH key than the one on record",
            details=[
                ("recorded", f"{recorded} in {record}"),
                ("offered", offered),
                ("unchanged", f"nothing was sent to {machine}"),
            ],
            next=f"after a reinstall: tlcci hosts trust {machine} --rekey",
        )


class LoginRefusedError(MachineError):
    """The machine does not let us in."""

    def __init__(self, machine: str, user: str, tried: list[str], takes: list[str]) -> None:
        super().__init__(
            "login-refused",
            f"{machine} does not let {user} in",
            details=[
                ("tried", "\n".join(tried) or "nothing: no key here, and no agent"),
                ("it takes", ", ".join(takes) or "it did not say"),
            ],
            next=f"ssh-copy-id {user}@{machine}, or name the key in hosts.yaml",
        )


class SshConfigError(MachineError):
    """`~/.ssh/config` cannot be used."""

    def __init__(self, machine: str, path: str, reason: str) -> None:
        super().__init__(
            "ssh-config",
            f"{path} cannot be used for {machine}",
            details=[("reason", reason)],
        )
