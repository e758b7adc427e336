"""Check a revision out into a workspace, as the git plugin does it: the `checkout` step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlcci.engine.source.changes import ChangeEntry, list_changes
from tlcci.engine.source.checkout import Checkout, plain_url
from tlcci.engine.source.clone import (
    Clone,
    borrowed_modules,
    mark_of,
    plan_clone,
    plan_update,
    telling_files,
)
from tlcci.engine.source.extensions import plan_after, plan_before
from tlcci.engine.source.git import (
    Empty,
    GitFailedError,
    Run,
    Step,
    plain_environment,
)
from tlcci.engine.source.hands import Hands, LocalHands
from tlcci.engine.source.request import Remote, ScmRequest
from tlcci.engine.source.revision import Kind
from tlcci.engine.source.specifier import RevisionNotFoundError, expand, find_revision

if TYPE_CHECKING:
    from pathlib import Path

_INTRODUCTION = (
    "Selected Git installation does not exist. Using Default",
    "The recommended git tool is: NONE",
)


class CheckoutAbortedError(Exception):
    """Jenkins' AbortException with this message; *console* was said before it."""

    def __init__(self, message: str, console: list[str]) -> None:
        """Keep the lines of *console* that the step had printed until then."""
        super().__init__(message)
        self.console = console


@dataclass(frozen=True)
class History:
    """What earlier builds of the job checked out; *is_first*: the first time in this build."""

    previous: str | None = None
    previous_successful: str | None = None
    is_first: bool = True


@dataclass(frozen=True)
class CheckedOut:
    """What a `checkout` step did: its return value, its lines, its change set."""

    commit: str
    git_branch: str
    variables: dict[str, str]
    console: list[str]
    changes: list[ChangeEntry] = field(default_factory=list)
    ignored: tuple[str, ...] = ()


def request_of(checkout: Checkout) -> ScmRequest:
    """Return the request that the job's own `scm` stands for."""
    refspec = " ".join(checkout.plan.refspecs)
    return ScmRequest(Remote(checkout.url, refspec=refspec), (checkout.revision.specifier,))


def check_out(
    checkout: Checkout,
    folder: Path,
    request: ScmRequest | None = None,
    history: History | None = None,
    environment: Mapping[str, str] | None = None,
    hands: Hands | None = None,
) -> CheckedOut:
    """Check *request* (`scm` itself when `None`) out into *folder* and tell what was done.

    *environment* is the step's; without one it is this process's. *hands* do it on the
    machine where *folder* is, without any on this one. Raises
    `CheckoutAbortedError` where Jenkins aborts the step, `GitFailedError` where git fails
    for a reason of this machine's.
    """
    step = _Step(
        checkout,
        request or request_of(checkout),
        history or History(),
        plain_environment(environment),
        is_own=request is None or request == request_of(checkout),
        hands=hands or LocalHands(),
    )
    return step.take(folder)


