"""The environment as Jenkins computes it: names without case, layers, `NAME+X` prepending."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

# What tells of the shell that tlcci was started from, or would pass for the build's own.
_NOT_THE_MACHINES = re.compile(
    r"PWD|OLDPWD|SHLVL|_|(BUILD|JOB|NODE|EXECUTOR|WORKSPACE|JENKINS|HUDSON|RUN|STAGE|GIT"
    r"|BRANCH|CHANGE|TAG|TLCCI)(_.*)?|CI"
)
_SHELL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def machine_environment() -> dict[str, str]:
    """Return this machine's own environment, as an agent on it would have it."""
    return of_machine(os.environ)


def of_machine(values: Mapping[str, str]) -> dict[str, str]:
    """Return of a login's *values* what an agent on that machine would have."""
    return {k: v for k, v in values.items() if not _NOT_THE_MACHINES.fullmatch(k)}


def is_shell_name(name: str) -> bool:
    """Return whether a shell passes a variable of this name on."""
    return _SHELL_NAME.fullmatch(name) is not None


class Environment(Mapping[str, str]):
    """Variables whose names are compared without case; the first spelling stays.

    Source: `hudson.EnvVars`, a `TreeMap` with `String.CASE_INSENSITIVE_ORDER`.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, tuple[str, str]] = {}
        if values:
            self.update(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name.upper()][1]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted((name for name, _ in self._values.values()), key=str.upper))

    def __len__(self) -> int:
        return len(self._values)

    def copy(self) -> Environment:
        """Return an independent copy."""
        other = Environment()
        other._values = dict(self._values)
        return other

    def update(self, values: Mapping[str, str]) -> None:
        """Set each of *values*."""
        for name, value in values.items():
            self._set(name, value)

    def override(self, values: Mapping[str, str]) -> None:
        """Lay *values* over as `withEnv` does: `A+X` goes before A, empty unsets.

        Of two names that differ in case only, the one that sorts last gives the value.
        Source: `hudson.EnvVars.override`; the order is recorded.
        """
        for name in sorted(values):
            value = values[name]
            if not value:
                self._values.pop(name.upper(), None)
                continue
            plain, plus, _ = name.partition("+")
            if plus:
                before = self.get(plain)
                value = value if before is None else f"{value}:{before}"
            self._set(plain if plus else name, value)

    def _set(self, name: str, value: str) -> None:
        key = name.upper()
        first = self._values.get(key)
        self._values[key] = (first[0] if first else name, value)
