"""The kinds of change on a machine, each as POSIX shell: is it so, note, do, undo.

`holds` asks whether a change is needed. `note` writes into `$entry` what undoing will
need, before anything is changed. `undo` stands alone, as it is kept on the machine and
may be run by another version: it must do for a change that was made, half made or not
begun, ends with 4 where it kept what somebody changed since, and says what.
"""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Change:
    """One change; *name* is its function's name, *title* what a person reads."""

    name: str
    title: str
    holds: str
    note: str
    do: str
    undo: str

    @property
    def digest(self) -> str:
        """What tells this change from one of the same name with other values."""
        return hashlib.sha256((self.do + self.undo).encode()).hexdigest()[:16]


_STATE = r"""state_of() {
  printf '%s %s' "$(sha256sum <"$1" | cut -c1-64)" "$(stat -c %a "$1")"
}
"""
_FOLDER_NOTE = r"""at=$path
while [ ! -d "$at" ]; do printf '%s\n' "$at"; at=$(dirname -- "$at"); done >"$entry/made"
"""
_FOLDER_DO = r"""$su mkdir -p -- "$path" && $su chmod "$mode" -- "$path"
[ -z "$su" ] || while IFS= read -r made; do
  $su chown "$(id -u):$(id -g)" "$made"
done <"$entry/made"
"""
_FOLDER_UNDO = r"""status=0
while IFS= read -r made; do
  [ -d "$made" ] || continue
  $su rmdir -- "$made" 2>/dev/null && continue
  echo "$made has what is not ours: $(ls -A "$made" | head -n 5 | tr '\n' ' ')"; status=4; break
done <"$entry/made"
exit $status
"""
_ROOMS_UNDO = r"""while IFS= read -r made; do
  rm -rf -- "$path/$made" || exit 1
done <"$entry/made"
exit 0
"""
_TEXT_DO = r"""cp -p -- "$entry/wanted" "$path.tlcci-new" && mv -f -- "$path.tlcci-new" "$path"
"""
_TEXT_NOTE_END = r"""state_of "$entry/wanted" >"$entry/after"
"""
_LINES_NOTE = r"""if [ -e "$path" ]; then
  cp -p -- "$path" "$entry/backup" && cp -p -- "$path" "$entry/wanted" || exit 1
  [ -z "$(tail -c 1 "$path")" ] || echo >>"$entry/wanted"
else
  : >"$entry/wanted" && chmod "$mode" "$entry/wanted"
fi
printf '%s\n' "$lines" | while IFS= read -r line; do
  grep -qxF -e "$line" "$path" 2>/dev/null || printf '%s\n' "$line"
done >"$entry/lines"
cat "$entry/lines" >>"$entry/wanted"
"""
_FILE_NOTE = r"""[ ! -e "$path" ] || cp -p -- "$path" "$entry/backup" || exit 1
printf '%s\n' "$lines" >"$entry/wanted" && chmod "$mode" "$entry/wanted"
"""
# What nobody touched since goes back byte for byte; of the rest only what is ours goes.
_TEXT_UNDO = r"""rm -f -- "$path.tlcci-new"
if [ ! -e "$path" ]; then
  [ ! -e "$entry/backup" ] && exit 0
  echo "$path was removed since, and stays so"; exit 4
fi
is=$(state_of "$path")
if [ "$is" = "$(cat "$entry/after")" ]; then
  [ -e "$entry/backup" ] || { rm -f -- "$path"; exit; }
  cp -p -- "$entry/backup" "$path.tlcci-new" && mv -f -- "$path.tlcci-new" "$path" || exit 1
  [ "$(state_of "$path")" = "$(state_of "$entry/backup")" ]; exit
fi
[ -e "$entry/backup" ] && [ "$is" = "$(state_of "$entry/backup")" ] && exit 0
"""
_LINES_KEPT = r"""grep -vxF -f "$entry/lines" "$path" >"$entry/theirs"; [ $? -le 1 ] || exit 1
cat "$entry/theirs" >"$path" || exit 1
echo "$path was changed since: only our lines were taken out"; exit 4
"""
_FILE_KEPT = r"""echo "$path was changed since, and stays"; exit 4
"""
_TREE = r"""tree_of() {
  (cd "$1" && find . -type f -exec sha256sum {} + | sort | sha256sum | cut -c1-64)
}
"""
_JAVA_DO = r"""rm -rf -- "$path.tlcci-new" "$path.tar" && mkdir -- "$path.tlcci-new" || exit 1
cat <&7 >"$path.tar" || exit 1
[ "$(sha256sum <"$path.tar" | cut -c1-64)" = "$sum" ] || {
  echo "the archive came damaged"; exit 1
}
tar -xf "$path.tar" -C "$path.tlcci-new" && rm -f -- "$path.tar" || exit 1
top=$path.tlcci-new
[ -x "$top/bin/java" ] || for top in "$path.tlcci-new"/*/; do break; done
top=${top%/}
said=$("$top/bin/java" -version 2>&1) || { echo "its Java does not run here: $said"; exit 1; }
tree_of "$top" >"$entry/after" && mv -- "$top" "$path" || exit 1
rm -rf -- "$path.tlcci-new"
"""
_JAVA_UNDO = r"""rm -rf -- "$path.tlcci-new" "$path.tar"
[ -d "$path" ] || exit 0
if [ "$(tree_of "$path")" = "$(cat "$entry/after")" ]; then rm -rf -- "$path"; exit; fi
echo "$path was changed since, and stays"; exit 4
"""