@dataclass
class _Step:
    checkout: Checkout
    request: ScmRequest
    history: History
    environment: dict[str, str]
    is_own: bool
    hands: Hands
    there: set[Path] = field(default_factory=set)
    console: list[str] = field(default_factory=list)

    def take(self, folder: Path) -> CheckedOut:
        inner = self.request.extension("RelativeTargetDirectory")
        if inner is not None:
            folder = folder / expand(inner.text("relativeTargetDir"), self.environment)
        self._introduce()
        if self.request.extension("WipeWorkspace") is not None:
            self.console.append("Wiping out workspace first.")
            self._perform([Empty(folder)])
        self.there = self.hands.existing(telling_files(folder, self.checkout.submodules))
        self._fetch(folder)
        commit, shown = self._revision(folder)
        commit = self._place(folder, commit, shown)
        return self._told(commit, shown)

    def _introduce(self) -> None:
        credentials = self.request.remote.credentials_id
        self.console += _INTRODUCTION
        self.console.append(
            f"using credential {credentials}" if credentials else "No credentials specified"
        )

    def _fetch(self, folder: Path) -> None:
        has_clone = self._has_clone(folder)
        self.console.append(
            "Fetching changes from the remote Git repository"
            if has_clone
            else "Cloning the remote Git repository"
        )
        if has_clone:
            self._perform(plan_before(self.request, folder, self.console))
        if self._is_served():
            self._borrow(folder, has_clone=has_clone)
        else:
            self._fetch_elsewhere(folder, has_clone=has_clone)
        if not has_clone:
            if self.is_own and self.checkout.revision.kind is not Kind.PLAIN:
                self.console.append(
                    "Cloning with configured refspecs honoured and without tags"
                )
            self.console.append("Avoid second fetch")

    def _is_served(self) -> bool:
        """Return whether the checkout gives what is asked for, as a clone of its own."""
        remote = self.request.remote
        if not self.is_own and plain_url(remote.url) not in self.checkout.served_urls:
            return False
        is_local = remote.url.startswith(("file:", "/"))
        return self.is_own or remote.name == "origin" or not is_local

    def _has_clone(self, folder: Path) -> bool:
        if folder / ".git" not in self.there:
            return False
        try:
            # A clone whose borrowed objects are gone is no clone any more.
            self._git(folder, "rev-parse", "-q", "--verify", "HEAD^{commit}")
        except GitFailedError:
            return False
        return True

    def _borrow(self, folder: Path, *, has_clone: bool) -> None:
        options = self.request.extension("CloneOption")
        lender = self.hands.lend(self.checkout, self.environment)
        there = self.there if has_clone else set()
        modules = borrowed_modules(folder, self.checkout.submodules, there, lender)
        clone = Clone(
            folder,
            self.checkout,
            lender,
            without_tags=options is not None and options.flag("noTags"),
            modules=modules,
        )
        if has_clone and mark_of(folder) in self.there:
            try:
                self._perform(plan_update(clone))
            except GitFailedError:  # a branch became a folder of branches, or the like
                self._perform(plan_clone(clone))
        else:
            self._perform(plan_clone(clone))

    def _fetch_elsewhere(self, folder: Path, *, has_clone: bool) -> None:
        remote = self.request.remote
        options = self.request.extension("CloneOption")
        without_tags = options is not None and options.flag("noTags")
        depth = options.text("depth") or "1" if options and options.flag("shallow") else ""
        try:
            if not has_clone:
                self._perform([Empty(folder), Run(("git", "init", "-q", str(folder)))])
            self._git(
                *(folder, "fetch", "--force", "--no-tags" if without_tags else "--tags"),
                *((f"--depth={depth}",) if depth else ()),
                *("--", remote.url, *remote.refspec.split()),
            )
            self._git(folder, "config", f"remote.{remote.name}.url", remote.url)
            key = f"remote.{remote.name}.fetch"
            self._git(folder, "config", "--replace-all", key, remote.refspec.split()[0])
        except GitFailedError as error:
            verb = "fetching" if has_clone else "cloning"
            message = f"Error {verb} remote repo '{remote.name}'"
            self.console += [f"ERROR: {message}", *error.said.splitlines()]
            raise CheckoutAbortedError(message, self.console) from error

    def _revision(self, folder: Path) -> tuple[str, str]:
        if self.is_own:
            return self.checkout.revision.commit, self.checkout.revision.shown
        listed = self._git(folder, "for-each-ref", "--format=%(objectname) %(refname)")
        refs = {name: c for c, name in (line.split(" ", 1) for line in listed.splitlines())}
        for specifier in self.request.branches:
            text = expand(specifier, self.environment)
            try:
                return find_revision(text, refs, self.request.remote.name)
            except RevisionNotFoundError:
                found = self._rev_parse(folder, text)
                if found is not None:
                    return found, "detached"
        raise CheckoutAbortedError(str(RevisionNotFoundError()), self.console)

    def _rev_parse(self, folder: Path, text: str) -> str | None:
        try:
            name = f"{text}^{{commit}}"
            return self._git(
                folder, "rev-parse", "-q", "--verify", "--end-of-options", name
            ).strip()
        except GitFailedError:
            return None

    def _place(self, folder: Path, commit: str, shown: str) -> str:
        if shown == "detached":
            commit = self._rev_parse(folder, commit) or commit  # a tag's commit
        commit = self._merged(folder, commit)
        self.console.append(f"Checking out Revision {commit} ({shown})")
        local = self._local_branch(shown)
        self._perform(plan_after(self.request, folder, commit, local, self.console))
        subject = self._git(folder, "log", "-1", "--format=%B", commit)
        self.console.append(f'Commit message: "{_short_message(subject)}"')
        if self.history.is_first and self.history.previous is None and self.request.changelog:
            self.console.append("First time build. Skipping changelog.")
        return commit

    def _merged(self, folder: Path, commit: str) -> str:
        merge = self.request.extension("PreBuildMerge")
        if merge is None:
            return commit
        options = merge.options.get("options")
        facts = options if isinstance(options, Mapping) else merge.options
        target = f"{facts.get('mergeRemote') or 'origin'}/{facts.get('mergeTarget')}"
        self.console.append(f"Merging Revision {commit} to {target}")
        mode = str(facts.get("fastForwardMode") or "FF").lower().replace("_", "-")
        try:
            self._git(folder, "checkout", "-q", "-f", "--detach", target)
            self._git(folder, "merge", "-q", f"--{mode}", commit)
        except GitFailedError as error:
            self._git(folder, "checkout", "-q", "-f", "--detach", commit)
            raise CheckoutAbortedError(
                "Branch not suitable for integration as it does not merge cleanly: "
                + error.said,
                self.console,
            ) from error
        return self._git(folder, "rev-parse", "HEAD").strip()

    def _local_branch(self, shown: str) -> str | None:
        extension = self.request.extension("LocalBranch")
        if extension is None:
            return None
        name = expand(extension.text("localBranch").strip(), self.environment)
        remote = f"refs/remotes/{self.request.remote.name}/"
        return name if name and name != "**" else shown.removeprefix(remote)

    def _told(self, commit: str, shown: str) -> CheckedOut:
        branch = shown.removeprefix("refs/remotes/")
        by_author = self.request.extension("AuthorInChangelog") is not None
        changes = []
        if self.is_own and self.history.is_first and self.request.changelog:
            changes = list_changes(
                self.checkout.store, self.history.previous, commit, by_author=by_author
            )
        return CheckedOut(
            commit,
            branch,
            self._variables(commit, branch, self._local_branch(shown)),
            self.console,
            changes,
            self.request.ignored,
        )

    def _variables(self, commit: str, branch: str, local: str | None) -> dict[str, str]:
        inner = self.request.extension("RelativeTargetDirectory")
        person = self.request.extension("UserIdentity")
        name, email = (person.text("name"), person.text("email")) if person else ("", "")
        facts = {
            "GIT_BRANCH": branch,
            "GIT_LOCAL_BRANCH": local,
            "GIT_CHECKOUT_DIR": inner.text("relativeTargetDir") if inner else None,
            "GIT_PREVIOUS_COMMIT": self.history.previous,
            "GIT_PREVIOUS_SUCCESSFUL_COMMIT": self.history.previous_successful,
            "GIT_COMMIT": commit,
            "GIT_URL": self.request.remote.url,
            "GIT_COMMITTER_NAME": name or None,
            "GIT_AUTHOR_NAME": name or None,
            "GIT_COMMITTER_EMAIL": email or None,
            "GIT_AUTHOR_EMAIL": email or None,
        }
        return {key: value for key, value in facts.items() if value is not None}

    def _perform(self, steps: list[Step]) -> None:
        self.hands.perform(steps, self.environment)

    def _git(self, folder: Path, *args: str) -> str:
        # A folder above may be a repository too: the clone must be in the folder itself.
        ceiling = {"GIT_CEILING_DIRECTORIES": os.fspath(folder.parent)}
        return self.hands.output(Run(("git", *args), folder, ceiling), self.environment)


def _short_message(text: str) -> str:
    paragraph = text.strip("\n").split("\n\n", 1)[0]
    return " ".join(line.strip() for line in paragraph.splitlines())
