"""The flow graph of a build, node for node and id for id as Jenkins keeps it.

A step without a body is one *atom*. A step with a body is four nodes: the block's start, the
body's start (`{`), the body's end (`}`), the block's end (`// step`). `parallel` has one body
for each branch; its branches fork at the block's start and join at the block's end. A head is
the place where one branch of the program appends.

        head = graph.head
        block = graph.block_start(head, "stage")
        body = graph.body_start(head, block, "Build")
        graph.error(graph.atom(head, "sh", "make"), error)
        graph.body_end(head, body, error)
        graph.block_end(head, block, error)
        graph.finish(error)
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STAGE_STATUS = "STAGE_STATUS"  # the tag that Declarative and `Utils` put on stages
SKIPPED_FOR_CONDITIONAL = "SKIPPED_FOR_CONDITIONAL"
SKIPPED_FOR_FAILURE = "SKIPPED_FOR_FAILURE"
FAILED_AND_CONTINUED = "FAILED_AND_CONTINUED"
INTERRUPTED = "org.jenkinsci.plugins.workflow.steps.FlowInterruptedException"


class Kind(Enum):
    """What a node is in the graph."""

    START = "start"
    ATOM = "atom"
    BLOCK_START = "block-start"
    BODY_START = "body-start"
    BODY_END = "body-end"
    BLOCK_END = "block-end"
    END = "end"


@dataclass(frozen=True)
class FlowError:
    """A throwable that ended a step: its Java class and message.

    *result* is what a `FlowInterruptedException` carries; it decides between an aborted,
    an unstable and a failed stage. Every other throwable is a failure.
    """

    class_name: str
    message: str = ""
    result: str | None = None

    @property
    def outcome(self) -> str:
        """Return the Jenkins result that this throwable stands for."""
        if self.class_name != INTERRUPTED:
            return "FAILURE"
        return self.result or "ABORTED"


@dataclass(frozen=True)
class Warn:
    """What `unstable`, `catchError`, `warnError` or `junit` left on a node."""

    result: str
    message: str = ""


@dataclass(eq=False, slots=True)
class FlowNode:
    """One node. *enclosing* is the innermost start that it lies in, *start* its own start."""

    id: int
    kind: Kind
    step: str
    parents: tuple[FlowNode, ...] = ()
    enclosing: FlowNode | None = None
    start: FlowNode | None = None
    end: FlowNode | None = None
    label: str | None = None
    text: str = ""
    at: float = 0.0
    error: FlowError | None = None
    warning: Warn | None = None
    tags: dict[str, str] | None = None
    warned: list[Warn] | None = None  # on a stage or branch: every warning inside it

    @property
    def is_stage(self) -> bool:
        """Return whether a stage of the stage view begins here."""
        if self.kind is Kind.ATOM:  # `stage 'x'` without a body, as pipelines of 2016 have it
            return self.step == "stage" and self.label is not None
        return self.kind is Kind.BODY_START and self.step == "stage" and self.label is not None

    @property
    def is_branch(self) -> bool:
        """Return whether a branch of `parallel` begins here."""
        return self.kind is Kind.BODY_START and self.step == "parallel"

    @property
    def is_fork(self) -> bool:
        """Return whether branches begin after this node."""
        return self.kind is Kind.BLOCK_START and self.step == "parallel"

    @property
    def is_end(self) -> bool:
        """Return whether this node ends another one."""
        return self.kind in (Kind.BODY_END, Kind.BLOCK_END, Kind.END)

    def around(self) -> Iterator[FlowNode]:
        """Yield the starts that this node lies in, innermost first, its own start included."""
        node = self.start if self.is_end else self
        if node is not None and node.kind not in (Kind.BLOCK_START, Kind.BODY_START):
            node = node.enclosing
        while node is not None:
            yield node
            node = node.enclosing

    @property
    def console_text(self) -> str:
        """Return what the console shows for this node after `[Pipeline] `."""
        shown = {
            Kind.START: "Start of Pipeline",
            Kind.END: "End of Pipeline",
            Kind.BODY_START: "{",
            Kind.BODY_END: "}",
            Kind.BLOCK_END: f"// {self.step}",
        }.get(self.kind, self.step)
        if self.label is None:
            return shown
        return f"{shown} ({'Branch: ' if self.is_branch else ''}{self.label})"


@dataclass(eq=False, slots=True)
class Head:
    """Where one branch of the program appends; *forks* are the `parallel`s open on it."""

    id: int
    node: FlowNode
    forks: list[FlowNode] = field(default_factory=list)


class FlowGraph:
    """The nodes of one build, in the order of their ids.

    *head* is the program's own head; `fork` makes the others. *clock* gives the seconds
    that nodes are stamped with.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._last_id = 1  # Jenkins counts the first head as 1 and its start node as 2
        self.nodes: list[FlowNode] = []
        self.marks: list[FlowNode] = []
        self.branches: dict[FlowNode, list[Head]] = {}
        self.warned: list[FlowNode] = []
        self.end_node: FlowNode | None = None
        start = FlowNode(self._next_id(), Kind.START, "", at=clock())
        self.nodes.append(start)
        self.head = Head(1, start)

    def atom(self, head: Head, step: str, text: str = "", label: str | None = None) -> FlowNode:
        """Append a step without a body; *label* is the step's own `label:` argument."""
        node = self._append(head, Kind.ATOM, step)
        node.text, node.label = text, label
        if step == "stage":
            node.label = label or text or None
        if node.is_stage:
            self.marks.append(node)
        return node

    def block_start(self, head: Head, step: str, text: str = "") -> FlowNode:
        """Append the start of a step that takes a body."""
        node = self._append(head, Kind.BLOCK_START, step)
        node.text = text
        return node

    def fork(self, head: Head, block: FlowNode, count: int) -> list[Head]:
        """Return *count* heads, one for each branch of *block*, the first being *head*."""
        heads = [head, *(Head(self._next_id(), block) for _ in range(count - 1))][:count]
        self.branches[block] = heads
        if heads:
            head.forks.append(block)
        return heads

    def body_start(self, head: Head, block: FlowNode, label: str | None = None) -> FlowNode:
        """Append the start of a body of *block*; *label* names a stage or a branch."""
        node = self._append(head, Kind.BODY_START, block.step)
        node.label = label
        if node.is_stage or node.is_branch:
            self.marks.append(node)
        return node

    def body_end(self, head: Head, body: FlowNode, error: FlowError | None = None) -> FlowNode:
        """Append the end of *body*, with what it threw."""
        return self._append_end(head, Kind.BODY_END, body, error)

    def block_end(
        self, head: Head, block: FlowNode, error: FlowError | None = None
    ) -> FlowNode:
        """Append the end of *block*, with what the step threw; branches of it join here."""
        heads = self.branches.pop(block, [])
        if heads:
            head.forks.remove(block)
        parents = tuple(branch.node for branch in heads)
        return self._append_end(head, Kind.BLOCK_END, block, error, parents)

    def finish(self, error: FlowError | None = None) -> FlowNode:
        """Append the end of the program; heads still open end here, as in a killed build."""
        others = [branch for heads in self.branches.values() for branch in heads]
        heads = dict.fromkeys([self.head, *others])
        parents = tuple(head.node for head in heads)
        self.end_node = self._append_end(self.head, Kind.END, self.nodes[0], error, parents)
        return self.end_node

    def error(self, node: FlowNode, error: FlowError) -> None:
        """Record that the step of *node* threw *error*."""
        node.error = error

    def warning(self, node: FlowNode, result: str, message: str = "") -> None:
        """Record a warning on *node*: the worst one of a stage colours it."""
        node.warning = Warn(result, message)
        self.warned.append(node)
        for start in node.around():
            if start.is_stage or start.is_branch:
                start.warned = [*(start.warned or ()), node.warning]

    def tag(self, node: FlowNode, name: str, value: str) -> None:
        """Put the tag *name* on *node*, as Declarative does on stages."""
        node.tags = {**(node.tags or {}), name: value}

    def skip(
        self, head: Head, name: str, status: str = SKIPPED_FOR_CONDITIONAL
    ) -> list[FlowNode]:
        """Mark the stage *name* around *head*, and a branch of that name around it.

        This is `Utils.markStageSkippedForConditional(name)`. Without such a stage around
        *head* the newest stage of that name is marked; without any, nothing is.
        """
        inside = [n for n in head.node.around() if n.is_stage and n.label == name]
        anywhere = [n for n in reversed(self.marks) if n.is_stage and n.label == name]
        found = (inside or anywhere)[:1]
        for stage in found:
            matching = [n for n in stage.around() if n.is_branch and n.label == name]
            for node in [stage, *matching]:
                self.tag(node, STAGE_STATUS, status)
        return found

    def open_heads(self) -> list[Head]:
        """Return the heads that still run, the program's own first."""
        if self.end_node is not None:
            return []
        others = [branch for heads in self.branches.values() for branch in heads]
        return list(dict.fromkeys([self.head, *others]))

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _append(self, head: Head, kind: Kind, step: str) -> FlowNode:
        before = head.node
        if before.kind in (Kind.BLOCK_START, Kind.BODY_START, Kind.START):
            enclosing: FlowNode | None = before
        else:
            enclosing = before.enclosing
        node = FlowNode(self._next_id(), kind, step, (before,), enclosing, at=self._clock())
        self.nodes.append(node)
        head.node = node
        return node

    def _append_end(
        self,
        head: Head,
        kind: Kind,
        start: FlowNode,
        error: FlowError | None,
        parents: tuple[FlowNode, ...] = (),
    ) -> FlowNode:
        node = self._append(head, kind, start.step)
        node.parents = parents or node.parents
        node.start, node.enclosing, node.error = start, start.enclosing, error
        start.end = node
        return node
