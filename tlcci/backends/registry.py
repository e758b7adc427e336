"""What this lab remembers of its machines between two commands, one file a machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tlcci import paths

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Registration:
    """A machine that was attached: since when, with which labels and environment.

    *drained* is why it takes no work, empty where it does; *by* says who drained it:
    a person, or tlcci's own look at it.
    """

    name: str
    attached: str = ""
    labels: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    drained: str = ""
    by: str = ""
    since: str = ""


def now() -> str:
    """Return the time as it is written down."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def registration(name: str) -> Registration:
    """Return what is known of *name*, an empty one where that is nothing."""
    try:
        said = json.loads(_path(name).read_text())
    except (OSError, ValueError):
        return Registration(name)
    return Registration(**{**said, "labels": tuple(said["labels"])})


def register(name: str, **changes: object) -> Registration:
    """Write down *changes* of what is known of *name*."""
    known = replace(registration(name), **changes)  # type: ignore[arg-type]
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(asdict(known), indent=2) + "\n")
    new.replace(path)
    return known


def forget(name: str) -> None:
    """Know nothing of *name* any more."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return paths.state_home() / "machines" / f"{name}.json"
