"""What a machine needs to become one of the CI: facts and declaration in, changes out."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from tlcci.agents import changes
from tlcci.backends.static import usual_workdir

if TYPE_CHECKING:
    from tlcci.agents.changes import Change
    from tlcci.agents.facts import Facts
    from tlcci.inventory import Host
    from tlcci.inventory.models import JavaArchive

# What Jenkins' own agents run on.
JAVAS = (17, 21, 25)
_JOB_MB = 2048  # what one compiler of many asks for
_ROOMS = (".incoming", ".leases", ".sources", ".workspaces", "workspace")


def provision(facts: Facts, host: Host, key: str | None = None) -> list[Change]:
    """Return the changes, in order; each looks by itself whether it is needed.

    *key* is the public key that is to be let in.
    """
    workdir = workdir_of(facts, host)
    environment = environment_of(facts, host)
    found = [
        changes.folder("workdir", workdir, sudo="" if facts.is_workdir_writable else "sudo -n"),
        changes.rooms("rooms", workdir, _ROOMS),
        changes.file(
            "environment",
            posixpath.join(workdir, "environment"),
            [f"{name}={value}" for name, value in environment.items()],
        ),
    ]
    # Some scripts ask a cloud's metadata address, which a lab may drop in silence.
    curl = posixpath.join(facts.home, ".curlrc")
    found.append(changes.lines("curl", curl, ["connect-timeout = 1"], mode="644"))
    if key:
        ssh = posixpath.join(facts.home, ".ssh")
        found.append(changes.folder("ssh", ssh, mode="700"))
        found.append(changes.lines("key", posixpath.join(ssh, "authorized_keys"), [key]))
    if archive := wanted_java(facts, host):
        found.append(changes.java("java", posixpath.join(workdir, "jre"), archive.sha256))
    docker = facts.docker
    if docker and "permission denied" in docker.error.lower() and facts.has_free_sudo:
        found.append(changes.group("docker", facts.user, "docker", sudo="sudo -n"))
    return found


def workdir_of(facts: Facts, host: Host) -> str:
    """Return the working folder as the machine knows it."""
    return posixpath.join(facts.home, usual_workdir(host).removeprefix("~/"))


def environment_of(facts: Facts, host: Host) -> dict[str, str]:
    """Return what every build of the machine is given; the declaration has the last word.

    Builds start a compiler for each core divided by CI_NUM_EXECUTORS: it is as large as
    keeps them within the machine's memory, and never less than there are executors.
    """
    by_memory = -(-facts.cores * _JOB_MB // facts.memory_mb) if facts.memory_mb else 1
    return {"CI_NUM_EXECUTORS": str(max(host.executors, by_memory)), **host.env}


def wanted_java(facts: Facts, host: Host) -> JavaArchive | None:
    """Return the archive of a private Java; None where the machine's own will do."""
    private = posixpath.join(workdir_of(facts, host), "jre", "bin", "java")
    if any(java.major in JAVAS and java.path != private for java in facts.javas):
        return None
    names = (
        facts.architecture,
        {"arm64": "aarch64", "amd64": "x86_64"}.get(facts.architecture),
    )
    return next((host.java[name] for name in names if name and name in host.java), None)
