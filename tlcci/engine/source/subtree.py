"""The history of one folder of a repository, as a repository of its own would have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.engine.source.git import GitFailedError

if TYPE_CHECKING:
    from tlcci.engine.source.store import Store

_ENTRY = "%H%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B%x00%x01"


@dataclass(frozen=True)
class _Entry:
    commit: str
    author: tuple[str, str, str]
    committer: tuple[str, str, str]
    message: str


def rewrite_folder(store: Store, commit: str, folder: str) -> str | None:
    """Return the commit whose tree is *folder* of *commit*, with the folder's own history.

    The history is that of the first parents which touched the folder. The same history
    gives the same ids, so that two builds can be compared. `None`: the commit has no such
    folder.
    """
    known = _recorded(store, commit, folder)
    if known is not None:
        return known
    entries = _entries(store, commit, folder)
    trees = _trees(store, [entry.commit for entry in entries], folder)
    if not entries or trees[-1] is None:
        return None
    # A folder that was removed and came back starts anew: what was before is not shown.
    start = max((i + 1 for i, tree in enumerate(trees) if tree is None), default=0)
    kept = list(zip(entries, (str(tree) for tree in trees), strict=True))[start:]
    name = _record(commit, folder)
    stream = "".join(_command(name, entry, tree) for entry, tree in kept)
    store.write("fast-import", "--quiet", "--force", "--date-format=raw", env={}, stdin=stream)
    return _recorded(store, commit, folder)


def _entries(store: Store, commit: str, folder: str) -> list[_Entry]:
    listed = store.read(
        *("log", "--first-parent", "--reverse", "--date=raw", f"--format=tformat:{_ENTRY}"),
        *(commit, "--", f":(top,literal){folder}"),
    )
    found = []
    for text in listed.split("\x01\n"):
        if text:
            fields = text.split("\x00")
            found.append(
                _Entry(
                    fields[0],
                    (fields[1], fields[2], fields[3]),
                    (fields[4], fields[5], fields[6]),
                    fields[7],
                )
            )
    return found


def _trees(store: Store, commits: list[str], folder: str) -> list[str | None]:
    asked = "".join(f"{commit}:{folder}\n" for commit in commits)
    said = store.read("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked)
    answers = (line.rsplit(" ", 1) for line in said.splitlines())
    return [name if kind == "tree" else None for name, kind in answers]


def _command(ref: str, entry: _Entry, tree: str) -> str:
    people = "".join(
        f"{role} {name} <{email}> {date}\n"
        for role, (name, email, date) in (
            ("author", entry.author),
            ("committer", entry.committer),
        )
    )
    size = len(entry.message.encode("utf-8", "surrogateescape"))
    return f'commit {ref}\n{people}data {size}\n{entry.message}\nM 040000 {tree} ""\n\n'


def _record(commit: str, folder: str) -> str:
    plain = folder.encode().hex()
    return f"refs/tlcci/folder/{plain[:80]}-{len(plain)}/{commit}"


def _recorded(store: Store, commit: str, folder: str) -> str | None:
    try:
        return store.read("rev-parse", "-q", "--verify", _record(commit, folder)).strip()
    except GitFailedError:
        return None
