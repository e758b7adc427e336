"""Where a step stands: what the blocks around it gave it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlcci.backends import Slot


@dataclass(frozen=True)
class Context:
    """What a step inherits from the blocks around it; a block makes a changed copy.

    *overrides* are the `withEnv`-like layers from the outside in; *secrets* are masked
    in the log, *secret_names* names the variables that hold them; *stages* are the names of
    the stages and branches around it.
    """

    slot: Slot | None = None
    workspace: str | None = None
    cwd: str | None = None
    overrides: tuple[Mapping[str, str], ...] = ()
    secrets: frozenset[str] = frozenset()
    secret_names: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[str, ...] = ()
    branch: str | None = None
    timestamps: bool = False
    container: str | None = None
    on_output: tuple[Callable[[], None], ...] = ()

    def but(self, **changes: Any) -> Context:  # noqa: ANN401 - the fields' own types
        """Return a copy with *changes*."""
        return replace(self, **changes)

    def with_env(self, values: Mapping[str, str]) -> Context:
        """Return a copy with one more layer of environment."""
        return replace(self, overrides=(*self.overrides, values))
