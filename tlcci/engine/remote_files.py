"""The files of another machine: one round trip a question, whatever it is asked about."""

from __future__ import annotations

import contextlib
import errno
import os
import posixpath
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tlcci.engine.files import extract
from tlcci.results.globs import Listing, validate_hint
from tlcci.transport import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tlcci.results.globs import Selection
    from tlcci.transport import Transport
    from tlcci.transport.contract import OnOutput

# Statuses that no tool of these scripts has of its own.
_FAULTS = {
    91: errno.ENOENT,
    92: errno.EISDIR,
    93: errno.EACCES,
    94: errno.EEXIST,
}
_LIMIT_S = 3600.0

_READ = """
[ -e "$path" ] || exit 91
[ -d "$path" ] && exit 92
[ -r "$path" ] || exit 93
exec cat <"$path"
"""
_MAKE = """
make() {
  mkdir -p -- "$1" && return
  while [ "$1" != / ] && [ "$1" != . ] && [ ! -e "$1" ]; do set -- "$(dirname -- "$1")"; done
  [ -d "$1" ] && exit 93
  printf %s "$1"; exit 94
}
"""
_WRITE = """
[ "$private" ] && umask 077
make "$folder" 2>/dev/null
[ -d "$path" ] && exit 92
[ -e "$path" ] && [ ! -w "$path" ] && exit 93
cat >"$path" && if [ "$mode" ]; then chmod "$mode" "$path"; fi
"""
_TOUCH = """
make "$folder"
if [ "$time" ]; then touch -d "@$time" -- "$path"; else touch -- "$path"; fi
"""
# A build may leave folders that not even their owner may write to.
_DELETE = """
rm -rf -- "$path" 2>/dev/null && exit
chmod -R u+rwX -- "$path"; exec rm -rf -- "$path"
"""
_LIST = """
cd "$root" 2>/dev/null || exit 0
set --
for base in $bases; do
  base=$(printf %b "$base"); [ -d "./$base" ] && set -- "$@" "./$base"
done
[ $# -gt 0 ] || exit 0
find -L "$@" $pruned -type f -print0 2>/dev/null
printf '/\\0'
find -L "$@" $pruned -type d -print0 2>/dev/null
exit 0
"""
_PACK = """
cd "$root" || exit 91
case $(tar --version 2>/dev/null) in
*GNU*) exec tar -c $follow --no-recursion --null -T - -f - ;;
*) tr '\\0' '\\n' | tar -c $follow -f - -T - ;;
esac
"""
_UNPACK = """
make "$root"
cd "$root" && tar -x -p -o -f "$archive" && rm -f -- "$archive"
"""


