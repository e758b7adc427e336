"""What happens in a run, as typed values with a JSON form of one line each.

An event holds only what JSON has: text, numbers, booleans, None, and tuples and
mappings of these. `to_json` and `from_json` are exact opposites. A kind that this
version does not know is read as an `OtherEvent`, so an old tlcci can list a run
of a newer one.
"""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened; *time* is seconds since the epoch."""

    kind: ClassVar[str] = "event"

    time: float = field(default_factory=time.time)


@dataclass(frozen=True, kw_only=True)
class RunStarted(Event):
    """A run began; *folder* is where its record is."""

    kind: ClassVar[str] = "run-started"

    id: str
    job: str
    number: int
    folder: str = ""
    checkout: str = ""
    commit: str = ""
    engine: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunEnded(Event):
    """A run came to its end with Jenkins' *result*."""

    kind: ClassVar[str] = "run-ended"

    result: str
    duration_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class QueueWaiting(Event):
    """A `node` step waits for *label* because of *reason*."""

    kind: ClassVar[str] = "queue-waiting"

    step: str
    label: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class NodeAllocated(Event):
    """A `node` step got an executor of *node*.

    *label* is what the Jenkinsfile asked for; *alias* is the label that served it
    instead, or None when *label* itself was served.
    """

    kind: ClassVar[str] = "node-allocated"

    step: str
    node: str
    label: str = ""
    alias: str | None = None
    workspace: str = ""
    executor: int = 0


@dataclass(frozen=True, kw_only=True)
class StepStarted(Event):
    """A step began; *argument* is short text, *stage* the names from the outside in."""

    kind: ClassVar[str] = "step-started"

    id: str
    name: str
    parent: str | None = None
    argument: str = ""
    stage: tuple[str, ...] = ()
    branch: str | None = None
    node: str | None = None
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class StepEnded(Event):
    """A step ended; *outcome* is success, failed, unstable, aborted or skipped."""

    kind: ClassVar[str] = "step-ended"

    id: str
    name: str = ""
    outcome: str = "success"
    error_class: str | None = None
    error_message: str | None = None
    duration_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class StageStarted(Event):
    """A stage, or with *is_branch* a branch of `parallel`, began.

    *parent* is the id of the stage or branch around it; *path* are the names from the
    outside in, its own last.
    """

    kind: ClassVar[str] = "stage-started"

    id: str
    name: str
    parent: str | None = None
    path: tuple[str, ...] = ()
    is_branch: bool = False
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class StageEnded(Event):
    """A stage or branch ended with *status* as Jenkins' stage view names it."""

    kind: ClassVar[str] = "stage-ended"

    id: str
    name: str
    status: str
    fidelity: str = "real"
    reasons: tuple[str, ...] = ()
    is_branch: bool = False
    duration_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class NoteAdded(Event):
    """Something a person should know: *level* is note, warning or finding."""

    kind: ClassVar[str] = "note-added"

    text: str
    level: str = "note"
    reference: str = ""
    line: int | None = None
    step: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResultSet(Event):
    """The build's result got worse; *step* is the step that did it, if one did."""

    kind: ClassVar[str] = "result-set"

    result: str
    step: str | None = None


@dataclass(frozen=True, kw_only=True)
class ArtifactArchived(Event):
    """A file was kept with the build."""

    kind: ClassVar[str] = "artifact-archived"

    path: str
    size: int
    sha256: str
    step: str | None = None


@dataclass(frozen=True, kw_only=True)
class TestsRecorded(Event):
    """A `junit` step recorded test results."""

    __test__: ClassVar[bool] = False  # pytest would collect a class of this name
    kind: ClassVar[str] = "tests-recorded"

    total: int
    failed: int
    skipped: int
    step: str | None = None


@dataclass(frozen=True, kw_only=True)
class OtherEvent(Event):
    """An event of a kind that this version does not know, with its *fields* as read."""

    kind: ClassVar[str] = "other"

    name: str
    fields: Mapping[str, Any]


KINDS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        RunStarted,
        RunEnded,
        QueueWaiting,
        NodeAllocated,
        StepStarted,
        StepEnded,
        StageStarted,
        StageEnded,
        NoteAdded,
        ResultSet,
        ArtifactArchived,
        TestsRecorded,
    )
}


def to_json(event: Event) -> str:
    """Return *event* as one line of JSON, without the line's end."""
    if isinstance(event, OtherEvent):
        return _encode({"event": event.name, "time": event.time, **event.fields})
    return _encode({"event": event.kind, **vars(event)})


def from_json(line: str) -> Event:
    """Return the event of one line; raise ValueError when it is none."""
    data = json.loads(line)
    if not isinstance(data, dict) or not isinstance(data.get("event"), str):
        raise ValueError("not an event: " + line[:80])  # noqa: TRY004 - wrong text, no bug
    name = data.pop("event")
    kind = KINDS.get(name)
    if kind is None:
        return OtherEvent(name=name, time=data.pop("time", 0.0), fields=data)
    known = {spec.name for spec in dataclasses.fields(kind)}
    try:
        return kind(**{key: _frozen(value) for key, value in data.items() if key in known})
    except TypeError as error:
        raise ValueError(f"not a whole {name} event: {error}") from error


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of *path* up to its last whole line.

    A killed run may leave half a line at the end; that half is not an error.
    """
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            yield from_json(line.decode("utf-8", "replace"))


def _frozen(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    return tuple(value) if isinstance(value, list) else value
