"""Scripted Jenkinsfiles through the engine: result, stages, artifacts, tests and log.

A folder of tests/cases/jenkinsfiles is a Jenkinsfile beside its story; `files/` is the
repository around it, and case.json what a person gives: params, credentials, env, approve,
dry, builds (how many of it run, the last one tells the story).
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.parts.jenkinsfiles import commit_all, need_engine, plain_log, write_inventory
from tlcci.engine.run import RunRequest, Watchers, run_jenkinsfile

if TYPE_CHECKING:
    from tlcci.results.runs import RunRecord

CASES = Path(__file__).parents[2] / "cases" / "jenkinsfiles"
SCRIPTED = [
    case
    for case in sorted(CASES.iterdir())
    if not case.name.startswith(("declarative-", "scripted-"))
]
HIDDEN = re.compile(
    r"(\[<TIME>\] )?\[Pipeline\]|Started by user |Obtained .* from git |\tat (?!Workflow)"
)


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    need_engine()


def checkout(case: Path, folder: Path) -> Path:
    """Return a repository in *folder* that holds the case's Jenkinsfile and files."""
    if (case / "files").is_dir():
        shutil.copytree(case / "files", folder)
    folder.mkdir(exist_ok=True)
    shutil.copy(case / "Jenkinsfile", folder)
    commit_all(folder)
    return folder


def request(case: Path, tmp_path: Path) -> tuple[RunRequest, int]:
    """Return what the case asks for, and how often."""
    asked: dict[str, Any] = {}
    if (case / "case.json").exists():
        asked = json.loads((case / "case.json").read_text("utf-8"))
    credentials = tmp_path / "credentials.yaml"
    credentials.write_text(json.dumps(asked.get("credentials", {})), "utf-8")
    built = RunRequest(
        checkout(case, tmp_path / case.name),
        params=asked.get("params", {}),
        globals=asked.get("env", {}),
        credentials=credentials,
        inventory=write_inventory(tmp_path, aliases=asked.get("aliases", {})),
        approved=tuple(asked.get("approve", ())),
        dry=asked.get("dry", False),
        stage=asked.get("stage"),
    )
    return built, asked.get("builds", 1)


def story(record: RunRecord, case: Path, tmp_path: Path) -> str:
    """Return what the run left as text; where branches race, marks only, and sorted."""
    facts = record.data
    parts = [f"result: {record.result}"]
    parts += [f"stage {stage['name']}: {stage['status']}" for stage in record.stages]
    parts += [f"artifact {one['path']}: {one['size']}" for one in facts["artifacts"]]
    if facts["tests"]:
        parts.append(f"tests: {facts['tests']}")
    for one in facts["fidelity"]:
        if one["fidelity"] != "real":
            parts.append(f"{one['fidelity']} {one['name']}: {'; '.join(one['reasons'])}")
    places = {"CHECKOUT": tmp_path / case.name, "RECORD": record.folder, "TMP": tmp_path}
    text = plain_log((record.folder / "console.log").read_text("utf-8", "replace"), places)
    log = [line for line in text.splitlines() if not HIDDEN.match(line)]
    if "// unordered" in (case / "Jenkinsfile").read_text("utf-8"):
        log = sorted(line for line in log if line.startswith("MARK "))
    return "\n".join([*parts, "", *log, ""])


@pytest.mark.jvm
@pytest.mark.parametrize("case", SCRIPTED, ids=lambda case: case.name)
def test_a_jenkinsfile_tells_the_expected_story(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each case folder is a Jenkinsfile beside its story."""
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    asked, builds = request(case, tmp_path)

    record, *_ = reversed([run_jenkinsfile(asked, Watchers()) for _ in range(builds)])

    assert (case / "expected.txt").read_text("utf-8") == story(record, case, tmp_path)


@pytest.mark.jvm
def test_what_was_caught_is_not_what_failed_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record names the step that ended the build, with its line, not one caught before."""
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))
    case = tmp_path / "case"
    case.mkdir()
    script = "try { error 'caught' } catch (e) { }\nerror 'at last'\n"
    (case / "Jenkinsfile").write_text(script, "utf-8")
    work = tmp_path / "work"
    work.mkdir()
    asked, _builds = request(case, work)

    record = run_jenkinsfile(asked, Watchers())

    failed = record.first_failure or {}
    assert (2, "at last") == (failed["line"], failed["message"])