class RemoteFiles:
    """The files of the machine that *transport* leads to; *scratch* is a folder there."""

    def __init__(self, transport: Transport, scratch: str) -> None:
        self._transport = transport
        self._scratch = scratch

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder at *path*."""
        return self._ask('[ -e "$path" ] && echo yes; exit 0', path) == b"yes\n"

    def read(self, path: str) -> bytes:
        """Return what the file holds."""
        return self._ask(_READ, path)

    def write(self, path: str, data: bytes, mode: int | None = None) -> None:
        """Write the file, its folder made if need be."""
        words = {
            "folder": posixpath.dirname(path),
            "mode": "" if mode is None else f"{mode:o}",
            "private": "" if mode is None or mode & 0o077 else "yes",
        }
        self._ask(_MAKE + _WRITE, path, stdin=data, words=words)

    def make_folder(self, path: str, mode: int = 0o777) -> None:
        """Make the folder and those above it."""
        umask = f"umask {0o777 & ~mode:03o}\n" if mode & 0o777 != 0o777 else ""  # noqa: PLR2004
        self._ask(f'{umask}{_MAKE}make "$path"', path)

    def owner(self, path: str) -> str:
        """Return `uid:gid` of the owner of *path*."""
        script = 'facts=$(ls -ldn -- "$path") || exit 91; set -- $facts; echo "$3:$4"'
        return self._ask(script, path).decode().strip()

    def touch(self, path: str, timestamp_ms: int | None) -> None:
        """Make the file or set its time."""
        time = "" if timestamp_ms is None else f"{timestamp_ms / 1000:.3f}"
        words = {"folder": posixpath.dirname(path), "time": time}
        self._ask(_MAKE + _TOUCH, path, words=words)

    def delete(self, path: str) -> None:
        """Delete the file or the whole folder; what is not there is fine."""
        self._ask(_DELETE, path)

    def find(self, root: str, selection: Selection) -> list[str]:
        """Return the files under *root* that *selection* takes, relative and sorted."""
        pruned = "-name .git -prune -o" if selection.passes_over(".git") else ""
        return selection.find(self._list(root, selection.bases, pruned))

    def sizes(self, root: str, paths: Sequence[str]) -> list[int]:
        """Return the size of each of *paths* under *root*."""
        if not paths:
            return []
        script = 'cd "$path" && exec xargs -0 stat -L -c %s --'
        said = self._ask(script, root, stdin=_ended(paths))
        return [int(line) for line in said.split()]

    def hint(self, root: str, patterns: str) -> str | None:
        """Return what Jenkins says of *patterns* that find nothing under *root*."""
        return validate_hint(self._list(root, ("",), ""), patterns)

    def pack(
        self, root: str, paths: Sequence[str], archive: Path, *, follow: bool = False
    ) -> None:
        """Put *paths* under *root* into the tar file *archive* on this machine.

        With *follow*, a link is what it leads to.
        """
        with archive.open("wb") as file:
            self._ask(
                _PACK,
                root,
                stdin=_ended(paths),
                on_stdout=lambda piece: _write_all(file, piece),
                words={"root": root, "follow": "-h" if follow else ""},
            )

    def unpack(self, archive: Path, root: str) -> None:
        """Put what is in the tar file *archive* under *root*, over what is there."""
        with tempfile.NamedTemporaryFile(prefix="tlcci-") as name:
            there = f"{self._scratch}/{Path(name.name).name}.tar"
        self._transport.put(archive, there, mode=0o600)
        self._ask(_MAKE + _UNPACK, root, words={"root": root, "archive": there})

    @contextlib.contextmanager
    def copies(self, root: str, paths: Sequence[str]) -> Iterator[Path]:
        """Have *paths* on this machine for a while: the folder that they are under."""
        with tempfile.TemporaryDirectory(prefix="tlcci-") as folder:
            if paths:
                archive = Path(folder) / "copies.tar"
                self.pack(root, paths, archive, follow=True)
                inside = Path(folder) / "files"
                inside.mkdir()
                extract(archive, inside)
                archive.unlink()
            yield Path(folder) / "files"

    def _list(self, root: str, bases: Sequence[str], pruned: str) -> Listing:
        words = " ".join(_octal(base) if base else "." for base in bases)
        said = self._ask(_LIST, root, words={"root": root, "bases": words, "pruned": pruned})
        files, _, folders = (b"\0" + said).partition(b"\0/\0")
        found = dict.fromkeys(_paths(folders), False) | dict.fromkeys(_paths(files), True)
        return Listing(tuple(found.items()))

    def _ask(
        self,
        script: str,
        path: str,
        *,
        stdin: bytes = b"",
        on_stdout: OnOutput | None = None,
        words: Mapping[str, str] | None = None,
    ) -> bytes:
        """Run *script* with *words* as its variables; raise OSError when it fails."""
        lines = [f"{name}={shlex.quote(value)}" for name, value in (words or {}).items()]
        text = "\n".join([f"path={shlex.quote(path)}", *lines, script])
        command = Command(script=text, stdin=stdin, timeout_s=_LIMIT_S)
        result = self._transport.run(command, on_stdout=on_stdout)
        if result.ok:
            return result.stdout
        number = _FAULTS.get(result.status)
        if number is not None:
            place = result.stdout.decode("utf-8", "surrogateescape") or path
            raise OSError(number, os.strerror(number), place)
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OSError(errno.EIO, said[-1] if said else f"status {result.status}", path)


def _write_all(file: BinaryIO, piece: bytes) -> None:
    file.write(piece)


def _ended(paths: Sequence[str]) -> bytes:
    """Return *paths* as `xargs -0` takes them; none looks like an option."""
    return b"".join(f"./{path}".encode("utf-8", "surrogateescape") + b"\0" for path in paths)


def _paths(said: bytes) -> Iterator[str]:
    for path in said.strip(b"\0").split(b"\0"):
        name = posixpath.normpath(path.decode("utf-8", "surrogateescape"))
        if name != ".":
            yield name


def _octal(text: str) -> str:
    """Return *text* as one word for `printf %b`, whatever is in it."""
    return "".join(f"\\0{byte:03o}" for byte in text.encode("utf-8", "surrogateescape"))
