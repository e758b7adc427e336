"""The page as a whole, in the order in which a newcomer asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.check.drift import CHECKOUT, Place
from tlcci.check.drift.asked import Asked
from tlcci.check.page.jobs import jobs
from tlcci.check.page.outside import outside
from tlcci.check.page.picture import picture
from tlcci.check.page.words import link, links, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tlcci.check.checkout import Checked
    from tlcci.check.needs import Needs

_ORIGIN = (
    "Made by `tlcci check --markdown` from rehearsals of the Jenkinsfiles, in which nothing "
    "was done; make it again rather than edit it. Links lead to the line that says so."
)
_WORDS = (
    ("Jenkinsfile", "the program of one job; Jenkins runs it for each change."),
    (
        "stage",
        "a named part of a job; stages run one after the other, branches in one together.",
    ),
    ("label", "what a machine is good for; a stage asks for a label, not for a machine."),
    ("credential", "a secret that the Jenkins controller keeps, by its id."),
)


def write_page(checkout: Path, checked: Sequence[Checked]) -> str:
    """Return the page of *checkout* in Markdown; its links begin at the checkout's top."""
    asked = Asked(checkout, checked)
    lines = [
        f"# The CI of {checkout.resolve().name}",
        "",
        _ORIGIN,
        "",
        *_summary(asked.needs),
        "## In one picture",
        "",
        "A box is a stage, with the label of the machine it asks for.",
        "",
        *picture(asked.needs),
        "## Words",
        "",
        *(f"- **{word}**: {meaning}" for word, meaning in _WORDS),
        "",
        *jobs(asked.needs),
        *outside(asked),
        *_surprises(checked),
        *_unknown(asked.needs),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _summary(needs: Sequence[Needs]) -> Iterator[str]:
    for one in needs:
        stages = " → ".join(map(plain, one.stages)) or "no stages"
        yield f"- {links([Place(CHECKOUT, one.path)])}: {stages}"
    yield ""


def _surprises(checked: Sequence[Checked]) -> Iterator[str]:
    found: dict[tuple[str, str], list[Place]] = {}
    for one in checked:
        for finding in one.findings:
            place = Place(CHECKOUT, one.needs.path, max(1, finding.line))
            found.setdefault((finding.reference, finding.text), []).append(place)
    if found:
        yield "## What may surprise you"
        yield ""
        for (_, text), places in found.items():
            yield f"- {plain(text)} {link(places)}"
        yield ""


def _unknown(needs: Sequence[Needs]) -> Iterator[str]:
    found = [(one.path, unknown) for one in needs for unknown in one.unknown]
    if found:
        yield "## What could not be told"
        yield ""
        for path, unknown in found:
            place = Place(CHECKOUT, path, unknown.line or 1)
            yield f"- {plain(unknown.what)}: {plain(unknown.reason)} {link([place])}"
        yield ""
