"""How the configuration is brought to machines: networks, templates, folders, workflows."""

from __future__ import annotations

import difflib
import re
from itertools import combinations
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tlcci.check.drift.files import line_at
from tlcci.check.drift.place import Drift, Place
from tlcci.check.drift.terraform import Named
from tlcci.check.drift.words import closest, counted, hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.drift.asked import Asked
    from tlcci.check.drift.files import Files
    from tlcci.check.drift.production import Production

_MADE = r"docker network create (?:--?[\w-]+(?:[= ]\S+)? )*([\w.-]+)"
_USED = r"--net(?:work)?[= ][\"']?([\w.-]+)"
_USED_LATE = r"--net(?:work)?[= ][\"']?\$"  # which one is known when it runs
_SETTINGS = (".tpl", ".j2", ".yaml", ".yml", ".json", ".toml", ".ini", ".cfg", ".conf", ".xml")
_ALIKE = 0.75
_FEWEST_LINES = 8
_MOST_LINES = 2000
_MOST_COPIES = 4  # of one name; more are a convention
# Copies for each of these are meant to differ.
_ENVIRONMENTS = re.compile(r"(?:pre)?prod(?:uction)?|dev(?:elopment)?|stag(?:e|ing)|qa|tests?")
_MOUNT = re.compile(r"""^\s*-\s*["']?(/[\w./-]+):(/[\w./-]+)(?::\w+)*["']?\s*$""", re.MULTILINE)
_FOR_CONTENT = re.compile(
    r"(?:^/etc/|/(?:dashboards|rules|alerts|provisioning|casc|conf\.d)/?$)"
)
_WORKFLOW = r"actions/workflows/([\w.-]+\.ya?ml)|/\.github/workflows/([\w.-]+\.ya?ml)"


def unused_networks(asked: Asked, given: Production) -> Iterator[Drift]:
    """A network for containers that is made and that no container joins."""
    used = [Named(found[1], place) for found, place in given.files.find(_USED)]
    paths = (*asked.jenkinsfiles, *asked.scripts)
    joined = {name for path in paths for name in re.findall(_USED, asked.text(path))}
    names = {one.name for one in used}
    late = [place for _, place in given.files.find(_USED_LATE)]
    for found, place in given.files.find(_MADE):
        near = closest(found[1], used)
        if found[1] in names | joined or _is_beside(place, late):
            continue
        like = f"; containers join {near.name}" if near else ""
        yield Drift(
            "network-unused",
            "warning",
            f"makes the network {found[1]}, which no container joins{like}",
            place,
            near.place if near else asked.top,
        )


def diverging_templates(asked: Asked, given: Production) -> Iterator[Drift]:
    """Two files of one name that were one file, and no longer say the same."""
    del asked
    named: dict[str, list[str]] = {}
    for path in given.files.texts:
        if path.endswith(_SETTINGS):
            named.setdefault(PurePosixPath(path).name, []).append(path)
    for paths in named.values():
        pairs = combinations(paths, 2) if len(paths) <= _MOST_COPIES else ()
        for one, other in pairs:
            if _environment(one) != _environment(other):
                continue
            difference = _difference(given.files.texts[one], given.files.texts[other])
            if difference is None:
                continue
            here, there, text = difference
            dead = [path for path in (one, other) if not _is_named(given.files, path)]
            unread = f"; nothing names {dead[0]}" if len(dead) == 1 else ""
            yield Drift(
                "templates-diverge",
                "warning",
                f"differs from its copy in {text}{unread}",
                given.files.place(one, here),
                given.files.place(other, there),
            )


