"""The submodules of a commit, found among those that the person's checkout already has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.engine.source.git import GitFailedError, read
from tlcci.engine.source.store import Store, packed_refs, repository_format
from tlcci.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tlcci.engine.source.hands import Lent


@dataclass(frozen=True)
class Submodule:
    """A submodule at *commit*.

    *git_dir* is the person's repository of it, if there is one, and *objects* the folder
    to borrow from.

    *place* is its folder below a clone's `.git` ("modules/3rdparty/a/modules/b"), *path* the
    folder in the working tree.
    """

    path: str
    place: str
    url: str
    commit: str
    git_dir: Path | None
    objects: Path | None = None
    fault: str | None = None

    @property
    def is_here(self) -> bool:
        """Tell whether the commit can be checked out without network."""
        return self.fault is None


@dataclass(frozen=True)
class _Level:
    """A repository whose tree is searched: where its objects, folder and modules are."""

    objects_from: Path
    tree: Path | None
    modules: tuple[Path, ...]
    stores: Mapping[Path, Store]
    path: str = ""
    place: str = ""


def find_submodules(
    store: Path,
    commit: str,
    git_dirs: tuple[Path, ...],
    tree: Path,
    stores: Mapping[Path, Store],
) -> list[Submodule]:
    """Return the submodules of *commit* and theirs, outer before inner, sorted by path.

    *store* can read the commit; *git_dirs* are the checkout's git folders, *tree* its
    working tree; *stores* hold what is uncommitted in some submodule's git folder.
    """
    return list(_search(_Level(store, tree, git_dirs, stores), commit))


def missing_submodules(found: list[Submodule]) -> InputError | None:
    """Return one error that names every submodule which is not here, or `None`."""
    missing = [module for module in found if not module.is_here]
    if not missing:
        return None
    return InputError(
        "submodules-missing",
        f"{len(missing)} submodules are not in the checkout",
        details=[(module.path, f"{module.fault} ({module.url})") for module in missing],
        next="git submodule update --init --recursive",
    )


def module_files(module: Submodule, lent: Lent) -> dict[str, str]:
    """Return the files (path below the module's git folder to text) of a borrowed clone.

    *lent* is where the clone's machine has the module's objects. `git submodule update` finds
    the repository in place and only fills the working tree.
    """
    assert module.git_dir is not None, "only a submodule that is here can be borrowed"  # noqa: S101
    git_dir = module.git_dir
    listed = ""
    if lent.has_refs:
        listed = read(
            f"--git-dir={git_dir}",
            *("for-each-ref", "--format=%(objectname) %(refname)"),
            *("refs/heads", "refs/remotes", "refs/tags"),
        )
    refs = {f"refs/tlcci/{module.commit}": module.commit}
    for line in listed.splitlines():
        commit, name = line.split(" ", 1)
        refs[name.replace("refs/heads/", "refs/remotes/origin/", 1)] = commit
    files = {
        "HEAD": f"{module.commit}\n",
        "config": _module_config(module, git_dir, lent.repository),
        "objects/info/alternates": f"{lent.objects}\n",
        "packed-refs": packed_refs(refs),
    }
    shallow = git_dir / "shallow"
    return files | ({"shallow": shallow.read_text()} if shallow.is_file() else {})


def quoted(value: str) -> str:
    """Return *value* as git writes it in a configuration file."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _module_config(module: Submodule, git_dir: Path, source: str) -> str:
    object_format = read(f"--git-dir={git_dir}", "rev-parse", "--show-object-format").strip()
    return (
        repository_format(object_format)
        + "[core]\n\tbare = false\n\tlogallrefupdates = true\n"
        + f'[remote "origin"]\n\turl = {quoted(module.url)}\n'
        + "\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
        # A later fetch by the job's own scripts reads the person's repository too.
        + f"[url {quoted(source)}]\n\tinsteadOf = {quoted(module.url)}\n"
        + '[protocol "file"]\n\tallow = always\n[gc]\n\tauto = 0\n'
    )


def _search(level: _Level, commit: str) -> Iterator[Submodule]:
    for name, path, url in _declared(level.objects_from, commit):
        wanted = _gitlink(level.objects_from, commit, path)
        if wanted is None:
            continue
        git_dir = _repository_of(level, name, path)
        store = level.stores.get(git_dir) if git_dir else None
        readable = store.path if store else git_dir
        fault = _fault(readable, wanted)
        module = Submodule(
            f"{level.path}{path}",
            f"{level.place}modules/{name}",
            url,
            wanted,
            git_dir,
            store.objects if store else _objects(git_dir),
            fault,
        )
        yield module
        if git_dir is not None and readable is not None and module.is_here:
            tree = level.tree / path if level.tree else None
            inner = _Level(
                readable, tree, (git_dir,), level.stores, f"{module.path}/", f"{module.place}/"
            )
            yield from _search(inner, wanted)


def _declared(git_dir: Path, commit: str) -> list[tuple[str, str, str]]:
    try:
        text = read(
            f"--git-dir={git_dir}", "config", f"--blob={commit}:.gitmodules", "--list", "-z"
        )
    except GitFailedError:
        return []
    facts: dict[str, dict[str, str]] = {}
    for entry in text.split("\0"):
        key, _, value = entry.partition("\n")
        section, _, rest = key.partition(".")
        name, _, field = rest.rpartition(".")
        if section == "submodule" and _is_safe(name):
            facts.setdefault(name, {})[field] = value
    found = [
        (name, f["path"], f["url"]) for name, f in facts.items() if {"path", "url"} <= f.keys()
    ]
    return sorted(found, key=lambda module: module[1])


def _is_safe(name: str) -> bool:
    # Names are folders below .git; git refuses the same ones.
    return bool(name) and not name.startswith(("/", "-")) and ".." not in name.split("/")


def _gitlink(git_dir: Path, commit: str, path: str) -> str | None:
    entry = read(f"--git-dir={git_dir}", "--literal-pathspecs", "ls-tree", commit, "--", path)
    mode, _, rest = entry.partition(" ")
    return rest.split()[1] if mode == "160000" else None


def _repository_of(level: _Level, name: str, path: str) -> Path | None:
    places = [folder / "modules" / name for folder in level.modules]
    if level.tree is not None:
        places.append(level.tree / path / ".git")
    found = next((place for place in places if (place / "HEAD").is_file()), None)
    return found.resolve() if found else None


def _fault(git_dir: Path | None, commit: str) -> str | None:
    if git_dir is None:
        return "not initialised"
    try:
        read(f"--git-dir={git_dir}", "cat-file", "-e", f"{commit}^{{commit}}")
    except GitFailedError:
        return f"has no commit {commit[:12]}"
    return None


def _objects(git_dir: Path | None) -> Path | None:
    if git_dir is None:
        return None
    common = read(
        f"--git-dir={git_dir}", "rev-parse", "--path-format=absolute", "--git-common-dir"
    )
    return Path(common.strip()) / "objects"
