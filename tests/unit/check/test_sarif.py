"""Findings as SARIF, as code hosts take them in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tlcci.check.checkout import Checked
from tlcci.check.drift import AGAINST, CHECKOUT, Drift, Place
from tlcci.check.findings import Finding
from tlcci.check.needs import Needs, Unknown
from tlcci.check.sarif import sarif
from tlcci.check.served import Row

SCHEMA = json.loads((Path(__file__).parent / "sarif_required.json").read_text())
NEEDS = Needs("ci/the build", unknown=(Unknown("label x", 9, "it is made of output"),))
CHECKED = Checked(NEEDS, (Finding("label-not-text", 4, "node(true) gives no text"),))
ROWS = [
    Row("label", "GPU", "nobody", "NOBODY", (3, 7), next="add it"),
    Row("label (fallback)", "CPU", "nobody", "NOBODY", (3,), is_blocking=False),
    Row("program", "aws", "nobody", "NOBODY"),
    Row("credential", "token", "served", "string", (5,)),
]
DRIFT = Drift(
    "job-script-missing",
    "error",
    "job a runs b",
    Place(AGAINST, "jobs.yaml", 12),
    Place(CHECKOUT, "Jenkinsfile", 1),
)


@pytest.fixture
def log() -> dict[str, Any]:
    """Return one of each kind of result."""
    return sarif([CHECKED], [ROWS], [DRIFT])


def test_it_has_what_the_schema_requires(log: dict[str, Any]) -> None:
    """Its names and their kinds; nothing that the schema does not know."""
    jsonschema.validate(log, SCHEMA)


def test_nothing_found_is_valid_too() -> None:
    """A code host takes that as all fixed."""
    log = sarif([], [])

    jsonschema.validate(log, SCHEMA)
    assert [] == log["runs"][0]["results"]


def test_what_nobody_serves_is_a_result_and_what_is_served_is_none(log: dict[str, Any]) -> None:
    """An error where a run misses it, a note where a run may do without."""
    found = [(one["ruleId"], one["level"]) for one in log["runs"][0]["results"]]

    expected = [
        ("label-unserved", "error"),
        ("label-fallback-unserved", "note"),
        ("program-unserved", "error"),
        ("label-not-text", "warning"),
        ("unknown", "note"),
        ("job-script-missing", "error"),
    ]
    assert expected == found


def test_each_result_finds_its_rule(log: dict[str, Any]) -> None:
    """By id and by index, and each rule says what it means."""
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    ids = [rules[one["ruleIndex"]]["id"] for one in run["results"]]

    assert [one["ruleId"] for one in run["results"]] == ids
    assert "Nobody serves this label fallback." in {
        one["shortDescription"]["text"] for one in rules
    }


def test_a_place_is_a_uri_below_the_side_it_is_of(log: dict[str, Any]) -> None:
    """The checkout's under the name that code hosts know; a blank is escaped."""
    results = log["runs"][0]["results"]
    label, drift = results[0], results[-1]

    expected = {
        "artifactLocation": {"uri": "ci/the%20build", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3},
    }
    assert expected == label["locations"][0]["physicalLocation"]
    assert drift["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "jobs.yaml",
        "uriBaseId": "AGAINST",
    }


def test_a_result_is_known_again_when_its_line_moved() -> None:
    """A code host would else close one alert and open another."""
    moved = Drift("r", "note", "t", Place(AGAINST, "f", 99), DRIFT.there)
    still = Drift("r", "note", "t", Place(AGAINST, "f", 1), DRIFT.there)
    prints = [
        sarif([], [], [one])["runs"][0]["results"][0]["partialFingerprints"]
        for one in (moved, still)
    ]

    assert prints[0] == prints[1]
