"""Bad input of every kind: a clear error of the house's form, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.parts.jenkinsfiles import (
    Command,
    Ended,
    make_checkout,
    need_engine,
    write_inventory,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tlcci.results.runs import RunRecord

pytestmark = pytest.mark.jvm


@pytest.fixture(autouse=True)
def _engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_engine()
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))


def run(
    tmp_path: Path, jenkinsfile: str, *options: str, **env: str
) -> tuple[Ended, RunRecord | None]:
    """Run *jenkinsfile* as a person does; return the end, and the record if there is one."""
    checkout = make_checkout(tmp_path / "project", jenkinsfile)
    if "--inventory" not in options:
        options += ("--inventory", str(write_inventory(tmp_path)))
    command = Command(checkout, tmp_path / "record", *options, **env)
    ended = command.end()
    has_record = (tmp_path / "record" / "run.json").exists()
    return ended, command.run_record() if has_record else None


def is_house_form(ended: Ended, reference: str) -> bool:
    """Return whether stderr is one error of that reference and no traceback."""
    return ended.err.startswith(f"error {reference}: ") and "Traceback" not in ended.err


def test_a_jenkinsfile_that_does_not_compile_shows_the_compilers_place(tmp_path: Path) -> None:
    """Line and column are in the log, the line in the summary, and the build failed."""
    ended, record = run(tmp_path, "node {\n  echo 'a'\n  if (true {\n}\n")

    assert record
    assert (1, "FAILURE", "") == (ended.status, record.result, ended.err)
    assert "@ line 5, column 1." in (record.folder / "console.log").read_text()
    assert "at         Jenkinsfile:5" in ended.out


@pytest.mark.parametrize(
    ("setting", "reference", "status"),
    [
        ("no-jenkinsfile", "file-not-in-commit", 2),
        ("no-repository", "not-a-repository", 2),
        ("no-folder", "checkout-missing", 2),
    ],
)
def test_a_checkout_that_is_none_is_said_to_be_none(
    tmp_path: Path, setting: str, reference: str, status: int
) -> None:
    """Nothing runs and no record is begun."""
    folder = tmp_path / "project"
    if setting != "no-folder":
        make_checkout(folder, "echo 'a'")
    if setting == "no-jenkinsfile":
        subprocess.run(["git", "-C", folder, "rm", "-q", "Jenkinsfile"], check=True)
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", folder, *identity, "commit", "-qm", "no"], check=True)
    if setting == "no-repository":
        (folder / ".git").rename(tmp_path / "elsewhere")
    command = Command(folder, tmp_path / "record")

    ended = command.end()

    assert is_house_form(ended, reference), ended.err
    assert status == ended.status
    assert not (tmp_path / "record" / "run.json").exists()


@pytest.mark.parametrize("options", [("--param", "NAME"), ("--env", "=x")])
def test_a_pair_that_is_none_is_refused(tmp_path: Path, options: tuple[str, str]) -> None:
    """The option's own text is quoted."""
    ended, record = run(tmp_path, "echo 'a'", *options)

    assert (2, None) == (ended.status, record)
    assert f"'{options[1]}' is not NAME=VALUE" in ended.err
    assert "Traceback" not in ended.err


def test_a_record_folder_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    """What lies there stays."""
    kept = tmp_path / "record" / "kept.txt"
    kept.parent.mkdir()
    kept.write_text("mine")

    ended, record = run(tmp_path, "echo 'a'")

    assert record is None
    assert is_house_form(ended, "record-exists"), ended.err
    assert 2 == ended.status
    assert ["kept.txt"] == [path.name for path in kept.parent.iterdir()]


def test_a_workspace_that_cannot_be_written_fails_the_node_step(tmp_path: Path) -> None:
    """Groovy may catch it, the log names the folder, and a note tells what to do."""
    (tmp_path / "agent-1").write_text("a file is in the way")
    jenkinsfile = """
    try {
      node('CPU') { echo 'never' }
    } catch (hudson.AbortException refused) {
      echo "caught: ${refused.message}"
    }
    node('CPU') { echo 'never' }
    """

    ended, record = run(tmp_path, jenkinsfile)

    console = (tmp_path / "record" / "console.log").read_text()
    assert record
    assert (1, "FAILURE", "") == (ended.status, record.result, ended.err)
    workspace = f"the workspace {tmp_path}/agent-1/workspace/project cannot be used"
    assert f"\ncaught: {workspace}" in console
    assert f"\nERROR: {workspace}" in console
    assert "error: line " in ended.out
    assert "set workdir of the host in hosts.yaml" in ended.out


