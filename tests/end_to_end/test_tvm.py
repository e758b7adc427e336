"""TVM's own Jenkinsfiles, on the clone of apache/tvm that the variable TVM_CLONE names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.end_to_end.tvm_cpu_job import MADE, SECRET, Outcome, run_job
from tests.end_to_end.tvm_history import MOST_FAULTS, run_history, today


@pytest.fixture(scope="module")
def clone() -> Path:
    """The clone; without one the tests are skipped by name."""
    named = os.environ.get("TVM_CLONE")
    if not named:
        pytest.skip("no clone of apache/tvm: TVM_CLONE is not set")
    return Path(named)


@pytest.fixture(scope="module")
def outcome(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The cpu job's one run, with stand-ins for docker and aws."""
    return run_job(clone, tmp_path_factory.mktemp("job"))


def test_todays_files_end_well_in_every_circumstance(clone: Path) -> None:
    """Branch and pull request, with spot machines and without, all end SUCCESS."""
    ended = {what: seen.result for what, seen in today(clone)}

    assert dict.fromkeys(ended, "SUCCESS") == ended


def test_the_history_runs_dry_but_for_tvms_own_faults(clone: Path) -> None:
    """Of all versions since 2017 at most six do not end SUCCESS."""
    failed = run_history(clone, None, print)

    assert len(failed) <= MOST_FAULTS, "\n".join(map(str, failed))


def test_every_stage_of_the_cpu_job_succeeds(outcome: Outcome) -> None:
    """Prepare, Build and Test run to their end."""
    expected = [("Prepare", "SUCCESS"), ("Build", "SUCCESS"), ("Test", "SUCCESS")]

    assert ("SUCCESS", expected) == (outcome.run["result"], outcome.stages)


def test_the_checkout_is_not_touched(outcome: Outcome) -> None:
    """Not a byte of the clone differs after the run."""
    assert outcome.is_unchanged


def test_what_the_build_makes_reaches_the_tests_through_the_store(outcome: Outcome) -> None:
    """The checkout's own script uploads it under the branch and the build's number."""
    folder = "tvm-jenkins-artifacts-prod/tvm/main/1/cpu"

    assert sorted(f"{folder}/{path}" for path in MADE.split()) == outcome.stored


def test_the_credential_is_nowhere_in_the_log(outcome: Outcome) -> None:
    """What the job's scripts print of it is masked."""
    assert SECRET not in outcome.console
