"""Measure the embedded engine side by side in one run, and write a table in Markdown.

    python benchmarks/engine.py [--tlcci PROGRAM] [--tvm CLONE] [--output FILE]

Each figure is the median of some runs, with the fastest beside it: on a shared machine the
fastest tells what the program needs, the median what a person waits. Everything is kept in a
folder of its own that goes at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SH_STEPS = 200
ECHO_STEPS = 3000
LARGEST = "e7f60a80c6044ce42f03d9aa0ae1b441124a6ea5"  # of apache/tvm; 6037 lines
TREE = ("Jenkinsfile", "ci", "docker", "jenkins", "tests/scripts")
GIT = ("git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org")

JENKINSFILES = {
    "empty": "",
    "step": "echo 'first'\n",
    "sh": f"node {{ for (int i = 0; i < {SH_STEPS}; i++) {{ sh 'true' }} }}\n",
    "echo": f"for (int i = 0; i < {ECHO_STEPS}; i++) {{ echo 'line' }}\n",
    "parallel": """def branches = [:]
for (int i = 0; i < 16; i++) { branches["branch ${i}"] = { node { sh 'sleep 1' } } }
parallel branches
""",
}
HOSTS = "version: 1\nhosts:\n  here: {connection: local, workdir: WORKDIR, executors: 2}\n"
SPEAK = "yes 'a line of an ordinary log, as long as the lines of a compiler are' | head -c SIZE"


@dataclass(frozen=True)
class Run:
    """One run of the program: how long it took, and its events."""

    seconds: float
    began: float
    events: list[dict[str, Any]]
    peak_mb: float

    def steps(self, name: str) -> float:
        """Return the seconds from the first step called *name* to the end of the last."""
        mine = [event for event in self.events if event.get("name") == name]
        ended = [event["time"] for event in mine if event["event"] == "step-ended"]
        return float(ended[-1] - mine[0]["time"])

    @property
    def first_step(self) -> float:
        """Return the seconds from the command to the first step."""
        first = next(event for event in self.events if event["event"] == "step-started")
        return float(first["time"] - self.began)


class Bench:
    """A checkout of our own, and the program that runs its Jenkinsfiles."""

    def __init__(self, program: str, folder: Path, more: dict[str, str]) -> None:
        self._program = program
        self._folder = folder
        self._records = 0
        self.checkout = folder / "checkout"
        self._new_repository(self.checkout, {**JENKINSFILES, **more})
        (folder / "hosts.yaml").write_text(HOSTS.replace("WORKDIR", str(folder / "work")))

    def run(self, name: str, *options: str, checkout: Path | None = None) -> Run:
        """Run the Jenkinsfile *name* once."""
        self._records += 1
        record = self._folder / f"record-{self._records}"
        argv = [self._program, "run-jenkinsfile", str(checkout or self.checkout)]
        argv += ["--record", str(record), "--file", name, *options]
        began = time.time()
        seconds, peak_mb = self._timed(argv)
        lines = (record / "events.jsonl").read_text("utf-8").splitlines()
        shutil.rmtree(record)
        return Run(seconds, began, [json.loads(line) for line in lines], peak_mb)

    def on_two_executors(self, name: str) -> Run:
        """Run the Jenkinsfile *name* on a machine with two executors."""
        return self.run(name, "--inventory", str(self._folder / "hosts.yaml"))

    def forget(self) -> None:
        """Empty the cache, as it is on the day of the installation."""
        shutil.rmtree(self._folder / "cache", ignore_errors=True)

    def timed(self, *argv: str) -> float:
        """Return the seconds that *argv* takes."""
        return self._timed(list(argv))[0]

    def _timed(self, argv: list[str]) -> tuple[float, float]:
        own = {name: str(self._folder / name) for name in ("state", "cache")}
        env = {
            **os.environ,
            "TLCCI_STATE_HOME": own["state"],
            "XDG_CACHE_HOME": own["cache"],
            "PYTHONDONTWRITEBYTECODE": "",  # an installed program has its bytecode
        }
        began = time.perf_counter()
        with (self._folder / "output").open("wb") as output:
            process = subprocess.Popen(argv, env=env, stdout=output, stderr=output)
            _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            text = (self._folder / "output").read_text("utf-8", "replace")
            sys.exit(f"{' '.join(argv)}: exit code {process.returncode}\n{text[-3000:]}")
        return seconds, usage.ru_maxrss / 1024

    def lay_out(self, clone: Path) -> Path:
        """Return a repository with the largest Jenkinsfile of *clone* and what it reads."""
        target = self._folder / "largest"
        target.mkdir()
        git = ["git", "-C", str(clone)]
        listed = subprocess.run(
            [*git, "ls-tree", "--name-only", LARGEST, *TREE], check=True, capture_output=True
        ).stdout.decode()
        tree = subprocess.run(
            [*git, "archive", LARGEST, *listed.split()], check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "x", "-C", target], input=tree, check=True)
        self._new_repository(target, {})
        return target

    @staticmethod
    def _new_repository(folder: Path, files: dict[str, str]) -> None:
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        subprocess.run([*GIT, "init", "-q", "-b", "main", folder], check=True)
        subprocess.run([*GIT, "-C", folder, "add", "-A"], check=True)
        subprocess.run([*GIT, "-C", folder, "commit", "-q", "-m", "measured"], check=True)


def spread(values: list[float], unit: str, scale: float = 1.0, digits: int = 2) -> str:
    """Return the median of *values* and the smallest, as a cell of the table."""
    middle, least = statistics.median(values) * scale, min(values) * scale
    return f"{middle:.{digits}f} {unit} ({least:.{digits}f})"


def measure(bench: Bench, runs: int) -> list[tuple[str, str, str, str]]:
    """Return the rows: what, measured, the aim, a real Jenkins."""
    cold = []
    for _ in range(3):
        bench.forget()
        cold.append(bench.run("step").first_step)
    warm = [bench.run("step").first_step for _ in range(runs)]
    empty = [bench.run("empty").seconds for _ in range(runs)]
    sh = [bench.run("sh").steps("sh") / SH_STEPS for _ in range(runs)]
    echo = [bench.run("echo").steps("echo") / ECHO_STEPS for _ in range(runs)]
    parallel = [bench.on_two_executors("parallel").seconds for _ in range(2)]
    return [
        ("one `sh 'true'`", spread(sh, "ms", 1000, 1), "10 ms", "337 ms"),
        ("one `echo`", spread(echo, "ms", 1000), "0.3 ms", "6.3 ms"),
        (
            "16 parallel `node { sh 'sleep 1' }` on 2 executors, whole command",
            spread(parallel, "s"),
            "8 s is the sleeping",
            "10.8 s",
        ),
        ("an empty job, whole command", spread(empty, "s"), "", "1.5 s"),
        ("from the command to the first step", spread(warm, "s"), "0.8 s", ""),
        ("the same, the first time ever", spread(cold, "s"), "3 s", ""),
    ]


def measure_help(bench: Bench, program: str, runs: int) -> tuple[str, str, str, str]:
    """Return the row of `--help` against an import of typer, taken in turns."""
    python = str(Path(shutil.which(program) or program).resolve().parent / "python")
    pairs = [
        (bench.timed(program, "--help"), bench.timed(python, "-c", "import typer"))
        for _ in range(4 * runs)
    ]
    least = [min(side) for side in zip(*pairs, strict=True)]
    ours = spread([pair[0] for pair in pairs], "ms", 1000, 0)
    text = f"{ours}; `import typer` {least[1] * 1000:.0f} ms: {least[0] / least[1]:.2f} times"
    return ("`tlcci --help`", text, "1.5 times", "")


def measure_log(bench: Bench, size: int) -> tuple[str, str, str, str]:
    """Return the row of a large log through a step against the same command into a file."""
    command = SPEAK.replace("SIZE", str(size))
    folder = bench.checkout.parent
    script = f"cd {folder}; {command} > into-a-file; rm into-a-file"
    alone = min(bench.timed("sh", "-c", script) for _ in range(2))
    run = bench.run("log")
    through = run.steps("sh")
    text = f"{through:.1f} s; into a file {alone:.1f} s; peak {run.peak_mb:.0f} MB"
    return (f"a log of {size / 1e9:.1f} GB through `sh`", text, "twice the file's time", "")


def measure_largest(bench: Bench, clone: Path, runs: int) -> tuple[str, str, str, str]:
    """Return the row of the largest file of TVM's history, run dry."""
    tree = bench.lay_out(clone)
    options = ("--dry-run", "--branch", "main", "--env", "CI_NUM_EXECUTORS=2")
    taken = [bench.run("Jenkinsfile", *options, checkout=tree) for _ in range(runs)]
    steps = sum(event["event"] == "step-started" for event in taken[0].events)
    what = f"TVM's largest Jenkinsfile (6037 lines, {steps} steps) dry, whole command"
    return (what, spread([run.seconds for run in taken], "s"), "3 s", "")


