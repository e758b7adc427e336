"""Jenkinsfiles through the engine: result, stages and what the log says of both."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tlcci.engine.classes import JARS
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java

CASES = Path(__file__).parents[3] / "cases" / "jenkinsfiles"
SHOWN = re.compile(
    r"\[Pipeline\]|MARK |Stage \"|Post stage|ERROR: |WARNING: |Error when |\t|Finished: "
)


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    try:
        find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    if not any(JARS.glob("*.jar")):
        pytest.skip(str(JarsMissingError(str(JARS))))


def checkout(case: Path, folder: Path) -> Path:
    """Return a repository in *folder* that holds the case's Jenkinsfile."""
    folder.mkdir()
    (folder / "Jenkinsfile").write_text((case / "Jenkinsfile").read_text("utf-8"), "utf-8")
    identity = ("-c", "user.name=Case", "-c", "user.email=case@example.org")
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        (*identity, "commit", "-q", "-m", "case"),
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    return folder


def inventory(folder: Path) -> Path:
    """Return a hosts.yaml in *folder* with one machine, which is this one."""
    host = {
        "connection": "local",
        "workdir": str(folder / "agent"),
        "executors": 4,
        "labels": ["linux"],
    }
    path = folder / "hosts.yaml"
    path.write_text(json.dumps({"version": 1, "hosts": {"agent-1": host}}), "utf-8")
    return path


def run_jenkinsfile(repository: Path, hosts: Path, record: Path) -> None:
    """Run build 1 as a person does, in a process of its own."""
    command = [sys.executable, "-m", "tlcci", "run-jenkinsfile", str(repository)]
    command += ["--inventory", str(hosts), "--record", str(record), "--build-number", "1"]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=120)


def story(record: Path, *, ordered: bool) -> str:
    """Return result, stages and log of a run as text; sorted where branches race."""
    facts = json.loads((record / "run.json").read_text("utf-8"))
    stages = [f"{stage['name']}: {stage['status']}" for stage in facts["stages"]]
    log = [
        line
        for line in (record / "console.log").read_text("utf-8").splitlines()
        if SHOWN.match(line)
    ]
    if not ordered:
        stages, log = sorted(stages), sorted(line for line in log if line.startswith("MARK "))
    return "\n".join([facts["result"], "", *stages, "", *log, ""])


@pytest.mark.parametrize(
    "case",
    sorted([*CASES.glob("declarative-*"), *CASES.glob("scripted-*")]),
    ids=lambda case: case.name,
)
def test_a_jenkinsfile_tells_the_expected_story(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each case folder is a Jenkinsfile beside its story."""
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    record = tmp_path / "record"
    repository = checkout(case, tmp_path / case.name)
    hosts = inventory(tmp_path)

    run_jenkinsfile(repository, hosts, record)

    ordered = "// unordered" not in (case / "Jenkinsfile").read_text("utf-8")
    expected = (case / "expected.txt").read_text("utf-8")
    assert expected == story(record, ordered=ordered)


def test_the_steps_round_a_stage_carry_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that Declarative adds are told by the section that asked for them."""
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    case = CASES / "declarative-post"
    record = tmp_path / "record"
    repository = checkout(case, tmp_path / case.name)

    run_jenkinsfile(repository, inventory(tmp_path), record)

    events = map(json.loads, (record / "events.jsonl").read_text("utf-8").splitlines())
    lines = {
        event["argument"]: event["line"]
        for event in events
        if event["event"] == "step-started" and event["name"] == "stage"
    }
    expected = {
        "warned": 4,
        "outer": 13,
        "inner": 15,
        "skipped": 19,
        "Declarative: Post Actions": 21,
    }
    assert expected == lines
