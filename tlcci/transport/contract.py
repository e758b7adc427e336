"""What every transport promises: one command in, one result out, three verbs.

`tests/contract/test_transport.py` is this promise in full, run over each transport.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1 << 20  # bytes: the most that one call of an output callback is given

OnOutput = Callable[[bytes], None]


class Ended(enum.Enum):
    """Why a command is over."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Command:
    """What to run: *argv* or, by `Command.shell`, the text of a POSIX shell script.

    *env* is laid over the machine's own environment. With *merge*, standard error
    goes where standard output goes, in the order written. After *timeout_s* the whole
    process group gets TERM, and KILL *grace_s* later. With *keep_background*, processes
    that the command left behind in its group go on, as Jenkins lets them between two
    `sh` steps; without it they are killed when the command itself ends.
    """

    argv: tuple[str, ...] = ()
    script: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    stdin: bytes = b""
    merge: bool = False
    timeout_s: float | None = None
    grace_s: float = 10.0
    keep_background: bool = False

    def __post_init__(self) -> None:
        """Refuse a command that is neither words nor text, or both."""
        if bool(self.argv) == (self.script is not None):
            message = "a command is either argv or a script"
            raise ValueError(message)

    def __str__(self) -> str:
        """Return the first words, for messages; never the environment or stdin."""
        if self.script is not None:
            lines = self.script.strip().splitlines()
            return f"sh: {lines[0][:60] if lines else ''}"
        return " ".join(self.argv)[:80]


@dataclass(frozen=True)
class Result:
    """How a command ended.

    *status* is what a shell would show in `$?`: 127 for a missing program, 126 for
    one that may not be run, 128 and the number for one that died of a signal. *signal*
    names it (`"TERM"`) where the transport can tell that from an exit with its number:
    always here, elsewhere only after KILL. *stdout* and *stderr* hold what no callback
    took. *group* is the process group on the machine, 0 if none was started. *noise* is
    what a login shell printed before the command began.
    """

    status: int
    signal: str | None
    ended: Ended
    duration_s: float
    stdout: bytes = b""
    stderr: bytes = b""
    group: int = 0
    noise: bytes = b""

    @property
    def ok(self) -> bool:
        """Return whether the command ended by itself with status 0."""
        return self.status == 0 and self.ended is Ended.EXITED

    @property
    def text(self) -> str:
        """Return standard output as text, without the last newline."""
        return self.stdout.decode("utf-8", "replace").removesuffix("\n")


class Cancellation:
    """A handle to end a running command from another thread.

    Used before the command starts, it keeps the command from starting. Used after
    the end, it does nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._send: Callable[[str], None] | None = None
        self._asked: str | None = None

    @property
    def is_asked(self) -> bool:
        """Return whether someone has asked for the end."""
        return self._asked is not None

    def terminate(self) -> None:
        """Send TERM to the whole process group, wherever it runs."""
        self._signal("TERM")

    def kill(self) -> None:
        """Send KILL to the whole process group, wherever it runs."""
        self._signal("KILL")

    def connect(self, send: Callable[[str], None]) -> bool:
        """Let a transport receive the signals; False if the end was asked before."""
        with self._lock:
            self._send = send
            return self._asked is None

    def disconnect(self) -> None:
        """Return once no signal is on its way; later ones go nowhere.

        The transport calls this before it reaps the process, so that a late signal
        cannot reach a stranger with the same number.
        """
        with self._lock:
            self._send = None

    def _signal(self, name: str) -> None:
        with self._lock:
            self._asked = name
            if self._send:
                self._send(name)


class Transport(Protocol):
    """Three verbs on one machine; every method may be called from several threads."""

    @property
    def name(self) -> str:
        """The machine's name as a person knows it, for messages."""

    def run(
        self,
        command: Command,
        *,
        on_stdout: OnOutput | None = None,
        on_stderr: OnOutput | None = None,
        cancel: Cancellation | None = None,
    ) -> Result:
        """Run *command* to its end, handing its output over as it comes.

        A status other than 0 is a result. A MachineError says that the command could
        not be run or that its end is unknown (no connection, no such folder).
        """

    def put(self, source: bytes | Path | BinaryIO, target: str, *, mode: int = 0o644) -> str:
        """Write *target* in one piece with *mode*; return the sha256 that was compared.

        The folder is made if need be. A reader sees the old file or the new one, never
        a part; a failure leaves the old one.
        """

    def get(self, source: str, target: BinaryIO) -> str:
        """Copy the file *source* into *target*; return the sha256 that was compared."""

    def close(self) -> None:
        """Let go of the connection; closing twice is fine."""
