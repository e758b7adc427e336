"""A person's checkout is opened as a job sees it, and never edited."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.unit.engine.source.conftest import commit, digest, git
from tlcci.engine.source import History, check_out, list_changes, open_checkout
from tlcci.errors import InputError, MissingToolError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., Path]


def test_a_run_leaves_the_checkout_byte_for_byte_as_it_was(
    make_checkout: Make, tmp_path: Path
) -> None:
    """Index, refs, objects and files stay, for a clean, a dirty and a pull-request run."""
    project = make_checkout()
    (project / "new.txt").write_text("new\n")
    before = digest(project)

    check_out(open_checkout(project), tmp_path / "a")
    check_out(open_checkout(project, dirty=True), tmp_path / "b")
    check_out(open_checkout(project, pr=3, target="main"), tmp_path / "c")

    assert before == digest(project)


def test_a_plain_job_builds_head_and_names_its_branch(make_checkout: Make) -> None:
    """BRANCH_NAME belongs to multibranch jobs only."""
    checkout = open_checkout(make_checkout())

    facts = (checkout.revision.git_branch, checkout.revision.specifier, checkout.environment)
    assert ("origin/main", "*/main", {}) == facts


def test_a_branch_is_built_without_being_checked_out(make_checkout: Make) -> None:
    """--branch takes the branch's commit, whatever HEAD is."""
    project = make_checkout()
    git(project, "checkout", "-q", "-b", "feature/abc")
    wanted = commit(project, "on the branch", {"a.txt": "a\n"})
    git(project, "checkout", "-q", "main")

    revision = open_checkout(project, branch="feature/abc").revision

    assert (wanted, "feature/abc", {"BRANCH_NAME": "feature/abc"}) == (
        revision.commit,
        revision.git_branch,
        revision.environment,
    )


def test_a_branch_that_only_origin_has_is_found(make_checkout: Make, tmp_path: Path) -> None:
    """A branch as last fetched serves as well as a local one."""
    upstream = make_checkout("upstream")
    git(upstream, "branch", "theirs")
    git(tmp_path, "clone", "-q", str(upstream), "mine")

    checkout = open_checkout(tmp_path / "mine", branch="theirs")

    assert git(upstream, "rev-parse", "theirs") == checkout.revision.commit


def test_an_unknown_branch_names_the_nearest(make_checkout: Make) -> None:
    """A slip of the finger is answered with the branch that was meant."""
    project = make_checkout()
    git(project, "branch", "feature/abc")

    with pytest.raises(InputError, match="no branch") as caught:
        open_checkout(project, branch="feature/abd")

    assert ("close to", "feature/abc, main") in caught.value.details or (
        "close to",
        "feature/abc",
    ) in caught.value.details


def test_a_pull_request_sees_its_target_and_the_targets_jenkinsfile(
    make_checkout: Make,
) -> None:
    """The tree is HEAD's; the program is the target's unless a file is named."""
    project = make_checkout()
    git(project, "checkout", "-q", "-b", "fix")
    commit(project, "Fix it", {"Jenkinsfile": "echo 'mine'\n"})

    checkout = open_checkout(project, pr=7, target="main")
    told = open_checkout(project, pr=7, target="main", file="Jenkinsfile")

    env = checkout.environment
    assert ("node {}\n", "echo 'mine'\n") == (
        checkout.read_jenkinsfile(),
        told.read_jenkinsfile(),
    )
    assert {
        "BRANCH_NAME": "PR-7",
        "CHANGE_ID": "7",
        "CHANGE_URL": f"file://{project}/pull/7",
        "CHANGE_TITLE": "Fix it",
        "CHANGE_AUTHOR": "author",
        "CHANGE_AUTHOR_DISPLAY_NAME": "Conf Author",
        "CHANGE_AUTHOR_EMAIL": "author@example.org",
        "CHANGE_BRANCH": "fix",
        "CHANGE_TARGET": "main",
    } == env


def test_dirty_takes_changed_new_and_deleted_files_but_not_ignored_ones(
    make_checkout: Make, tmp_path: Path
) -> None:
    """The working tree as it stands is what a workspace gets."""
    project = make_checkout(**{"gone.txt": "x\n", "kept.txt": "1\n", ".gitignore": "*.o\n"})
    (project / "gone.txt").unlink()
    (project / "kept.txt").write_text("2\n")
    (project / "new.txt").write_text("new\n")
    (project / "a.o").write_text("object\n")

    check_out(open_checkout(project, dirty=True), tmp_path / "ws")

    names = sorted(path.name for path in (tmp_path / "ws").iterdir())
    assert [".git", ".gitignore", "Jenkinsfile", "kept.txt", "new.txt"] == names
    assert (tmp_path / "ws/kept.txt").read_text() == "2\n"


