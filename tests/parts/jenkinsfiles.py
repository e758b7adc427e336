"""Checkouts with a Jenkinsfile, and runs of them: in this process, or as a person's command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tlcci.engine.classes import JARS
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java
from tlcci.results.runs import RunRecord, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PATIENCE_S = 60.0


def need_engine() -> None:
    """Skip the test, aloud, where the engine cannot run."""
    try:
        find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    if not any(JARS.glob("*.jar")):
        pytest.skip(str(JarsMissingError(str(JARS))))


def make_checkout(
    folder: Path, jenkinsfile: str, files: Mapping[str, str] | None = None
) -> Path:
    """Return *folder* as a repository with one commit: a Jenkinsfile and *files*."""
    for name, text in {"Jenkinsfile": jenkinsfile, **(files or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    commit_all(folder)
    return folder


def commit_all(folder: Path) -> None:
    """Make *folder* a repository whose one commit holds all that is in it."""
    identity = ("-c", "user.name=Case", "-c", "user.email=case@example.org")
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        (*identity, "commit", "-q", "-m", "case"),
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)


def write_inventory(folder: Path, *, executors: int = 4, **more: Any) -> Path:  # noqa: ANN401
    """Return a hosts.yaml in *folder*: two machines, both this one; *more* adds its keys."""
    hosts = {
        "agent-1": {"executors": executors, "labels": ["linux", "CPU"]},
        "agent-2": {"executors": 1, "labels": ["GPU"], "mode": "exclusive"},
    }
    for name, host in hosts.items():
        host |= {"connection": "local", "workdir": str(folder / name)}
    path = folder / "hosts.yaml"
    path.write_text(json.dumps({"version": 1, "hosts": hosts, **more}), "utf-8")
    return path


@dataclass(frozen=True)
class Ended:
    """How a command ended: its status and what it printed."""

    status: int
    out: str
    err: str


class Command:
    """`tlcci run-jenkinsfile` as a process; *record* is where its record goes."""

    def __init__(self, checkout: Path, record: Path, *options: str, **env: str) -> None:
        self.record = record
        argv = [sys.executable, "-m", "tlcci", "run-jenkinsfile", str(checkout)]
        self.process = subprocess.Popen(
            [*argv, "--record", str(record), *options],
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def console(self) -> str:
        """Return the log so far."""
        path = self.record / "console.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def until(self, text: str) -> None:
        """Wait until the log says *text*."""
        wait_until(lambda: text in self.console(), lambda: f"{text!r} in:\n{self.console()}")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def jvm(self) -> int:
        """Return the process id of its JVM."""
        pids = [p for p in processes() if parent_of(p) == self.process.pid and is_jvm(p)]
        return pids[0]

    def end(self) -> Ended:
        """Wait for the end and return it; one that does not end is killed, and a failure."""
        try:
            out, err = self.process.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            pytest.fail(f"did not end\n{self.console()}\n{out}\n{err}")
        return Ended(self.process.returncode, out, err)

    def run_record(self) -> RunRecord:
        """Return the run's record."""
        return read_record(self.record)


def wait_until(is_so: Callable[[], bool], state: Callable[[], str]) -> None:
    """Wait until *is_so*; after a minute fail with *state*."""
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain: {state()}")
        time.sleep(0.02)


def processes() -> list[int]:
    """Return the ids of the processes of this machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def parent_of(pid: int) -> int:
    """Return the parent of *pid*; 0 when it is gone or dead."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return 0
    return 0 if state == "Z" else int(parent)


def is_jvm(pid: int) -> bool:
    """Return whether *pid* is a JVM of ours."""
    return b"tlcci.Main" in _read(pid, "cmdline")


def with_variable(assignment: str) -> list[int]:
    """Return the living processes that have `NAME=VALUE` in their environment."""
    found = (p for p in processes() if assignment.encode() in _read(p, "environ").split(b"\0"))
    return [pid for pid in found if parent_of(pid)]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def plain_log(text: str, places: Mapping[str, Path]) -> str:
    """Return a console with *places*, ids and times replaced by their names."""
    for name, path in places.items():
        text = text.replace(str(path), f"<{name}>")
    text = re.sub(r"\b[0-9a-f]{40}\b", "<COMMIT>", text)
    text = re.sub(r"@tmp/durable-[0-9a-f]{8}", "@tmp/durable-<ID>", text)
    text = re.sub(r"secretFiles/[0-9a-f]{32}", "secretFiles/<ID>", text)
    return re.sub(r"\[\d{4}-\d\d-\d\dT[0-9:.]+Z\]", "[<TIME>]", text)
