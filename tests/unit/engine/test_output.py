"""What a script writes reaches the log whole and in order; a log that cannot grow is told."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.parts.jenkinsfiles import Command, make_checkout, need_engine, write_inventory

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.jvm


@pytest.fixture(autouse=True)
def _engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_engine()
    monkeypatch.setenv("TLCCI_STATE_HOME", str(tmp_path / "state"))


def start(tmp_path: Path) -> Command:
    """Start a run of a script that counts to 50000, a write for each number."""
    count = "for i in $(seq 50000); do echo $i; done"
    checkout = make_checkout(
        tmp_path / "project", f"node('CPU') {{ sh '''#!/bin/sh\n{count}''' }}\n"
    )
    options = ("--inventory", str(write_inventory(tmp_path)))
    return Command(checkout, tmp_path / "record", *options)


def test_output_in_many_small_pieces_is_whole_and_in_order(tmp_path: Path) -> None:
    """What comes while a piece is kept goes with the next one."""
    command = start(tmp_path)
    command.end()

    console = (command.run_record().folder / "console.log").read_text()
    shown = [int(line) for line in console.splitlines() if line.isdigit()]
    assert list(range(1, 50_001)) == shown


def test_a_log_that_cannot_be_kept_ends_the_run(tmp_path: Path) -> None:
    """The disk of the record is full: no script goes on unseen, and the fault is told."""
    record = tmp_path / "record"
    record.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", record],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.decode().strip()}")
    try:
        ended = start(tmp_path).end()
    finally:
        subprocess.run(["umount", "-l", record], check=True)

    assert 3 == ended.status
    assert ended.err.startswith("error disk-full: "), ended.err
