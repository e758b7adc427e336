"""What a checkout asks of the configuration that serves it, with the lines that ask."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from tlcci.check.checkout import reader_of
from tlcci.check.drift.place import CHECKOUT, Place
from tlcci.check.drift.terraform import Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tlcci.check.checkout import Checked
    from tlcci.check.needs import CredentialNeed, LabelNeed

_SETTINGS = frozenset({".cfg", ".conf", ".env", ".ini", ".json", ".toml", ".yaml", ".yml"})


class Asked:
    """The needs of a checkout's Jenkinsfiles, and the texts of it that they come from."""

    def __init__(self, checkout: Path, checked: Sequence[Checked]) -> None:
        self._root = checkout
        self._read = reader_of(checkout)
        self.needs = [one.needs for one in checked]

    @property
    def top(self) -> Place:
        """Return the first line of the first Jenkinsfile."""
        return Place(CHECKOUT, self.needs[0].path)

    @property
    def jenkinsfiles(self) -> list[str]:
        """Return the paths of the Jenkinsfiles."""
        return [one.path for one in self.needs]

    @cached_property
    def scripts(self) -> list[str]:
        """Return the paths of the scripts that run on machines."""
        return list(dict.fromkeys(path for one in self.needs for path in one.scripts))

    def has(self, path: str) -> bool:
        """Return whether the checkout has a file at *path*."""
        root = self._root.resolve()
        place = (root / path).resolve()
        return place.is_relative_to(root) and place.is_file()

    def text(self, path: str) -> str:
        """Return the text of the file at *path*, empty where there is none."""
        return self._read(path) or ""

    def labels(self) -> Iterator[tuple[LabelNeed, Place]]:
        """Yield each label and the first line that asks for it."""
        for needs in self.needs:
            for one in needs.labels:
                yield one, Place(CHECKOUT, needs.path, one.lines[0] if one.lines else 1)

    def credentials(self) -> dict[str, tuple[CredentialNeed, Place]]:
        """Return the credentials by id with the first line that asks."""
        found: dict[str, tuple[CredentialNeed, Place]] = {}
        for needs in self.needs:
            for one in needs.credentials:
                place = Place(CHECKOUT, needs.path, one.lines[0] if one.lines else 1)
                found.setdefault(one.id, (one, place))
        return found

    def buckets(self) -> list[Named]:
        """Return the buckets by name, each with a line that names it."""
        return self._named(one for needs in self.needs for one in needs.s3_buckets)

    def parameters(self) -> dict[str, Place]:
        """Return the parameters of the Jenkinsfiles."""
        names = (name for needs in self.needs for name in needs.parameters)
        return {one.name: one.place for one in self._named(names)}

    def variables(self) -> list[Named]:
        """Return the variables that the Jenkinsfiles read."""
        return self._named(name for needs in self.needs for name in needs.env_read)

    def images(self) -> list[Named]:
        """Return the images that containers are made of, by the names used for them."""
        return self._named(one.name for needs in self.needs for one in needs.images)

    def mention(self, word: str, paths: Iterable[str] | None = None) -> Place | None:
        """Return the first line that has *word*, of the Jenkinsfiles or else the scripts."""
        paths = paths or [*self.jenkinsfiles, *self.scripts]
        return next((found for path in paths if (found := self._in(path, word))), None)

    def mentions(self, word: str) -> list[Place]:
        """Return the first line that has *word* of each Jenkinsfile that has it."""
        return [found for path in self.jenkinsfiles if (found := self._in(path, word))]

    def assigned(self, name: str, paths: Iterable[str]) -> Place | None:
        """Return the first line of *paths* that gives the variable *name* a value."""
        pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}\s*=(?![=~])(?!\s*(''|\"\")\s*$)")
        return next((found for path in paths if (found := self._line(path, pattern))), None)

    def settings(self, name: str) -> Place | None:
        """Return where a file of settings beside the Jenkinsfiles gives *name* a value."""
        pattern = re.compile(rf"^\s*[\"']?{re.escape(name)}[\"']?\s*[:=]\s*\S")
        for path in self._settings:
            if found := self._line(path, pattern):
                return found
        return None

    @cached_property
    def _settings(self) -> list[str]:
        """Return the files of settings in the top folder that has the first Jenkinsfile."""
        root = self._root.resolve()
        folder, _, rest = self.needs[0].path.partition("/")
        found = (root / folder).rglob("*") if rest else root.glob("*")
        names = (one for one in found if one.suffix in _SETTINGS and one.is_file())
        return sorted(one.relative_to(root).as_posix() for one in names)

    def _in(self, path: str, word: str) -> Place | None:
        return self._line(path, re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])"))

    def _line(self, path: str, pattern: re.Pattern[str]) -> Place | None:
        for number, line in enumerate(self.text(path).splitlines(), 1):
            if pattern.search(line) and not line.lstrip().startswith(("//", "#", "*")):
                return Place(CHECKOUT, path, number)
        return None

    def _named(self, names: Iterable[str]) -> list[Named]:
        return [
            Named(name, self.mention(name) or self.top) for name in sorted(dict.fromkeys(names))
        ]
