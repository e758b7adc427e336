"""Runs whose nodes are machines over SSH: real sshd servers, real git, real processes."""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.parts.jenkinsfiles import commit_all, make_checkout, plain_log
from tests.parts.machines import Lab, need_machines, running_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.jvm

EXAMPLES = Path(__file__).parents[2] / "examples"
EVERY_STEP = """
node('ARM') {
  checkout scm
  sh 'ls -A; git log --format=%s; git status --short; echo $NODE_NAME $EXECUTOR_NUMBER'
  sh 'test "$PWD" = "$WORKSPACE"; stat -c %a $0; echo "ünïcode"'
  writeFile file: 'a/b c.txt', text: 'hello\\n'
  echo readFile('a/b c.txt') + fileExists('a/b c.txt') + fileExists('nope')
  for (path in ['nope', 'a', 'a/b c.txt/d']) {
    try { readFile path } catch (e) { echo e.class.name }
  }
  try { writeFile file: 'a/b c.txt/d', text: '' } catch (e) { echo "$e" }
  echo sh(returnStdout: true, script: 'cat "a/b c.txt"')
  echo "${sh(returnStatus: true, script: 'exit 7')}"
  try { sh '#!/bin/sh\\nkill -TERM $$' } catch (e) { echo "$e" }
  try { sh '/nowhere/at all' } catch (e) { echo "$e" }
  sh '''#!/usr/bin/env python3
print("no shell", 6 * 7)'''
  touch 'x/empty'
  sh 'ln -s nowhere x/broken; ln -s ../a x/folder; mkdir -p x/.git; echo no >x/.git/y'
  sh 'chmod 711 "a/b c.txt"'
  def found = findFiles(glob: '**', excludes: '.git/**')
  echo "${found.collect { it.path + ' ' + it.length }}"
  stash name: 'all', includes: 'a/**,x/**'
  dir('other') {
    unstash 'all'
    sh 'ls -R; stat -c %a "a/b c.txt"'
    deleteDir()
  }
  archiveArtifacts 'a/*,x/*'
  try { archiveArtifacts 'b*.txt' } catch (e) { echo "$e" }
  writeFile file: 'r.xml', text: '<testsuite><testcase name="t" classname="c"/></testsuite>'
  echo "${junit('r.xml').totalCount}"
  withCredentials([file(credentialsId: 'f', variable: 'F')]) {
    sh 'stat -c %a $F; stat -c %a $(dirname $F); tr a-z b-za <$F'
  }
  sh 'find ../*@tmp/secretFiles -type f'
  withEnv(['MAIL=', 'X=1', 'PATH+A=/opt/a']) { sh 'echo ${MAIL-unset} $X ${PATH%%:*}' }
  ws('elsewhere') { sh 'echo in $WORKSPACE' }
  writeFile file: 'l.groovy', text: 'return 42'
  echo "${load('l.groovy')} ${pwd()} ${pwd(tmp: true)}"
  sh 'mkdir ro && touch ro/f && chmod 500 ro'
  deleteDir()
  echo "${fileExists('.')}"
}
"""


@pytest.fixture(scope="module", autouse=True)
def _machines() -> None:
    need_machines()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A board with two executors and a server with one."""
    hosts: dict[str, dict[str, Any]] = {
        "board": {"labels": ["ARM"], "executors": 2},
        "server": {"labels": ["CPU"]},
    }
    with running_lab(tmp_path, hosts) as opened:
        yield opened


def kept_by(record: Path) -> dict[str, tuple[int, bytes]]:
    """Return what a run archived: mode and bytes by name."""
    folder = record / "artifacts"
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = [str(path.relative_to(folder)) for path in files]
    kept = [(path.stat().st_mode, path.read_bytes()) for path in files]
    return dict(zip(names, kept, strict=True))


def test_a_machine_over_ssh_does_what_this_one_does(lab: Lab, tmp_path: Path) -> None:
    """The same steps give the same log, to the word."""
    checkout = make_checkout(tmp_path / "project", EVERY_STEP, {"src/x.c": "int x;\n"})
    credentials = tmp_path / "credentials.yaml"
    credentials.write_text('{"f": {"type": "file", "filename": "n", "content": "top"}}')
    here = tmp_path / "here.yaml"
    here.write_text(
        '{"version": 1, "hosts": {"board": {"connection": "local", "labels": ["ARM"], '
        f'"executors": 2, "workdir": "{tmp_path / "here"}"' + "}}}"
    )
    options = ("--credentials", str(credentials), "--build-number", "1")
    runs = {
        lab.agent("board"): lab.run(checkout, *options, record="there"),
        tmp_path / "here": lab.run(
            checkout,
            *options,
            "--inventory",
            str(here),
            record="local",
            TLCCI_STATE_HOME=str(tmp_path / "s"),
        ),
    }
    logs = []
    for agent, run in runs.items():
        assert 0 == run.end().status, run.console()
        logs.append(plain_log(run.console(), {"AGENT": agent}))

    assert logs[1].splitlines() == logs[0].splitlines()
    assert kept_by(tmp_path / "local") == kept_by(tmp_path / "there")


def test_a_stash_goes_from_one_machine_to_another(lab: Lab, tmp_path: Path) -> None:
    """With names, modes and bytes as they are."""
    program = """
