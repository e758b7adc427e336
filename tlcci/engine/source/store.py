"""Repositories of our own that borrow a checkout's objects: what workspaces are cloned from.

A store keeps the objects that we make (uncommitted work, the history of a sub-folder); it
borrows all others by alternates. A view is a set of refs over it. A view never changes, it
is named by its content, so two runs of one checkout at two revisions do not meet.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.engine.source.git import GitFailedError, Run, output, read, reading_environment

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Store:
    """A bare repository of ours that borrows the objects of another."""

    path: Path
    borrowed: Path
    object_format: str

    @property
    def objects(self) -> Path:
        """Return the folder of our own objects."""
        return self.path / "objects"

    @property
    def alternates(self) -> str:
        """Return the text of `objects/info/alternates` for a repository that uses both."""
        return f"{self.objects}\n{self.borrowed}\n"

    def read(self, *args: str, stdin: str = "") -> str:
        """Return what `git *args*` prints in this store."""
        return read(f"--git-dir={self.path}", *args, stdin=stdin)

    def write(self, *args: str, env: Mapping[str, str], stdin: str = "") -> str:
        """Run `git *args*`, which adds objects to this store, with *env* on top."""
        command = Run(("git", f"--git-dir={self.path}", *args), env=env, stdin=stdin)
        return output(command, reading_environment())

    def has_commit(self, commit: str) -> bool:
        """Tell whether *commit* is here or can be borrowed."""
        try:
            self.read("cat-file", "-e", f"{commit}^{{commit}}")
        except GitFailedError:
            return False
        return True


@dataclass(frozen=True)
class View:
    """A bare repository with the refs that a job's `git fetch origin` shall find."""

    path: Path
    refs: Mapping[str, str]
    shallow: str = ""


def open_store(path: Path, borrowed: Path, object_format: str, shallow: str = "") -> Store:
    """Return the store at *path* that borrows the objects in *borrowed*; make it at need."""
    store = Store(path, borrowed, object_format)
    if not (path / "HEAD").is_file():
        _place(_skeleton(path, object_format, f"{borrowed}\n"), path)
    elif (path / "objects/info/alternates").read_text() != f"{borrowed}\n":
        (path / "objects/info/alternates").write_text(f"{borrowed}\n")
    if shallow:
        (path / "shallow").write_text(shallow)
    else:
        (path / "shallow").unlink(missing_ok=True)
    return store


def open_view(
    folder: Path,
    store: Store,
    refs: Mapping[str, str],
    head: str,
    *,
    with_shallow: bool = False,
) -> View:
    """Return the view below *folder* of *refs* over *store*; HEAD is *head*, a ref or an id.

    *with_shallow*: the history ends where the borrowed repository's ends.
    """
    shallow = (store.path / "shallow").read_text() if with_shallow else ""
    packed = packed_refs(refs)
    content = f"{store.alternates}\x00{head}\x00{packed}\x00{shallow}"
    path = folder / f"{hashlib.sha256(content.encode()).hexdigest()[:16]}.git"
    if not (path / "HEAD").is_file():
        made = _skeleton(path, store.object_format, store.alternates)
        (made / "HEAD").write_text(
            f"ref: {head}\n" if head.startswith("refs/") else f"{head}\n"
        )
        (made / "packed-refs").write_text(packed)
        if shallow:
            (made / "shallow").write_text(shallow)
        _place(made, path)
    return View(path, dict(refs), shallow)


def packed_refs(refs: Mapping[str, str]) -> str:
    """Return *refs* (name to object) as the text of a `packed-refs` file."""
    lines = (f"{commit} {name}\n" for name, commit in sorted(refs.items()))
    return "# pack-refs with: sorted \n" + "".join(lines)


def repository_format(object_format: str) -> str:
    """Return the `[core]` and `[extensions]` lines for *object_format*."""
    if object_format == "sha1":
        return "[core]\n\trepositoryformatversion = 0\n"
    return (
        "[core]\n\trepositoryformatversion = 1\n"
        f"[extensions]\n\tobjectformat = {object_format}\n"
    )


def bare_config(object_format: str) -> str:
    """Return the configuration of a repository of ours that is fetched from."""
    # Submodules and pull requests are fetched by commit id.
    return (
        repository_format(object_format)
        + "[core]\n\tbare = true\n[gc]\n\tauto = 0\n[uploadpack]\n\tallowAnySHA1InWant = true\n"
    )


def _skeleton(path: Path, object_format: str, alternates: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=path.parent))
    made.chmod(0o755)
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (made / folder).mkdir(parents=True)
    (made / "objects/info/alternates").write_text(alternates)
    (made / "config").write_text(bare_config(object_format))
    (made / "HEAD").write_text("ref: refs/heads/main\n")
    return made


def _place(made: Path, path: Path) -> None:
    try:
        made.rename(path)
    except OSError:  # another run was faster and made the same
        shutil.rmtree(made)
        if not (path / "HEAD").is_file():
            raise
