"""The sources of a build: its checkout, what earlier builds had, what this one changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlcci.engine.failures import abort
from tlcci.engine.source import (
    CheckedOut,
    CheckoutAbortedError,
    GitFailedError,
    History,
    ScmRequest,
    check_out,
    read_git_scm,
    read_git_step,
    request_of,
)
from tlcci.engine.source.git import read
from tlcci.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlcci.engine import history
    from tlcci.engine.source import ChangeEntry, Checkout, Hands


class Source:
    """The checkout of one build, and the `checkout` and `git` steps on it."""

    def __init__(self, checkout: Checkout, builds: history.History) -> None:
        self._checkout = checkout
        self._previous = builds.commit()
        self._previous_successful = builds.commit(lambda result: result == "SUCCESS")
        self._taken: set[str] = set()
        self.commit = checkout.revision.commit
        self.url = checkout.url
        self.change_sets: list[dict[str, Any]] = []

    @property
    def git_branch(self) -> str:
        """Return what GIT_BRANCH is."""
        return self._checkout.revision.git_branch

    def stranger(self) -> str | None:
        """Return who wrote the commit when that is not the person whose checkout it is."""
        author = self._checkout.store.read("log", "-1", "--format=%ae", self.commit).strip()
        try:
            own = read("config", "user.email", cwd=self._checkout.repository.path).strip()
        except GitFailedError:
            return None
        return None if own in {"", author} else author

    def scm_facts(self) -> dict[str, Any]:
        """Return the global `scm` as the script sees it."""
        request = request_of(self._checkout)
        remote = {
            "url": request.remote.url,
            "name": request.remote.name,
            "refspec": request.remote.refspec,
            "credentialsId": request.remote.credentials_id,
        }
        return {
            "branches": [{"name": name} for name in request.branches],
            "userRemoteConfigs": [remote],
            "extensions": [],
        }

    def read(self, path: str) -> str | None:
        """Return a file of the revision, None where there is none."""
        try:
            return self._checkout.read_file(path).decode("utf-8", "replace")
        except InputError:
            return None

    def take(
        self,
        scm: dict[str, Any] | None,
        folder: str,
        environment: Mapping[str, str],
        log: Callable[[str], None],
        hands: Hands | None = None,
    ) -> dict[str, str]:
        """Check *scm* (None: the build's own) out into *folder* and return its variables.

        *hands* do it where *folder* is, without any here. Raises the Failure that Jenkins'
        step ends with.
        """
        request = None if scm is None else _request(scm)
        key = repr(request)
        past = History(
            self._previous, self._previous_successful, is_first=key not in self._taken
        )
        self._taken.add(key)
        try:
            done = check_out(self._checkout, Path(folder), request, past, environment, hands)
        except CheckoutAbortedError as error:
            for line in error.console:
                log(line)
            raise abort(str(error)) from error
        except GitFailedError as error:
            raise abort(str(error)) from error
        self._note(done, log)
        return done.variables

    def _note(self, done: CheckedOut, log: Callable[[str], None]) -> None:
        for line in done.console:
            log(line)
        for name in done.ignored:
            log(f"tlcci: the extension {name} has no effect here")
        if done.changes:
            self.change_sets.append({"kind": "git", "items": [_item(c) for c in done.changes]})


def _request(scm: dict[str, Any]) -> ScmRequest:
    try:
        if scm.get("$class") == "GitStep":
            return read_git_step(scm)
        return read_git_scm(scm)
    except ValueError as error:
        raise abort(str(error)) from error


def _item(change: ChangeEntry) -> dict[str, Any]:
    facts = {
        "commitId": change.commit_id,
        "msg": change.msg,
        "title": change.msg,
        "comment": change.comment,
        "author": change.author,
        "authorName": change.author_name,
        "authorEmail": change.author_email,
        "timestamp": change.timestamp_ms,
        "affectedPaths": list(change.affected_paths),
        "affectedFiles": [
            {
                "$x": "object",
                "type": "Path",
                "facts": {"path": file.path, "editType": file.edit_type, "text": file.path},
            }
            for file in change.affected_files
        ],
    }
    return {"$x": "object", "type": "GitChangeSet", "facts": facts}
