"""A difference between a checkout and the configuration that is to serve it."""

from __future__ import annotations

from dataclasses import dataclass

CHECKOUT, AGAINST = "checkout", "against"


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file of one *side*, the checkout or what it is held against."""

    side: str
    path: str
    line: int = 1


@dataclass(frozen=True)
class Drift:
    """What one side has and the other has not; *reference* names its kind.

    *here* is the line that says it, *there* the line that should agree, or the place where
    one would look for it. *level* is SARIF's: an error stops builds, a warning is a part
    that does nothing, a note will be one.
    """

    reference: str
    level: str
    text: str
    here: Place
    there: Place
