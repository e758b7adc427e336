"""The Jenkinsfiles of a checkout, and what each needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.check.explore import Explorer
from tlcci.check.facts import gather
from tlcci.check.findings import Finding, find
from tlcci.errors import InputError, Where
from tlcci.jenkinsfile.source import read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tlcci.check.needs import Needs

_LARGEST = 4 * 1024 * 1024  # bytes of a script that is read


def find_jenkinsfiles(checkout: Path, file: str | None = None) -> list[str]:
    """Return the Jenkinsfiles to check: *file*, else the generated ones, else `Jenkinsfile`.

    Raises InputError where there are none.
    """
    if file is not None:
        if not (checkout / file).is_file():
            raise InputError("no-jenkinsfile", "no such file", Where(str(checkout / file)))
        return [file]
    for pattern in ("ci/jenkins/generated/*", "Jenkinsfile", ".jenkins", "jenkins/Jenkinsfile"):
        found = sorted(one for one in checkout.glob(pattern) if one.is_file())
        if found:
            return [str(one.relative_to(checkout)) for one in found]
    raise InputError(
        "no-jenkinsfile",
        "the checkout has no Jenkinsfile",
        Where(str(checkout)),
        next="tlcci check CHECKOUT --file PATH",
    )


@dataclass(frozen=True)
class Checked:
    """What one Jenkinsfile needs, and what was found in it."""

    needs: Needs
    findings: tuple[Finding, ...]


def check_files(checkout: Path, files: Sequence[str]) -> list[Checked]:
    """Return what each of *files* needs, all of them rehearsed on one JVM.

    Raises InputError for a file that is no text.
    """
    read = reader_of(checkout)
    found = []
    with Explorer() as explorer:
        for file in files:
            text = read(file)
            if text is None:
                raise InputError("unreadable-file", "not a text file", Where(file))
            source = read_source(text)
            seen = explorer.explore(text, file, source, read)
            needs = gather(file, source, seen, read)
            found.append(Checked(needs, tuple(find(needs, source))))
    return found


def reader_of(checkout: Path) -> Callable[[str], str | None]:
    """Return what reads a file of *checkout* by its path, None where it has no such text."""
    root = checkout.resolve()
    known: dict[str, str | None] = {}

    def read(path: str) -> str | None:
        if path not in known:
            known[path] = _read(root, path)
        return known[path]

    return read


def _read(root: Path, path: str) -> str | None:
    place = (root / path).resolve()
    try:
        if not place.is_relative_to(root) or not place.is_file():
            return None
        if place.stat().st_size > _LARGEST:
            return None
        return place.read_text("utf-8")
    except (OSError, ValueError):
        return None
