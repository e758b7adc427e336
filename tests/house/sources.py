"""The files of this repository, as the tests about it read them."""

from __future__ import annotations

import ast
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Block:
    """A fenced block of a Markdown file; *where* names the file and the fence's line."""

    where: str
    language: str
    text: str


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git knows or would add, of these patterns, in order."""
    argv = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns)
    listed = subprocess.run(argv, cwd=TOP, check=True, capture_output=True, text=True).stdout
    return [TOP / line for line in sorted(set(listed.splitlines())) if (TOP / line).is_file()]


def modules() -> dict[Path, ast.Module]:
    """Return every Python file of the package with its tree."""
    return {path: ast.parse(path.read_text()) for path in tracked("tlcci/*.py")}


def blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a Markdown file."""
    text = path.read_text()
    found = re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    name = path.relative_to(TOP)
    return [
        Block(f"{name}:{text.count(chr(10), 0, match.start()) + 1}", match[2], match[3])
        for match in found
    ]
