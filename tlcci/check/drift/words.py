"""How rules say what they found."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tlcci.check.drift.terraform import Named

_SHOWN = 4
_ALIKE = 0.6


def counted(count: int, noun: str) -> str:
    """Return *count* and *noun* in the number it asks for."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Return *names* as words, the rest of a long list as a number."""
    shown = ", ".join(names[:_SHOWN])
    rest = len(names) - _SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def hint(name: str, near: Named | None) -> str:
    """Return that *near* may have been meant, nothing where it is spelled otherwise."""
    is_like = near and difflib.SequenceMatcher(None, name, near.name).ratio() >= _ALIKE
    return f"; the nearest is {near.name}" if near and is_like else ""


def closest(name: str, among: Iterable[Named]) -> Named | None:
    """Return the one of *among* that is spelled most like *name*, None of nothing."""
    known = {one.name: one for one in reversed(list(among))}
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return known[near[0]] if near else None
