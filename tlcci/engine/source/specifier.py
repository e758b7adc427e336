"""Branch specifiers of a `GitSCM`: which commit `*/main`, `refs/tags/v1` or an id names."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NO_SUCH_REVISION = (
    "Couldn't find any revision to build. "
    "Verify the repository and branch configuration for this job."
)


class RevisionNotFoundError(Exception):
    """No branch, tag or commit fits a specifier: Jenkins' AbortException, in its words."""

    def __init__(self) -> None:
        """Say it as Jenkins does."""
        super().__init__(_NO_SUCH_REVISION)


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Return *text* with `$NAME` and `${NAME}` filled in; what is not set stays."""
    return re.sub(
        r"\$(?:\{(\w+)\}|(\w+))",
        lambda found: environment.get(found[1] or found[2], found[0]),
        text,
    )


def find_revision(
    specifier: str, refs: Mapping[str, str], remote: str = "origin"
) -> tuple[str, str]:
    """Return (commit, shown name) of *specifier* among *refs* of a clone.

    The shown name is `refs/remotes/origin/main` for a branch and `detached` for an id.
    Raises `RevisionNotFoundError`.
    """
    if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", specifier):
        return specifier, "detached"
    for name in _candidates(specifier, refs, remote):
        if name in refs:
            shown = name if name.startswith("refs/remotes/") else "detached"
            return refs[name], shown
    raise RevisionNotFoundError


def _candidates(specifier: str, refs: Mapping[str, str], remote: str) -> Iterator[str]:
    here = f"refs/remotes/{remote}/"
    if specifier.startswith("refs/heads/"):
        yield here + specifier.removeprefix("refs/heads/")
    elif specifier.startswith(("refs/", "remotes/")):
        yield specifier if specifier.startswith("refs/") else f"refs/{specifier}"
    else:
        plain = specifier.removeprefix("*/")
        yield here + plain
        yield f"refs/remotes/{plain}"
        yield f"refs/tags/{plain}"
        if "*" in specifier:
            pattern = f"{remote}/{specifier}" if specifier == "**" else specifier
            for name in sorted(refs):
                short = name.removeprefix("refs/remotes/")
                if name.startswith(here) and fnmatch.fnmatchcase(short, pattern):
                    yield name
