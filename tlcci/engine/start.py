"""The message that starts a program in the JVM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlcci.engine.steps import GLOBALS, SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tlcci.engine.definition import Step

_PERMITTED = Path(__file__).parent / "permitted_signatures.txt"


def start_message(
    text: str,
    steps: Mapping[str, Step],
    *,
    sandbox: bool,
    approved: Iterable[str],
    gives_operands: bool = False,
) -> dict[str, Any]:
    """Return what the JVM needs to know to compile and run *text*.

    *gives_operands* is the `&&` of Jenkins until mid-2022: `a && b` was b, not a boolean.
    """
    return {
        "text": text,
        "steps": {
            name: {"sync": step.is_sync, "listed": step.is_listed}
            for name, step in steps.items()
        },
        "symbols": sorted(SYMBOLS),
        "globals": list(GLOBALS),
        "sandbox": sandbox,
        "permitted": str(_PERMITTED),
        "approved": list(approved),
        "givesOperands": gives_operands,
    }