node('ARM') { sh 'mkdir d; head -c 3000000 /dev/urandom >d/x; chmod 750 d/x; sha256sum d/x'
              stash 's' }
node('CPU') { unstash 's'; sh 'sha256sum d/x; stat -c %a d/x; pwd' }
"""
    run = lab.run(make_checkout(tmp_path / "project", program))
    ended = run.end()

    assert 0 == ended.status, run.console()
    sums = [line for line in run.console().splitlines() if line.endswith("  d/x")]
    assert (2, 1) == (len(sums), len(set(sums)))
    assert "\n750\n" in run.console()
    assert f"\n{lab.agent('server')}/workspace/project\n" in run.console()


def test_a_lost_machine_is_named_with_the_log_so_far_and_retry_works(
    lab: Lab, tmp_path: Path
) -> None:
    """The connection breaks in mid-step; the next attempt connects anew."""
    mark = f"mark-{uuid.uuid4().hex}"
    program = """
def count = 0
retry(count: 2, conditions: [agent()]) {
  count++
  node('ARM') {
    sh "echo attempt ${count}; test ${count} = 2 || sh -c 'sleep 300; : MARK'"
    echo 'went on'
  }
}
""".replace("MARK", mark)
    run = lab.run(make_checkout(tmp_path / "project", program))
    run.until("+ sh -c")
    lab.cut("board")
    ended = run.end()

    assert 0 == ended.status, run.console()
    assert lab.becomes_idle(mark)
    log = run.console()
    assert "attempt 1\n" in log
    assert "the connection to board was lost" in log
    assert log.index("was lost") < log.index("Retrying") < log.index("attempt 2")
    assert "went on\n" in log


def test_a_machine_that_stays_away_ends_the_node_for_a_fallback(
    lab: Lab, tmp_path: Path
) -> None:
    """As TVM falls back from a spot machine to another."""
    program = """
try { node('ARM') { sh 'echo begun; sleep 30' } }
catch (e) { echo "fell back: ${e.message}"; node('CPU') { sh 'echo on $NODE_NAME' } }
"""
    run = lab.run(make_checkout(tmp_path / "project", program))
    run.until("+ sleep 30")
    lab.servers["board"].process.terminate()
    lab.cut("board")
    ended = run.end()

    assert 0 == ended.status, run.console()
    assert "fell back: the connection to board was lost\n" in run.console()
    assert "on server\n" in run.console()


def test_two_runs_never_share_an_executor_or_a_workspace(lab: Lab, tmp_path: Path) -> None:
    """The board takes two at once, each in a folder of its own; the server's second waits."""
    program = """
parallel(
  board: { node('ARM') { sh "echo in $WORKSPACE; until [ -e '%s' ]; do sleep 0.1; done" } },
  server: { node('CPU') { sh "echo have; until [ -e '%s' ]; do sleep 0.1; done" } },
)
"""
    gate = tmp_path / "gate"
    checkout = make_checkout(tmp_path / "project", program % (gate, gate))
    first = lab.run(checkout, record="first")
    first.until("have\n")
    first.until("in ")
    # Another laptop: what it knows of the first is only what the machines say.
    second = lab.run(checkout, record="second", TLCCI_STATE_HOME=str(tmp_path / "other"))
    second.until("all executors of server are in use")
    second.until("in /")
    assert "have\n" not in second.console()
    gate.touch()
    statuses = [first.end().status, second.end().status]
    logs = [first.console(), second.console()]

    assert [0, 0] == statuses, logs
    workspace = f"{lab.agent('board')}/workspace/project"
    assert f"in {workspace}\n" in logs[0]
    assert f"in {workspace}@2\n" in logs[1]


