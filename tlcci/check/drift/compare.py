"""All rules over one checkout and one configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.check.drift import jobs, machines, operations, pins, settings, storage
from tlcci.check.drift.asked import Asked
from tlcci.check.drift.production import Production

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tlcci.check.checkout import Checked
    from tlcci.check.drift.place import Drift

    Rule = Callable[[Asked, Production], Iterator[Drift]]

RULES: tuple[Rule, ...] = (
    *jobs.RULES,
    *machines.RULES,
    *settings.RULES,
    *storage.RULES,
    *operations.RULES,
    *pins.RULES,
)
_ORDER = {"error": 0, "warning": 1, "note": 2}


def compare(checkout: Path, checked: Sequence[Checked], against: Path) -> list[Drift]:
    """Return what *checkout* and the configuration in *against* do not agree about.

    What stops builds comes first. Raises InputError where *against* configures nothing.
    """
    asked = Asked(checkout, checked)
    given = Production(against)
    found = dict.fromkeys(one for rule in RULES for one in rule(asked, given))
    return sorted(found, key=lambda one: (_ORDER[one.level], one.reference, one.here))
