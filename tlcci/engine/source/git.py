"""Run the `git` program without letting a person's settings or terminal leak in.

What is to be done is described by steps (`Run`, `Write`, `Empty`, `Remove`) that another
machine could carry out as well; `perform` carries them out here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlcci.errors import InputError, MachineError, MissingToolError, TlcciError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

OLDEST_GIT = (2, 31)  # the first with GIT_CONFIG_COUNT and --path-format

# What `git rev-parse --local-env-vars` lists, and what makes git talk or ask.
_LEAKS = frozenset({
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CEILING_DIRECTORIES", "GIT_COMMON_DIR",
    "GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_EXTERNAL_DIFF",
    "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
    "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_TRACE",
    "GIT_WORK_TREE",
})  # fmt: skip

# A fsmonitor or a split index would be refreshed inside the person's .git while we read.
_HANDS_OFF = {
    "safe.directory": "*",
    "core.fsmonitor": "false",
    "core.splitIndex": "false",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "advice.addEmbeddedRepo": "false",
}


@dataclass(frozen=True)
class Run:
    """A program to run: *env* comes on top of the runner's environment."""

    argv: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""


@dataclass(frozen=True)
class Write:
    """A text file to write, its folders made as needed."""

    path: Path
    text: str
    append: bool = False


@dataclass(frozen=True)
class Empty:
    """A folder to make, or to empty where it exists."""

    path: Path


@dataclass(frozen=True)
class Remove:
    """A file or a folder to remove where it exists."""

    path: Path


Step = Run | Write | Empty | Remove


class GitFailedError(MachineError):
    """A git command ended with a code that its caller did not expect."""

    def __init__(self, argv: tuple[str, ...], code: int, said: str) -> None:
        """Tell the command *argv*, its exit *code* and the last lines it *said*."""
        self.code = code
        self.said = said.strip()
        super().__init__(
            "git-failed",
            f"`{_shown(argv)}` ended with code {code}",
            details=[("said", "\n".join(self.said.splitlines()[-10:]) or "nothing")],
        )


def plain_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return *base* (this process's environment) without what redirects git."""
    source = os.environ if base is None else base
    kept = {name: value for name, value in source.items() if name not in _LEAKS}
    kept = {name: value for name, value in kept.items() if not _is_numbered_config(name)}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def reading_environment(*, with_personal_settings: bool = False) -> dict[str, str]:
    """Return an environment in which git only looks: no locks, no hooks, no fetches.

    *with_personal_settings* keeps the global configuration, which says what is ignored
    and how line ends are converted.
    """
    env = plain_environment()
    env |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_CONFIG_COUNT": "0"}
    if not with_personal_settings:
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return env | numbered_config(_HANDS_OFF)


def numbered_config(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that give git *settings* for one command."""
    env = {"GIT_CONFIG_COUNT": str(len(settings))}
    for index, (key, value) in enumerate(settings.items()):
        env |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return env


def read(*args: str, cwd: Path | None = None, stdin: str = "") -> str:
    """Return what the reading command `git *args*` prints; raise `GitFailedError`."""
    return output(Run(("git", *args), cwd, stdin=stdin), reading_environment())


def output(command: Run, environment: Mapping[str, str]) -> str:
    """Return what *command* prints; raise `GitFailedError` or say that git is missing."""
    try:
        done = subprocess.run(
            command.argv,
            cwd=command.cwd,
            env={**environment, **command.env},
            input=command.stdin.encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        if command.cwd is not None and not command.cwd.is_dir():
            raise _folder_missing(command.cwd) from error
        raise _git_missing() from error
    except PermissionError as error:
        raise _unreadable(command.cwd) from error
    if done.returncode != 0:
        raise GitFailedError(
            command.argv, done.returncode, done.stderr.decode("utf-8", "replace")
        )
    return done.stdout.decode("utf-8", "surrogateescape")


def perform(steps: Iterable[Step], environment: Mapping[str, str]) -> None:
    """Carry out *steps* on this machine, in order; raise at the first that fails."""
    for step in steps:
        match step:
            case Run():
                output(step, environment)
            case Write(path, text, append):
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a" if append else "w", errors="surrogateescape") as file:
                    file.write(text)
            case Empty(path):
                _empty(path)
            case Remove(path):
                _remove(path)


def require_git() -> None:
    """Raise unless a git that is new enough answers."""
    said = output(Run(("git", "version")), plain_environment())
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        wanted = ".".join(map(str, OLDEST_GIT))
        raise MissingToolError(
            "git-too-old",
            f"git {wanted} or newer is needed to read a checkout",
            details=[("found", said.strip())],
            next="install a newer git: apt-get install git",
        )


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for child in folder.iterdir():
        _remove(child)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_numbered_config(name: str) -> bool:
    return name.startswith(("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_TRACE"))


def _shown(argv: tuple[str, ...]) -> str:
    text = " ".join(argv)
    return text if len(text) <= 200 else text[:200] + "..."  # noqa: PLR2004


def _git_missing() -> TlcciError:
    return MissingToolError(
        "git-missing",
        "the program git is not on PATH",
        next="install it: apt-get install git",
    )


def _folder_missing(folder: Path) -> TlcciError:
    return InputError(
        "checkout-missing", f"there is no folder {folder}", next=f"ls {folder.parent}"
    )


def _unreadable(folder: Path | None) -> TlcciError:
    return InputError(
        "checkout-unreadable",
        f"{folder or 'git'} may not be read by this user",
        next=f"ls -ld {folder or '$(command -v git)'}",
    )
