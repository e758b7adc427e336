"""Which labels the facts of a machine carry, and which they contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tlcci.agents.facts import Facts


def propose_labels(facts: Facts) -> list[str]:
    """Return the hardware classes that the facts prove."""
    proposed = [label for label, fault in _CLASSES.items() if fault(facts) is None]
    # A board and a GPU box do what any processor does, but nobody asks them for it first.
    return proposed or ["CPU"]


def contradictions(labels: Iterable[str], facts: Facts) -> dict[str, str]:
    """Return the *labels* that the facts contradict, each with the reason."""
    found = {label: _CLASSES[label](facts) for label in labels if label in _CLASSES}
    return {label: reason for label, reason in found.items() if reason is not None}


def _no_arm(facts: Facts) -> str | None:
    if facts.is_arm64:
        return None
    if facts.architecture in {"aarch64", "arm64"}:
        return f"its kernel is 64-bit but its programs are 32-bit ({facts.packages or 'armhf'})"
    return f"its processor is {facts.architecture or 'unknown'}"


def _no_gpu(facts: Facts) -> str | None:
    if facts.gpus or facts.rocm is not None or facts.jetson is not None:
        return None
    if facts.nvidia is None:
        return "no GPU driver answers: neither nvidia-smi nor /dev/kfd is there"
    if facts.nvidia.needs_reboot:
        return f"reboot needed: {facts.nvidia.error}"
    return facts.nvidia.error or "the NVIDIA driver lists no GPU"


def _no_cpu(facts: Facts) -> str | None:
    if facts.architecture in {"x86_64", "amd64"}:
        return None
    return None if not facts.is_arm64 else "it is an ARM machine"


_CLASSES: dict[str, Callable[[Facts], str | None]] = {
    "ARM": _no_arm,
    "CPU": _no_cpu,
    "GPU": _no_gpu,
}
