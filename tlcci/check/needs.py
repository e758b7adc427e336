"""What one Jenkinsfile needs from outside, as facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlcci.jenkinsfile.source import Comparison


@dataclass(frozen=True)
class LabelNeed:
    """A label expression as the source writes it, and the stages that ask for it.

    *value* is what `node` is given, None where that is no text. *fallback* are the stages
    that come to it only when another machine went away; *is_fallback_only* says that
    nothing asks for it first.
    """

    expr: str
    value: str | None
    primary: tuple[str, ...]
    fallback: tuple[str, ...]
    lines: tuple[int, ...]
    is_fallback_only: bool = False

    @property
    def stages(self) -> tuple[str, ...]:
        """Return every stage that may ask for it."""
        return tuple(dict.fromkeys((*self.primary, *self.fallback)))


@dataclass(frozen=True)
class CredentialNeed:
    """A credential by its id, with the kind that the binding wants."""

    id: str
    kind: str
    variables: tuple[str, ...]
    stages: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True)
class ImageNeed:
    """An image that containers are made of: *name* is the script's variable for it.

    *tag* is the image itself, None where it is decided at run time.
    """

    name: str
    tag: str | None
    stages: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True)
class StashNeed:
    """Files that one stage leaves for others."""

    name: str
    includes: str
    stashed: tuple[str, ...]
    unstashed: tuple[str, ...]


@dataclass(frozen=True)
class ApprovalNeed:
    """A member that the sandbox refuses until an administrator approves its signature."""

    signature: str
    line: int
    expressions: tuple[str, ...]


@dataclass(frozen=True)
class ProgramNeed:
    """A program that the machine itself must have, and what calls it."""

    name: str
    callers: tuple[str, ...]
    is_optional: bool = False


@dataclass(frozen=True)
class Act:
    """Something that a stage does: *what*, in words or as a command in backquotes.

    *only_in* is `pull requests` or `branches`, empty where it is done in both.
    """

    what: str
    line: int
    only_in: str = ""


@dataclass(frozen=True)
class StageCourse:
    """A stage, or a branch of one, by its *path* with what it does in order.

    *nodes* are the lines on which it asks for a machine.
    """

    path: tuple[str, ...]
    line: int
    acts: tuple[Act, ...] = ()
    only_in: str = ""
    nodes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Unknown:
    """Something that could not be told, and why."""

    what: str
    line: int | None
    reason: str


@dataclass(frozen=True)
class Needs:
    """Everything outside one Jenkinsfile that decides its outcome."""

    path: str
    labels: tuple[LabelNeed, ...] = ()
    credentials: tuple[CredentialNeed, ...] = ()
    images: tuple[ImageNeed, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    env_read: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    parallel: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    unreached_steps: tuple[str, ...] = ()
    stashes: tuple[StashNeed, ...] = ()
    s3_buckets: tuple[str, ...] = ()
    approvals: tuple[ApprovalNeed, ...] = ()
    programs: tuple[ProgramNeed, ...] = ()
    scripts: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    rehearsals: int = 0
    course: tuple[StageCourse, ...] = ()
    compared: tuple[Comparison, ...] = ()

    @property
    def host_programs(self) -> tuple[str, ...]:
        """Return the programs that no run can do without."""
        return tuple(sorted(one.name for one in self.programs if not one.is_optional))
