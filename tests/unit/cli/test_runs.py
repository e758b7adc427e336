"""`tlcci runs` over records that were written for it, and the screens."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tlcci import events
from tlcci.cli.live_screen import LiveScreen
from tlcci.cli.runs import app
from tlcci.cli.screen import JsonScreen, PlainScreen, choose_screen
from tlcci.cli.words import summary
from tlcci.errors import InputError
from tlcci.results.record import FirstFailure, RecordWriter, RunIdentity, RunOutcome

if TYPE_CHECKING:
    from pathlib import Path

    from tlcci.results.runs import RunRecord


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunRecord:
    """Return the record of a run that failed."""
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path))
    writer = RecordWriter.create(RunIdentity(job="tvm"))
    writer.console.write_line("said", step="7")
    failure = FirstFailure("7", "sh", "Build", line=4, message="exit 2", last_lines=("ld",))
    return writer.end(
        RunOutcome("FAILURE", stages=[("Build", "FAILED")], first_failure=failure)
    )


def test_runs_are_listed_for_people_and_programs(record: RunRecord) -> None:
    """Both lists hold the run and its result."""
    plain = CliRunner().invoke(app, ["list"]).stdout
    told = json.loads(CliRunner().invoke(app, ["list", "--json"]).stdout)

    assert plain.startswith("tvm-1  FAILURE")
    assert [record.id] == [one["id"] for one in told]


def test_a_run_is_shown_with_what_failed_first(record: RunRecord) -> None:
    """The failing step, its line and the command that shows more are there."""
    shown = CliRunner().invoke(app, ["show", record.id]).stdout

    for text in ('sh in stage "Build"', "Jenkinsfile:4", "| ld", "tlcci runs log tvm-1 7"):
        assert text in shown


@pytest.mark.parametrize("arguments", [["tvm-1"], ["tvm-1", "7"], ["last"]])
@pytest.mark.usefixtures("record")
def test_a_log_is_printed_as_it_is(arguments: list[str]) -> None:
    """The console and a step's log come out unchanged."""
    assert CliRunner().invoke(app, ["log", *arguments]).stdout == "said\n"


@pytest.mark.usefixtures("record")
def test_a_step_without_a_log_is_an_error() -> None:
    """The steps that have a log are named."""
    result = CliRunner().invoke(app, ["log", "tvm-1", "8"])

    assert isinstance(result.exception, InputError)
    assert [("have one", "7")] == result.exception.details


def test_a_pipe_gets_plain_lines_behind_their_branch(record: RunRecord) -> None:
    """Lines of a step stand behind its branch; Jenkins' step lines are left out."""
    out = io.StringIO()
    screen = choose_screen(out=out)

    screen.show(events.StageStarted(id="1", name="Build"))
    screen.show(events.StepStarted(id="7", name="sh", stage=("Build",), branch="cpu"))
    screen.output("7", b"a\nb\n")
    screen.output(None, b"[Pipeline] sh\n")
    screen.output("7", b"x\n" * 100_000)
    screen.finish(record)

    assert isinstance(screen, PlainScreen)
    expected = ["stage Build: started", "[cpu] a", "[cpu] b"]
    expected += ["[cpu] ... 200,000 bytes more in the log", "[cpu] x", *summary(record)]
    assert expected == out.getvalue().splitlines()


def test_a_program_gets_the_events(record: RunRecord) -> None:
    """Each event is one line of JSON and nothing else is printed."""
    out = io.StringIO()
    screen = choose_screen(as_json=True, out=out)
    event = events.ResultSet(result="FAILURE")

    screen.show(event)
    screen.output(None, b"text\n")
    screen.finish(record)

    assert isinstance(screen, JsonScreen)
    assert event == events.from_json(out.getvalue())


def test_the_live_tree_is_never_higher_than_the_terminal(
    record: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of eighty branches as many are drawn as there is room for, the running ones first."""
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("COLUMNS", "80")
    screen = LiveScreen(io.StringIO())
    for at in range(80):
        name = f"b{at}"
        screen.show(events.StageStarted(id=name, name=name, path=(name,), is_branch=True))
        if at != 5:
            screen.show(events.StageEnded(id=name, name=name, status="SUCCESS"))
    screen.show(events.StepStarted(id="s", name="sh", branch="b5"))
    screen.output("s", b"first\n\x1b[31mlast\n")

    drawn = screen._draw().plain.splitlines()
    screen.finish(record)

    assert len(drawn) <= 24
    assert any(row.startswith("b5 ") and "last" in row for row in drawn)