def machine() -> str:
    """Return what it was measured on, in one line."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    return (
        f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, Python "
        f"{platform.python_version()}, {(java.stderr.splitlines() or ['no java'])[0]}, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tlcci", default="tlcci", help="the program to measure")
    parser.add_argument("--tvm", type=Path, help="a clone of apache/tvm with its history")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--log-size", type=int, default=10**9, help="bytes; 0 leaves it out")
    parser.add_argument("--output", type=Path, help="where the table goes; else to stdout")
    args = parser.parse_args()
    program = shutil.which(args.tlcci) or sys.exit(f"no such program: {args.tlcci}")
    described = machine()
    with tempfile.TemporaryDirectory(prefix="tlcci-benchmark.") as folder:
        speak = f'node {{ sh """{SPEAK}""" }}\n'.replace("SIZE", str(args.log_size))
        bench = Bench(program, Path(folder), {"log": speak})
        rows = [*measure(bench, args.runs), measure_help(bench, program, args.runs)]
        if args.tvm:
            rows.append(measure_largest(bench, args.tvm, args.runs))
        if args.log_size:
            rows.append(measure_log(bench, args.log_size))
    head = ("", "measured: median (fastest)", "aim", "a real Jenkins")
    lines = [f"Measured on {described}.", ""]
    lines += ["| " + " | ".join(row) + " |" for row in (head, ("---",) * 4, *rows)]
    text = "\n".join(lines) + "\n"
    if args.output:
        args.output.write_text(text, "utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
