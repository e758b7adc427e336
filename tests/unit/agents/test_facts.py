"""What the facts of a machine say of it, from what machines said."""

from __future__ import annotations

from pathlib import Path

from tlcci.agents.facts import Facts, Java, parse_facts
from tlcci.agents.labels import contradictions, propose_labels
from tlcci.agents.summary import summarize_facts

CASES = Path(__file__).parents[2] / "cases" / "facts"
ASKED = ("ARM", "CPU", "GPU", "desk-3")


def read_case(name: str) -> Facts:
    """Return the facts of one captured machine."""
    return parse_facts((CASES / name / "probe.txt").read_text())


def told(facts: Facts, label: str) -> str:
    """Return what the summary says in its *label* rows."""
    return "; ".join(text for name, text in summarize_facts(facts) if name == label)


def test_a_plain_server_is_read_in_full() -> None:
    """Every number is in the unit that its name says."""
    facts = read_case("debian-12-amd64")

    assert ("Linux", "x86_64", 64, "amd64", 2) == (
        facts.system,
        facts.architecture,
        facts.bits,
        facts.packages,
        facts.cores,
    )
    assert 24_105 == facts.memory_mb
    assert Java("/usr/bin/java", 'openjdk version "17.0.15" 2025-04-15', 17) == facts.javas[0]
    assert "Cannot connect" in (facts.docker.error if facts.docker else "")


def test_a_plain_server_proves_cpu_and_contradicts_the_rest() -> None:
    """A label that no fact speaks of is the person's own affair."""
    facts = read_case("debian-12-amd64")

    assert ["CPU"] == propose_labels(facts)
    assert {
        "ARM": "its processor is x86_64",
        "GPU": "no GPU driver answers: neither nvidia-smi nor /dev/kfd is there",
    } == contradictions(ASKED, facts)


def test_a_64_bit_kernel_with_32_bit_programs_is_no_arm_machine() -> None:
    """`uname -m` alone would say aarch64."""
    facts = read_case("raspberry-pi-32-bit-programs")

    expected = "its kernel is 64-bit but its programs are 32-bit (armhf)"
    assert expected == contradictions(ASKED, facts)["ARM"]


def test_a_board_tells_of_its_power_and_what_jenkins_would_miss() -> None:
    """Under-voltage is named, now and since the boot."""
    facts = read_case("raspberry-pi-32-bit-programs")

    assert (
        "under-voltage now",
        "throttled now",
        "under-voltage since the boot",
        "throttled since the boot",
    ) == facts.throttled
    assert "no SFTP server: Jenkins cannot start an agent" in told(facts, "warning")


def test_a_driver_that_was_updated_under_a_running_kernel_needs_a_reboot() -> None:
    """The label is refused with the way out."""
    facts = read_case("nvidia-driver-mismatch")

    expected = "reboot needed: Failed to initialize NVML: Driver/library version mismatch"
    assert expected == contradictions(ASKED, facts)["GPU"]
    assert expected == told(facts, "gpu")


def test_gpus_are_told_apart_by_uuid_and_prove_their_label() -> None:
    """With memory and compute capability, and Docker's part in it."""
    facts = read_case("two-gpus")

    assert ["CPU", "GPU"] == propose_labels(facts)
    assert [(40_960, "8.0"), (40_960, "8.0")] == [
        (g.memory_mb, g.capability) for g in facts.gpus
    ]
    assert 2 == len({gpu.uuid for gpu in facts.gpus})
    assert "28.2.2, overlay2, root daemon, 1 images" == told(facts, "docker")
    assert 791 == round(facts.write_mb_s or 0)


def test_a_wrong_clock_is_told_with_the_fix() -> None:
    """A day is said in days."""
    facts = Facts(clock_skew_s=-86_401.0)

    assert "1.0 days behind: sudo timedatectl set-ntp true" == told(facts, "clock")


def test_a_machine_that_says_nothing_has_no_facts() -> None:
    """Nothing is guessed, and nothing fails."""
    assert Facts() == parse_facts("")
