"""A person's checkout as the source of a run: opened once, never edited."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.engine.source.git import GitFailedError, read
from tlcci.engine.source.repository import (
    Repository,
    branch_unknown,
    find_repository,
)
from tlcci.engine.source.revision import Change, Kind, RefPlan, Revision, change_url, plan_refs
from tlcci.engine.source.store import Store, View, open_store, open_view
from tlcci.engine.source.submodules import Submodule, find_submodules
from tlcci.engine.source.subtree import rewrite_folder
from tlcci.engine.source.working_tree import commit_tree, commit_working_tree, dirty_submodules
from tlcci.errors import InputError
from tlcci.paths import state_home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """What a run needs to know of a checkout: its revision, its refs and its submodules.

    *trusted_commit* is where the Jenkinsfile of a pull request comes from: the target.
    *shared_folders* must be readable wherever git is used in a workspace (in a container
    as well), for workspaces borrow their objects from there.
    """

    repository: Repository
    store: Store
    view: View
    revision: Revision
    plan: RefPlan
    trusted_commit: str
    default_branch: str | None
    submodules: tuple[Submodule, ...]
    served_urls: frozenset[str]
    file: str | None = None

    @property
    def name(self) -> str:
        """Return the folder's name, which names the job."""
        return self.repository.path.name

    @property
    def url(self) -> str:
        """Return the URL that jobs see as the remote's: GIT_URL."""
        return f"file://{self.repository.path}"

    @property
    def environment(self) -> dict[str, str]:
        """Return BRANCH_NAME and CHANGE_*, where the job is a multibranch one's."""
        return self.revision.environment

    @property
    def shared_folders(self) -> tuple[Path, ...]:
        """Return the folders that workspaces borrow objects from, ours and the person's."""
        modules = (m.objects for m in self.submodules if m.objects is not None)
        return tuple(dict.fromkeys((self.store.path, self.store.borrowed, *modules)))

    def read_file(self, path: str, commit: str | None = None) -> bytes:
        """Return the file *path* of *commit* (the revision's); raise when it is not there."""
        place = f"{commit or self.revision.commit}:{path}"
        try:
            text = self.store.read("cat-file", "blob", place)
        except GitFailedError as error:
            raise self._file_missing(path, commit or self.revision.commit) from error
        return text.encode("utf-8", "surrogateescape")

    def read_jenkinsfile(self, path: str = "Jenkinsfile") -> str:
        """Return the job's program; a pull request's comes from its target unless told."""
        return self.read_file(self.file or path, self.jenkinsfile_commit).decode(
            "utf-8", "replace"
        )

    @property
    def jenkinsfile_commit(self) -> str:
        """Return the commit that the Jenkinsfile is read from."""
        return self.revision.commit if self.file else self.trusted_commit

    def obtained(self, path: str = "Jenkinsfile") -> str:
        """Return the line of the log that says where the Jenkinsfile came from."""
        plain = self.revision.kind is Kind.PLAIN
        source = f"git {self.url}" if plain else self.jenkinsfile_commit
        return f"Obtained {self.file or path} from {source}"

    def has_file(self, path: str) -> bool:
        """Tell whether the revision has a file or a folder *path*."""
        try:
            self.store.read("cat-file", "-e", f"{self.revision.commit}:{path}")
        except GitFailedError:
            return False
        return True

    def _file_missing(self, path: str, commit: str) -> InputError:
        lying = self.repository.path / path
        hint = (
            "it lies there uncommitted: commit it or run with --dirty"
            if lying.exists()
            else None
        )
        return InputError(
            "file-not-in-commit",
            f"commit {commit[:12]} of {self.repository.path} has no file {path}",
            next=hint or f"git -C {self.repository.path} ls-tree -r --name-only {commit[:12]}",
        )


def open_checkout(  # noqa: PLR0913, the options of the command that calls it
    path: Path,
    *,
    branch: str | None = None,
    pr: int | None = None,
    target: str | None = None,
    dirty: bool = False,
    file: str | None = None,
    allow_shallow: bool = False,
) -> Checkout:
    """Return the checkout at *path* as a job sees it; raise `InputError` for what it lacks.

    *branch* builds that branch as a multibranch job does, *pr* and *target* build HEAD (or
    *branch*) as a pull request; *dirty* takes the working tree as it stands. *file* is a
    Jenkinsfile chosen by the person: it is then read from the revision itself.
    """
    repository = find_repository(path, allow_shallow=allow_shallow)
    return _Opening(repository, branch, pr, target, dirty).open(file)


