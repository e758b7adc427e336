"""`checkout scm` into a workspace: a real clone, offline, as the git plugin leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.engine.source.conftest import commit, git
from tlcci.engine.source import (
    CheckoutAbortedError,
    History,
    check_out,
    list_changes,
    open_checkout,
    read_git_scm,
    read_git_step,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., Path]


def test_a_first_checkout_says_and_returns_what_jenkins_does(
    make_checkout: Make, tmp_path: Path
) -> None:
    """The lines and the map are those of the recorded cases."""
    project = make_checkout()
    head = git(project, "rev-parse", "HEAD")

    result = check_out(open_checkout(project), tmp_path / "ws")

    assert [
        "Selected Git installation does not exist. Using Default",
        "The recommended git tool is: NONE",
        "No credentials specified",
        "Cloning the remote Git repository",
        "Avoid second fetch",
        f"Checking out Revision {head} (refs/remotes/origin/main)",
        'Commit message: "first commit"',
        "First time build. Skipping changelog.",
    ] == result.console
    assert {
        "GIT_BRANCH": "origin/main",
        "GIT_COMMIT": head,
        "GIT_URL": f"file://{project}",
    } == result.variables


def test_the_workspace_is_detached_and_borrows_every_object(
    make_checkout: Make, tmp_path: Path
) -> None:
    """Nothing is copied, and git's own words about the clone are the usual ones."""
    check_out(open_checkout(make_checkout()), tmp_path / "ws")

    ws = tmp_path / "ws"
    assert git(ws, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert git(ws, "status", "--porcelain") == ""
    assert "count: 0" in git(ws, "count-objects", "-v").splitlines()


def test_a_jobs_own_fetch_log_and_merge_of_the_target_work(
    make_checkout: Make, tmp_path: Path
) -> None:
    """What a pull-request build's scripts do after the checkout needs no network."""
    project = make_checkout()
    git(project, "checkout", "-q", "-b", "fix")
    commit(project, "fix", {"fix.txt": "f\n"})
    git(project, "checkout", "-q", "main")
    newest = commit(project, "main moved", {"main.txt": "m\n"})
    git(project, "checkout", "-q", "fix")

    result = check_out(open_checkout(project, pr=1, target="main"), tmp_path / "ws")
    ws = tmp_path / "ws"
    git(ws, "fetch", "origin", "main")
    git(ws, "merge", "-q", "-m", "merge", "origin/main")

    assert "PR-1" == result.git_branch
    assert newest == git(ws, "log", "-1", "--format=%H", "origin/main")
    assert (ws / "main.txt").exists()
    assert (ws / "fix.txt").exists()


def test_a_second_checkout_resets_tracked_files_and_keeps_others(
    make_checkout: Make, tmp_path: Path
) -> None:
    """The git plugin checks out with force and cleans nothing."""
    project = make_checkout()
    ws = tmp_path / "ws"
    check_out(open_checkout(project), ws)
    (ws / "Jenkinsfile").write_text("dirty")
    (ws / "untracked.txt").write_text("u")
    added = commit(project, "second", {"added.txt": "new\n"})

    result = check_out(open_checkout(project), ws)

    assert "Fetching changes from the remote Git repository" == result.console[3]
    assert (added, "node {}\n") == (
        git(ws, "rev-parse", "origin/main"),
        (ws / "Jenkinsfile").read_text(),
    )
    assert {"untracked.txt", "added.txt"} <= {path.name for path in ws.iterdir()}


def test_a_first_clone_empties_the_folder(make_checkout: Make, tmp_path: Path) -> None:
    """The git plugin deletes what lies where it clones."""
    ws = tmp_path / "ws"
    ws.mkdir()
    (ws / "left.txt").write_text("x")

    check_out(open_checkout(make_checkout()), ws)

    assert not (ws / "left.txt").exists()


def test_two_workspaces_at_two_revisions_do_not_meet(
    make_checkout: Make, tmp_path: Path
) -> None:
    """Each run's origin stays at the revision that the run was started with."""
    project = make_checkout()
    old = open_checkout(project)
    commit(project, "second", {"b.txt": "b\n"})
    new = open_checkout(project)

    check_out(new, tmp_path / "new")
    check_out(old, tmp_path / "old")
    for name in ("new", "old"):
        git(tmp_path / name, "fetch", "-q", "origin")

    tips = [
        git(tmp_path / name, "log", "-1", "--format=%s", "origin/main")
        for name in ("old", "new")
    ]
    assert ["first commit", "second"] == tips


def test_a_clone_whose_borrowed_objects_are_gone_is_made_again(
    make_checkout: Make, tmp_path: Path
) -> None:
    """A kept workspace survives a checkout that was rewritten and cleaned."""
    project = make_checkout()
    commit(project, "to be lost", {"b.txt": "b\n"})
    check_out(open_checkout(project), tmp_path / "ws")
    git(project, "reset", "-q", "--hard", "HEAD~1")
    git(project, "reflog", "expire", "--expire=now", "--all")
    git(project, "gc", "-q", "--prune=now")

    result = check_out(open_checkout(project), tmp_path / "ws")

    assert result.commit == git(tmp_path / "ws", "rev-parse", "HEAD")


def test_a_second_build_has_a_change_set_by_the_committer(
    make_checkout: Make, tmp_path: Path
) -> None:
    """Jenkins shows the committer's account as the author."""
    project = make_checkout()
    first = open_checkout(project).revision.commit
    commit(project, "conf: commit 2", {"new.txt": "second\n"})

    history = History(previous=first, previous_successful=first)
    result = check_out(open_checkout(project), tmp_path / "ws", history=history)

    shown = [(c.msg, c.author, c.author_name, c.affected_paths) for c in result.changes]
    assert [("conf: commit 2", "committer", "Conf Committer", ("new.txt",))] == shown
    assert first == result.variables["GIT_PREVIOUS_COMMIT"]
    assert "First time build. Skipping changelog." not in result.console


def test_changes_tell_how_each_path_was_edited_oldest_first(make_checkout: Make) -> None:
    """A rename is a delete and an add; merges are left out."""
    project = make_checkout(**{"a.txt": "same\n" * 9, "gone.txt": "g\n"})
    first = git(project, "rev-parse", "HEAD")
    (project / "gone.txt").unlink()
    git(project, "mv", "a.txt", "b.txt")
    commit(project, "move", {"Jenkinsfile": "node { echo '' }\n"})
    last = commit(project, "x" * 80 + " tail\n\nbody", {'a b\t"ü".txt': "c\n"})

    changes = list_changes(open_checkout(project).store, first, last)

    edits = [{(f.path, f.edit_type) for f in change.affected_files} for change in changes]
    assert [
        {
            ("Jenkinsfile", "edit"),
            ("a.txt", "delete"),
            ("b.txt", "add"),
            ("gone.txt", "delete"),
        },
        {('a b\t"ü".txt', "add")},
    ] == edits
    assert ["move", "x" * 80] == [change.msg for change in changes]


def test_a_multibranch_checkout_has_its_branch_and_the_default_one(
    make_checkout: Make, tmp_path: Path
) -> None:
    """GIT_BRANCH has no `origin/` in a multibranch job."""
    project = make_checkout()
    git(project, "branch", "feature/abc")
    git(project, "branch", "other")

    result = check_out(open_checkout(project, branch="feature/abc"), tmp_path / "ws")

    refs = git(tmp_path / "ws", "for-each-ref", "--format=%(refname)").splitlines()
    assert ["refs/remotes/origin/feature/abc", "refs/remotes/origin/main"] == refs
    assert "feature/abc" == result.variables["GIT_BRANCH"]


def test_the_git_step_clones_another_repository_onto_a_local_branch(
    make_checkout: Make, tmp_path: Path
) -> None:
    """`git url:, branch:` makes the branch that it names."""
    other = make_checkout("other")
    checkout = open_checkout(make_checkout())
    request = read_git_step({"url": str(other), "branch": "main"})

    result = check_out(checkout, tmp_path / "ws", request)

    assert "main" == git(tmp_path / "ws", "rev-parse", "--abbrev-ref", "HEAD")
    assert ("main", "origin/main") == (
        result.variables["GIT_LOCAL_BRANCH"],
        result.variables["GIT_BRANCH"],
    )


def test_the_checkouts_own_remote_is_served_from_the_checkout(
    make_checkout: Make, tmp_path: Path
) -> None:
    """A job that names the upstream's address needs no network for it."""
    project = make_checkout()
    git(project, "remote", "add", "origin", "https://host.invalid/project.git")
    request = read_git_scm(
        {
            "branches": [{"name": "*/main"}],
            "userRemoteConfigs": [{"url": "https://host.invalid/project"}],
            "extensions": [
                {"$class": "RelativeTargetDirectory", "relativeTargetDir": "sub"},
                {"$class": "CleanBeforeCheckout"},
                {"$class": "MessageExclusion", "excludedMessage": "x"},
            ],
        }
    )

    result = check_out(open_checkout(project), tmp_path / "ws", request)

    assert (tmp_path / "ws/sub/Jenkinsfile").exists()
    assert ("sub", ("MessageExclusion",)) == (
        result.variables["GIT_CHECKOUT_DIR"],
        result.ignored,
    )


@pytest.mark.parametrize(
    ("url", "branch", "message"),
    [
        ("{project}", "nosuch", "Couldn't find any revision to build."),
        ("/nowhere/at/all", "main", "Error cloning remote repo 'origin'"),
    ],
)
def test_what_cannot_be_checked_out_aborts_in_jenkins_words(
    make_checkout: Make, tmp_path: Path, url: str, branch: str, message: str
) -> None:
    """The step fails as it does in Jenkins, with the lines said until then."""
    project = make_checkout()
    request = read_git_step({"url": url.format(project=project), "branch": branch})

    with pytest.raises(CheckoutAbortedError, match=message) as caught:
        check_out(open_checkout(project), tmp_path / "ws", request)

    assert "Cloning the remote Git repository" in caught.value.console
