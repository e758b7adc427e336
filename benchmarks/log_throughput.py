"""How fast a step's output reaches the record, beside the same command into a file.

usage: python benchmarks/log_throughput.py [MEGABYTES] [FOLDER]

For each command: its time into a file, its time through a pipe and a `LogStream` (both
the step's log and console.log are written), the second as a share of the first's speed,
and the largest memory of this process.
"""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tlcci.results.console import PIPE_SIZE, ConsoleLog
from tlcci.results.masks import Masker

ROUNDS = 3
LINE = "[ 42%] Building CXX object CMakeFiles/objs.dir/src/relay/transforms/fold_scale.cc.o"
COMMANDS = {
    "yes, long lines": f"yes '{LINE}' | head -c $BYTES",
    "yes, two bytes a line": "yes | head -c $BYTES",
    "one line": "head -c $BYTES /dev/zero | tr '\\0' x",
    "seq": "seq 1 100000000 | head -c $BYTES",
}


def into_file(command: str, folder: Path) -> float:
    """Return the seconds that *command* takes into a file."""
    started = time.perf_counter()
    with (folder / "plain.txt").open("wb") as out:
        subprocess.run(["sh", "-c", command], stdout=out, check=True)
    return time.perf_counter() - started


def into_record(command: str, folder: Path, masker: Masker | None) -> float:
    """Return the seconds that *command* takes into a record."""
    started = time.perf_counter()
    console = ConsoleLog(folder)
    stream = console.stream("1", masker)
    reader, writer = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    child = subprocess.Popen(["sh", "-c", command], stdout=writer)
    os.close(writer)
    while piece := os.read(reader, PIPE_SIZE):
        stream.feed(piece)
    stream.close()
    child.wait()
    os.close(reader)
    console.close()
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    os.environ["BYTES"] = str(megabytes * 1_000_000)
    home = Path(tempfile.mkdtemp(prefix="log-", dir=(sys.argv[2:] or [None])[0]))
    print(f"{megabytes} MB, {os.cpu_count()} cores, best of {ROUNDS}")
    try:
        for name, command in COMMANDS.items():
            for masker in (None, Masker(["s3cr3tValue!"])):
                files, records = [], []
                for _ in range(ROUNDS):
                    folder = Path(tempfile.mkdtemp(dir=home))
                    files.append(into_file(command, folder))
                    records.append(into_record(command, folder, masker))
                    shutil.rmtree(folder)
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                label = name + (", masked" if masker else "")
                share = min(files) / min(records)
                print(
                    f"{label:32} file {min(files):6.2f} s   record {min(records):6.2f} s   "
                    f"speed {share:5.0%}   peak {memory} MB",
                    flush=True,
                )
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
