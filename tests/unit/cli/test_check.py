"""What `tlcci check` prints beside its table, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tlcci.cli.app import app
from tlcci.engine.classes import JARS
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java

DRIFT = Path(__file__).parents[2] / "cases" / "drift" / "agreeing"
CHECKOUT = str(DRIFT / "checkout")


@pytest.fixture(autouse=True)
def _interpreter() -> None:
    """Skip, and say what is missing, where there is no JVM or no interpreter."""
    try:
        find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    if not any(JARS.glob("*.jar")):
        pytest.skip(str(JarsMissingError(str(JARS))))


@pytest.fixture
def against(tmp_path: Path) -> str:
    """Return a configuration with one job, whose script is gone."""
    (tmp_path / "jobs.yaml").write_text("- job:\n    name: old\n    script-path: gone.groovy\n")
    return str(tmp_path)


def test_a_pair_that_agrees_ends_with_zero() -> None:
    """And says that nothing was found."""
    ran = CliRunner().invoke(app, ["check", CHECKOUT, "--against", str(DRIFT / "against")])

    assert (0, "no difference found\n") == (ran.exit_code, ran.stdout)


def test_a_difference_is_told_with_both_lines(against: str) -> None:
    """The configuration's path is as it was given, to be opened at once."""
    ran = CliRunner().invoke(app, ["check", CHECKOUT, "--against", against])

    expected = (
        "error    job old runs gone.groovy, which the checkout has not [job-script-missing]\n"
        f"           {against}/jobs.yaml:3\n"
        "           Jenkinsfile:1\n"
    )
    assert ran.stdout.startswith(expected)
    assert ran.stdout.endswith("differences: 1 error, 1 warning\n")
    assert 1 == ran.exit_code


def test_json_has_the_differences_beside_the_facts(against: str) -> None:
    """One object, whatever the exit code."""
    ran = CliRunner().invoke(app, ["check", CHECKOUT, "--against", against, "--json"])
    told = json.loads(ran.stdout)

    assert ["job-script-missing", "jenkinsfile-without-job"] == [
        one["reference"] for one in told["drift"]
    ]
    assert {"side": "against", "path": "jobs.yaml", "line": 3} == told["drift"][0]["here"]
    assert "Jenkinsfile" == told["path"]


def test_sarif_has_the_differences_and_not_the_lab(against: str) -> None:
    """Where production is asked, who serves it here is another question."""
    ran = CliRunner().invoke(app, ["check", CHECKOUT, "--against", against, "--sarif"])
    results = json.loads(ran.stdout)["runs"][0]["results"]

    assert ["job-script-missing", "jenkinsfile-without-job"] == [
        one["ruleId"] for one in results
    ]
    assert 1 == ran.exit_code


def test_a_page_is_no_verdict() -> None:
    """It is made for a lab that serves nothing, too."""
    ran = CliRunner().invoke(app, ["check", CHECKOUT, "--markdown"])

    assert ran.stdout.startswith("# The CI of checkout\n")
    assert 0 == ran.exit_code


def test_only_one_form_is_printed() -> None:
    """Two would be none that a program can read."""
    ran = CliRunner().invoke(app, ["check", CHECKOUT, "--json", "--sarif"])

    assert 2 == ran.exit_code
