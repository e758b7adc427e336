"""Labels that nothing serves, and machines that nothing asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.check.drift.place import Drift
from tlcci.check.drift.terraform import Named
from tlcci.check.drift.words import closest, hint
from tlcci.check.policy import line_of_answer
from tlcci.jenkinsfile.labels import LabelSyntaxError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.drift.asked import Asked
    from tlcci.check.drift.place import Place
    from tlcci.check.drift.production import Production
    from tlcci.jenkinsfile.labels import Expression


def labels_without_fleet(asked: Asked, given: Production) -> Iterator[Drift]:
    """A label expression that no agent has: a build would wait for ever."""
    fleets = [set(one.name.split()) for one in given.labels]
    atoms = [Named(word, one.place) for one in given.labels for word in one.name.split()]
    for text, (expression, place, is_fallback) in _expressions(asked).items():
        if not fleets or any(expression.matches(labels) for labels in fleets):
            continue
        near = closest(text, atoms)
        yield Drift(
            "label-without-fleet",
            "warning" if is_fallback else "error",
            f"asks for {text}, which no agent or fleet has"
            + (
                " (only where the first choice failed)"
                if is_fallback
                else "; it waits for ever"
            )
            + hint(text, near),
            place,
            near.place if near else given.labels[0].place,
        )


def fleets_unasked(asked: Asked, given: Production) -> Iterator[Drift]:
    """An agent or a fleet that no Jenkinsfile asks for."""
    expressions = _expressions(asked)
    nodes = [Named(text, place) for text, (_, place, _) in expressions.items()]
    seen = set()
    for one in given.labels:
        labels = set(one.name.split())
        if one.name in seen or any(ex.matches(labels) for ex, _, _ in expressions.values()):
            continue
        seen.add(one.name)
        near = closest(one.name, nodes)
        if near and labels:
            yield Drift(
                "fleet-unasked",
                "note",
                f"no Jenkinsfile asks for {one.name}",
                one.place,
                near.place,
            )


def _expressions(asked: Asked) -> dict[str, tuple[Expression, Place, bool]]:
    found: dict[str, tuple[Expression, Place, bool]] = {}
    for need, place in asked.labels():
        if need.value is None or line_of_answer(need.value) is not None:
            continue
        try:
            expression = parse(need.value)
        except LabelSyntaxError:
            continue
        old = found.get(need.value)
        if expression and (old is None or (old[2] and not need.is_fallback_only)):
            found[need.value] = (expression, place, need.is_fallback_only)
    return found


RULES = (labels_without_fleet, fleets_unasked)