def empty_mounts(asked: Asked, given: Production) -> Iterator[Drift]:
    """A folder of settings that a service mounts, and that no file here goes to."""
    del asked
    for path, text in given.files.matching("*compose*.y*ml", "*compose*.y*ml.j2"):
        mounts = [
            (one[1], one[2], line_at(text, one.start(1))) for one in _MOUNT.finditer(text)
        ]
        for source, target, line in mounts:
            root = _common_root(source, mounts)
            folder = source.rstrip("/").removeprefix(root).strip("/")
            if not folder or "." in folder or not root or not _FOR_CONTENT.search(target):
                continue
            beside = str(PurePosixPath(path).parent / folder)
            if any(one == beside or one.startswith(f"{beside}/") for one in given.files.texts):
                continue
            made = _where_made(given.files, source.rstrip("/"), path)
            yield Drift(
                "mounted-folder-empty",
                "warning",
                f"mounts {source} at {target}, and no file here goes there",
                given.files.place(path, line),
                made or _neighbour(given.files, path),
            )


def missing_workflows(asked: Asked, given: Production) -> Iterator[Drift]:
    """A workflow that a page tells to run, and that is not there."""
    del asked
    folder = ".github/workflows"
    there = [
        Named(PurePosixPath(path).name, given.files.place(path))
        for path, _ in given.files.matching("*.yml", "*.yaml")
        if path.startswith(f"{folder}/")
    ]
    names = {one.name for one in there}
    seen = set()
    for found, place in given.files.find(_WORKFLOW, "*.md", "*.rst"):
        name = found[1] or found[2]
        near = closest(name, there)
        if near and name not in names and name not in seen:
            seen.add(name)
            text = f"tells to run the workflow {name}, which is not there{hint(name, near)}"
            yield Drift("workflow-missing", "note", text, place, near.place)


def _is_beside(place: Place, others: list[Place]) -> bool:
    folder = PurePosixPath(place.path).parent
    return any(PurePosixPath(one.path).parent == folder for one in others)


def _environment(path: str) -> list[str]:
    return [one for one in PurePosixPath(path).parts if _ENVIRONMENTS.fullmatch(one)]


def _difference(one: str, other: str) -> tuple[int, int, str] | None:
    """Return the first lines that differ and how many do, None of equals and strangers."""
    left = [line.strip() for line in one.splitlines()]
    right = [line.strip() for line in other.splitlines()]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    shorter, longer = sorted((len(left), len(right)))
    if left == right or shorter < _FEWEST_LINES or longer > _MOST_LINES:
        return None
    if matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
        return None
    parts = [part for part in matcher.get_opcodes() if part[0] != "equal"]
    count = sum(max(part[2] - part[1], part[4] - part[3]) for part in parts)
    first = parts[0]
    shown = left[first[1]] if first[1] < first[2] else right[first[3]]
    return first[1] + 1, first[3] + 1, f"{counted(count, 'line')}, first in {shown!r}"


def _is_named(files: Files, path: str) -> bool:
    """Return whether a file near *path*, or above, names it."""
    place = PurePosixPath(path)
    near = str(place.parent.parent)
    said = re.compile(re.escape(f"{place.parent.name}/{place.name}"))
    return any(
        said.search(text)
        for other, text in files.texts.items()
        if other != path and str(PurePosixPath(other).parent) == near
    )


def _common_root(source: str, mounts: list[tuple[str, str, int]]) -> str:
    """Return the folder that *source* shares with other mounts, empty where it has none."""
    parent = str(PurePosixPath(source.rstrip("/")).parent)
    others = [one for one, _, _ in mounts if one != source and one.startswith(f"{parent}/")]
    return f"{parent}/" if others and parent != "/" else ""


def _neighbour(files: Files, path: str) -> Place:
    """Return a file that lies where the one for *path* would, else *path* itself."""
    folder = f"{PurePosixPath(path).parent}/"
    others = (one for one in files.texts if one != path and one.startswith(folder))
    return files.place(next(others, path))


def _where_made(files: Files, folder: str, but: str) -> Place | None:
    found = files.find(rf"(?<![\w.-]){re.escape(folder)}/?(?![\w.-])")
    return next((place for _, place in found if place.path != but), None)


RULES = (unused_networks, diverging_templates, empty_mounts, missing_workflows)