def folder(name: str, path: str, *, mode: str = "755", sudo: str = "") -> Change:
    """Make the folder *path* and those above it that are not there."""
    head = _words(path=path, mode=mode, su=sudo)
    return Change(
        name,
        f"folder {path}",
        head + '[ -d "$path" ]\n',
        head + _FOLDER_NOTE,
        head + _FOLDER_DO,
        head + _FOLDER_UNDO,
    )


def rooms(name: str, path: str, names: Sequence[str]) -> Change:
    """Make the folders *names* in *path*, which are the CI's with all that comes into them."""
    head = _words(path=path, names=" ".join(names))
    missing = 'for one in $names; do [ -d "$path/$one" ] || printf "%s\\n" "$one"; done'
    return Change(
        name,
        f"folders {' '.join(names)} in {path}",
        head + f'[ -z "$({missing})" ]\n',
        head + missing + ' >"$entry/made"\n',
        head + 'for one in $names; do mkdir -p -- "$path/$one" || exit 1; done\n',
        head + _ROOMS_UNDO,
    )


def lines(name: str, path: str, content: Sequence[str], *, mode: str = "600") -> Change:
    """Add lines to a file that a person may have, and may go on to change."""
    head = _STATE + _words(path=path, mode=mode, lines="\n".join(content)) + _FOLLOW
    holds = "".join(f'grep -qxF -e {shlex.quote(line)} "$path" || exit 1\n' for line in content)
    return Change(
        name,
        f"{len(content)} line{'s'[: len(content) > 1]} in {path}",
        head + holds,
        head + _LINES_NOTE + _TEXT_NOTE_END,
        head + _TEXT_DO,
        head + _TEXT_UNDO + _LINES_KEPT,
    )


def file(name: str, path: str, content: Sequence[str], *, mode: str = "644") -> Change:
    """Write a file that is all ours."""
    head = _STATE + _words(path=path, mode=mode, lines="\n".join(content)) + _FOLLOW
    return Change(
        name,
        f"file {path}",
        head + '[ "$(cat "$path")" = "$lines" ]\n',
        head + _FILE_NOTE + _TEXT_NOTE_END,
        head + _TEXT_DO,
        head + _TEXT_UNDO + _FILE_KEPT,
    )


def java(name: str, path: str, sha256: str) -> Change:
    """Unpack the archive that comes on standard input as the Java runtime *path*."""
    head = _TREE + _words(path=path, sum=sha256)
    return Change(
        name,
        f"Java runtime {path}",
        head + '[ -x "$path/bin/java" ]\n',
        head + ":\n",
        head + _JAVA_DO,
        head + _JAVA_UNDO,
    )


def group(name: str, user: str, joined: str, *, sudo: str = "") -> Change:
    """Take *user* into the group *joined*; sessions from now on have it."""
    head = _words(user=user, group=joined, su=sudo)
    member = 'id -nG "$user" | tr " " "\\n" | grep -qxF -e "$group"\n'
    return Change(
        name,
        f"{user} in group {joined}",
        head + member,
        head + ":\n",
        head + '$su usermod -aG "$group" "$user"\n',
        head + f'{member[:-1]} || exit 0\n$su gpasswd -d "$user" "$group"\n',
    )


# Dotfiles are often links into a repository: the file behind the link is what changes.
_FOLLOW = 'path=$(readlink -f -- "$path" || printf %s "$path")\n'


def _words(**words: str) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in words.items())
