"""How events and the end of a run are said to a person, in lines of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci import events

if TYPE_CHECKING:
    from tlcci.events import Event
    from tlcci.results.runs import RunRecord


def told(event: Event) -> str | None:  # noqa: C901, PLR0911 - a table, one row an event
    """Return one line that tells *event* to a person, None for what needs no line."""
    match event:
        case events.RunStarted():
            return f"run {event.id} of {event.job} #{event.number}, record in {event.folder}"
        case events.QueueWaiting():
            return f'waiting for "{event.label}" because {event.reason}'
        case events.NodeAllocated() if event.alias:
            return f'"{event.label}" is served as "{event.alias}" by {event.node}'
        case events.StageStarted():
            return f"{_kind(is_branch=event.is_branch)} {event.name}: started"
        case events.StageEnded():
            took = spent(event.duration_s)
            return f"{_kind(is_branch=event.is_branch)} {event.name}: {event.status} ({took})"
        case events.NoteAdded():
            where = f"line {event.line}: " if event.line else ""
            return f"{event.level}: {where}{event.text}"
        case events.ArtifactArchived():
            return f"kept {event.path} ({event.size:,} bytes)"
        case events.TestsRecorded():
            return f"tests: {event.total}, {event.failed} failed, {event.skipped} skipped"
        case _:
            return None


def summary(record: RunRecord) -> list[str]:
    """Return the lines that are said at the end of a run."""
    data = record.data
    lines = [f"{record.id}: {record.state} after {spent(data.get('durationSeconds') or 0)}"]
    tests = data.get("tests")
    if tests:
        lines.append(
            f"  tests      {tests['total']}, {tests['failed']} failed, "
            f"{tests['skipped']} skipped"
        )
    untrue = [one for one in data.get("fidelity") or [] if one["fidelity"] != "real"]
    for one in untrue:
        reasons = f" ({'; '.join(one['reasons'])})" if one["reasons"] else ""
        lines.append(f"  {one['fidelity']:<10} {one['name']}{reasons}")
    lines += _failure(record)
    lines.append(f"  record     {record.folder}")
    return lines


def spent(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < 10:  # noqa: PLR2004 - below it, tenths are of interest
        return f"{seconds:.1f} s"
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _failure(record: RunRecord) -> list[str]:
    failure = record.first_failure
    if not failure:
        return []
    stage = f' in stage "{failure["stage"]}"' if failure.get("stage") else ""
    lines = [f"  failed     {failure.get('name') or 'the run'}{stage}"]
    if failure.get("message"):
        lines.append(f"  because    {failure['message']}")
    if failure.get("line"):
        lines.append(f"  at         {failure.get('file') or 'Jenkinsfile'}:{failure['line']}")
    lines += [f"    | {text}" for text in failure.get("lastLines") or []]
    lines.append(f"  more       {failure.get('more')}")
    return lines


def _kind(*, is_branch: bool) -> str:
    return "branch" if is_branch else "stage"
