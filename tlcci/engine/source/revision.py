"""Which commit a build is of, and what Jenkins would call it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Enum):
    """The kind of job that a build belongs to."""

    PLAIN = "plain"  # a pipeline job with a branch specifier, "*/main"
    BRANCH = "branch"  # a branch of a multibranch job
    PULL_REQUEST = "pull request"  # a pull request of a multibranch job


@dataclass(frozen=True)
class Change:
    """The facts of a pull request that a multibranch job shows to its scripts."""

    number: int
    target: str
    source: str
    title: str
    author_name: str
    author_email: str
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """Return the CHANGE_* variables."""
        return {
            "CHANGE_ID": str(self.number),
            "CHANGE_URL": self.url,
            "CHANGE_TITLE": self.title,
            "CHANGE_AUTHOR": self.author_email.split("@")[0] or self.author_name,
            "CHANGE_AUTHOR_DISPLAY_NAME": self.author_name,
            "CHANGE_AUTHOR_EMAIL": self.author_email,
            "CHANGE_BRANCH": self.source,
            "CHANGE_TARGET": self.target,
        }


@dataclass(frozen=True)
class Revision:
    """A commit with the name under which a job builds it; no *branch*: a detached HEAD."""

    commit: str
    kind: Kind
    branch: str | None
    is_primary: bool = False
    change: Change | None = None

    @property
    def git_branch(self) -> str:
        """Return GIT_BRANCH as the git plugin sets it."""
        if self.branch is None:
            return "detached"
        return f"origin/{self.branch}" if self.kind is Kind.PLAIN else self.branch

    @property
    def shown(self) -> str:
        """Return what the log names in brackets after "Checking out Revision ..."."""
        if self.branch is None:
            return "detached"
        plain = self.kind is Kind.PLAIN
        return f"refs/remotes/origin/{self.branch}" if plain else self.branch

    @property
    def specifier(self) -> str:
        """Return the job's branch specifier, `scm.branches[0].name`."""
        if self.branch is None:
            return self.commit
        return f"*/{self.branch}" if self.kind is Kind.PLAIN else self.branch

    @property
    def environment(self) -> dict[str, str]:
        """Return BRANCH_NAME and CHANGE_*, as a multibranch job has them; none for others."""
        if self.kind is Kind.PLAIN or self.branch is None:
            return {}
        primary = {"BRANCH_IS_PRIMARY": "true"} if self.is_primary else {}
        change = self.change.environment if self.change else {}
        return {"BRANCH_NAME": self.branch, **primary, **change}


@dataclass(frozen=True)
class RefPlan:
    """The refs that a job's clone gets, and the refspecs that its later fetches follow."""

    refs: Mapping[str, str] = field(default_factory=dict)
    refspecs: tuple[str, ...] = ()


def plan_refs(revision: Revision, refs: Mapping[str, str], default: str | None) -> RefPlan:
    """Return what of *refs* (the view's) a clone for *revision* has under refs/remotes/origin.

    A plain job has every branch and every tag. A multibranch job has its own branch and
    the target; the *default* branch is there as well, for scripts compare with it.
    """
    if revision.kind is Kind.PLAIN:
        kept = {
            name.replace("refs/heads/", "refs/remotes/origin/", 1): commit
            for name, commit in refs.items()
            if name.startswith(("refs/heads/", "refs/tags/"))
        }
        return RefPlan(kept, ("+refs/heads/*:refs/remotes/origin/*",))
    sources = {}
    if revision.change is not None:
        sources[f"PR-{revision.change.number}"] = f"refs/pull/{revision.change.number}/head"
        sources[revision.change.target] = f"refs/heads/{revision.change.target}"
    elif revision.branch is not None:
        sources[revision.branch] = f"refs/heads/{revision.branch}"
    if default is not None:
        sources.setdefault(default, f"refs/heads/{default}")
    sources = {name: source for name, source in sources.items() if source in refs}
    return RefPlan(
        {f"refs/remotes/origin/{name}": refs[source] for name, source in sources.items()},
        tuple(f"+{source}:refs/remotes/origin/{name}" for name, source in sources.items()),
    )


def change_url(origin: str | None, fallback: str, number: int) -> str:
    """Return the address of pull request *number*, guessed from the *origin*'s URL."""
    found = re.fullmatch(
        r"(?:https?://|ssh://git@|git@)([^/:@]+)[:/](.+?)(?:\.git)?/?", origin or ""
    )
    base = f"https://{found[1]}/{found[2]}" if found else fallback
    return f"{base}/pull/{number}"
