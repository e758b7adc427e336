"""What `tlcci check --against` says: each drift with both of its lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlcci.check.drift import Drift, Place


def show_drift(drifts: Sequence[Drift], against: Path) -> None:
    """Print *drifts*, what stops builds first, and how many of each level there are."""
    for one in drifts:
        typer.echo(f"{one.level:<7}  {one.text} [{one.reference}]")
        for place in (one.here, one.there):
            typer.echo(f"{'':<7}    {_drawn(place, against)}")
    levels = [one.level for one in drifts]
    counts = ", ".join(
        f"{levels.count(level)} {level}{'' if levels.count(level) == 1 else 's'}"
        for level in ("error", "warning", "note")
        if level in levels
    )
    number = f"{len(drifts)} difference{'' if len(drifts) == 1 else 's'}"
    typer.echo(f"{number}: {counts}" if drifts else "no difference found")


def _drawn(place: Place, against: Path) -> str:
    path = place.path if place.side == "checkout" else str(Path(against) / place.path)
    return f"{path}:{place.line}"
