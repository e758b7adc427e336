"""Which machines are refused, and with which words."""

from __future__ import annotations

from dataclasses import replace

from tlcci.agents.facts import Facts, Java
from tlcci.agents.provision import environment_of
from tlcci.agents.refusals import refusals
from tlcci.inventory import Host

PROGRAMS = (
    "bash git docker python3 curl md5sum sha256sum timeout df tar xargs lscpu flock setsid free"
)
FIT = Facts(
    architecture="x86_64",
    cores=8,
    memory_mb=32_000,
    user="ci",
    uid=1100,
    home="/home/ci",
    is_home_writable=True,
    is_workdir_writable=True,
    javas=(Java("/usr/bin/java", 'openjdk version "17.0.1"', 17),),
    programs={name: f"/usr/bin/{name}" for name in PROGRAMS.split()},
    clock_skew_s=0.1,
)
HOST = Host("box")


def said(facts: Facts, *without: str) -> list[tuple[str, str]]:
    """Return reason and remedy of each refusal."""
    return [(one.reason, one.remedy) for one in refusals(facts, HOST, without)]


def test_a_fit_machine_is_not_refused() -> None:
    """Nothing is wrong with it."""
    assert [] == said(FIT)


def test_the_user_that_images_have_too_is_refused() -> None:
    """What a container writes would belong to somebody else there."""
    [(reason, remedy)] = said(replace(FIT, uid=1000))

    assert "its user ci has uid 1000, which images give to another user" == reason
    assert remedy.startswith("sudo useradd --create-home --uid 1100 ci")


def test_a_wrong_clock_is_refused_with_the_fix() -> None:
    """From two seconds on, either way."""
    slow, fast = (
        said(replace(FIT, clock_skew_s=-86_400.0)),
        said(replace(FIT, clock_skew_s=2.5)),
    )

    assert [("its clock is 86400.0 s behind", "sudo timedatectl set-ntp true, on it")] == slow
    assert "its clock is 2.5 s ahead" == fast[0][0]


def test_missing_programs_are_refused_with_the_line_to_type() -> None:
    """Each package once; what the host may lack is not asked for."""
    facts = replace(FIT, programs={"bash": "/bin/bash"})

    [(reason, remedy)] = said(facts, *PROGRAMS.split()[3:])

    assert "it lacks git, docker" == reason
    assert "sudo apt-get install --no-install-recommends git docker.io" == remedy


def test_a_java_that_no_agent_runs_on_is_refused() -> None:
    """Unless hosts.yaml says where a fitting one comes from, which needs no package."""
    [(reason, _)] = said(replace(FIT, javas=(Java("/usr/bin/java", "", 11),)))

    assert "it has only Java 11; agents run on 17, 21, 25" == reason


def test_compilers_fit_into_the_memory() -> None:
    """A board with many cores and little memory starts fewer at once."""
    board = replace(FIT, cores=8, memory_mb=4096)
    counts = [
        environment_of(facts, replace(HOST, executors=executors))["CI_NUM_EXECUTORS"]
        for facts, executors in ((FIT, 1), (FIT, 2), (board, 1))
    ]

    assert ["1", "2", "4"] == counts
