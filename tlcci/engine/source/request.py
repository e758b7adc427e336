"""What a `checkout` or `git` step asks for, read from the step's arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

# Symbol or class name to the class name that the plugin's documentation uses.
_CLASSES = {
    "authorInChangelog": "AuthorInChangelog",
    "changelogToBranch": "ChangelogToBranch",
    "checkoutOption": "CheckoutOption",
    "cleanAfterCheckout": "CleanCheckout",
    "cleanBeforeCheckout": "CleanBeforeCheckout",
    "cloneOption": "CloneOption",
    "firstBuildChangelog": "FirstBuildChangelog",
    "lfs": "GitLFSPull",
    "localBranch": "LocalBranch",
    "perBuildTag": "PerBuildTag",
    "pruneStaleBranch": "PruneStaleBranch",
    "pruneTags": "PruneStaleTag",
    "sparseCheckout": "SparseCheckoutPaths",
    "submodule": "SubmoduleOption",
}
SUPPORTED = frozenset(
    {
        "AuthorInChangelog",
        "CleanBeforeCheckout",
        "CleanCheckout",
        "CloneOption",
        "LocalBranch",
        "PreBuildMerge",
        "RelativeTargetDirectory",
        "SparseCheckoutPaths",
        "SubmoduleOption",
        "UserIdentity",
        "WipeWorkspace",
    }
)


@dataclass(frozen=True)
class Remote:
    """A remote of a `GitSCM`."""

    url: str
    name: str = "origin"
    refspec: str = "+refs/heads/*:refs/remotes/origin/*"
    credentials_id: str | None = None


@dataclass(frozen=True)
class Extension:
    """An extension of a `GitSCM`, by its class name."""

    kind: str
    options: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the option *name* as text, "" where it is not given."""
        value = self.options.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return the option *name* as a boolean."""
        return self.text(name).lower() == "true"


@dataclass(frozen=True)
class ScmRequest:
    """A `GitSCM`: where from, which branch, and what besides."""

    remote: Remote
    branches: tuple[str, ...] = ("*/master",)
    extensions: tuple[Extension, ...] = ()
    changelog: bool = True
    poll: bool = True

    def extension(self, kind: str) -> Extension | None:
        """Return the extension *kind*, or `None`."""
        return next((e for e in self.extensions if e.kind == kind), None)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return the names of the extensions that have no effect here."""
        return tuple(e.kind for e in self.extensions if e.kind not in SUPPORTED)


def read_git_scm(arguments: Mapping[str, object]) -> ScmRequest:
    """Return the request of `checkout([$class: 'GitSCM', ...])`; *arguments* are plain data.

    Raises `ValueError` in Jenkins' words when no repository is named.
    """
    remotes = [r for r in _list(arguments.get("userRemoteConfigs")) if _is_map(r)]
    if not remotes or not remotes[0].get("url"):
        raise ValueError(
            "Git repository URL 1 is an empty string in job definition. "
            "Checkout requires a valid repository URL"
        )
    names = [b.get("name") if _is_map(b) else b for b in _list(arguments.get("branches"))]
    return ScmRequest(
        remote=_remote(remotes[0]),
        branches=tuple(str(name) for name in names if name) or ("*/master",),
        extensions=tuple(_extension(e) for e in _list(arguments.get("extensions"))),
        changelog=arguments.get("changelog") is not False,
        poll=arguments.get("poll") is not False,
    )


def read_git_step(arguments: Mapping[str, object]) -> ScmRequest:
    """Return the request of the `git` step, which also makes a local branch."""
    branch = str(arguments.get("branch") or "master")
    credentials = arguments.get("credentialsId")
    return ScmRequest(
        remote=Remote(
            str(arguments.get("url") or ""),
            credentials_id=str(credentials) if credentials else None,
        ),
        branches=(f"*/{branch}",),
        extensions=(Extension("LocalBranch", {"localBranch": branch}),),
        changelog=arguments.get("changelog") is not False,
        poll=arguments.get("poll") is not False,
    )


def _remote(facts: Mapping[str, object]) -> Remote:
    name = str(facts.get("name") or "origin")
    credentials = facts.get("credentialsId")
    return Remote(
        url=str(facts["url"]),
        name=name,
        refspec=str(facts.get("refspec") or f"+refs/heads/*:refs/remotes/{name}/*"),
        credentials_id=str(credentials) if credentials else None,
    )


def _extension(value: object) -> Extension:
    if not _is_map(value):
        return Extension(_class(str(value)))
    options = {key: v for key, v in value.items() if key not in ("$class", "$symbol")}
    return Extension(_class(str(value.get("$class") or value.get("$symbol") or "?")), options)


def _class(name: str) -> str:
    last = name.rsplit(".", 1)[-1]
    return {"CleanAfterCheckout": "CleanCheckout"}.get(last, _CLASSES.get(last, last))


def _list(value: object) -> Sequence[object]:
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else (value,)


def _is_map(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)