@dataclass
class _Opening:
    repository: Repository
    branch: str | None
    pr: int | None
    target: str | None
    dirty: bool

    def open(self, file: str | None) -> Checkout:
        repository = self.repository
        self.refs = repository.refs()
        self.branches = _branches(self.refs)
        self.head = repository.head()
        if self.head is None and not self.dirty:
            raise _no_commits(repository.path)
        self.home = _home(repository)
        self.store = _open_store(repository, self.home)
        self.default = _default_branch(repository, self.branches)
        self.module_stores: dict[Path, Store] = {}
        revision = self._revision()
        view_refs = self._view_refs(revision)
        view = self._open_view(revision, view_refs)
        return Checkout(
            repository=repository,
            store=self.store,
            view=view,
            revision=revision,
            plan=plan_refs(revision, view_refs, self.default),
            trusted_commit=self._trusted(revision, view_refs),
            default_branch=self.default,
            submodules=tuple(self._submodules(revision)),
            served_urls=_served_urls(repository),
            file=file,
        )

    def _revision(self) -> Revision:
        name, source = self._source()
        commit = self._prepared(source)
        if self.pr is not None:
            return Revision(
                commit, Kind.PULL_REQUEST, f"PR-{self.pr}", change=self._change(name, source)
            )
        if self.branch is not None:
            return Revision(commit, Kind.BRANCH, name, is_primary=name == self.default)
        return Revision(commit, Kind.PLAIN, name)

    def _source(self) -> tuple[str | None, str | None]:
        here = self.repository.head_branch()
        if self.branch is not None and self.branch != here:
            if self.dirty:
                raise _dirty_elsewhere(self.branch, here)
            if self.branch not in self.branches:
                raise branch_unknown(self.branch, self.refs, self.repository.path)
            return self.branch, self.branches[self.branch]
        if here is not None or self.head is None:
            return here, self.head
        tips = [name for name, commit in self.branches.items() if commit == self.head]
        preferred = [name for name in (self.default, *tips) if name in tips]
        return next(iter(preferred), None), self.head

    def _prepared(self, commit: str | None) -> str:
        folder = self.repository.folder
        if self.dirty:
            return self._dirty_commit()
        assert commit is not None, "a clean checkout without commits was refused"  # noqa: S101
        if not folder:
            return commit
        served = rewrite_folder(self.store, commit, folder)
        if served is None:
            raise _folder_not_committed(self.repository)
        return served

    def _dirty_commit(self) -> str:
        folder = self.repository.folder
        gitlinks = dirty_submodules(
            self.repository, self.home / "submodules", self.module_stores
        )
        commit, tree = commit_working_tree(self.repository, self.store, gitlinks)
        if not folder:
            return commit
        parent = rewrite_folder(self.store, self.head, folder) if self.head else None
        try:
            inner = self.store.read("rev-parse", "--verify", f"{tree}:{folder}").strip()
        except GitFailedError as error:
            raise _folder_not_committed(self.repository) from error
        if parent and self.store.read("rev-parse", f"{parent}^{{tree}}").strip() == inner:
            return parent
        return commit_tree(self.store, inner, parent)

    def _change(self, name: str | None, source: str | None) -> Change:
        target = self.target or self.default
        if target is None or target not in self.branches:
            raise branch_unknown(target or "main", self.refs, self.repository.path)
        facts = ["", "", ""]
        if source is not None:
            shown = self.store.read("log", "-1", "--format=%an%x00%ae%x00%s", source)
            facts = shown.rstrip("\n").split("\0")
        url = change_url(
            _remote_url(self.repository), f"file://{self.repository.path}", self.pr or 0
        )
        return Change(self.pr or 0, target, name or "HEAD", facts[2], facts[0], facts[1], url)

    def _target_commit(self, target: str) -> str:
        """Return the newer of the branch here and origin's, when one continues the other."""
        local = self.refs.get(f"refs/heads/{target}")
        theirs = self.refs.get(f"refs/remotes/origin/{target}")
        if local is None or theirs is None or local == theirs:
            return local or theirs or self.branches[target]
        base = self.store.read("merge-base", "--all", local, theirs).split()
        return theirs if local in base else local

    def _view_refs(self, revision: Revision) -> dict[str, str]:
        wanted = {
            name: commit for name, commit in self.branches.items() if name != revision.branch
        }
        target = revision.change.target if revision.change else None
        if target is not None:
            wanted[target] = self._target_commit(target)
        if self.repository.folder:
            kept = {name for name in (target, self.default) if name in wanted}
            wanted = self._rewritten({name: wanted[name] for name in kept})
            tags = {}
        else:
            tags = {n: c for n, c in self.refs.items() if n.startswith("refs/tags/")}
        refs = {f"refs/heads/{name}": commit for name, commit in wanted.items()}
        if revision.change is not None:
            refs[f"refs/pull/{revision.change.number}/head"] = revision.commit
        elif revision.branch is not None:
            refs[f"refs/heads/{revision.branch}"] = revision.commit
        return refs | tags

    def _rewritten(self, branches: Mapping[str, str]) -> dict[str, str]:
        folder = self.repository.folder
        made = {name: rewrite_folder(self.store, c, folder) for name, c in branches.items()}
        return {name: commit for name, commit in made.items() if commit is not None}

    def _open_view(self, revision: Revision, refs: Mapping[str, str]) -> View:
        names = [f"refs/heads/{self.default}", f"refs/heads/{revision.branch}"]
        head = next((name for name in names if name in refs), revision.commit)
        shallow = self.repository.is_shallow and not self.repository.folder
        return open_view(self.home / "views", self.store, refs, head, with_shallow=shallow)

    def _trusted(self, revision: Revision, refs: Mapping[str, str]) -> str:
        if revision.change is None:
            return revision.commit
        return refs.get(f"refs/heads/{revision.change.target}", revision.commit)

    def _submodules(self, revision: Revision) -> list[Submodule]:
        repository = self.repository
        if repository.folder:
            dirs: tuple[Path, ...] = ()
            tree = repository.path
        else:
            dirs = tuple(dict.fromkeys((repository.git_dir, repository.common_dir)))
            tree = repository.top
        return find_submodules(self.store.path, revision.commit, dirs, tree, self.module_stores)


