"""A check as SARIF 2.1.0, the form in which code hosts take in what tools find.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tlcci.check.drift import AGAINST, CHECKOUT, Place
from tlcci.check.drift.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tlcci.check.checkout import Checked
    from tlcci.check.drift import Drift
    from tlcci.check.served import Row

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# The name that code hosts know for the top of the repository.
_BASES = {CHECKOUT: "%SRCROOT%", AGAINST: "AGAINST"}
_SENTENCES = {
    "environment-without-effect": "environment { } in a scripted Pipeline sets nothing.",
    "label-not-text": "A label that is no text; Jenkins refuses it.",
    "sh-of-a-sentence": "A shell is given a sentence that was meant to be printed.",
    "unknown": "Something that cannot be told from here.",
    **KINDS,
}


@dataclass(frozen=True)
class Result:
    """One result: a rule's id, its level here, what was found, where, and what goes with it."""

    rule: str
    level: str
    text: str
    place: Place
    related: tuple[Place, ...] = ()


def sarif(
    checked: Sequence[Checked], rows: Sequence[Sequence[Row]], drifts: Sequence[Drift] = ()
) -> dict[str, Any]:
    """Return what was found in *checked*, who serves nothing in *rows*, and *drifts*."""
    results = list(dict.fromkeys(_all(checked, rows, drifts)))
    rules = sorted({one.rule for one in results})
    levels = {one.rule: one.level for one in reversed(results)}
    driver = {
        "name": "tlcci",
        "semanticVersion": _version(),
        "rules": [_rule(rule, levels[rule]) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            _BASES[CHECKOUT]: {"description": {"text": "The checkout."}},
            _BASES[AGAINST]: {"description": {"text": "The production configuration."}},
        },
        "results": [_result(one, rules.index(one.rule)) for one in results],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _all(
    checked: Sequence[Checked], rows: Iterable[Sequence[Row]], drifts: Iterable[Drift]
) -> Iterator[Result]:
    for one, its in zip(checked, rows, strict=True):
        path = one.needs.path
        for row in its:
            yield from _of_row(row, path)
        for finding in one.findings:
            place = Place(CHECKOUT, path, max(1, finding.line))
            yield Result(finding.reference, "warning", finding.text, place)
        for unknown in one.needs.unknown:
            place = Place(CHECKOUT, path, unknown.line or 1)
            yield Result("unknown", "note", f"{unknown.what}: {unknown.reason}", place)
    for drift in drifts:
        yield Result(drift.reference, drift.level, drift.text, drift.here, (drift.there,))


def _of_row(row: Row, path: str) -> Iterator[Result]:
    if row.state != "nobody":
        return
    kind = re.sub(r"\W+", "-", row.kind).strip("-")
    text = f"nobody serves the {row.kind} {row.name}" + (f"; {row.next}" if row.next else "")
    places = [Place(CHECKOUT, path, line) for line in row.lines] or [Place(CHECKOUT, path)]
    level = "error" if row.is_unserved else "note"
    yield Result(f"{kind}-unserved", level, text, places[0], tuple(places[1:]))


def _rule(rule: str, level: str) -> dict[str, Any]:
    words = rule.removesuffix("-unserved").replace("-", " ")
    plain = f"Nobody serves this {words}." if rule.endswith("-unserved") else f"{words}."
    return {
        "id": rule,
        "name": "".join(map(str.capitalize, rule.split("-"))),
        "shortDescription": {"text": _SENTENCES.get(rule, plain)},
        "defaultConfiguration": {"level": level},
    }


def _result(one: Result, index: int) -> dict[str, Any]:
    # Lines move; what is said of which file stays the same from one commit to the next.
    text = re.sub(r"\(lines? [\d, ]+\)", "", one.text)
    said = f"{one.rule}\n{one.place.side}\n{one.place.path}\n{text}"
    result = {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": one.level,
        "message": {"text": one.text},
        "locations": [{"physicalLocation": _location(one.place)}],
        "partialFingerprints": {"tlcci/v1": hashlib.sha256(said.encode()).hexdigest()[:32]},
    }
    if one.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(place)}
            for number, place in enumerate(one.related, 1)
        ]
    return result


def _location(place: Place) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(place.path), "uriBaseId": _BASES[place.side]},
        "region": {"startLine": place.line},
    }


def _version() -> str:
    try:
        return version("tlcci")
    except PackageNotFoundError:
        return "0.0.0"
