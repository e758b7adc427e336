"""This machine as a transport: processes in a session of their own, files by rename."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tlcci.transport.contract import Cancellation, Command, Ended, OnOutput, Result
from tlcci.transport.errors import (
    FileUnreadableError,
    FileUnwritableError,
    WorkingFolderMissingError,
)
from tlcci.transport.hashing import copy_hashed, open_source
from tlcci.transport.process import ProcessGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

# Linux takes one argument of at most 128 KiB (MAX_ARG_STRLEN), ending zero included.
_LONGEST_ARGUMENT = 131_071


class LocalTransport:
    """The machine that tlcci itself runs on."""

    def __init__(
        self, name: str = "localhost", environment: Mapping[str, str] | None = None
    ) -> None:
        """Run commands with *environment* as their own (default: this process's)."""
        self._name = name
        self._environment = environment

    @property
    def name(self) -> str:
        """The machine's name as a person knows it, for messages."""
        return self._name

    def run(
        self,
        command: Command,
        *,
        on_stdout: OnOutput | None = None,
        on_stderr: OnOutput | None = None,
        cancel: Cancellation | None = None,
    ) -> Result:
        """Run *command* in a session of its own (see `Transport.run`)."""
        started = time.monotonic()
        kept: tuple[list[bytes], list[bytes]] = ([], [])
        sinks = (on_stdout or kept[0].append, on_stderr or kept[1].append)
        cancel = cancel or Cancellation()
        if cancel.is_asked:
            return Result(143, "TERM", Ended.CANCELLED, 0.0)
        try:
            process = self._start(command)
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            return self._unstarted(command, error, sinks[0 if command.merge else 1], kept)
        end = ProcessGroup(process, command, sinks, cancel).hold()
        status, name = _status(process.returncode)
        return Result(
            status,
            name,
            end,
            time.monotonic() - started,
            b"".join(kept[0]),
            b"".join(kept[1]),
            process.pid,
        )

    def put(self, source: bytes | Path | BinaryIO, target: str, *, mode: int = 0o644) -> str:
        """Write *target* beside its place and move it there (see `Transport.put`)."""
        path = Path(target)
        temporary: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with (
                open_source(source) as reader,
                tempfile.NamedTemporaryFile(
                    dir=path.parent, prefix=f".{path.name}.", delete=False
                ) as writer,
            ):
                temporary = Path(writer.name)
                digest = copy_hashed(reader, writer)
                os.fchmod(writer.fileno(), mode)
            temporary.replace(path)
        except OSError as error:
            raise FileUnwritableError(self.name, target, _reason(error)) from error
        else:
            temporary = None
        finally:
            if temporary:
                temporary.unlink(missing_ok=True)
        return digest

    def get(self, source: str, target: BinaryIO) -> str:
        """Copy *source* into *target* (see `Transport.get`)."""
        try:
            with Path(source).open("rb") as reader:
                return copy_hashed(reader, target)
        except OSError as error:
            raise FileUnreadableError(self.name, source, _reason(error)) from error

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _start(self, command: Command) -> subprocess.Popen[bytes]:
        environment = {**(os.environ if self._environment is None else self._environment)}
        environment.update(command.env)
        argv, script_file = list(command.argv), None
        if command.script is not None:
            argv = ["/bin/sh", "-c", command.script]
            if len(command.script.encode()) > _LONGEST_ARGUMENT and sys.platform == "linux":
                script_file = _file_in_memory(command.script)
                argv = ["/bin/sh", f"/dev/fd/{script_file}"]
        try:
            return subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if command.merge else subprocess.PIPE,
                cwd=command.cwd,
                env=environment,
                start_new_session=True,
                bufsize=0,
                pass_fds=() if script_file is None else (script_file,),
            )
        finally:
            if script_file is not None:
                os.close(script_file)

    def _unstarted(
        self, command: Command, error: OSError, sink: OnOutput, kept: tuple[list[bytes], ...]
    ) -> Result:
        """Answer as a shell would for a program that is missing or may not be run."""
        if command.cwd is not None and error.filename == command.cwd:
            raise WorkingFolderMissingError(self.name, command.cwd, _reason(error)) from error
        sink(f"{command.argv[0]}: {_reason(error)}\n".encode())
        status = 126 if isinstance(error, PermissionError) else 127
        stdout, stderr = (b"".join(chunks) for chunks in kept)
        return Result(status, None, Ended.EXITED, 0.0, stdout, stderr)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _status(returncode: int) -> tuple[int, str | None]:
    """Return the status as a shell shows it, and the signal if there was one."""
    if returncode >= 0:
        return returncode, None
    return 128 - returncode, signal.Signals(-returncode).name.removeprefix("SIG")


def _file_in_memory(text: str) -> int:
    descriptor = os.memfd_create("script")
    with os.fdopen(os.dup(descriptor), "wb") as writer:
        writer.write(text.encode())
    return descriptor
