"""The jobs and their stages as a diagram of Mermaid."""

from __future__ import annotations

from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tlcci.check.page.words import only_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tlcci.check.needs import Needs, StageCourse


def picture(needs: Sequence[Needs]) -> list[str]:
    """Return a diagram: a box a Jenkinsfile, in it the stages with the labels they ask for."""
    lines = ["```mermaid", "flowchart TB"]
    for number, one in enumerate(needs):
        lines += [f"  subgraph f{number}[{_quoted(PurePosixPath(one.path).name)}]"]
        lines += ["    direction LR", *_flow(f"f{number}", one), "  end"]
    return [*lines, "```", ""]


def labels_of(needs: Needs, stage: str) -> tuple[list[str], list[str]]:
    """Return the labels that *stage* asks for first, and those it falls back to."""
    first = [one.expr for one in needs.labels if stage in one.primary]
    then = [one.expr for one in needs.labels if stage in one.fallback and one.expr not in first]
    return first, then


def named(label: str) -> str:
    """Return *label*, in words where it is empty."""
    return label or "any machine"


def _flow(name: str, needs: Needs) -> Iterator[str]:
    """Yield a box for each stage, one around the branches of a stage, then the arrows."""
    stages = [one for one in needs.course if len(one.path) == 1]
    for number, stage in enumerate(stages):
        box = f"{name}s{number}"
        leaves = _leaves(needs, stage)
        if leaves == [stage]:
            yield f"    {box}[{_quoted(*_words(needs, stage))}]"
            continue
        yield f"    subgraph {box}[{_quoted(stage.path[0])}]"
        for branch, leaf in enumerate(leaves):
            yield f"      {box}b{branch}[{_quoted(*_words(needs, leaf))}]"
        yield "    end"
    boxes = [f"{name}s{number}" for number in range(len(stages))]
    yield from (f"    {one} --> {other}" for one, other in pairwise(boxes))


def _leaves(needs: Needs, stage: StageCourse) -> list[StageCourse]:
    """Return the branches of *stage* that have no others inside, or the stage itself."""
    depth = len(stage.path)
    inner = [
        one for one in needs.course if one.path[:depth] == stage.path and len(one.path) > depth
    ]
    return [one for one in inner if not _has_inner(one, inner)] or [stage]


def _has_inner(one: StageCourse, among: Sequence[StageCourse]) -> bool:
    depth = len(one.path)
    return any(other.path[:depth] == one.path and len(other.path) > depth for other in among)


def _words(needs: Needs, leaf: StageCourse) -> list[str]:
    first, then = labels_of(needs, "/".join(leaf.path))
    words = [" / ".join(leaf.path[1:] or leaf.path), *map(named, first)]
    words += [f"else {named(one)}" for one in then]
    when = only_in(leaf.only_in).removeprefix(", ")
    return [*words, when] if when else words


def _quoted(*lines: str) -> str:
    plain = (one.replace("&", "#amp;").replace('"', "#quot;") for one in lines)
    return (
        '"' + "<br/>".join(one.replace("<", "#lt;").replace(">", "#gt;") for one in plain) + '"'
    )
