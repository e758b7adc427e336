"""One look at a machine: every fact in one round trip."""

from __future__ import annotations

import shlex
import time
from importlib.resources import files
from typing import TYPE_CHECKING

from tlcci.agents.facts import Facts, parse_facts
from tlcci.errors import MachineError
from tlcci.transport import Command

if TYPE_CHECKING:
    from tlcci.transport import Transport

_PATIENCE_S = 120.0


def probe_machine(
    transport: Transport, *, workdir: str | None = None, measure_disk: bool = False
) -> Facts:
    """Return the facts of the machine; it is left as it was."""
    words = {"workdir": workdir or "", "speed": "1" if measure_disk else "", "programs": ""}
    lines = [f"{name}={shlex.quote(value)}" for name, value in words.items()]
    script = "\n".join([*lines, files("tlcci.agents").joinpath("probe.sh").read_text()])
    chunks: list[bytes] = []
    heard_at: list[float] = []

    def take(chunk: bytes) -> None:
        heard_at.append(time.time())
        chunks.append(chunk)

    result = transport.run(Command(script=script, timeout_s=_PATIENCE_S), on_stdout=take)
    text = b"".join(chunks).decode("utf-8", "replace")
    if not text.endswith("end\tok\n"):
        said = result.stderr.decode("utf-8", "replace").strip()
        raise ProbeFailedError(transport.name, said or f"status {result.status}")
    noise = result.noise.decode("utf-8", "replace").strip()
    return parse_facts(text, skew_s=_skew(text, heard_at[0]), noise=noise)


def _skew(text: str, heard_at: float) -> float | None:
    """Return the machine's clock less ours; the way of the first line is in it."""
    clock = text.splitlines()[0].partition("\t")[2].replace(".%N", "").replace(".N", "")
    try:
        return float(clock) - heard_at
    except ValueError:
        return None


class ProbeFailedError(MachineError):
    """A machine could not tell its facts."""

    def __init__(self, machine: str, reason: str) -> None:
        super().__init__(
            "probe-failed",
            f"{machine} did not tell its facts to the end",
            details=[("it said", reason)],
        )
