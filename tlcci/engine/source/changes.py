"""The change set between two builds, as the git plugin reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlcci.engine.source.store import Store

MAX_CHANGES = 1024  # GitSCM's own limit
_TITLE_WIDTH = 72
_FORMAT = "%x01%H%x00%aN%x00%aE%x00%at%x00%cN%x00%cE%x00%ct%x00%B%x00"


@dataclass(frozen=True)
class AffectedFile:
    """A path that a commit changed; *edit_type* is `add`, `edit` or `delete`."""

    path: str
    edit_type: str


@dataclass(frozen=True)
class ChangeEntry:
    """One commit of a change set, with Jenkins' names for its facts."""

    commit_id: str
    author_name: str
    author_email: str
    timestamp_ms: int
    comment: str
    affected_files: tuple[AffectedFile, ...]

    @property
    def author(self) -> str:
        """Return the id of the Jenkins user: the part of the address before the `@`."""
        return self.author_email.split("@")[0] or "unknown"

    @property
    def msg(self) -> str:
        """Return the first line of the message, cut at a word where it is long."""
        return _cut(self.comment.split("\n", 1)[0].strip())

    @property
    def affected_paths(self) -> tuple[str, ...]:
        """Return the paths of the affected files."""
        return tuple(file.path for file in self.affected_files)


def list_changes(
    store: Store, previous: str | None, commit: str, *, by_author: bool = False
) -> list[ChangeEntry]:
    """Return the commits of *previous*..*commit*, oldest first, without merges.

    The person shown is the committer, as Jenkins shows it, unless *by_author* (the
    AuthorInChangelog extension). No *previous* build that is still known: no changes.
    """
    if previous is None or not store.has_commit(previous):
        return []
    listed = store.read(
        *(
            "log",
            "--raw",
            "--no-merges",
            "--no-abbrev",
            "-M",
            "-z",
            f"--format=tformat:{_FORMAT}",
        ),
        *("-n", str(MAX_CHANGES), commit, f"^{previous}"),
    )
    entries = [_entry(text, by_author=by_author) for text in listed.split("\x01") if text]
    return entries[::-1]


def _entry(text: str, *, by_author: bool) -> ChangeEntry:
    commit, *fields = text.split("\x00", 8)
    name, email, seconds = fields[:3] if by_author else fields[3:6]
    return ChangeEntry(
        commit_id=commit,
        author_name=name.strip(),
        author_email=email,
        timestamp_ms=int(seconds) * 1000,
        comment="".join(f"{line}\n" for line in fields[6].splitlines() if line),
        affected_files=tuple(_files(fields[7])),
    )


def _files(raw: str) -> list[AffectedFile]:
    parts = [part for part in raw.strip("\n").split("\x00") if part.strip("\n")]
    found = []
    while parts:
        status = parts.pop(0).rsplit(" ", 1)[1][:1]
        path = parts.pop(0)
        if status in "RC":
            # Jenkins shows a rename as two operations, and a copy as its second.
            if status == "R":
                found.append(AffectedFile(path, "delete"))
            found.append(AffectedFile(parts.pop(0), "add"))
        else:
            kind = {"A": "add", "D": "delete"}.get(status, "edit")
            found.append(AffectedFile(path, kind))
    return found


def _cut(title: str) -> str:
    if len(title) <= _TITLE_WIDTH or " " not in title:
        return title
    end = title.rfind(" ", 0, _TITLE_WIDTH + 1)
    return title[: end if end != -1 else title.index(" ")]
