"""Checkouts on another machine, whose shell does it all: nothing of this one is used."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.unit.engine.source.conftest import commit, git
from tlcci.engine.source import RemoteHands, check_out, open_checkout
from tlcci.engine.source.hands import MachineGitMissingError
from tlcci.transport import Command, LocalTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tlcci.transport import Result

    Make = Callable[..., Path]


class Counted(LocalTransport):
    """A machine that counts what is said to it: the round trips, and the bytes after them."""

    def __init__(self) -> None:
        super().__init__("board")
        self.sent: list[int] = []

    def run(self, command: Command, **more: object) -> Result:
        """Count and run."""
        self.sent.append(len(command.stdin))
        return super().run(command, **more)  # type: ignore[arg-type]


@pytest.fixture
def far(tmp_path: Path) -> RemoteHands:
    """The hands of a machine whose cache has a blank in its path."""
    return RemoteHands(LocalTransport("board"), str(tmp_path / "far cache"))


def with_submodules(make_checkout: Make) -> Path:
    """Return a checkout with a submodule in a submodule."""
    inner, middle, project = make_checkout("inner"), make_checkout("middle"), make_checkout()
    allow = ("-c", "protocol.file.allow=always")
    git(middle, *allow, "submodule", "add", "-q", str(inner), "deep")
    commit(middle, "with deep", {})
    git(project, *allow, "submodule", "add", "-q", str(middle), "3rdparty/middle")
    commit(project, "with middle", {})
    git(project, *allow, "submodule", "update", "-q", "--init", "--recursive")
    shutil.rmtree(inner)
    shutil.rmtree(middle)
    return project


def test_a_workspace_there_needs_nothing_from_here(
    make_checkout: Make, tmp_path: Path, far: RemoteHands
) -> None:
    """Uncommitted work and submodules come along, and stay when the checkout is gone."""
    project = with_submodules(make_checkout)
    (project / "new.txt").write_text("uncommitted\n")
    (project / "3rdparty/middle/deep/Jenkinsfile").write_text("changed\n")
    ws = tmp_path / "ws"

    check_out(open_checkout(project, dirty=True), ws, hands=far)
    shutil.rmtree(project)
    shutil.rmtree(tmp_path / "state")
    git(ws, "submodule", "update", "-q", "--init", "--recursive")
    git(ws, "fetch", "-q", "origin")

    assert "" == git(ws, "status", "--short")
    assert "uncommitted\n" == (ws / "new.txt").read_text()
    assert "changed\n" == (ws / "3rdparty/middle/deep/Jenkinsfile").read_text()


def test_only_what_lacks_there_is_sent(make_checkout: Make, tmp_path: Path) -> None:
    """The second checkout sends one commit's objects, the third nothing at all."""
    project = make_checkout(big="".join(f"{number * number}\n" for number in range(90_000)))
    ws, sent = tmp_path / "ws", []
    for _ in range(3):
        board = Counted()
        check_out(open_checkout(project), ws, hands=RemoteHands(board, str(tmp_path / "far")))
        sent.append(sum(board.sent))
        if len(sent) == 1:
            commit(project, "small", {"small.txt": "s\n"})

    assert 100_000 < sent[0]
    assert 0 < sent[1] < 20_480  # a tar file of a pack, in records of 10 KiB
    assert 0 == sent[2]


def test_a_checkout_there_takes_few_round_trips(make_checkout: Make, tmp_path: Path) -> None:
    """Asked what it has, sent the rest, cloned, and read back; a second one sends nothing."""
    project, board = with_submodules(make_checkout), Counted()
    hands = RemoteHands(board, str(tmp_path / "far"))
    check_out(open_checkout(project), tmp_path / "a", hands=hands)
    first = len(board.sent)
    check_out(open_checkout(project), tmp_path / "b", hands=hands)

    assert (6, 4) == (first, len(board.sent) - first)


def test_a_machine_without_git_is_named(
    make_checkout: Make, tmp_path: Path, far: RemoteHands
) -> None:
    """With the line to type."""
    checkout = open_checkout(make_checkout())
    with pytest.raises(MachineGitMissingError, match="board has no git"):
        check_out(checkout, tmp_path / "ws", None, None, {"PATH": "/nowhere"}, hands=far)
