"""Links to lines, lists and tables of Markdown."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tlcci.check.drift import Place

_SHOWN = 3


def links(places: Iterable[Place], within: str = "") -> str:
    """Return links to *places*, of many the first; files other than *within* are named."""
    unique = list(dict.fromkeys(places))
    shown: list[str] = []
    last = within
    for one in unique[:_SHOWN]:
        name = "" if one.path == last else PurePosixPath(one.path).name
        shown.append(f"[{name}:{one.line}]({quote(one.path)}#L{one.line})")
        last = one.path
    rest = len(unique) - _SHOWN
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def link(places: Iterable[Place], within: str = "") -> str:
    """Return `links` in brackets, as a sentence ends with them."""
    shown = links(places, within)
    return f"({shown})" if shown else ""


def code(text: str) -> str:
    """Return *text* as code, in as many backquotes as it takes."""
    plain = " ".join(text.split())
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"


def plain(text: str) -> str:
    """Return *text* as it is read, whatever signs of Markdown are in it; code is kept."""
    line = " ".join(text.split())
    return line if "`" in line else re.sub(r"([*<\[\\])", r"\\\1", line)


def spoken(names: Sequence[str], word: str = "and") -> str:
    """Return *names* as one says them: a, b and c."""
    if len(names) < 2:  # noqa: PLR2004 - one has no "and"
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def only_in(circumstances: str) -> str:
    """Return when something is done that is not always done."""
    said = {"pull requests": ", only for pull requests", "branches": ", not for pull requests"}
    return said.get(circumstances, "")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table, no line of it where *rows* are none."""
    cells = [[one.replace("|", "\\|") for one in row] for row in rows]
    if not cells:
        return []
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in cells), ""]
