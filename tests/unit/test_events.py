"""Events and their form of one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tlcci import events

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "event",
    [
        events.RunStarted(id="j-1", job="j", number=1, params={"P": "ü\n"}),
        events.RunEnded(result="SUCCESS", duration_s=1.5),
        events.QueueWaiting(step="3", label="GPU", reason="both executors are busy"),
        events.NodeAllocated(step="3", node="agent-1", label="CPU-SPOT", alias="CPU"),
        events.StepStarted(id="4", name="sh", parent="3", stage=("a", "b"), line=7),
        events.StepEnded(id="4", name="sh", outcome="failed", error_class="E"),
        events.StageStarted(id="5", name="b", parent="2", path=("a", "b")),
        events.StageEnded(id="5", name="b", status="SUCCESS", reasons=("x",)),
        events.NoteAdded(text="look", level="warning", line=3),
        events.ResultSet(result="UNSTABLE", step="9"),
        events.ArtifactArchived(path="a", size=1, sha256="0"),
        events.TestsRecorded(total=1, failed=0, skipped=0),
        events.OtherEvent(name="of-tomorrow", fields={"x": 1}),
    ],
    ids=lambda event: event.kind,
)
def test_an_event_is_one_line_and_comes_back_the_same(event: events.Event) -> None:
    """Writing and reading are exact opposites."""
    line = events.to_json(event)

    assert "\n" not in line
    assert event == events.from_json(line)


def test_a_key_of_a_newer_version_is_passed_over() -> None:
    """A known kind with one key more is still that kind."""
    line = json.dumps({"event": "run-ended", "time": 1.0, "result": "SUCCESS", "new": 1})

    assert events.RunEnded(time=1.0, result="SUCCESS") == events.from_json(line)


@pytest.mark.parametrize("line", ["[]", "{}", '{"event":"run-ended"}', "{"])
def test_a_line_that_is_no_event_is_refused(line: str) -> None:
    """What is not an event raises ValueError, whatever is wrong with it."""
    with pytest.raises(ValueError, match=r".+"):
        events.from_json(line)


def test_half_a_line_at_the_end_is_no_event(tmp_path: Path) -> None:
    """A killed run is read to its last whole line."""
    path = tmp_path / "events.jsonl"
    whole = events.to_json(events.NoteAdded(text="whole", time=1.0))
    path.write_text(whole + "\n" + whole[:20])

    assert [events.NoteAdded(text="whole", time=1.0)] == list(events.read_events(path))