def test_dirty_on_a_clean_checkout_is_head(make_checkout: Make) -> None:
    """No commit is invented where nothing changed."""
    project = make_checkout()

    assert (
        git(project, "rev-parse", "HEAD") == open_checkout(project, dirty=True).revision.commit
    )


def test_a_sub_folder_is_served_as_a_repository_of_its_own(
    make_checkout: Make, tmp_path: Path
) -> None:
    """The folder's tree is the root, and its history holds only what touched it."""
    outer = make_checkout("outer", **{"examples/tvm/Jenkinsfile": "echo 'inner'\n"})
    commit(outer, "elsewhere", {"README": "x\n"})
    commit(outer, "inner change", {"examples/tvm/b.txt": "b\n"})
    before = digest(outer)

    checkout = open_checkout(outer / "examples/tvm")
    check_out(checkout, tmp_path / "ws")

    subjects = git(tmp_path / "ws", "log", "--format=%s").splitlines()
    assert ["inner change", "first commit"] == subjects
    assert (tmp_path / "ws/b.txt").exists()
    assert ("tvm", before) == (checkout.name, digest(outer))


def test_a_sub_folders_history_keeps_its_ids(make_checkout: Make) -> None:
    """The next build's change set starts from the last build's commit."""
    outer = make_checkout("outer", **{"sub/a.txt": "a\n"})
    first = open_checkout(outer / "sub")
    commit(outer, "more", {"sub/b.txt": "b\n"})

    second = open_checkout(outer / "sub")

    changes = list_changes(second.store, first.revision.commit, second.revision.commit)
    assert [("more", ("b.txt",))] == [(c.msg, c.affected_paths) for c in changes]


def test_a_dirty_sub_folder_is_its_files_on_top_of_its_history(
    make_checkout: Make, tmp_path: Path
) -> None:
    """--dirty and a sub-folder go together."""
    outer = make_checkout("outer", **{"sub/a.txt": "a\n"})
    (outer / "sub/a.txt").write_text("changed\n")

    check_out(open_checkout(outer / "sub", dirty=True), tmp_path / "ws")

    assert (tmp_path / "ws/a.txt").read_text() == "changed\n"
    assert git(tmp_path / "ws", "log", "-1", "--format=%s", "HEAD~1") == "first commit"


