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
