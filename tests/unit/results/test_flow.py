"""The flow graph of a build."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tlcci.results.flow import (
    INTERRUPTED,
    STAGE_STATUS,
    FlowError,
    FlowGraph,
    FlowNode,
    Head,
)
from tlcci.results.stages import _tip, _walk

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Part = Callable[[FlowGraph, Head], None]


def test_ids_are_those_of_jenkins() -> None:
    """The program's head is 1 and its start 2, so the first step is node 3."""
    graph = FlowGraph()
    block = graph.block_start(graph.head, "stage")
    body = graph.body_start(graph.head, block, "Build")
    sh = graph.atom(graph.head, "sh", "make")

    assert [2, 3, 4, 5] == [graph.nodes[0].id, block.id, body.id, sh.id]


def test_each_further_branch_takes_an_id_for_its_head() -> None:
    """Three branches after node 3 take 4 and 5 for heads; their bodies are 6, 7, 8."""
    graph = FlowGraph()
    block = graph.block_start(graph.head, "parallel")
    heads = graph.fork(graph.head, block, 3)

    bodies = [
        graph.body_start(head, block, name) for head, name in zip(heads, "abc", strict=True)
    ]

    assert [6, 7, 8] == [body.id for body in bodies]


def test_branches_join_in_the_order_in_which_they_were_declared() -> None:
    """The end of `parallel` has the ends of its branches as parents, however late each was."""
    graph = FlowGraph()
    block = graph.block_start(graph.head, "parallel")
    first, second = graph.fork(graph.head, block, 2)
    left = graph.body_start(first, block, "left")
    right = graph.body_start(second, block, "right")
    right_end = graph.body_end(second, right)
    left_end = graph.body_end(first, left)

    end = graph.block_end(graph.head, block)

    assert (left_end, right_end) == end.parents


def test_a_parallel_without_branches_ends_right_after_its_start() -> None:
    """Its end follows its start, as of any step whose body did not run."""
    graph = FlowGraph()
    block = graph.block_start(graph.head, "parallel")
    graph.fork(graph.head, block, 0)

    end = graph.block_end(graph.head, block)

    assert (block,) == end.parents


def test_an_interruption_carries_its_own_result() -> None:
    """Every throwable is a failure but a FlowInterruptedException, which says what it is."""
    errors = [
        FlowError("hudson.AbortException", result="ABORTED"),
        FlowError(INTERRUPTED, result="NOT_BUILT"),
        FlowError(INTERRUPTED),
    ]

    assert ["FAILURE", "NOT_BUILT", "ABORTED"] == [error.outcome for error in errors]


def test_a_skipped_stage_tags_the_branch_of_its_name_too() -> None:
    """Declarative gives a parallel stage and its branch one name; both are tagged."""
    graph = FlowGraph()
    outer = graph.block_start(graph.head, "parallel")
    branch = graph.body_start(graph.fork(graph.head, outer, 1)[0], outer, "GPU")
    stage = graph.body_start(graph.head, graph.block_start(graph.head, "stage"), "GPU")
    graph.atom(graph.head, "echo")

    graph.skip(graph.head, "GPU")

    tags = {STAGE_STATUS: "SKIPPED_FOR_CONDITIONAL"}
    assert [tags, tags] == [branch.tags, stage.tags]


def test_a_skip_of_the_enclosing_stage_spares_an_inner_one_of_another_branch() -> None:
    """Of two stages of one name the one around the head is meant."""
    graph = FlowGraph()
    block = graph.block_start(graph.head, "parallel")
    heads = graph.fork(graph.head, block, 2)
    found = []
    for head, name in zip(heads, ("a", "b"), strict=True):
        graph.body_start(head, block, name)
        found.append(graph.body_start(head, graph.block_start(head, "stage"), "Test"))

    graph.skip(heads[0], "Test")

    assert [True, False] == [stage.tags is not None for stage in found]


def test_a_skip_of_a_name_that_no_stage_has_changes_nothing() -> None:
    """Jenkins finds no stage and says nothing."""
    graph = FlowGraph()

    assert [] == graph.skip(graph.head, "Nowhere")


def play_atom(graph: FlowGraph, head: Head) -> None:
    """Play one step."""
    graph.atom(head, "echo")


def block_of(parts: list[Part]) -> Part:
    """Return a stage around *parts*."""

    def play(graph: FlowGraph, head: Head) -> None:
        block = graph.block_start(head, "stage")
        body = graph.body_start(head, block, "s")
        for part in parts:
            part(graph, head)
        graph.body_end(head, body)
        graph.block_end(head, block)

    return play


def branches_of(parts: list[Part]) -> Part:
    """Return a `parallel` with one branch for each of *parts*."""

    def play(graph: FlowGraph, head: Head) -> None:
        block = graph.block_start(head, "parallel")
        heads = graph.fork(head, block, len(parts))
        bodies = [graph.body_start(branch, block, "b") for branch in heads]
        for part, branch, body in zip(parts, heads, bodies, strict=True):
            part(graph, branch)
            graph.body_end(branch, body)
        graph.block_end(head, block)

    return play


def programs() -> SearchStrategy[Part]:
    """Return programs of steps, stages and branches inside each other."""
    return st.recursive(
        st.just(play_atom),
        lambda inner: (
            st.lists(inner, max_size=4).map(block_of)
            | st.lists(inner, min_size=1, max_size=4).map(branches_of)
        ),
        max_leaves=25,
    )


@given(programs())
def test_the_walk_back_sees_each_node_once_and_ends_before_starts(program: Part) -> None:
    """Whatever forks inside what, no node is missed or seen twice."""
    graph = FlowGraph()
    program(graph, graph.head)
    graph.finish()

    seen: list[FlowNode] = list(_walk(_tip(graph)))

    place = {node: index for index, node in enumerate(seen)}
    assert sorted(n.id for n in graph.nodes) == sorted(n.id for n in seen)
    assert all(place[n] < place[n.start] for n in graph.nodes if n.start is not None)
