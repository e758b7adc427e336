"""A checkout held against a configuration: each kind of drift, and none where they agree."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tlcci.check.checkout import check_files, find_jenkinsfiles
from tlcci.check.drift import Place, compare
from tlcci.check.drift.kinds import KINDS
from tlcci.engine.classes import JARS
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java
from tlcci.errors import InputError

if TYPE_CHECKING:
    from tlcci.check.checkout import Checked

CASES = Path(__file__).parents[2] / "cases" / "drift"
CHECKOUT = CASES / "agreeing" / "checkout"
AGAINST = CASES / "agreeing" / "against"
EDITED = sorted(one.parent.name for one in CASES.glob("*/edits.yaml"))


@pytest.fixture(scope="module")
def checked() -> list[Checked]:
    """Return what the checkout of the agreeing pair needs."""
    try:
        find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    if not any(JARS.glob("*.jar")):
        pytest.skip(str(JarsMissingError(str(JARS))))
    return check_files(CHECKOUT, find_jenkinsfiles(CHECKOUT))


def _edited(case: str, folder: Path) -> Path:
    """Return the agreeing configuration with the edits of *case*."""
    against = folder / "against"
    shutil.copytree(AGAINST, against)
    for edit in yaml.safe_load((CASES / case / "edits.yaml").read_text()):
        path = against / edit["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = edit.get("write") or path.read_text().replace(edit["replace"], edit["with"])
        path.write_text(text)
    return against


def _drawn(place: Place) -> str:
    return f"{place.side}:{place.path}:{place.line}"


def test_a_pair_that_agrees_has_no_drift(checked: list[Checked]) -> None:
    """What is told of a pair is told because of a difference."""
    assert [] == compare(CHECKOUT, checked, AGAINST)


@pytest.mark.parametrize("case", EDITED)
def test_an_edit_of_the_configuration_is_told(
    case: str, checked: list[Checked], tmp_path: Path
) -> None:
    """With both files and lines, under the name of the case."""
    found = compare(CHECKOUT, checked, _edited(case, tmp_path))
    drawn = "".join(
        f"{one.level} {one.reference}: {one.text}\n"
        f"  {_drawn(one.here)}\n  {_drawn(one.there)}\n"
        for one in found
    )

    assert (CASES / case / "expected.txt").read_text() == drawn
    assert case in {one.reference for one in found}


def test_each_place_is_a_line_of_a_file(checked: list[Checked], tmp_path: Path) -> None:
    """A place that cannot be opened helps nobody."""
    missing = []
    for case in EDITED:
        against = _edited(case, tmp_path / case)
        for one in compare(CHECKOUT, checked, against):
            for place in (one.here, one.there):
                root = CHECKOUT if place.side == "checkout" else against
                lines = (root / place.path).read_text().splitlines()
                missing += [] if 1 <= place.line <= len(lines) else [(case, place)]

    assert [] == missing


def test_a_folder_that_configures_nothing_is_refused(
    checked: list[Checked], tmp_path: Path
) -> None:
    """An empty answer would read as agreement."""
    (tmp_path / "notes.txt").write_text("nothing here\n")

    with pytest.raises(InputError) as caught:
        compare(CHECKOUT, checked, tmp_path)

    assert "no-configuration" == caught.value.reference


def test_each_kind_has_a_case_a_sentence_and_a_row() -> None:
    """Whoever meets one finds out what it means."""
    page = (Path(__file__).parents[3] / "docs" / "reference" / "drift.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)

    assert sorted(KINDS) == EDITED
    assert sorted(KINDS) == rows
