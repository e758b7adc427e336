"""Real repositories for the source tests, with nobody's git settings."""

from __future__ import annotations

import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEOPLE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Conf Author",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_COMMITTER_NAME": "Conf Committer",
    "GIT_COMMITTER_EMAIL": "committer@example.org",
    "GIT_AUTHOR_DATE": "2024-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2024-01-02T03:04:05Z",
}


def git(folder: Path, *args: str) -> str:
    """Return what git prints in *folder*; its failure is the test's."""
    done = subprocess.run(
        ("git", "-C", str(folder), *args), check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str, files: dict[str, str]) -> str:
    """Write *files*, commit all and return the commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def digest(folder: Path) -> str:
    """Return one hash over every path, mode and byte below *folder*, and times but objects'.

    git renews the time of an object that it would write again, to keep it from its own
    cleaning; its bytes stay.
    """
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        time = 0 if "objects" in path.parts else facts.st_mtime_ns
        total.update(f"{path}\0{facts.st_mode}\0{time}\0".encode())
        if path.is_file() and not path.is_symlink():
            total.update(path.read_bytes())
    return total.hexdigest()


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PEOPLE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def make_checkout(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a checkout with one commit on main."""

    def make(name: str = "project", **files: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        commit(folder, "first commit", {"Jenkinsfile": "node {}\n", **files})
        return folder

    return make
