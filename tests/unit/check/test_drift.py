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


def _with(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Return the agreeing configuration with more *files*."""
    against = folder / "against"
    shutil.copytree(AGAINST, against)
    for name, content in files.items():
        path = against / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return against


def test_files_that_cannot_be_read_are_passed_over(
    checked: list[Checked], tmp_path: Path
) -> None:
    """A folder of configuration holds anything."""
    files: dict[str, str | bytes] = {
        "broken.yaml": "jenkins: [\n  - : :\n\t",
        "image.png": b"\x89PNG\0\xff",
        "deep.yaml": "[" * 5000,
        "unfinished.tf": 'resource "aws_s3_bucket" "x" {\n  bucket = "never-closed',
        "script.py": "def (:\n",
        "loop.yaml": "credentials: &a\n  again: *a\n",
    }

    assert [] == compare(CHECKOUT, checked, _with(tmp_path, files))


def test_copies_for_environments_may_differ(checked: list[Checked], tmp_path: Path) -> None:
    """Production is not staging."""
    lines = [f"key{number}: value" for number in range(20)]
    files: dict[str, str | bytes] = {
        "prod/settings.yaml": "\n".join(lines),
        "staging/settings.yaml": "\n".join([*lines, "key20: other"]),
    }

    assert [] == compare(CHECKOUT, checked, _with(tmp_path, files))


def test_a_network_that_a_variable_names_may_be_any(
    checked: list[Checked], tmp_path: Path
) -> None:
    """Which one a container joins is known when it runs."""
    script = 'docker network create parts-net\ndocker run --network="$NETWORK" agent\n'

    found = compare(CHECKOUT, checked, _with(tmp_path, {"more/run.sh": script}))

    assert [] == found


def test_jobs_of_other_repositories_are_not_the_checkouts(
    checked: list[Checked], tmp_path: Path
) -> None:
    """Their scripts are looked for elsewhere."""
    job = (
        (AGAINST / "jobs" / "parts.yaml").read_text().partition("- job:\n    name: nightly")[0]
    )
    job = job.replace("repo: parts", "repo: tools").replace("Jenkinsfile", "ci/tools.groovy")

    found = compare(CHECKOUT, checked, _with(tmp_path, {"jobs/tools.yaml": job}))

    assert [] == found
