"""What a run asked for, step by step: labels, credentials, shell scripts, images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tlcci.engine.narrator import Narrator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tlcci.engine.build import Build
    from tlcci.engine.failures import Failure
    from tlcci.engine.program import Call, GreenThread
    from tlcci.events import NoteAdded

_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_IMAGES = frozenset({"dockerRun", "dockerWithRun", "withDockerContainer", "dockerPull"})


@dataclass(frozen=True)
class StepUse:
    """A step that was reached: *path* names the stages and branches around it.

    *given* is its arguments as the script gave them, one value or a mapping by name;
    *node* the label of the innermost `node` around it. *ended_by* is the class of the
    exception that ended it.
    """

    name: str
    line: int
    path: tuple[str, ...]
    given: Any
    node: str | None
    ended_by: str | None = None

    def argument(self, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """Return the argument *name*; one given without a name passes for any."""
        is_named = isinstance(self.given, dict) and "$x" not in self.given
        return self.given.get(name) if is_named else self.given


@dataclass(frozen=True)
class CredentialUse:
    """A binding of `withCredentials`: *kind* is its symbol, such as `string`."""

    id: str
    kind: str
    variables: tuple[str, ...]
    line: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What one run came to, and what its script asked for on the way.

    *error* is the exception's class and message, *line* where it was thrown; *stages*
    are (name, status) as Jenkins' stage view has them.
    """

    result: str
    error: str | None = None
    line: int | None = None
    stages: tuple[tuple[str, str], ...] = ()
    steps: tuple[StepUse, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    env_read: frozenset[str] = frozenset()
    findings: tuple[NoteAdded, ...] = ()
    log: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def labels(self) -> dict[str, list[StepUse]]:
        """Return the `node` steps by the label that each asked for."""
        found: dict[str, list[StepUse]] = {}
        for use in self._of({"node"}):
            found.setdefault(str(use.argument("label") or ""), []).append(use)
        return found

    @property
    def scripts(self) -> list[tuple[StepUse, str]]:
        """Return the shell steps with the text of each."""
        return [(use, str(use.argument("script"))) for use in self._of(_SHELLS)]

    @property
    def images(self) -> list[tuple[StepUse, str]]:
        """Return the steps of `docker` that need an image, with its name."""
        return [(use, str(use.argument("image"))) for use in self._of(_IMAGES)]

    @property
    def branches(self) -> list[tuple[str, ...]]:
        """Return the path of each stage and branch in which a step was reached."""
        return list(dict.fromkeys(use.path for use in self.steps))

    @property
    def credentials(self) -> list[CredentialUse]:
        """Return each binding of a credential."""
        return [
            one
            for use in self._of({"withCredentials"})
            for binding in _listed(use.argument("bindings"))
            for one in _bound(use, binding)
        ]

    def _of(self, names: set[str] | frozenset[str]) -> Iterator[StepUse]:
        return (use for use in self.steps if use.name in names)


class Observer(Narrator):
    """Keeps each step that begins, beside telling of it."""

    def __init__(self, build: Build) -> None:
        super().__init__(build)
        self._begun: dict[Call, StepUse] = {}

    @property
    def uses(self) -> tuple[StepUse, ...]:
        """Return the steps so far, in the order that they began."""
        return tuple(self._begun.values())

    def step_begins(self, call: Call) -> None:
        """Keep the step, then tell of it."""
        self._begun[call] = StepUse(
            call.step.name, call.line, path_of(call.thread), call.raw, _label(call.thread)
        )
        super().step_begins(call)

    def step_ends(self, call: Call, failure: Failure | None) -> None:
        """Tell of the step's end, and keep what ended it."""
        super().step_ends(call, failure)
        if failure:
            use = self._begun[call]
            self._begun[call] = StepUse(
                use.name, use.line, use.path, use.given, use.node, failure.type
            )


def _around(thread: GreenThread) -> Iterator[GreenThread]:
    at: GreenThread | None = thread
    while at and at.parent:
        yield at
        at = at.parent.thread


def path_of(thread: GreenThread) -> tuple[str, ...]:
    """Return the names of the stages and branches around *thread*, the outermost first."""
    labels = [at.body.label for at in _around(thread) if at.body and at.body.label is not None]
    return tuple(reversed(labels))


def _label(thread: GreenThread) -> str | None:
    for at in _around(thread):
        if at.parent and at.parent.step.name == "node":
            return str(at.parent.args.get("label") or "")
    return None


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _bound(use: StepUse, binding: Any) -> Iterator[CredentialUse]:  # noqa: ANN401 - a JSON value
    if not isinstance(binding, dict):
        return
    args = binding.get("args", binding)
    kind = str(binding.get("name", binding.get("$class", "")))
    variables = [str(v) for name, v in args.items() if name.lower().endswith("variable")]
    yield CredentialUse(
        str(args.get("credentialsId")), kind, tuple(variables), use.line, use.path
    )
