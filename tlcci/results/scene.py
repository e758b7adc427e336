"""Where a run failed first: the folder and environment of the step, for a shell there."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tlcci.errors import InputError
from tlcci.results.files import unwritable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE = "failed-step.json"


@dataclass(frozen=True)
class Scene:
    """The failed step's folder *cwd*, and its variables *env* without secrets.

    An empty *machine* is this one.
    """

    step: str
    machine: str
    cwd: str
    env: Mapping[str, str]


def write_scene(folder: Path, scene: Scene) -> None:
    """Keep *scene* with the record in *folder*, readable by its owner only."""
    path = folder / _FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(scene), file, ensure_ascii=False, indent=1)
    except OSError as error:
        raise unwritable(path, error) from error


def read_scene(folder: Path) -> Scene:
    """Return the scene of the record in *folder*; raise InputError when there is none."""
    try:
        return Scene(**json.loads((folder / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            "no-failed-step",
            f"{folder.name} has no failed step on a machine",
            next=f"tlcci runs show {folder.name}",
        ) from error
