"""What Terraform's files name: resources, lists, labels; as text, by the shapes they have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.check.drift.files import line_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.drift.files import Files
    from tlcci.check.drift.place import Place

_RESOURCE = re.compile(
    r'^resource\s+"([\w-]+)"\s+"([\w-]+)"\s*\{(.*?)^\}', re.MULTILINE | re.DOTALL
)
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_GRANT = re.compile(r'arn:aws:s3:::([^"/*\s]+)')


@dataclass(frozen=True)
class Named:
    """A name, and where it is said."""

    name: str
    place: Place


class Terraform:
    """The Terraform files of a folder, their variables filled in where they are known."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._variables = dict(self._literals())

    def buckets(self) -> list[Named]:
        """Return the S3 buckets that are made."""
        return list(self._attribute("aws_s3_bucket", "bucket"))

    def granted(self) -> list[Named]:
        """Return the S3 buckets that policies grant access to."""
        found = self._files.find(_GRANT.pattern, "*.tf", "*.json", "*.tpl")
        return [Named(self._filled(one[1]), place) for one, place in found]

    def repositories(self) -> list[Named]:
        """Return the repositories for images that are made."""
        found = list(self._attribute("aws_ecr_repository", "name"))
        for path, text, start, body in self._resources("aws_ecr_repository"):
            each = re.search(r"for_each\s*=\s*(?:toset\()?\s*var\.(\w+)", body)
            found += self._list(each[1]) if each else ()
            inline = re.search(r"for_each\s*=\s*toset\(\s*\[(.*?)\]", body, re.DOTALL)
            if inline:
                found += self._strings(path, text, start + inline.start(1), inline[1])
        return found

    def labels(self) -> list[Named]:
        """Return the values of `labels` in the settings of machines."""
        found = self._files.find(r'^\s*labels?\s*=\s*"([^"$]*)"', "*.tfvars", "*.tf")
        return [Named(one[1], place) for one, place in found]

    def _literals(self) -> Iterator[tuple[str, str]]:
        default = r'^variable\s+"(\w+)"\s*\{[^}]*?default\s*=\s*"([^"]*)"'
        for found, _ in self._files.find(default, "*.tf"):
            yield found[1], found[2]
        for found, _ in self._files.find(r'^(\w+)\s*=\s*"([^"\n]*)"', "*.tfvars"):
            yield found[1], found[2]

    def _filled(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            return self._variables.get(found[1], found[0])

        return re.sub(r"\$\{var\.(\w+)\}", value, text)

    def _resources(self, kind: str) -> Iterator[tuple[str, str, int, str]]:
        for path, text in self._files.matching("*.tf"):
            for found in _RESOURCE.finditer(text):
                if found[1] == kind:
                    yield path, text, found.start(3), found[3]

    def _attribute(self, kind: str, name: str) -> Iterator[Named]:
        for path, text, start, body in self._resources(kind):
            found = re.search(rf'^\s*{name}\s*=\s*"([^"]*)"', body, re.MULTILINE)
            if found:
                place = self._files.place(path, line_at(text, start + found.start(1)))
                yield Named(self._filled(found[1]), place)

    def _list(self, variable: str) -> Iterator[Named]:
        pattern = rf"^{variable}\s*=\s*\[([^\]]*)\]"
        for path, text in self._files.matching("*.tfvars"):
            for found in re.finditer(pattern, text, re.MULTILINE):
                yield from self._strings(path, text, found.start(1), found[1])

    def _strings(self, path: str, text: str, start: int, body: str) -> Iterator[Named]:
        for found in _STRING.finditer(body):
            place = self._files.place(path, line_at(text, start + found.start()))
            yield Named(found[1], place)
