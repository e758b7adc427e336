"""The stages of recorded Jenkins builds, computed again from what happened in them.

`recorded_stages.json` holds, of each build of a real Jenkins 2.492.3 that had stages or
branches: the console's `[Pipeline]` lines, the facts of its flow graph, and what its stage
view answered. A build without branches is played from its console line by line. Where
branches write between each other the console does not tell who wrote, so such a build is
played from the facts.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tlcci.results.flow import INTERRUPTED, FlowError, FlowGraph, FlowNode, Head
from tlcci.results.stages import stage_tree, stages

BUILDS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("recorded_stages.json").read_text(encoding="utf-8")
)
BRANCH = "{ (Branch: "


@dataclass
class Scope:
    """A stage or branch that is being played, with its place in the graph."""

    fact: dict[str, Any]
    head: Head
    block: FlowNode
    body: FlowNode
    inner: Counter[str] = field(default_factory=Counter)
    within: list[Scope] = field(default_factory=list)

    @property
    def error(self) -> FlowError | None:
        """Return what the recorded stage or branch threw."""
        name = self.fact["error"]
        if name is None:
            return None
        return FlowError(name, result="ABORTED" if name == INTERRUPTED else None)


def warn(graph: FlowGraph, scope: Scope, outer: Scope | None) -> None:
    """Put the warnings that are *scope*'s own on its newest nodes."""
    recorded = Counter(scope.fact["warnings"])
    nodes = [n for n in graph.nodes if scope.body in n.around() and n.warning is None]
    for result in (recorded - scope.inner).elements():
        graph.warning(nodes.pop(), result)
    if outer is not None:
        outer.inner.update(recorded)


def tag(graph: FlowGraph, scope: Scope) -> None:
    """Put the recorded tags on *scope*."""
    for name, value in scope.fact["tags"].items():
        graph.tag(scope.body, name, value)


class ConsolePlayer:
    """Plays a build without branches from the lines of its console."""

    def __init__(self, build: dict[str, Any]) -> None:
        self.graph = FlowGraph()
        self.head = self.graph.head
        self.facts = iter(build["stage_tree"])
        self.blocks: list[FlowNode] = []
        self.bodies: list[FlowNode | Scope] = []
        self.error: FlowError | None = None
        lines = build["pipeline"][1:]
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            name, _, label = line.partition(" (")
            if name == "{":
                self.begin_body(label[:-1] or None)
            elif name == "}":
                self.end_body()
            elif name.startswith("// "):
                self.graph.block_end(self.head, self.blocks.pop(), self.error)
            else:
                self.step(name, following)

    def step(self, name: str, following: str) -> None:
        """Play a step, which has a body if the *following* line says so, or the end."""
        if name == "End of Pipeline":
            self.graph.finish(self.error)
        elif following.startswith("{") or following == f"// {name}":
            self.blocks.append(self.graph.block_start(self.head, name))
        else:
            self.graph.atom(self.head, name)

    def begin_body(self, label: str | None) -> None:
        """Play a `{`; one with a label is the next stage of the facts."""
        body = self.graph.body_start(self.head, self.blocks[-1], label)
        if label is None:
            self.bodies.append(body)
            return
        scope = Scope(next(self.facts), self.head, self.blocks[-1], body)
        tag(self.graph, scope)
        self.bodies.append(scope)

    def end_body(self) -> None:
        """Play a `}`; that of a stage has the error and the warnings of the facts."""
        ended = self.bodies.pop()
        self.error = None
        if isinstance(ended, Scope):
            outer = next((b for b in reversed(self.bodies) if isinstance(b, Scope)), None)
            warn(self.graph, ended, outer)
            self.error = ended.error
            ended = ended.body
        self.graph.body_end(self.head, ended, self.error)


class FactPlayer:
    """Plays a build from the facts of its stages and branches."""

    def __init__(self, build: dict[str, Any]) -> None:
        self.graph = FlowGraph()
        root: dict[str, Any] = {"error": None, "warnings": [], "tags": {}}
        start = self.graph.nodes[0]
        self.scopes = {(): Scope(root, self.graph.head, start, start)}
        groups = self.groups(build["pipeline"])
        facts = build["stage_tree"]
        while facts:
            count = next(groups) if facts[0]["kind"] == "branch" else 1
            self.open(facts[:count])
            facts = facts[count:]
        self.close_inner(self.scopes[()])
        self.graph.finish()

    @staticmethod
    def groups(lines: list[str]) -> Any:  # noqa: ANN401 - an iterator of counts
        """Yield the number of branches of each `parallel`, in order."""
        count = 0
        for line in [*lines, ""]:
            if count and not line.startswith(BRANCH):
                yield count
            count = count + 1 if line.startswith(BRANCH) else 0

    def open(self, facts: list[dict[str, Any]]) -> None:
        """Begin a stage, or the branches of one `parallel`, after what ran there before."""
        path = tuple(facts[0]["within"])
        outer = self.scopes[path]
        self.close_inner(outer)
        kind = {"branch": "parallel"}.get(facts[0]["kind"], "stage")
        block = self.graph.block_start(outer.head, kind)
        heads = [outer.head]
        if kind == "parallel":
            heads = self.graph.fork(outer.head, block, len(facts))
        for fact, head in zip(facts, heads, strict=True):
            body = self.graph.body_start(head, block, fact["name"])
            scope = Scope(fact, head, block, body)
            tag(self.graph, scope)
            self.graph.atom(head, "echo")
            outer.within.append(scope)
            self.scopes[(*path, fact["name"])] = scope

    def close_inner(self, outer: Scope) -> None:
        """End the stage or the branches that are open right inside *outer*."""
        errors = []
        for scope in outer.within:
            self.close_inner(scope)
            warn(self.graph, scope, outer)
            self.graph.body_end(scope.head, scope.body, scope.error)
            errors += [scope.error] if scope.error else []
        if outer.within:
            errors.sort(key=lambda error: error.class_name == INTERRUPTED)
            block = outer.within[0].block
            self.graph.block_end(outer.head, block, next(iter(errors), None))
        outer.within = []


def has_branches(build: dict[str, Any]) -> bool:
    """Return whether *build* ran a `parallel` with branches."""
    return any(line.startswith(BRANCH) for line in build["pipeline"])


def play(build: dict[str, Any]) -> FlowGraph:
    """Play *build* in the way that its console allows."""
    player = FactPlayer if has_branches(build) else ConsolePlayer
    return player(build).graph


def identify(build: dict[str, Any]) -> str:
    """Name *build* in the table."""
    return f"{build['case']}-{build['build']}"


@pytest.mark.parametrize("build", BUILDS, ids=identify)
def test_the_stage_view_is_the_recorded_one(build: dict[str, Any]) -> None:
    """Names, order and statuses are what Jenkins answered."""
    graph = play(build)

    actual = stages(graph, finished=True, build_result=build["result"])

    assert build["stages"] == actual


@pytest.mark.parametrize("build", BUILDS, ids=identify)
def test_the_facts_of_the_graph_are_the_recorded_ones(build: dict[str, Any]) -> None:
    """Enclosing names, errors, warnings and tags are what Jenkins' graph has."""
    graph = play(build)

    assert build["stage_tree"] == stage_tree(graph)


@pytest.mark.parametrize("build", [b for b in BUILDS if not has_branches(b)], ids=identify)
def test_the_console_lines_are_the_nodes(build: dict[str, Any]) -> None:
    """Each node of a build without branches is one `[Pipeline]` line, in order."""
    graph = play(build)

    assert build["pipeline"] == [node.console_text for node in graph.nodes]
