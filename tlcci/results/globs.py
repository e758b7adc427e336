"""Choosing files by Ant's patterns, as `archiveArtifacts`, `stash` and `junit` do.

A list of patterns is split at commas. In a pattern `*` and `?` stay inside a name, `**`
as a whole name stands for any number of folders, and a `/` at the end for `/**`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What Ant leaves out unless told otherwise: what editors and version control put there.
DEFAULT_EXCLUDES: Final = (
    "**/*~",
    "**/#*#",
    "**/.#*",
    "**/%*%",
    "**/._*",
    "**/CVS",
    "**/CVS/**",
    "**/.cvsignore",
    "**/SCCS",
    "**/SCCS/**",
    "**/vssver.scc",
    "**/.svn",
    "**/.svn/**",
    "**/.git",
    "**/.git/**",
    "**/.gitattributes",
    "**/.gitignore",
    "**/.gitmodules",
    "**/.hg",
    "**/.hg/**",
    "**/.hgignore",
    "**/.hgsub",
    "**/.hgsubstate",
    "**/.hgtags",
    "**/.bzr",
    "**/.bzr/**",
    "**/.bzrignore",
    "**/.DS_Store",
)


class Pattern:
    """One Ant pattern, matched against paths relative to a folder, with `/`."""

    def __init__(self, text: str, *, is_case_sensitive: bool = True) -> None:
        text = text.replace("\\", "/")
        if text.endswith("/"):
            text += "**"
        self._is_absolute = text.startswith("/")
        names = [name for name in text.split("/") if name]
        self.base = "" if not is_case_sensitive else "/".join(_until_special(names[:-1]))
        self._flags = 0 if is_case_sensitive else re.IGNORECASE
        # A path is matched with a "/" after each of its names, so `**` is a repetition.
        self._whole = re.compile("".join(map(_expression, names)), self._flags | re.DOTALL)
        self._leading = [re.compile(_expression(n), self._flags) for n in _until_deep(names)]
        self._is_deep = "**" in names
        self._covers_below = bool(names) and names[-1] == "**"

    def matches(self, path: str) -> bool:
        """Say whether *path* (`""` is the folder itself) is meant by the pattern."""
        if self._is_absolute:
            return False
        return self._whole.fullmatch(path + "/" if path else "") is not None

    def may_match_below(self, folder: str) -> bool:
        """Say whether something in *folder* could be meant; False is certain."""
        if self._is_absolute:
            return False
        names = folder.split("/") if folder else []
        if len(names) >= len(self._leading) and not self._is_deep:
            return False
        return all(
            expression.fullmatch(name + "/")
            for expression, name in zip(self._leading, names, strict=False)
        )

    def covers(self, folder: str) -> bool:
        """Say whether all in *folder* is meant, so that nobody need look into it."""
        return self._covers_below and self.matches(folder)


@dataclass(frozen=True)
class Selection:
    """Files that match one of *includes* and none of *excludes*."""

    includes: tuple[Pattern, ...]
    excludes: tuple[Pattern, ...] = ()

    @classmethod
    def of(
        cls,
        includes: str,
        excludes: str | None = None,
        *,
        default_excludes: bool = True,
        is_case_sensitive: bool = True,
    ) -> Selection:
        """Return the selection that lists of patterns describe."""
        excluded = [*split(excludes or ""), *(DEFAULT_EXCLUDES if default_excludes else ())]
        return cls(
            tuple(Pattern(p, is_case_sensitive=is_case_sensitive) for p in split(includes)),
            tuple(Pattern(p, is_case_sensitive=is_case_sensitive) for p in excluded),
        )

    def matches(self, path: str) -> bool:
        """Say whether *path*, relative and with `/`, is selected."""
        return any(pattern.matches(path) for pattern in self.includes) and not any(
            pattern.matches(path) for pattern in self.excludes
        )

    def find(self, root: Path | Listing) -> list[str]:
        """Return the files below *root* that are selected, sorted, with `/`.

        Symbolic links are followed; one that leads nowhere or back up is passed over.
        """
        return sorted(
            path for path, is_file in _walk(root, self) if is_file and self.matches(path)
        )

    @property
    def bases(self) -> tuple[str, ...]:
        """Return the folders that hold all that is selected; `""` is the root."""
        found = sorted({pattern.base for pattern in self.includes})
        return ("",) if "" in found else tuple(found)

    def passes_over(self, name: str) -> bool:
        """Say whether no folder called *name* is looked into, wherever it is."""
        return any(p.covers(name) and p.covers(f"a/b/{name}") for p in self.excludes)

    def walks_into(self, folder: str) -> bool:
        """Say whether *folder* may hold something that is selected."""
        return any(p.may_match_below(folder) for p in self.includes) and not any(
            p.covers(folder) for p in self.excludes
        )


@dataclass(frozen=True)
class Listing:
    """A folder elsewhere, as it was listed: each path below it and whether it is a file."""

    entries: tuple[tuple[str, bool], ...]


def split(patterns: str) -> list[str]:
    """Return the patterns of a list that is split at commas."""
    return [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]


def match(
    path: str, includes: str, excludes: str | None = None, *, default_excludes: bool = True
) -> bool:
    """Say whether *path*, relative and with `/`, is selected by the patterns."""
    return Selection.of(includes, excludes, default_excludes=default_excludes).matches(path)


def find(
    root: Path | Listing,
    includes: str,
    excludes: str | None = None,
    *,
    default_excludes: bool = True,
    is_case_sensitive: bool = True,
) -> list[str]:
    """Return the files below *root* that the patterns select, sorted, with `/`.

    Symbolic links are followed; one that leads nowhere or back up is passed over.
    """
    selection = Selection.of(
        includes,
        excludes,
        default_excludes=default_excludes,
        is_case_sensitive=is_case_sensitive,
    )
    return selection.find(root)


def validate_hint(root: Path | Listing, patterns: str) -> str | None:
    """Return what Jenkins says of *patterns* that find nothing, or None when all do.

    Called when a step found no file; only the first pattern at fault is told.
    """
    for pattern in split(patterns):
        if not _has_match(root, pattern):
            return _hint(root, pattern)
    return None


def _hint(root: Path | Listing, pattern: str) -> str:
    nothing = f"‘{pattern}’ doesn’t match anything"
    if _has_match(root, pattern, is_case_sensitive=False):
        return (
            f"{nothing} because it is treated case sensitively. "
            "You can deactivate case sensitivity to get matches"
        )
    if " " in pattern and all(_has_match(root, part) for part in pattern.split()):
        return (
            "Whitespace can no longer be used as the separator. "
            "Please Use ‘,’ as the separator instead."
        )
    better = _shorter(root, pattern) or _longer(root, pattern)
    if better is not None:
        return f"{nothing}, but ‘{better}’ does. Perhaps that’s what you mean?"
    return nothing + _how_far(root, pattern)


def _shorter(root: Path | Listing, pattern: str) -> str | None:
    """Return *pattern* without leading folders, once it finds something."""
    while (at := _separator(pattern)) >= 0:
        pattern = pattern[at + 1 :]
        if _has_match(root, pattern):
            return pattern
    return None


def _longer(root: Path | Listing, pattern: str) -> str | None:
    """Return *pattern* with the folders before it under which it finds something."""
    for path in sorted(find(root, f"**/{pattern}"), key=len):
        folders = path.split("/")[:-1]
        for count in range(1, len(folders) + 1):
            candidate = "/".join([*folders[:count], pattern])
            if _has_match(root, candidate):
                return candidate
    return None


def _how_far(root: Path | Listing, pattern: str) -> str:
    """Return how much of *pattern*, cut at its first folder, is there."""
    cut = pattern
    while not _has_match(root, cut):
        at = _separator(cut)
        if at < 0:
            return "" if cut == pattern else f": even ‘{cut}’ doesn’t exist"
        before, cut = cut, cut[:at]
        if _has_match(root, cut):
            return f": ‘{cut}’ exists but not ‘{before}’"
    return f", although ‘{cut}’ exists"


def _separator(pattern: str) -> int:
    found = re.search(r"[/\\]", pattern)
    return found.start() if found else -1


def _has_match(root: Path | Listing, pattern: str, *, is_case_sensitive: bool = True) -> bool:
    """Say whether any file or folder is meant by *pattern*, left out by default or not."""
    selection = Selection((Pattern(pattern, is_case_sensitive=is_case_sensitive),))
    return selection.matches("") or any(
        selection.matches(path) for path, _ in _walk(root, selection)
    )


def _walk(root: Path | Listing, selection: Selection) -> Iterator[tuple[str, bool]]:
    """Yield (path, is a file) for what *selection* may select below *root*."""
    if isinstance(root, Listing):
        yield from root.entries
        return
    waiting = [("", frozenset({os.path.realpath(root)}))]
    while waiting:
        folder, above = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue  # a folder that may not be read selects nothing, as in Ant
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_file():
                yield path, True
            elif entry.is_dir():
                yield path, False
                real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                if real not in above and selection.walks_into(path):
                    waiting.append((path, above | {os.path.realpath(real)}))


def _until_deep(names: list[str]) -> list[str]:
    return names[: names.index("**")] if "**" in names else names


def _until_special(names: list[str]) -> list[str]:
    special = (at for at, name in enumerate(names) if {"*", "?"} & set(name))
    return names[: next(special, len(names))]


def _expression(name: str) -> str:
    if name == "**":
        return "(?:[^/]+/)*"
    special = {"*": "[^/]*", "?": "[^/]"}
    return "".join(special.get(char) or re.escape(char) for char in name) + "/"
