"""What does the git work of a checkout: this machine, or another by scripts of its shell."""

from __future__ import annotations

import errno
import os
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tlcci.engine.source import git
from tlcci.engine.source.git import Empty, GitFailedError, Remove, Run, Step, Write
from tlcci.engine.source.send import Sender
from tlcci.errors import MachineError
from tlcci.transport import Command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tlcci.engine.source.checkout import Checkout
    from tlcci.transport import Result, Transport

_NO_PROGRAM = 127
_GIT = "git"


@dataclass(frozen=True)
class Lent:
    """Where a clone finds the objects of a submodule, and a repository of it to fetch from."""

    objects: str
    repository: str
    has_refs: bool = True


@dataclass(frozen=True)
class Lender:
    """What a clone borrows from on its machine, *modules* by their place below `.git`.

    *steps* make what of it is not there yet.
    """

    alternates: str
    view: str
    modules: Mapping[str, Lent]
    steps: list[Step] = field(default_factory=list)


class Hands(Protocol):
    """Carries out steps on one machine."""

    def perform(self, steps: Sequence[Step], environment: Mapping[str, str]) -> None:
        """Carry out *steps* in order; raise at the first that fails."""

    def output(self, command: Run, environment: Mapping[str, str]) -> str:
        """Return what *command* prints; raise GitFailedError."""

    def existing(self, paths: Iterable[Path]) -> set[Path]:
        """Return those of *paths* that are there."""

    def lend(self, checkout: Checkout, environment: Mapping[str, str]) -> Lender:
        """Return where a clone of *checkout* borrows from, once all is there."""


class LocalHands:
    """This machine: clones borrow from the person's own repository."""

    def perform(self, steps: Sequence[Step], environment: Mapping[str, str]) -> None:
        """Carry out *steps* in order; raise at the first that fails."""
        git.perform(steps, environment)

    def output(self, command: Run, environment: Mapping[str, str]) -> str:
        """Return what *command* prints; raise GitFailedError."""
        return git.output(command, environment)

    def existing(self, paths: Iterable[Path]) -> set[Path]:
        """Return those of *paths* that are there."""
        return {path for path in paths if path.exists()}

    def lend(self, checkout: Checkout, environment: Mapping[str, str]) -> Lender:  # noqa: ARG002
        """Return the person's own repositories."""
        modules = {
            module.place: Lent(str(module.objects), str(module.git_dir))
            for module in checkout.submodules
            if module.is_here
        }
        return Lender(checkout.store.alternates, str(checkout.view.path), modules)


class MachineGitMissingError(MachineError):
    """A machine that shall check sources out has no git."""

    def __init__(self, machine: str) -> None:
        super().__init__(
            "machine-git-missing",
            f"{machine} has no git, which a checkout there needs",
            next=f"install it on {machine}: apt-get install git",
        )


class RemoteHands:
    """Another machine: each list of steps is one script, and one round trip.

    Objects go to repositories of ours below *cache*, and only those that lack there.
    """

    def __init__(self, transport: Transport, cache: str) -> None:
        self._transport = transport
        self._sender = Sender(transport, cache, self._run)

    def perform(self, steps: Sequence[Step], environment: Mapping[str, str]) -> None:
        """Carry out *steps* in order; raise at the first that fails."""
        lines = [f"{_script(step)} || fail {n} $?" for n, step in enumerate(steps)]
        self._run("\n".join(lines), list(steps), environment)

    def output(self, command: Run, environment: Mapping[str, str]) -> str:
        """Return what *command* prints; raise GitFailedError."""
        said = self._run(f"{_script(command, shown=True)} || fail 0 $?", [command], environment)
        return said.stdout.decode("utf-8", "surrogateescape")

    def existing(self, paths: Iterable[Path]) -> set[Path]:
        """Return those of *paths* that are there."""
        asked = list(paths)
        lines = [f"[ ! -e {shlex.quote(str(p))} ] || echo {n}" for n, p in enumerate(asked)]
        said = self._run("\n".join(lines), [], {})
        return {asked[int(number)] for number in said.stdout.split()}

    def lend(self, checkout: Checkout, environment: Mapping[str, str]) -> Lender:
        """Send what lacks there, and return what the clones of *checkout* borrow from."""
        place = self._sender.send(checkout, environment)
        modules = {
            name: Lent(f"{repository}/objects", str(repository), has_refs=False)
            for name, repository in place.modules.items()
        }
        return Lender(
            f"{place.repository}/objects\n", str(place.view), modules, place.view_steps
        )

    def _run(
        self,
        script: str,
        steps: Sequence[Step],
        environment: Mapping[str, str],
        stdin: bytes = b"",
    ) -> Result:
        fail = 'fail() { printf \'\\001%s %s\\n\' "$1" "$2" >&2; exit 1; }\n'
        command = Command(script=fail + script, env=dict(environment), stdin=stdin)
        result = self._transport.run(command)
        if result.ok:
            return result
        said, mark, told = result.stderr.decode("utf-8", "replace").rpartition("\x01")
        number, _, code = told.strip().partition(" ")
        if not mark or not number.isdigit():
            raise OSError(errno.EIO, said.strip() or told.strip() or "the shell ended early")
        if int(code) == _NO_PROGRAM:
            raise MachineGitMissingError(self._transport.name)
        step = steps[int(number)] if int(number) < len(steps) else Run((_GIT,))
        if isinstance(step, Run):
            raise GitFailedError(step.argv, int(code), said)
        lines = said.strip().splitlines()
        raise OSError(errno.EIO, lines[-1] if lines else os.strerror(errno.EIO), str(step.path))


def _script(step: Step, *, shown: bool = False) -> str:
    match step:
        case Run(argv, cwd, env, stdin):
            words = shlex.join(map(str, argv))
            folder = f"cd -- {shlex.quote(str(cwd))} && " if cwd is not None else ""
            given = "".join(f"{name}={shlex.quote(value)} " for name, value in env.items())
            source = f"printf %s {shlex.quote(stdin)} | " if stdin else ""
            sink = "" if shown else " >/dev/null"
            rest = "" if stdin else " </dev/null"
            return f"({folder}{source}{given}{words}{rest}{sink})"
        case Write(path, text, append):
            folder, target = shlex.quote(str(path.parent)), shlex.quote(str(path))
            text = f"printf %s {shlex.quote(text)} {'>>' if append else '>'}{target}"
            return f"{{ mkdir -p -- {folder} && {text}; }}"
        case Empty(path):
            folder = shlex.quote(str(path))
            inside = f"find {folder} -mindepth 1 -maxdepth 1 -exec rm -rf -- {{}} +"
            return f"{{ mkdir -p -- {folder} && {inside}; }}"
        case Remove(path):
            return f"rm -rf -- {shlex.quote(str(path))}"
