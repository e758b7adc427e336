"""The text files of a folder, read once, as the rules search them."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tlcci.check.drift.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 512 * 1024
_MOST = 4000
_SKIPPED = frozenset({".git", ".hg", ".terraform", ".venv", "node_modules", "__pycache__"})


class Files:
    """The texts below *root* by their paths; what is no text, or is huge, is left out."""

    def __init__(self, root: Path, side: str) -> None:
        self.side = side
        self.texts: dict[str, str] = dict(_texts(root))

    def place(self, path: str, line: int = 1) -> Place:
        """Return the place of *line* in the file at *path*."""
        return Place(self.side, path, line)

    def matching(self, *patterns: str) -> Iterator[tuple[str, str]]:
        """Yield path and text of the files whose names match one of *patterns*."""
        for path, text in self.texts.items():
            if any(PurePosixPath(path).match(one) for one in patterns):
                yield path, text

    def find(self, pattern: str, *names: str) -> Iterator[tuple[re.Match[str], Place]]:
        """Yield each match of *pattern*, and where, in files named like *names* (or all)."""
        wanted = re.compile(pattern, re.MULTILINE)
        for path, text in self.matching(*names) if names else self.texts.items():
            for found in wanted.finditer(text):
                yield found, self.place(path, line_at(text, found.start()))

    def first(self, *names: str) -> Place | None:
        """Return the first line of the first file named like *names*."""
        return next((self.place(path) for path, _ in self.matching(*names)), None)


def line_at(text: str, offset: int) -> int:
    """Return the line, from 1, that *offset* of *text* is in."""
    return text.count("\n", 0, offset) + 1


def is_test(path: str) -> bool:
    """Return whether the file at *path* is there to test others."""
    parts = PurePosixPath(path).parts
    name = parts[-1]
    return bool({"test", "tests", "testdata"} & set(parts)) or name.startswith("test_")


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _SKIPPED)
        for name in sorted(names):
            path = Path(folder, name)
            text = _text(path)
            if text is not None:
                yield path.relative_to(root).as_posix(), text
                count += 1
            if count >= _MOST:
                return


def _text(path: Path) -> str | None:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        text = path.read_text("utf-8")
    except (OSError, ValueError):
        return None
    return None if "\0" in text else text
