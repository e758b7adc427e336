"""Where a run failed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlcci.errors import InputError
from tlcci.results.scene import Scene, read_scene, write_scene

if TYPE_CHECKING:
    from pathlib import Path


def test_a_scene_is_read_as_it_was_written_and_only_by_its_owner(tmp_path: Path) -> None:
    """The environment of a step may say more than others should read."""
    scene = Scene("7", "", "/work/ws", {"A": "x"})

    write_scene(tmp_path, scene)

    assert (scene, 0o600) == (
        read_scene(tmp_path),
        (tmp_path / "failed-step.json").stat().st_mode & 0o777,
    )


def test_a_run_that_failed_nowhere_has_no_scene(tmp_path: Path) -> None:
    """The error names the run and what shows more."""
    with pytest.raises(InputError) as caught:
        read_scene(tmp_path)

    assert "no-failed-step" == caught.value.reference
