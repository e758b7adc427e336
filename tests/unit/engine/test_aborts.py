"""Ctrl-C, a JVM that dies, and what is left running after them: nothing."""

from __future__ import annotations

import os
import signal
import uuid
from pathlib import Path

import pytest

from tests.parts.jenkinsfiles import (
    Command,
    make_checkout,
    need_engine,
    parent_of,
    wait_until,
    with_variable,
    write_inventory,
)

pytestmark = pytest.mark.jvm

STUBBORN = """
try {
  parallel(
    script: {
      node {
        try {
          sh '''#!/bin/sh
            trap 'echo "was asked to end"; exit 3' TERM
            echo started
            while :; do sleep 0.1; done'''
        } finally {
          sh 'echo finally in the node'
        }
      }
    },
    waiting: { sleep 300 },
  )
} finally {
  echo 'finally at the top'
}
"""
DEAF = """
node {
  sh '''#!/bin/sh
    trap '' TERM INT
    echo started
    while :; do sleep 1; done'''
}
"""


@pytest.fixture(autouse=True)
def _engine() -> None:
    need_engine()


class Started:
    """A run whose every process carries a variable of its own, so that it can be found."""

    def __init__(self, tmp_path: Path, jenkinsfile: str) -> None:
        self.mark = f"TEST_RUN={uuid.uuid4().hex}"
        checkout = make_checkout(tmp_path / "project", jenkinsfile)
        options = ("--inventory", str(write_inventory(tmp_path)))
        env = {"TEST_RUN": self.mark.partition("=")[2]}
        env["TLCCI_STATE_HOME"] = str(tmp_path / "state")
        self.command = Command(checkout, tmp_path / "record", *options, **env)

    def leaves_nothing(self) -> bool:
        """Wait until none of its processes is left; the JVM takes a moment to go."""
        wait_until(lambda: not with_variable(self.mark), lambda: str(with_variable(self.mark)))
        return True


def test_one_ctrl_c_ends_the_steps_and_runs_finally(tmp_path: Path) -> None:
    """The script gets TERM, each `finally` runs, the result is ABORTED and nothing is left."""
    run = Started(tmp_path, STUBBORN)
    run.command.until("started")
    run.command.until("Sleeping for")
    run.command.interrupt()

    ended = run.command.end()

    console = run.command.console()
    assert 7 == ended.status
    assert "ABORTED" == run.command.run_record().result
    assert "" == ended.err
    for line in ("was asked to end", "finally in the node", "finally at the top"):
        assert f"\n{line}\n" in console
    assert console.endswith("Finished: ABORTED\n")
    assert run.leaves_nothing()


def test_one_ctrl_c_runs_post_of_a_declarative_pipeline(tmp_path: Path) -> None:
    """`post { aborted {} }` runs after the interrupted step."""
    pipeline = """
    pipeline {
      agent any
      stages { stage('long') { steps { sh 'echo started; sleep 300' } } }
      post {
        aborted { echo 'post: aborted' }
        success { echo 'post: success' }
      }
    }
    """
    run = Started(tmp_path, pipeline)
    run.command.until("+ sleep 300")
    run.command.interrupt()

    ended = run.command.end()

    console = run.command.console()
    assert 7 == ended.status
    assert "\npost: aborted\n" in console
    assert "\npost: success\n" not in console
    assert {"name": "long", "status": "ABORTED"} in run.command.run_record().stages
    assert run.leaves_nothing()


def test_two_ctrl_c_end_a_run_that_does_not_listen(tmp_path: Path) -> None:
    """A script that ignores TERM is killed with all the rest, at once and without a trace."""
    run = Started(tmp_path, DEAF)
    run.command.until("started")
    run.command.interrupt()
    run.command.until("Sending interrupt signal to process")
    run.command.interrupt()

    ended = run.command.end()

    assert "Traceback" not in ended.err
    assert 0 != ended.status
    assert "no end recorded" == run.command.run_record().state
    assert run.leaves_nothing()


def test_a_jvm_that_dies_is_an_error_and_ends_its_scripts(tmp_path: Path) -> None:
    """The error is of the house's form; the record is readable and says that it has no end."""
    run = Started(tmp_path, DEAF)
    run.command.until("started")
    os.kill(run.command.jvm(), signal.SIGKILL)

    ended = run.command.end()

    assert 70 == ended.status
    assert ended.err.startswith("error engine-died: ")
    assert "Traceback" not in ended.err
    assert "  next  " in ended.err
    record = run.command.run_record()
    assert record.result is None
    assert "no end recorded" == record.state
    assert "started" in (record.folder / "console.log").read_text()
    assert run.leaves_nothing()


def test_a_killed_run_leaves_no_jvm(tmp_path: Path) -> None:
    """The JVM ends by itself when the process that drives it is gone."""
    run = Started(tmp_path, "sleep 300")
    run.command.until("Sleeping for")
    jvm = run.command.jvm()
    run.command.process.kill()

    run.command.end()

    wait_until(lambda: parent_of(jvm) == 0, lambda: f"JVM {jvm} lives")
    assert "no end recorded" == run.command.run_record().state
    assert run.leaves_nothing()


def test_what_a_node_block_leaves_in_the_background_is_ended(tmp_path: Path) -> None:
    """As on Jenkins: with the block, unless the script gave it another cookie."""
    jenkinsfile = """
    node {
      sh '(sleep 301 >/dev/null 2>&1 &) ; (JENKINS_NODE_COOKIE= sleep 302 >/dev/null 2>&1 &)'
    }
    """
    run = Started(tmp_path, jenkinsfile)

    ended = run.command.end()

    assert 0 == ended.status
    wait_until(lambda: len(with_variable(run.mark)) == 1, lambda: str(with_variable(run.mark)))
    (kept,) = with_variable(run.mark)
    assert b"sleep\x00302\x00" == Path(f"/proc/{kept}/cmdline").read_bytes()
    os.kill(kept, signal.SIGKILL)
