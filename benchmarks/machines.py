"""The same work on many real sshd machines by several tools: a table on stdout.

Each tool gathers facts (`java -version` among them, where there is one), puts a file of
1 MiB with its mode and gets a file back. Run it as

    python -m benchmarks.machines [MACHINES]

Tools that are not installed are left out by name.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko

from tests.parts.sshd import Sshd, running_sshd
from tlcci.agents.probe import probe_machine
from tlcci.transport.ssh import SshTransport

if TYPE_CHECKING:
    from collections.abc import Callable

FACTS = Path(__file__).parents[1].joinpath("tlcci/agents/probe.sh").read_text()
CONTENT = os.urandom(1 << 20)
ROUNDS = 3
AT_ONCE = 64
SFTP = "Subsystem sftp internal-sftp"  # tlcci does without, the others do not


def by_tlcci(server: Sshd) -> None:
    """Probe, put and get, hashes compared."""
    transport = SshTransport(server.target(), known=server.known)
    probe_machine(transport)
    transport.put(CONTENT, f"{server.folder}/put", mode=0o750)
    back = io.BytesIO()
    transport.get(f"{server.folder}/host.pub", back)
    transport.close()


def by_paramiko(server: Sshd) -> None:
    """The library alone: exec and SFTP on one connection, nothing compared."""
    client = paramiko.SSHClient()
    client.load_host_keys(str(server.folder / "known_by_address"))
    key = paramiko.Ed25519Key.from_private_key_file(server.identity)
    client.connect(
        server.address, server.port, pkey=key, allow_agent=False, look_for_keys=False
    )
    stdin, stdout, _ = client.exec_command("/bin/sh")
    stdin.write("workdir=; speed=; programs=\n" + FACTS)
    stdin.channel.shutdown_write()
    stdout.read()
    sftp = client.open_sftp()
    sftp.putfo(io.BytesIO(CONTENT), f"{server.folder}/put", confirm=True)
    sftp.chmod(f"{server.folder}/put", 0o750)
    sftp.getfo(f"{server.folder}/host.pub", io.BytesIO())
    client.close()


def by_openssh(server: Sshd) -> None:
    """One ssh, the file on its standard input after the script."""
    words = ["ssh", "-F", "none", "-i", server.identity, "-p", str(server.port), "-o"]
    words += [f"UserKnownHostsFile={server.folder}/known_by_address", "-o", "BatchMode=yes"]
    script = f"workdir=; speed=; programs=\n{FACTS}\ncat {server.folder}/host.pub\n"
    remote = (
        f"sh {server.folder}/script; cat >{server.folder}/put; chmod 750 {server.folder}/put"
    )
    (server.folder / "script").write_text(script)
    subprocess.run(
        [*words, server.address, remote], input=CONTENT, capture_output=True, check=True
    )


TOOLS: dict[str, Callable[[Sshd], None]] = {
    "tlcci": by_tlcci,
    "paramiko, threads": by_paramiko,
    "OpenSSH, threads": by_openssh,
}


def measure(tool: Callable[[Sshd], None], servers: list[Sshd]) -> tuple[float, float]:
    """Return wall and client CPU seconds of *tool* over all *servers*."""
    before, started = _cpu(), time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(tool, servers))
    return time.perf_counter() - started, _cpu() - before


def _cpu() -> float:
    """Return the CPU time of this process and of the clients it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main() -> None:
    """Start the machines, measure in turns so that all tools share the same noise."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers = []
        for number in range(count):
            place = Path(folder) / f"m{number}"
            address = f"127.0.1.{number + 1}"
            server = stack.enter_context(running_sshd(place, SFTP, address=address))
            name = f"[{address}]:{server.port}"
            (place / "known_by_address").write_text(f"{name} {server.host_key}\n")
            servers.append(server)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in TOOLS}
        for _ in range(ROUNDS):
            for name, tool in TOOLS.items():
                times[name].append(measure(tool, servers))
    print(f"| {count} machines | wall s, median | client CPU s | CPU ms a machine |")
    print("|---|---|---|---|")
    for name, rows in times.items():
        wall = sorted(row[0] for row in rows)[len(rows) // 2]
        cpu = sorted(row[1] for row in rows)[len(rows) // 2]
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {cpu / count * 1000:.0f} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of all in one process: {peak:.0f} MB")
    absent = [name for name in ("ansible", "pyinfra", "fab") if shutil.which(name) is None]
    if absent:
        print(f"Not installed, left out: {', '.join(absent)}")


if __name__ == "__main__":
    main()