def test_a_file_system_that_refuses_is_an_io_exception(tmp_path: Path) -> None:
    """What no step expects comes as java.io.IOException and ends the step, not the run."""
    jenkinsfile = """
    node('CPU') {
      try {
        dir('there') {
          writeFile file: 'kept', text: 'x'
          stash name: 's', includes: 'kept'
        }
        writeFile file: 'folder/kept/x', text: ''
        dir('folder') { unstash 's' }
      } catch (IOException refused) {
        echo "caught: ${refused.message}"
      }
      echo 'and goes on'
    }
    """

    ended, record = run(tmp_path, jenkinsfile)

    assert record
    console = (record.folder / "console.log").read_text()
    assert (0, "SUCCESS", "") == (ended.status, record.result, ended.err)
    assert "\ncaught: " in console
    assert "\nand goes on\n" in console


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_fails_the_step_that_meets_it(tmp_path: Path) -> None:
    """The script, the file and the stash say so; the record is complete."""
    disk = tmp_path / "agent-1"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.decode().strip()}")
    jenkinsfile = """
    node('CPU') {
      try {
        writeFile file: 'big', text: 'x' * 100000
      } catch (IOException full) {
        echo "caught: ${full.message}"
      }
      sh 'rm -f big'
      sh 'head -c 100000 /dev/zero > big'
    }
    """
    try:
        ended, record = run(tmp_path, jenkinsfile)
    finally:
        subprocess.run(["umount", disk], check=True)

    assert record
    console = (record.folder / "console.log").read_text()
    assert (1, "FAILURE", "") == (ended.status, record.result, ended.err)
    assert "No space left on device" in console.partition("caught: ")[2].partition("\n")[0]
    assert console.endswith("Finished: FAILURE\n")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (None, "credentials-unreadable"),
        ("a: [", "credentials-unreadable"),
        ("- a\n", "credentials-unreadable"),
        ("a: {type: string}\nb: {type: other}\nc: text\n", "credentials-invalid"),
    ],
)
def test_credentials_that_cannot_be_used_stop_before_the_run(
    tmp_path: Path, text: str | None, reference: str
) -> None:
    """Each fault is named, and no record is begun."""
    path = tmp_path / "credentials.yaml"
    if text is not None:
        path.write_text(text)

    ended, record = run(tmp_path, "echo 'a'", "--credentials", str(path))

    assert is_house_form(ended, reference), ended.err
    assert 2 == ended.status
    assert record is None
    for name in ("a: secret is missing", "b: type is 'other'", "c: a mapping"):
        assert (name in ended.err) == (reference == "credentials-invalid")


def test_a_label_that_does_not_parse_is_told_with_its_line(tmp_path: Path) -> None:
    """The node step ends as a cancelled one; the finding names the line and the place."""
    ended, record = run(tmp_path, "echo 'a'\n\nnode('CPU && (') { echo 'never' }\n")

    assert record
    assert (7, "ABORTED", "") == (ended.status, record.result, ended.err)
    assert "finding: line 3: error label-" in ended.out


def java_script(folder: Path, text: str) -> str:
    """Return a program in *folder* that passes for a java."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_java_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    """TLCCI_JAVA is believed in, not passed over."""
    java = java_script(tmp_path / "old", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")

    ended, record = run(tmp_path, "echo 'a'", TLCCI_JAVA=java)

    assert (5, None) == (ended.status, record)
    assert is_house_form(ended, "java-too-old"), ended.err
    assert f"{java} is Java 11" in ended.err


def test_a_java_that_is_none_is_an_error(tmp_path: Path) -> None:
    """A program that cannot say its version is no Java."""
    java = java_script(tmp_path / "no", "exit 1")

    ended, record = run(tmp_path, "echo 'a'", TLCCI_JAVA=java)

    assert (5, None) == (ended.status, record)
    assert is_house_form(ended, "java-missing"), ended.err
    assert f"TLCCI_JAVA={java}: cannot run" in ended.err


def test_options_for_java_reach_it(tmp_path: Path) -> None:
    """One that Java does not know ends it, and its words are shown."""
    ended, record = run(tmp_path, "echo 'a'", TLCCI_JAVA_OPTIONS="-XX:+NoSuchThing")

    assert 70 == ended.status
    assert is_house_form(ended, "engine-died"), ended.err
    assert "NoSuchThing" in ended.err
    assert record is None or record.result is None
