"""Why a machine cannot be attached as it is, each with what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.agents.labels import contradictions
from tlcci.agents.provision import JAVAS, wanted_java, workdir_of
from tlcci.agents.summary import MOST_SKEW_S

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tlcci.agents.facts import Facts
    from tlcci.inventory import Host

# Images bring a user of their own with this number, who then owns what a build writes.
_IMAGES_UID = 1000
# Program to the package that has it in Debian and its like.
_PACKAGES = {
    "bash": "bash",
    "git": "git",
    "docker": "docker.io",
    "python3": "python3",
    "curl": "curl",
    "md5sum": "coreutils",
    "sha256sum": "coreutils",
    "timeout": "coreutils",
    "df": "coreutils",
    "tar": "tar",
    "xargs": "findutils",
    "lscpu": "util-linux",
    "flock": "util-linux",
    "setsid": "util-linux",
    "free": "procps",
}
_JAVA_PACKAGE = "openjdk-17-jre-headless"


@dataclass(frozen=True)
class Refusal:
    """One reason, and the line to type or the key of hosts.yaml to change."""

    reason: str
    remedy: str


def refusals(facts: Facts, host: Host, without: Collection[str] = ()) -> list[Refusal]:
    """Return every reason not to attach *host*; it may lack the programs *without*."""
    return [*_of_user(facts, host), *_of_clock(facts), *_of_programs(facts, host, without)] + [
        Refusal(f"it is declared {label}, but {reason}", _remedy(label, facts))
        for label, reason in contradictions(host.labels, facts).items()
    ]


def _of_user(facts: Facts, host: Host) -> Iterator[Refusal]:
    if facts.uid == _IMAGES_UID:
        yield Refusal(
            f"its user {facts.user} has uid {_IMAGES_UID}, which images give to another user",
            "sudo useradd --create-home --uid 1100 ci, and set user: ci in hosts.yaml",
        )
    if not facts.is_home_writable:
        yield Refusal(
            f"{facts.home} cannot be written", f"sudo chown {facts.user} {facts.home}"
        )
    if not facts.is_workdir_writable and not facts.has_free_sudo:
        yield Refusal(
            f"{facts.workdir} cannot be written, and sudo asks for a password",
            f"sudo install -d -o {facts.user} {workdir_of(facts, host)}, or another workdir",
        )


def _of_clock(facts: Facts) -> Iterator[Refusal]:
    skew = facts.clock_skew_s
    if skew is not None and abs(skew) > MOST_SKEW_S:
        way = "ahead" if skew > 0 else "behind"
        yield Refusal(
            f"its clock is {abs(skew):.1f} s {way}", "sudo timedatectl set-ntp true, on it"
        )


def _of_programs(facts: Facts, host: Host, without: Collection[str]) -> Iterator[Refusal]:
    missing = [name for name in _PACKAGES if name not in {*facts.programs, *without}]
    packages = list(dict.fromkeys(_PACKAGES[name] for name in missing))
    if missing:
        yield Refusal(f"it lacks {', '.join(missing)}", _install(packages))
    if "java" in without or wanted_java(facts, host) is not None:
        return
    majors = [java.major for java in facts.javas]
    if not set(majors) & set(JAVAS):
        has = f"only Java {', '.join(map(str, majors))}" if majors else "no Java"
        known = ", ".join(map(str, JAVAS))
        yield Refusal(
            f"it has {has}; agents run on {known}",
            f"{_install([_JAVA_PACKAGE])}, or name an archive for {facts.architecture} "
            "under java: in hosts.yaml",
        )


def _install(packages: list[str]) -> str:
    return f"sudo apt-get install --no-install-recommends {' '.join(packages)}"


def _remedy(label: str, facts: Facts) -> str:
    if facts.nvidia and facts.nvidia.needs_reboot:
        return "sudo reboot, on it"
    return f"take {label} out of its labels in hosts.yaml, or mend it and attach again"
