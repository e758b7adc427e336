"""Today's cpu job of TVM, really run: the checkout's own scripts under a real shell.

    python tests/end_to_end/tvm_cpu_job.py CLONE [--keep FOLDER]

CLONE is a git clone of apache/tvm with its files checked out; it is not touched, and that
is verified by a hash over every byte of it. Nothing is edited: `docker` and `aws` are
stand-ins on PATH (tests/parts/standins; the `git` there mends one fault of newer gits),
submodules that the clone lacks are skipped by git's own configuration, and a proxy that
refuses stands for the network. So no container runs, but every script on the host does.
Exit code 0 says SUCCESS with the clone unchanged.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

JOB = "ci/jenkins/generated/cpu_jenkinsfile.groovy"
IMAGE = "example.org/ci_cpu:stand-in"
STANDINS = Path(__file__).parents[1] / "parts" / "standins"
SECRET = "stand-in-secret"  # noqa: S105 - it opens nothing
REFUSED = "http://127.0.0.1:9"  # nobody listens there
MADE = "build/cpptest build/config.cmake build/lib/libtvm_compiler.so"
LIMIT_S = 900.0


@dataclass(frozen=True)
class Outcome:
    """What the run came to: *run* is its run.json, *containers* what containers would run."""

    run: dict[str, Any]
    console: str
    containers: list[str]
    stored: list[str]
    seconds: float
    is_unchanged: bool

    @property
    def stages(self) -> list[tuple[str, str]]:
        """Return the stages as (name, status)."""
        return [(stage["name"], stage["status"]) for stage in self.run["stages"]]


def hash_of(folder: Path) -> str:
    """Return a hash over the name, mode and bytes of everything in *folder*."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        digest.update(f"{path.relative_to(folder)} {state.st_mode:o}\n".encode())
        if path.is_symlink():
            digest.update(str(path.readlink()).encode())
        elif path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def without_submodules(clone: Path) -> dict[str, str]:
    """Return the environment in which git skips the submodules that *clone* has not got."""
    listed = subprocess.run(
        ["git", "config", "-f", clone / ".gitmodules", "--get-regexp", r"\.path$"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    names = [line.split()[0].removesuffix(".path") for line in listed.splitlines()]
    lacking = [name for name in names if not _has_submodule(clone, name)]
    settings = {"GIT_CONFIG_COUNT": str(len(lacking))}
    for place, name in enumerate(lacking):
        settings[f"GIT_CONFIG_KEY_{place}"] = f"{name}.update"
        settings[f"GIT_CONFIG_VALUE_{place}"] = "none"
    return settings


def _has_submodule(clone: Path, name: str) -> bool:
    return (clone / ".git" / "modules" / name.removeprefix("submodule.")).is_dir()


def hosts(folder: Path, environment: dict[str, str]) -> Path:
    """Write the hosts.yaml of one machine that serves the job's labels."""
    host = {
        "connection": "local",
        "workdir": str(folder / "agent"),
        "labels": ["CPU", "CPU-SMALL"],
        "env": environment,
    }
    inventory = {"version": 1, "hosts": {"agent": host}, "aliases": {"*-SPOT": "*"}}
    path = folder / "hosts.yaml"
    path.write_text(json.dumps(inventory), "utf-8")
    return path


def programs(folder: Path) -> Path:
    """Make a folder of the stand-ins, and of a python3 that does not change PATH.

    A `python3` of pyenv's puts its own folder first, and an `aws` that is there would win.
    """
    place = folder / "bin"
    place.mkdir()
    for program in STANDINS.iterdir():
        (place / program.name).symlink_to(program)
    (place / "python3").symlink_to(Path(sys.executable).resolve())
    return place


def run_job(clone: Path, folder: Path) -> Outcome:
    """Run the job with all that it leaves in *folder*."""
    folder = folder.resolve()
    calls, store = folder / "docker-calls", folder / "s3"
    calls.touch()
    environment = {
        "PATH": f"{programs(folder)}:{os.environ['PATH']}",
        "STANDIN_GIT": shutil.which("git") or "git",
        "STANDIN_CALLS": str(calls),
        "STANDIN_STORE": str(store),
        "STANDIN_MAKES": MADE,
        "http_proxy": REFUSED,
        "https_proxy": REFUSED,
        **without_submodules(clone),
    }
    credentials = folder / "credentials.yaml"
    secret = {"tvm-bot-jenkins-reader": {"type": "string", "secret": SECRET}}
    credentials.write_text(json.dumps(secret), "utf-8")
    before = hash_of(clone)
    began = time.monotonic()
    options = [
        *("--file", JOB, "--job", "tvm-cpu", "--branch", "main", "--build-number", "1"),
        *("--param", f"ci_cpu_param={IMAGE}", "--env", "CI_NUM_EXECUTORS=1"),
        *("--credentials", str(credentials), "--inventory", str(hosts(folder, environment))),
        *("--record", str(folder / "record")),
    ]
    subprocess.run(
        [sys.executable, "-m", "tlcci", "run-jenkinsfile", str(clone), *options],
        check=False,
        env={**os.environ, "TLCCI_STATE_HOME": str(folder / "state")},
        timeout=LIMIT_S,
    )
    seconds = time.monotonic() - began
    return Outcome(
        json.loads((folder / "record" / "run.json").read_text("utf-8")),
        (folder / "record" / "console.log").read_text("utf-8", "replace"),
        [
            line.rpartition("/docker/with_the_same_user ")[2]
            for line in calls.read_text("utf-8").splitlines()
            if line.startswith("docker run")
        ],
        sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()),
        seconds,
        hash_of(clone) == before,
    )


def main(arguments: Sequence[str]) -> int:
    """Run the job and tell what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clone", type=Path)
    parser.add_argument("--keep", type=Path, help="an empty folder for what the run leaves")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        outcome = run_job(given.clone, given.keep or Path(temporary))
    print(f"\n{outcome.run['result']} in {outcome.seconds:.1f} s")
    for name, status in outcome.stages:
        print(f"stage {name}: {status}")
    for command in outcome.containers:
        print(f"container: {command}")
    for path in outcome.stored:
        print(f"stored: {path}")
    print("the checkout is", "unchanged" if outcome.is_unchanged else "CHANGED")
    is_good = outcome.run["result"] == "SUCCESS" and outcome.is_unchanged
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