def test_a_worktree_is_a_checkout(make_checkout: Make, tmp_path: Path) -> None:
    """A linked worktree has its own HEAD and the repository's objects."""
    project = make_checkout()
    git(project, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    wanted = commit(tmp_path / "side", "aside", {"s.txt": "s\n"})

    result = check_out(open_checkout(tmp_path / "side"), tmp_path / "ws")

    assert (wanted, "origin/side") == (result.commit, result.git_branch)


def test_a_detached_head_that_no_branch_has_is_built_as_detached(
    make_checkout: Make, tmp_path: Path
) -> None:
    """Jenkins calls a commit without a branch `detached`."""
    project = make_checkout()
    git(project, "checkout", "-q", "--detach")
    wanted = commit(project, "nowhere", {"n.txt": "n\n"})

    result = check_out(open_checkout(project), tmp_path / "ws")

    assert (wanted, "detached") == (result.commit, result.git_branch)


def test_a_shallow_clone_is_refused_with_the_command_that_helps(
    make_checkout: Make, tmp_path: Path
) -> None:
    """Jobs look at earlier commits; the reason is told before they fail."""
    project = make_checkout()
    commit(project, "second", {"b.txt": "b\n"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{project}", "thin")

    with pytest.raises(InputError) as caught:
        open_checkout(tmp_path / "thin")

    assert ("checkout-shallow", f"git -C {tmp_path / 'thin'} fetch --unshallow") == (
        caught.value.reference,
        caught.value.next,
    )


def test_a_shallow_clone_can_be_served_when_asked(make_checkout: Make, tmp_path: Path) -> None:
    """The clone's history ends where the checkout's ends."""
    project = make_checkout()
    commit(project, "second", {"b.txt": "b\n"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{project}", "thin")

    check_out(open_checkout(tmp_path / "thin", allow_shallow=True), tmp_path / "ws")

    assert git(tmp_path / "ws", "log", "--format=%s") == "second"


def test_a_sub_folder_of_a_shallow_clone_is_served(make_checkout: Make, tmp_path: Path) -> None:
    """An example inside a thin clone runs: its history is made anew."""
    outer = make_checkout("outer", **{"sub/a.txt": "a\n"})
    commit(outer, "second", {"b.txt": "b\n"})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{outer}", "thin")

    check_out(open_checkout(tmp_path / "thin/sub"), tmp_path / "ws")

    assert git(tmp_path / "ws", "log", "--format=%s") == "second"


@pytest.mark.parametrize(
    ("prepare", "reference"),
    [
        ("plain", "not-a-repository"),
        ("bare", "checkout-bare"),
        ("empty", "checkout-empty"),
        ("missing", "checkout-missing"),
        ("broken", "checkout-broken"),
    ],
)
def test_what_is_no_checkout_is_named(tmp_path: Path, prepare: str, reference: str) -> None:
    """Each way in which a path is not a checkout has an error with a next step."""
    folder = tmp_path / "it"
    if prepare != "missing":
        folder.mkdir()
    if prepare == "bare":
        git(folder, "init", "-q", "--bare")
    if prepare == "empty":
        git(folder, "init", "-q")
    if prepare == "broken":
        (folder / ".git").write_text("gitdir: /nowhere/at/all\n")

    with pytest.raises(InputError) as caught:
        open_checkout(folder)

    assert (reference, True) == (caught.value.reference, caught.value.next is not None)


def test_an_uncommitted_sub_folder_says_so(make_checkout: Make) -> None:
    """A folder that git does not know cannot be a job's source without --dirty."""
    project = make_checkout()
    (project / "sub").mkdir()
    (project / "sub/Jenkinsfile").write_text("node {}\n")

    with pytest.raises(InputError) as caught:
        open_checkout(project / "sub")

    assert caught.value.reference == "folder-not-committed"


def test_a_machine_without_git_says_what_to_install(
    make_checkout: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The missing tool is the error, not a traceback."""
    project = make_checkout()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingToolError) as caught:
        open_checkout(project)

    assert (caught.value.reference, caught.value.exit_code) == ("git-missing", 5)


def test_submodules_of_the_checkout_are_updated_without_network(
    make_checkout: Make, tmp_path: Path
) -> None:
    """The job's own `git submodule update` works after the upstreams are gone."""
    inner = make_checkout("inner")
    middle = make_checkout("middle")
    allow = ("-c", "protocol.file.allow=always")
    git(middle, *allow, "submodule", "add", "-q", str(inner), "deep")
    commit(middle, "with deep", {})
    project = make_checkout()
    git(project, *allow, "submodule", "add", "-q", str(middle), "3rdparty/middle")
    commit(project, "with middle", {})
    git(project, *allow, "submodule", "update", "-q", "--init", "--recursive")
    shutil.rmtree(inner)
    shutil.rmtree(middle)
    before = digest(project)

    for _ in range(2):
        check_out(open_checkout(project), tmp_path / "ws")
        git(tmp_path / "ws", "submodule", "update", "--init", "--recursive", "-f")

    assert (tmp_path / "ws/3rdparty/middle/deep/Jenkinsfile").read_text() == "node {}\n"
    assert before == digest(project)


def test_a_submodules_uncommitted_work_comes_along(make_checkout: Make, tmp_path: Path) -> None:
    """--dirty means the submodules' working trees too."""
    inner = make_checkout("inner")
    project = make_checkout()
    git(project, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "in")
    commit(project, "with in", {})
    (project / "in/Jenkinsfile").write_text("changed\n")
    before = digest(project)

    check_out(open_checkout(project, dirty=True), tmp_path / "ws")
    git(tmp_path / "ws", "submodule", "update", "--init")

    assert (tmp_path / "ws/in/Jenkinsfile").read_text() == "changed\n"
    assert before == digest(project)


def test_history_is_optional(make_checkout: Make, tmp_path: Path) -> None:
    """A first build says that it has no change log."""
    result = check_out(open_checkout(make_checkout()), tmp_path / "ws", history=History())

    assert result.console[-1] == "First time build. Skipping changelog."
