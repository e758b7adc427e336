"""Jenkins' results and stage statuses, and the exit code of each, as data."""

from __future__ import annotations

from typing import Final

# From best to worst, as hudson.model.Result orders them.
RESULTS: Final = ("SUCCESS", "UNSTABLE", "FAILURE", "NOT_BUILT", "ABORTED")

# 2 to 5 and 70 are the exit codes of errors of tlcci itself (tlcci/errors.py).
EXIT_CODES: Final[dict[str, int]] = {
    "SUCCESS": 0,
    "FAILURE": 1,
    "UNSTABLE": 6,
    "ABORTED": 7,
    "NOT_BUILT": 8,
}

STAGE_STATUSES: Final = ("SUCCESS", "FAILED", "UNSTABLE", "ABORTED", "NOT_EXECUTED")

FIDELITIES: Final = ("real", "aliased", "emulated", "shimmed", "skipped")


def worse_result(one: str | None, other: str | None) -> str | None:
    """Return the worse of two results, None (not set yet) being the best."""
    given = [result for result in (one, other) if result is not None]
    return max(given, key=RESULTS.index, default=None)


def exit_code(result: str | None) -> int:
    """Return the exit code of `run-jenkinsfile` for a build's *result*.

    No result (a run that did not come to its end) counts as a failure.
    """
    return EXIT_CODES.get(result or "FAILURE", 1)