@pytest.mark.parametrize("trap", [":", "trap '' TERM"])
def test_ctrl_c_leaves_nothing_running_there(lab: Lab, tmp_path: Path, trap: str) -> None:
    """Neither the script nor what it sent to the background, whatever it traps."""
    mark = f"mark-{uuid.uuid4().hex}"
    program = f"""
node('ARM') {{
  sh "setsid sh -c 'sleep 301; : {mark}' & {trap}; sh -c 'sleep 302; : {mark}'"
}}
"""
    run = lab.run(make_checkout(tmp_path / "project", program))
    run.until("sleep 302")
    run.interrupt()
    run.end()

    assert "ABORTED" == run.run_record().result
    assert lab.becomes_idle(mark)
    leases = (lab.agent("board") / ".leases").glob("slot-*")
    assert [] == list(leases)


def test_a_second_ctrl_c_kills_what_runs_there(lab: Lab, tmp_path: Path) -> None:
    """Nobody waits for a script that does not want to end."""
    mark = f"mark-{uuid.uuid4().hex}"
    program = f"""
node('ARM') {{
  sh "trap '' TERM; setsid sh -c 'sleep 301; : {mark}' & sh -c 'sleep 302; : {mark}'"
}}
"""
    run = lab.run(make_checkout(tmp_path / "project", program))
    run.until("sleep 302")
    run.interrupt()
    run.until("Sending interrupt signal to process")
    run.interrupt()
    ended = run.end()

    assert 130 == ended.status
    assert lab.becomes_idle(mark)


def test_a_machine_that_nobody_trusted_is_sent_nothing(lab: Lab, tmp_path: Path) -> None:
    """The node fails with the line to type."""
    path = lab.folder / "hosts.yaml"
    described = json.loads(path.read_text("utf-8"))
    del described["hosts"]["board"]["host_key"]
    path.write_text(json.dumps(described), "utf-8")
    checkout = make_checkout(tmp_path / "project", "node('ARM') { sh 'true' }")
    run = lab.run(checkout, TLCCI_CONFIG_HOME=str(tmp_path / "config"), HOME=str(tmp_path))
    ended = run.end()

    assert 1 == ended.status
    assert "ERROR: board is not known yet\n" in run.console()
    assert "tlcci hosts trust board" in ended.out + ended.err
    assert "Accepted publickey" not in lab.servers["board"].log()


def test_a_run_that_was_killed_leaves_nothing_to_the_next_one(lab: Lab, tmp_path: Path) -> None:
    """What it started there goes on alone until its workspace has another owner."""
    mark = f"mark-{uuid.uuid4().hex}"
    program = f"""
node('CPU') {{
  if (params.wait) {{ sh "sh -c 'sleep 300; : {mark}'" }}
  sh 'echo have $WORKSPACE'
}}
"""
    checkout = make_checkout(tmp_path / "project", program)
    killed = lab.run(checkout, "--param", "wait=yes", record="killed")
    killed.until("+ sh -c")
    killed.process.kill()
    killed.process.communicate()
    run = lab.run(checkout, record="next")
    ended = run.end()

    assert 0 == ended.status, run.console()
    assert f"have {lab.agent('server')}/workspace/project\n" in run.console()
    assert lab.becomes_idle(mark)


def test_only_what_is_new_crosses_to_a_machine(lab: Lab, tmp_path: Path) -> None:
    """The second build sends the new commit, into the repository that has the others."""
    checkout = make_checkout(
        tmp_path / "project", "node('ARM') { checkout scm; sh 'cat f g; git log --format=%s' }"
    )
    (checkout / "f").write_text("one\n" * 1000)
    commit_all(checkout)
    first = lab.run(checkout, record="first")
    first.end()
    caches = list((lab.agent("board") / ".sources").glob("*/main.git"))
    before = {path.name for path in caches[0].glob("objects/??/*")}
    (checkout / "g").write_text("two\n")
    commit_all(checkout)
    second = lab.run(checkout, record="second")
    ended = second.end()
    new = {path.name for path in caches[0].glob("objects/??/*")} - before

    assert 0 == ended.status, second.console()
    assert (1, 3) == (len(caches), len(new))  # a commit, a tree, a file


def test_the_example_job_runs_on_a_machine_over_ssh(tmp_path: Path) -> None:
    """TVM-shaped: spot fallback, workspaces by executor, credentials, stashes, tests."""
    checkout = tmp_path / "tvm"
    shutil.copytree(EXAMPLES / "tvm", checkout)
    commit_all(checkout)
    labels = ["CPU", "CPU-SMALL", "ARM", "GPU", "linux"]
    with contextlib.ExitStack() as stack:
        hosts = {"box": {"labels": labels, "executors": 4}}
        lab = stack.enter_context(running_lab(tmp_path, hosts))
        run = lab.run(checkout, "--credentials", str(EXAMPLES / "credentials.yaml"))
        ended = run.end()

    assert 0 == ended.status, run.console()
    assert "SUCCESS" == run.run_record().result
    assert "Running on box in " in run.console()
