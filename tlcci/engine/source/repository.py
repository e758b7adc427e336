"""Find the person's repository and say what kind it is, without writing a byte into it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from tlcci.engine.source.git import GitFailedError, read, require_git
from tlcci.errors import InputError, TlcciError

_FACTS = (
    "--is-bare-repository",
    "--is-inside-work-tree",
    "--is-shallow-repository",
    "--show-object-format",
    "--absolute-git-dir",
    "--git-common-dir",
)


@dataclass(frozen=True)
class Repository:
    """The repository that a path lies in; *folder* is the path's place in it, "" at the top."""

    path: Path
    top: Path
    folder: str
    git_dir: Path
    common_dir: Path
    object_format: str
    is_shallow: bool

    @property
    def objects(self) -> Path:
        """Return the folder of objects that other repositories may borrow from."""
        return self.common_dir / "objects"

    def head(self) -> str | None:
        """Return HEAD's commit, or `None` before the first commit."""
        return resolve(self.path, "HEAD")

    def head_branch(self) -> str | None:
        """Return the name of the branch that is checked out, or `None` for a detached HEAD."""
        try:
            return read("symbolic-ref", "-q", "--short", "HEAD", cwd=self.path).strip()
        except GitFailedError:
            return None

    def refs(self) -> dict[str, str]:
        """Return every branch, remote branch and tag with the object that it names."""
        listed = read(
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            *("refs/heads", "refs/remotes", "refs/tags"),
            cwd=self.path,
        )
        pairs = (line.split(" ", 1) for line in listed.splitlines())
        return {name: commit for commit, name in pairs}


def find_repository(path: Path, *, allow_shallow: bool = False) -> Repository:
    """Return the repository of *path*; raise what is wrong with it as a person's mistake.

    A shallow clone is refused unless *allow_shallow*: the jobs' own scripts look at
    earlier commits and fail there with errors that do not name the reason. A sub-folder of
    a shallow clone is served all the same, for its history is made anew.
    """
    require_git()
    if not path.is_dir():
        raise InputError(
            "checkout-missing", f"there is no folder {path}", next=f"ls {path.parent}"
        )
    path = path.absolute()
    found = _inspect(path)
    _refuse_partial(path)
    if found.is_shallow and not allow_shallow and not found.folder:
        raise _shallow(found)
    return found


def resolve(path: Path, revision: str) -> str | None:
    """Return the commit that *revision* names in the repository at *path*."""
    try:
        return read(
            "rev-parse",
            "--verify",
            "-q",
            "--end-of-options",
            f"{revision}^{{commit}}",
            cwd=path,
        ).strip()
    except GitFailedError:
        return None


def branch_unknown(name: str, refs: dict[str, str], path: Path) -> InputError:
    """Return the error for a branch *name* that the checkout has not got."""
    names = sorted({_short(ref) for ref in refs if not ref.startswith("refs/tags/")})
    close = difflib.get_close_matches(name, names, 3) or names[:3]
    return InputError(
        "branch-unknown",
        f'the checkout has no branch "{name}", nor has its origin as last fetched',
        details=[("checkout", str(path)), ("close to", ", ".join(close) or "no branch at all")],
        next=f"git -C {path} fetch origin {name}",
    )


def _inspect(path: Path) -> Repository:
    try:
        facts = read("rev-parse", "--path-format=absolute", *_FACTS, cwd=path).splitlines()
    except GitFailedError as error:
        raise _translated(error, path) from error
    bare, inside, shallow, object_format, git_dir, common_dir = facts
    if bare == "true" or inside != "true":
        raise InputError(
            "checkout-bare",
            f"{path} has no working tree",
            details=[("needed", "a checkout: the folder that holds the Jenkinsfile")],
            next=f"git clone {path} checkout",
        )
    top, prefix = [
        read("rev-parse", "--path-format=absolute", flag, cwd=path).rstrip("\n")
        for flag in ("--show-toplevel", "--show-prefix")
    ]
    return Repository(
        path=path,
        top=Path(top),
        folder=prefix.rstrip("/"),
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        object_format=object_format,
        is_shallow=shallow == "true",
    )


def _refuse_partial(path: Path) -> None:
    try:
        read(
            "config",
            "--get-regexp",
            r"^(extensions\.partialclone|remote\..*\.promisor)$",
            cwd=path,
        )
    except GitFailedError:
        return
    raise InputError(
        "checkout-partial",
        f"{path} is a partial clone: git fetches its files from a server when they are read",
        details=[("unchanged", "nothing was fetched and nothing was started")],
        next="clone it again without --filter",
    )


def _shallow(found: Repository) -> InputError:
    return InputError(
        "checkout-shallow",
        f"{found.path} is a shallow clone: earlier commits, which jobs look at, are not here",
        details=[("unchanged", "nothing was fetched and nothing was started")],
        next=f"git -C {found.path} fetch --unshallow",
    )


def _translated(error: GitFailedError, path: Path) -> TlcciError:
    said = error.said.lower()
    if "not a git repository (or any" in said:
        return InputError(
            "not-a-repository",
            f"{path} is not in a git repository",
            details=[("needed", "a job is run from a commit, as Jenkins does it")],
            next=f"git -C {path} init && git -C {path} add -A && git -C {path} commit -m first",
        )
    if "permission denied" in said:
        return InputError(
            "checkout-unreadable",
            f"{path} may not be read by this user",
            details=[("said", error.said)],
            next=f"ls -ld {path} {path / '.git'}",
        )
    return InputError(
        "checkout-broken",
        f"git cannot read the repository of {path}",
        details=[("said", error.said)],
        next=f"git -C {path} status",
    )


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/")
