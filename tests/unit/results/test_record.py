"""The record of a run, while it runs, after it and after a kill."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tlcci import events
from tlcci.errors import InputError, MachineError
from tlcci.results.junit import FailedTest, TestReport
from tlcci.results.record import (
    FirstFailure,
    RecordWriter,
    RunIdentity,
    RunOutcome,
    StageFidelity,
)
from tlcci.results.runs import (
    find_record,
    list_records,
    next_number,
    previous_record,
    read_record,
)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))


def test_a_run_gets_a_folder_and_the_next_number() -> None:
    """Without a number each run of a job counts on."""
    first = RecordWriter.create(RunIdentity(job="tvm/main"))
    second = RecordWriter.create(RunIdentity(job="tvm/main"))

    assert ["tvm-main-1", "tvm-main-2"] == [first.id, second.id]
    assert [1, 2] == [first.number, second.number]


def test_a_record_folder_of_ones_own_is_listed_too(tmp_path: Path) -> None:
    """`--record` moves the folder, not the knowledge of the run."""
    writer = RecordWriter.create(RunIdentity(job="j", number=4), tmp_path / "mine")

    assert tmp_path / "mine" == writer.folder
    assert ["j-4"] == [record.id for record in list_records()]
    assert next_number("j") == 5


def test_a_number_used_twice_makes_two_runs() -> None:
    """The id of a run is its own, whatever number was asked for."""
    ids = [RecordWriter.create(RunIdentity(job="j", number=1)).id for _ in range(2)]

    assert ["j-1", "j-1.2"] == ids


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    """A record never goes over what is there."""
    (tmp_path / "kept.txt").write_text("mine")

    with pytest.raises(InputError, match="not empty") as caught:
        RecordWriter.create(RunIdentity(job="j"), tmp_path)

    assert caught.value.reference == "record-exists"
    assert ["kept.txt"] == [entry.name for entry in tmp_path.iterdir()]


def test_a_file_in_place_of_the_folder_is_said(tmp_path: Path) -> None:
    """`--record` with the name of a file is the person's fault, not ours."""
    path = tmp_path / "file"
    path.write_text("")

    with pytest.raises(InputError, match="it is a file"):
        RecordWriter.create(RunIdentity(job="j"), path)


def test_while_it_runs_the_record_says_so() -> None:
    """run.json is there from the start, without a result and with the process."""
    writer = RecordWriter.create(RunIdentity(job="j"))

    record = read_record(writer.folder)

    assert record.result is None
    assert record.state == "running"


def test_a_killed_run_is_read_as_one_without_an_end() -> None:
    """A process that is gone left its events and logs, and no result."""
    code = (
        "import os\n"
        "from tlcci.results.record import RecordWriter, RunIdentity\n"
        "writer = RecordWriter.create(RunIdentity(job='j'))\n"
        "writer.console.write_line('so far')\n"
        'os.write(writer._events, b\'{"event":"step-st\')\n'
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)

    record = find_record("j-1")

    assert record.state == "no end recorded"
    assert (record.folder / "console.log").read_text() == "so far\n"
    kinds = [event.kind for event in events.read_events(record.folder / "events.jsonl")]
    assert ["run-started"] == kinds


def test_the_end_of_a_run_is_all_in_run_json(tmp_path: Path) -> None:
    """Stages, artifacts and tests have exactly the keys that graders and people read."""
    kept = tmp_path / "a.whl"
    kept.write_bytes(b"wheel")
    writer = RecordWriter.create(
        RunIdentity(job="j", number=3, checkout="/src", commit="abc", params={"P": "1"})
    )
    writer.archive(kept, "dist/a.whl")
    writer.add_tests(TestReport(2, 1, 0, (FailedTest("C", "t", "boom"),)))
    writer.add_tests(TestReport(1, 0, 1))

    writer.end(
        RunOutcome(
            result="UNSTABLE",
            stages=[("Build", "SUCCESS"), ("Test", "UNSTABLE")],
            fidelity=[StageFidelity("Build", "aliased", ("CPU-SPOT is CPU",))],
            first_failure=FirstFailure(step="9", name="junit", line=12, message="1 failed"),
        )
    )

    data = json.loads((writer.folder / "run.json").read_text())
    assert data["result"] == "UNSTABLE"
    assert data["stages"] == [
        {"name": "Build", "status": "SUCCESS"},
        {"name": "Test", "status": "UNSTABLE"},
    ]
    sha256 = hashlib.sha256(b"wheel").hexdigest()
    assert data["artifacts"] == [{"path": "dist/a.whl", "size": 5, "sha256": sha256}]
    assert data["tests"] == {"total": 3, "failed": 1, "skipped": 1}
    assert data["failures"] == [{"class": "C", "name": "t", "message": "boom"}]
    assert data["fidelity"] == [
        {"name": "Build", "fidelity": "aliased", "reasons": ["CPU-SPOT is CPU"]}
    ]
    assert data["firstFailure"]["more"] == "tlcci runs log j-3 9"
    assert data["displayName"] == "#3"
    assert "pid" not in data


def test_the_build_before_is_found_by_its_number() -> None:
    """`previousBuild` is the nearest lower number of the same job."""
    for job, number in (("j", 1), ("j", 3), ("other", 2)):
        RecordWriter.create(RunIdentity(job=job, number=number)).end(RunOutcome("SUCCESS"))

    before = previous_record("j", 3)

    assert before is not None
    assert before.id == "j-1"


def test_an_unknown_run_is_told_with_what_is_close() -> None:
    """A typing mistake in an id names the run that was meant."""
    RecordWriter.create(RunIdentity(job="tvm-cpu"))

    with pytest.raises(InputError) as caught:
        find_record("tvm-cup-1")

    assert [("close to", "tvm-cpu-1")] == caught.value.details


def test_a_full_disk_is_an_error_of_the_house() -> None:
    """Writing to a full device tells what was kept and what to look at."""
    writer = RecordWriter.create(RunIdentity(job="j"))
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - the writer closes it
    writer._events = full.fileno()

    with full, pytest.raises(MachineError, match="no space left"):
        writer.emit(events.NoteAdded(text="x"))


def test_an_artifact_stays_inside_its_folder(tmp_path: Path) -> None:
    """A path that leads out of the folder of artifacts is refused."""
    writer = RecordWriter.create(RunIdentity(job="j"))

    with pytest.raises(ValueError, match="not a path of an artifact"):
        writer.archive(tmp_path, "../x")
