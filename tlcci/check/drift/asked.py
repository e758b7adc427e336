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
        pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        for path in paths or [*self.jenkinsfiles, *self.scripts]:
            for number, line in enumerate(self.text(path).splitlines(), 1):
                if pattern.search(line) and not line.lstrip().startswith(("//", "#", "*")):
                    return Place(CHECKOUT, path, number)
        return None

    def _named(self, names: Iterable[str]) -> list[Named]:
        return [
            Named(name, self.mention(name) or self.top) for name in sorted(dict.fromkeys(names))
        ]
