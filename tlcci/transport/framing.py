"""How a command crosses to a POSIX shell elsewhere, and how its output is framed.

What a person's login shell is asked to parse is one constant line without anything
that bash, dash, fish or csh read differently. The command itself, with its environment,
goes to standard input as one line of text: no argument of any process shows it, no
length limit of arguments holds, and no quoting rule but POSIX's applies.

The shell marks the first and the last byte of output with a number that nobody else
knows. What a login script prints comes before the first mark and is kept apart; what a
forgotten background process prints comes after the last one and is not waited for.
"""

from __future__ import annotations

import re
import secrets
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlcci.transport.contract import Command

# `read` takes single bytes from a pipe, so what follows the line is the command's input.
READ_LINE = 'IFS= read -r _tlcci; eval "$(printf %b "$_tlcci")"'
BOOTSTRAP = f"exec /bin/sh -c '{READ_LINE}'"

# A script goes as an argument, as in a Jenkins agent, unless the kernel would refuse it
# (128 KiB), and then through a file descriptor that no program of today looks at.
_LONGEST_ARGUMENT = 100_000

_SHELL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LONGEST_MARK = 80


def new_mark() -> str:
    """Return a number that no output contains by chance."""
    return secrets.token_hex(12)


def encode_line(script: str) -> bytes:
    """Return *script* as the one line that `BOOTSTRAP` reads."""
    return (
        script.replace("\\", "\\\\").replace("\n", "\\n").encode("utf-8", "surrogateescape")
        + b"\n"
    )


def wrap_command(command: Command, mark: str) -> bytes:
    """Return the line that runs *command* between two marks.

    The wrapper outlives TERM to report how the command took it. It ends what the
    command left behind in the group, unless the group was told to end and so has its
    grace, or the command wants its background kept.
    """
    end = f"printf '\\001%s %s %s\\n' {mark} end"
    lines = [
        "_tlcci_told=; trap '_tlcci_told=1' TERM; trap : HUP INT",
        f"_tlcci_group=$$; {kill_group('0', '$$')} || _tlcci_group=-",
        *_enter_folder(command, mark),
        *[f"export {name}={shlex.quote(value)}" for name, value in _plain(command)],
        f"printf '\\001%s %s %s\\n' {mark} start \"$_tlcci_group\"",
        # The shell's own remarks ("Terminated") are no output of the command.
        "exec 3>&1" if command.merge else f"exec 3>&2; printf '\\001%s start\\n' {mark} >&3",
        "exec 2>/dev/null",
        f"({_body(command, mark)}) 2>&3 3>&-",
        f'_tlcci_status=$?; {end} "$_tlcci_status"',
        "" if command.merge else f"{end} 0 >&3",
    ]
    if not command.keep_background:
        lines.append(f"case $_tlcci_told$_tlcci_group in $$) {kill_group('KILL', '$$')};; esac")
    return encode_line("\n".join(lines) + "\n")


def kill_group(signal: str, group: str) -> str:
    """Return shell text that sends *signal* to the process group *group*."""
    # dash wants the two dashes, BusyBox does not know them.
    return f"{{ kill -s {signal} -- -{group} || kill -{signal} -{group}; }} 2>/dev/null"


def _enter_folder(command: Command, mark: str) -> list[str]:
    if command.cwd is None:
        return []
    folder = shlex.quote(command.cwd)
    return [
        f"_tlcci_why=$(cd {folder} 2>&1 >/dev/null) || {{",
        f"  printf '\\001%s folder\\n%s\\n' {mark} \"$_tlcci_why\"; exit 0",
        "}",
        f"cd {folder} >/dev/null",
    ]


def _plain(command: Command) -> list[tuple[str, str]]:
    return [(name, value) for name, value in command.env.items() if _SHELL_NAME.match(name)]


def _body(command: Command, mark: str) -> str:
    # A name that no shell can export is given by `env`, which takes any.
    odd = [f"{k}={v}" for k, v in command.env.items() if not _SHELL_NAME.match(k)]
    words = ["env", *odd] if odd else []
    if command.script is None:
        return "exec " + shlex.join([*words, *command.argv])
    if len(command.script.encode("utf-8", "surrogateescape")) <= _LONGEST_ARGUMENT:
        return "exec " + shlex.join([*words, "/bin/sh", "-c", command.script])
    shell = shlex.join([*words, "/bin/sh", "/dev/fd/9"])
    return f"exec {shell} 9<<'{mark}'\n{command.script}\n{mark}\n"


@dataclass
class Framed:
    """One output stream, cut at its marks as it comes in pieces.

    *noise* is what came before the first mark. *word* is what the first mark said
    (the process group, or `folder` with the reason as the rest), *status* what the
    last one did.
    """

    mark: str
    noise: bytes = b""
    word: str | None = None
    status: int | None = None
    _held: bytes = b""

    @property
    def is_started(self) -> bool:
        """Return whether the first mark has come."""
        return self.word is not None

    def feed(self, piece: bytes) -> bytes:
        """Take the next *piece*; return what of the command's own output is certain."""
        if self.status is not None:
            return b""
        data = self._held + piece
        self._held = b""
        if not self.is_started:
            data = self._start(data)
        return self._cut(data) if self.is_started else b""

    def rest(self) -> bytes:
        """Return what was held back, once the stream is over without its last mark."""
        if not self.is_started:
            return b""
        held, self._held = self._held, b""
        return held

    def said(self) -> bytes:
        """Return what came so far that is not of the command."""
        return self.noise if self.is_started else self._held

    def _start(self, data: bytes) -> bytes:
        at = data.find(b"\x01" + self.mark.encode())
        end = data.find(b"\n", at) if at >= 0 else -1
        if end < 0:
            self._held = data
            return b""
        self.noise = data[:at]
        self.word = data[at:end].split(b" ", 1)[1].decode()
        return data[end + 1 :]

    def _cut(self, data: bytes) -> bytes:
        at = data.find(b"\x01" + self.mark.encode() + b" end ")
        if at >= 0 and (end := data.find(b"\n", at)) >= 0:
            self.status = int(data[at:end].rsplit(b" ", 1)[1])
            return data[:at]
        # The last bytes may be the beginning of the mark.
        if at < 0:
            at = data.find(b"\x01", max(0, len(data) - _LONGEST_MARK))
        if at < 0:
            return data
        self._held = data[at:]
        return data[:at]
