"""What a Jenkinsfile will ask for and not find, said before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.engine.rehearsal import Circumstances, Script, rehearse
from tlcci.engine.scheduler import Served
from tlcci.errors import InputError
from tlcci.events import NoteAdded
from tlcci.jenkinsfile.labels import LabelSyntaxError

if TYPE_CHECKING:
    from tlcci.engine.credentials import Credentials
    from tlcci.engine.jvm import Jvm
    from tlcci.engine.observed import Seen
    from tlcci.engine.scheduler import Scheduler

# A script that polls never ends without effects; what it asked for until then counts.
LIMIT_S = 2.0


async def look_ahead(
    jvm: Jvm, script: Script, given: Circumstances, lab: Scheduler, known: Credentials
) -> list[NoteAdded] | None:
    """Return what is missing, as findings in the order of the script.

    None when the rehearsal did not end, and *jvm* is of no use any more.
    """
    try:
        seen = await rehearse(jvm, script, given)
    except Exception:  # noqa: BLE001 - a look ahead never keeps a run from running
        return None
    steps = [note for note in seen.findings if note.reference == "unknown-step"]
    return [*steps, *_labels(seen, lab), *_credentials(seen, known)]


def refuse_unserved(findings: list[NoteAdded], file: str) -> None:
    """Raise InputError when a label is served by nobody."""
    unserved = [note for note in findings if note.reference == "label-unserved"]
    if unserved:
        raise InputError(
            "label-unserved",
            f"{len(unserved)} of the labels in {file} are served by nobody",
            details=[("label", "\n".join(note.text for note in unserved))],
            next="add the labels to a host in hosts.yaml, or run without --strict-labels",
        )


def _labels(seen: Seen, lab: Scheduler) -> list[NoteAdded]:
    found = []
    for label, uses in seen.labels.items():
        try:
            served = lab.served(label)
        except LabelSyntaxError:
            served = Served((), {})
        if not served.machines:
            lines = ", ".join(str(line) for line in sorted({use.line for use in uses}))
            found.append(
                NoteAdded(
                    text=f"nobody serves the label {label!r}, asked for at line {lines}",
                    level="finding",
                    reference="label-unserved",
                    line=uses[0].line,
                )
            )
    return found


def _credentials(seen: Seen, known: Credentials) -> list[NoteAdded]:
    missing = {use.id: use for use in reversed(seen.credentials) if not known.get(use.id)}
    return [
        NoteAdded(
            text=f"no credential has the id {use.id!r}; give it with --credentials FILE",
            level="finding",
            reference="credential-missing",
            line=use.line,
        )
        for use in missing.values()
    ]
