"""The first page keeps its promise: two commands, and no more."""

from __future__ import annotations

import subprocess

from tests.house.sources import TOP, blocks

COMMANDS = [
    (
        "python3 -m venv .venv && .venv/bin/pip install -q . && "
        ".venv/bin/tlcci run-jenkinsfile examples/tvm --credentials examples/credentials.yaml\n"
    ),
    "scripts/test\n",
]


def test_the_readme_has_exactly_two_commands() -> None:
    """One runs a job, the other the tests; nothing else has to be set up."""
    shown = [block.text for block in blocks(TOP / "README.md") if block.language == "sh"]

    assert shown == COMMANDS


def test_ci_runs_the_second_command_and_nothing_else() -> None:
    """What passes there passes for anyone who types it."""
    lines = (TOP / ".ci" / "run").read_text().splitlines()
    run = [line for line in lines if line and not line.startswith("#")]

    assert run == ['exec "$(dirname "$0")/../scripts/test"']


def test_the_scripts_may_be_run() -> None:
    """A fresh clone has them executable."""
    listed = subprocess.run(
        ("git", "ls-files", "-s", "scripts", ".ci/run"),
        cwd=TOP,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()

    assert {line.split()[0] for line in listed} == {"100755"}
