"""What Jenkins would refuse, or do in silence, and a reader would not expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.check.facts import is_prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.needs import Needs
    from tlcci.jenkinsfile.source import Source


@dataclass(frozen=True)
class Finding:
    """Something at *line* that does not do what it says; *reference* names its kind."""

    reference: str
    line: int
    text: str


def find(needs: Needs, source: Source) -> list[Finding]:
    """Return the findings of one Jenkinsfile in the order of its lines."""
    return sorted({*_labels(needs), *_sentences(source), *_environment(source)}, key=_line)


def _line(finding: Finding) -> int:
    return finding.line


def _labels(needs: Needs) -> Iterator[Finding]:
    for label in needs.labels:
        if label.value is None:
            for line in label.lines:
                text = f"node({label.expr}) gives a value that is no text, and no label"
                yield Finding("label-not-text", line, text)


def _sentences(source: Source) -> Iterator[Finding]:
    for line, text in source.texts_of("sh"):
        if is_prose(text):
            yield Finding(
                "sh-of-a-sentence",
                line,
                f"runs a program called {text.split()[0]!r}: was echo meant?",
            )


def _environment(source: Source) -> Iterator[Finding]:
    names = {one.name for one in source.calls}
    if "pipeline" in names:
        return
    for one in source.calls:
        if one.name == "environment":
            yield Finding(
                "environment-without-effect",
                one.line,
                "environment { } sets nothing in a scripted Pipeline; withEnv does",
            )
