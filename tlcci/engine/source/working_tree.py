"""The working tree as it stands, as a commit of ours: nothing of the person's is touched."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.engine.source.git import Run, output, read, reading_environment
from tlcci.engine.source.repository import Repository, find_repository
from tlcci.engine.source.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS = ("status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=all")
_MESSAGE = "Uncommitted changes\n"


def commit_working_tree(
    repository: Repository, store: Store, gitlinks: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Return (commit, tree) of all that is not ignored, on top of HEAD; written to *store*.

    A clean working tree gives HEAD itself. *gitlinks* names other commits for submodules
    whose own working trees have changes.
    """
    head = repository.head()
    with tempfile.TemporaryDirectory(prefix=".index-", dir=store.path) as folder:
        env = _borrowing(store, Path(folder) / "index")
        _copy_index(repository, Path(folder) / "index", head, env)
        _git(repository.top, env, "add", "-A", "--", repository.folder or ".")
        for path, commit in (gitlinks or {}).items():
            _git(repository.top, env, "update-index", "--cacheinfo", f"160000,{commit},{path}")
        tree = _git(repository.top, env, "write-tree").strip()
    if (
        head is not None
        and tree == read("rev-parse", f"{head}^{{tree}}", cwd=repository.top).strip()
    ):
        return head, tree
    return commit_tree(store, tree, head), tree


def commit_tree(store: Store, tree: str, parent: str | None) -> str:
    """Return a commit of ours of *tree* on *parent*; the same two give the same id."""
    date = "@0 +0000"
    if parent is not None:
        date = "@" + store.read("log", "-1", "--format=%cd", "--date=raw", parent).strip()
    person = {"NAME": "Working tree", "EMAIL": "working-tree@localhost", "DATE": date}
    env = {
        f"GIT_{who}_{key}": v for who in ("AUTHOR", "COMMITTER") for key, v in person.items()
    }
    parents = ("-p", parent) if parent else ()
    return store.write("commit-tree", tree, *parents, env=env, stdin=_MESSAGE).strip()


def dirty_submodules(
    repository: Repository, folder: Path, stores: dict[Path, Store]
) -> dict[str, str]:
    """Return path to commit for each submodule of *repository* with uncommitted changes.

    Their commits go to stores below *folder*, which are added to *stores* by the git folder
    of the submodule; submodules of submodules come first.
    """
    gitlinks = {}
    for path in _initialised(repository.top):
        inner = find_repository(repository.top / path, allow_shallow=True)
        nested = dirty_submodules(inner, folder, stores)
        if not nested and not _git(
            inner.top, reading_environment(with_personal_settings=True), *_STATUS
        ):
            continue
        key = hashlib.sha256(str(inner.git_dir).encode()).hexdigest()[:12]
        shallow = inner.common_dir / "shallow"
        store = open_store(
            folder / f"{inner.top.name}-{key}.git",
            inner.objects,
            inner.object_format,
            shallow.read_text() if shallow.is_file() else "",
        )
        gitlinks[path], _ = commit_working_tree(inner, store, nested)
        stores[inner.git_dir.resolve()] = store
    return gitlinks


def _initialised(top: Path) -> list[str]:
    if not (top / ".gitmodules").is_file():
        return []
    listed = read("config", "-f", ".gitmodules", "-z", "--get-regexp", r"\.path$", cwd=top)
    paths = [entry.partition("\n")[2] for entry in listed.split("\0") if entry]
    return sorted(path for path in paths if (top / path / ".git").exists())


def _borrowing(store: Store, index: Path) -> dict[str, str]:
    env = reading_environment(with_personal_settings=True)
    # The large-file filter would put its objects beside the person's own.
    number = env["GIT_CONFIG_COUNT"]
    env |= {
        "GIT_CONFIG_COUNT": str(int(number) + 1),
        f"GIT_CONFIG_KEY_{number}": "lfs.storage",
        f"GIT_CONFIG_VALUE_{number}": str(store.path / "lfs"),
    }
    return env | {"GIT_INDEX_FILE": str(index), "GIT_OBJECT_DIRECTORY": str(store.objects)}


def _copy_index(
    repository: Repository, index: Path, head: str | None, env: Mapping[str, str]
) -> None:
    own = repository.git_dir / "index"
    if own.is_file() and not any(repository.git_dir.glob("sharedindex.*")):
        shutil.copyfile(own, index)  # what it knows about unchanged files saves their reading
    elif head is not None:
        _git(repository.top, env, "read-tree", head)


def _git(folder: Path, env: Mapping[str, str], *args: str) -> str:
    return output(Run(("git", *args), folder), env)