def _branches(refs: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for prefix in ("refs/remotes/origin/", "refs/heads/"):  # the person's own win
        for name, commit in refs.items():
            if name.startswith(prefix) and name != "refs/remotes/origin/HEAD":
                found[name.removeprefix(prefix)] = commit
    return found


def _default_branch(repository: Repository, branches: Mapping[str, str]) -> str | None:
    try:
        name = read(
            "symbolic-ref", "-q", "refs/remotes/origin/HEAD", cwd=repository.path
        ).strip()
    except GitFailedError:
        name = ""
    guesses = (
        name.removeprefix("refs/remotes/origin/"),
        "main",
        "master",
        repository.head_branch(),
    )
    return next((guess for guess in guesses if guess and guess in branches), None)


def _home(repository: Repository) -> Path:
    text = f"{repository.common_dir}\0{repository.object_format}"
    key = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return state_home() / "sources" / f"{repository.top.name}-{key}"


def _open_store(repository: Repository, home: Path) -> Store:
    shallow = repository.common_dir / "shallow"
    text = shallow.read_text() if shallow.is_file() else ""
    return open_store(home / "store.git", repository.objects, repository.object_format, text)


def _remote_url(repository: Repository) -> str | None:
    try:
        return read("config", "--get", "remote.origin.url", cwd=repository.path).strip()
    except GitFailedError:
        return None


def _served_urls(repository: Repository) -> frozenset[str]:
    own = {str(repository.path), f"file://{repository.path}"}
    try:
        listed = read("config", "--get-regexp", r"^remote\..*\.url$", cwd=repository.path)
    except GitFailedError:
        listed = ""
    if repository.folder:
        listed = ""  # the remotes are the whole repository's, not the folder's
    own |= {line.split(" ", 1)[1] for line in listed.splitlines() if " " in line}
    return frozenset(plain_url(url) for url in own)


def plain_url(url: str) -> str:
    """Return *url* without what two spellings of one repository differ in."""
    return url.rstrip("/").removesuffix(".git").rstrip("/")


def _no_commits(path: Path) -> InputError:
    return InputError(
        "checkout-empty",
        f"{path} has no commit yet",
        details=[("or", "run with --dirty to take the working tree as it stands")],
        next=f"git -C {path} add -A && git -C {path} commit -m first",
    )


def _folder_not_committed(repository: Repository) -> InputError:
    return InputError(
        "folder-not-committed",
        f"{repository.folder} is in no commit of the repository {repository.top}",
        details=[("or", "run with --dirty to take the folder as it stands")],
        next=f"git -C {repository.path} add . && git -C {repository.path} commit -m first",
    )


def _dirty_elsewhere(branch: str, here: str | None) -> InputError:
    return InputError(
        "dirty-on-another-branch",
        f'--dirty takes the working tree, which is on {here or "no branch"}, not on "{branch}"',
        next=f"git switch {branch}, or leave out --branch or --dirty",
    )
