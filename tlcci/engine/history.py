"""The builds before this one, as `currentBuild.previousBuild` and `milestone` need them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tlcci import paths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class History:
    """The ended builds of one job on this machine, one small file each."""

    def __init__(self, job: str, number: int) -> None:
        self._folder = paths.state_home() / "jobs" / job.replace("/", "%2F") / "builds"
        self._number = number

    def previous(self, wanted: Callable[[str], bool] | None = None) -> int | None:
        """Return the newest earlier build whose result is *wanted*."""
        for number in sorted(self._numbers(), reverse=True):
            if number < self._number and (
                wanted is None or wanted(self._read(number)["result"])
            ):
                return number
        return None

    def fact(self, number: int, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """Return what build *number* recorded of itself under *name*."""
        facts = self._read(number)
        if name == "currentResult":
            return facts["result"]
        if name == "previousBuild":
            return History._before(self, number)
        return facts.get(name)

    def commit(self, wanted: Callable[[str], bool] | None = None) -> str | None:
        """Return the commit that the newest earlier build whose result is *wanted* had."""
        number = self.previous(wanted)
        return self._read(number).get("commit") if number else None

    def definitions(self) -> list[dict[str, Any]]:
        """Return the parameters that the newest earlier build declared."""
        number = self.previous()
        return self._read(number).get("declared", []) if number else []

    def newest_passed(self, ordinal: int, number: int) -> bool:
        """Return whether a build newer than *number* passed the milestone *ordinal*."""
        return any(
            (self._read(other).get("milestone") or -1) >= ordinal
            for other in self._numbers()
            if other > number
        )

    def remember(self, facts: dict[str, Any]) -> None:
        """Keep the facts of this build for the next ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._folder / f"{self._number}.json"
        temporary = place.with_suffix(".tmp")
        temporary.write_text(json.dumps(facts, default=str), "utf-8")
        temporary.replace(place)

    def last_number(self) -> int:
        """Return the number of the newest build, 0 when there is none."""
        return max(self._numbers(), default=0)

    def _before(self, number: int) -> int | None:
        return max((other for other in self._numbers() if other < number), default=None)

    def _numbers(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        return [int(path.stem) for path in self._folder.glob("*.json") if path.stem.isdigit()]

    def _read(self, number: int) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self._place(number).read_text("utf-8"))
        return loaded

    def _place(self, number: int) -> Path:
        return self._folder / f"{number}.json"
