"""The stages of a build: the flat list of Jenkins' stage view, and trees for people.

The flat list is what `wfapi` answers, its oddities included: the graph is walked from its end
to its start, and a stage's status comes from the last node of its *chunk*. The chunk of a
stage that holds other stages ends where the first of those begins, so an outer stage can be
SUCCESS around a FAILED one. While a build runs, Jenkins' own answer depends on the order of its
heads; here a stage without an end is IN_PROGRESS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.results.flow import SKIPPED_FOR_CONDITIONAL, STAGE_STATUS, FlowNode, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.results.flow import FlowGraph, Head, Warn

STATUS_OF_RESULT = {
    "SUCCESS": "SUCCESS",
    "UNSTABLE": "UNSTABLE",
    "FAILURE": "FAILED",
    "NOT_BUILT": "NOT_EXECUTED",
    "ABORTED": "ABORTED",
}
_WORSE_LAST = list(STATUS_OF_RESULT)


def stages(graph: FlowGraph, *, finished: bool, build_result: str) -> list[dict[str, str]]:
    """Return [{name, status}] in the order that the stages began.

    *build_result* is the status of stages that a killed build never ended.
    """
    chunks = _Chunks(graph)
    chunks.visit()
    unended = STATUS_OF_RESULT.get(build_result, "NOT_EXECUTED") if finished else "IN_PROGRESS"
    return [
        {"name": first.label or "", "status": status or unended}
        for first, status in sorted(chunks.found, key=lambda chunk: chunk[0].id)
    ]


def stage_tree(graph: FlowGraph) -> list[dict[str, Any]]:
    """Return the facts of every stage and branch, flat, in the order that they began."""
    return [
        {
            "name": mark.label,
            "kind": "branch" if mark.is_branch else "stage",
            "within": [start.label for start in _marks_around(mark)][::-1],
            "error": mark.end.error.class_name if mark.end and mark.end.error else None,
            "warnings": [warning.result for warning in mark.warned or ()],
            "tags": dict(mark.tags or {}),
        }
        for mark in graph.marks
    ]


def stage_view(graph: FlowGraph) -> list[dict[str, Any]]:
    """Return stages and branches as a nested, JSON-able tree for the screen.

    Each has its own status (a skipped stage is NOT_EXECUTED, an outer one as bad as what
    came out of it), its times, and as `step` what began last in it while it runs.
    """
    roots: list[dict[str, Any]] = []
    views: dict[FlowNode, dict[str, Any]] = {}
    for mark in graph.marks:
        views[mark] = {
            "id": mark.id,
            "name": mark.label,
            "kind": "branch" if mark.is_branch else "stage",
            "status": _own_status(mark, ended=graph.end_node is not None),
            "started": mark.at,
            "ended": mark.end.at if mark.end else None,
            "step": None,
            "children": [],
        }
        parent = next(_marks_around(mark), None)
        (views[parent]["children"] if parent else roots).append(views[mark])
    for head in graph.open_heads():
        around = next((n for n in head.node.around() if n in views), None)
        if around is not None and head.node.kind in (Kind.ATOM, Kind.BLOCK_START):
            views[around]["step"] = f"{head.node.step} {head.node.text}".strip()
    return roots


def _marks_around(mark: FlowNode) -> Iterator[FlowNode]:
    """Yield the stages and branches that *mark* lies in, innermost first."""
    return (n for n in mark.around() if n is not mark and (n.is_stage or n.is_branch))


def _own_status(mark: FlowNode, *, ended: bool) -> str:
    """Return the status of one stage or branch, looking at nothing but itself."""
    if (mark.tags or {}).get(STAGE_STATUS, "").startswith("SKIPPED_"):
        return "NOT_EXECUTED"
    if mark.end is None and mark.kind is Kind.BODY_START:
        return "ABORTED" if ended else "IN_PROGRESS"
    if mark.end is not None and mark.end.error is not None:
        return STATUS_OF_RESULT.get(mark.end.error.outcome, "NOT_EXECUTED")
    return STATUS_OF_RESULT[_worst(mark.warned or [])]


def _worst(warnings: list[Warn]) -> str:
    """Return the worst result of *warnings*, SUCCESS when there is none."""
    results = (w.result for w in warnings if w.result in STATUS_OF_RESULT)
    return max(results, key=_WORSE_LAST.index, default="SUCCESS")


class _Chunks:
    """One walk over the graph that cuts it into stages; *found* is (stage, status or None).

    A status of None says that the stage has no end.
    """

    def __init__(self, graph: FlowGraph) -> None:
        self.found: list[tuple[FlowNode, str | None]] = []
        self._graph = graph
        self._warned_ids = sorted(node.id for node in graph.warned)
        self._last: FlowNode | None = None
        self._after: FlowNode | None = None
        self._joined = False

    def visit(self) -> None:
        """Walk from the end to the start."""
        before: FlowNode | None = None
        for node in _walk(_tip(self._graph)):
            if node.id > 0:
                self._visit(node, before)
                before = node
            if not self._joined and _is_join(node):
                # Jenkins sets the end of the last `parallel` of a build as the end of the
                # chunk that is being read; the error of a caught `parallel` so reaches the
                # stage around it.
                self._joined = True
                self._last = node if node.id > 0 else self._last

    def _visit(self, node: FlowNode, before: FlowNode | None) -> None:
        if before is None:
            self._last, self._after = node, None
        if node.is_stage:
            last = self._last or node
            self.found.append((node, self._status(node, last, self._after)))
            self._last = self._after = None
        if before is not None and _is_chunk_end(node, before):
            self._last, self._after = node, before

    def _status(self, first: FlowNode, last: FlowNode, after: FlowNode | None) -> str | None:
        if (first.tags or {}).get(STAGE_STATUS) == SKIPPED_FOR_CONDITIONAL:
            return "NOT_EXECUTED"
        if after is None or (first.kind is Kind.BODY_START and first.end is None):
            return None
        if last.error is not None:
            return STATUS_OF_RESULT.get(last.error.outcome, "NOT_EXECUTED")
        if not any(first.id < warned <= last.id for warned in self._warned_ids):
            return "SUCCESS"
        return STATUS_OF_RESULT[_worst(list(_warnings_between(first, last)))]


def _is_chunk_end(node: FlowNode, before: FlowNode) -> bool:
    """Return whether a stage ends at *node*; *before* is what the walk saw just before."""
    if node.is_end and node.step == "stage":
        return node.start is not None and node.start.is_stage
    return before.is_stage


def _is_join(node: FlowNode) -> bool:
    """Return whether branches join at *node*."""
    return node.kind is Kind.BLOCK_END and node.start is not None and node.start.is_fork


def _warnings_between(first: FlowNode, last: FlowNode) -> Iterator[Warn]:
    """Yield the warnings of all nodes that lead from *first*, itself left out, to *last*."""
    seen = {first}
    waiting = [last]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.warning is not None:
            yield node.warning
        waiting.extend(node.parents)


def _tip(graph: FlowGraph) -> FlowNode:
    """Return the node to walk from, with open branches joined by nodes of a negative id."""
    if graph.end_node is not None and len(graph.end_node.parents) == 1:
        return graph.end_node
    return _head_tip(graph, graph.head, 0)


def _head_tip(graph: FlowGraph, head: Head, depth: int) -> FlowNode:
    if depth == len(head.forks):
        node = head.node
        return node.parents[0] if node.kind is Kind.END else node
    block = head.forks[depth]
    tips = [
        _head_tip(graph, branch, depth + 1 if branch is head else 0)
        for branch in graph.branches[block]
    ]
    return FlowNode(-block.id, Kind.BLOCK_END, block.step, tuple(tips), start=block)


def _walk(tip: FlowNode) -> Iterator[FlowNode]:
    """Yield every node from *tip* back to the start, the branches of a fork last one first."""
    forks: list[tuple[FlowNode, list[FlowNode]]] = []
    node: FlowNode | None = tip
    while node is not None:
        yield node
        node = _step_back(node, forks)


def _step_back(node: FlowNode, forks: list[tuple[FlowNode, list[FlowNode]]]) -> FlowNode | None:
    """Return the node to visit after *node*; *forks* are the open ones and their branches."""
    if len(node.parents) > 1 and node.start is not None:
        forks.append((node.start, list(node.parents[:-1])))
        return node.parents[-1]
    if node.parents:
        parent = node.parents[0]
        if not parent.is_fork:
            if _is_join(node):
                forks.append((node.start or parent, []))
            return parent
        if not forks:  # a `parallel` without branches
            return parent
        if not forks[-1][1]:
            return forks.pop()[0]
    return forks[-1][1].pop() if forks and forks[-1][1] else None
