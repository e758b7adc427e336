"""The stages of a build, where the recorded builds do not reach."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tlcci.results.flow import INTERRUPTED, FlowError, FlowGraph, FlowNode, Head
from tlcci.results.stages import stage_view, stages

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = FlowError("hudson.AbortException", "script returned exit code 1")


@contextmanager
def stage(graph: FlowGraph, head: Head, name: str) -> Iterator[FlowNode]:
    """Open the stage *name* on *head* for a while."""
    block = graph.block_start(head, "stage")
    body = graph.body_start(head, block, name)
    yield body
    graph.body_end(head, body)
    graph.block_end(head, block)


def fan_out(graph: FlowGraph, head: Head, *names: str) -> tuple[FlowNode, dict[str, Head]]:
    """Open a `parallel` with branches *names*."""
    block = graph.block_start(head, "parallel")
    heads = dict(zip(names, graph.fork(head, block, len(names)), strict=True))
    for name in names:
        graph.body_start(heads[name], block, name)
    return block, heads


def fan_in(
    graph: FlowGraph, block: FlowNode, heads: dict[str, Head], error: FlowError | None
) -> None:
    """End all branches, and `parallel` itself with *error*."""
    for head in heads.values():
        graph.body_end(head, next(n for n in head.node.around() if n.is_branch), error)
    graph.block_end(graph.head, block, error)


def statuses(graph: FlowGraph, result: str = "SUCCESS") -> dict[str, str]:
    """Return the status of each stage of a finished build."""
    listed = stages(graph, finished=True, build_result=result)
    return {row["name"]: row["status"] for row in listed}


def test_a_stage_is_as_bad_as_what_ended_it() -> None:
    """An interruption counts as its result, anything else as a failure."""
    graph = FlowGraph()
    for name, error in {
        "fails": FAILED,
        "aborted": FlowError(INTERRUPTED, result="ABORTED"),
        "superseded": FlowError(INTERRUPTED, result="NOT_BUILT"),
        "unstable": FlowError(INTERRUPTED, result="UNSTABLE"),
    }.items():
        block = graph.block_start(graph.head, "stage")
        body = graph.body_start(graph.head, block, name)
        graph.body_end(graph.head, body, error)
        graph.block_end(graph.head, block, error)
    graph.finish()

    expected = {
        "fails": "FAILED",
        "aborted": "ABORTED",
        "superseded": "NOT_EXECUTED",
        "unstable": "UNSTABLE",
    }
    assert expected == statuses(graph)


def test_the_worst_warning_colours_a_stage() -> None:
    """A failure that was caught counts more than what is unstable."""
    graph = FlowGraph()
    with stage(graph, graph.head, "Test"):
        for result in ("UNSTABLE", "FAILURE", "UNSTABLE"):
            graph.warning(graph.atom(graph.head, "unstable"), result)
    graph.finish()

    assert {"Test": "FAILED"} == statuses(graph)


def test_a_warning_colours_an_outer_stage_only_before_its_first_inner_stage() -> None:
    """The chunk of an outer stage ends where its first inner stage begins."""
    graph = FlowGraph()
    with stage(graph, graph.head, "warned before"):
        graph.warning(graph.atom(graph.head, "unstable"), "UNSTABLE")
        with stage(graph, graph.head, "inner"):
            graph.atom(graph.head, "echo")
    with stage(graph, graph.head, "warned after"):
        with stage(graph, graph.head, "inner too"):
            graph.atom(graph.head, "echo")
        graph.warning(graph.atom(graph.head, "unstable"), "UNSTABLE")
    graph.finish()

    expected = {
        "warned before": "UNSTABLE",
        "inner": "SUCCESS",
        "warned after": "SUCCESS",
        "inner too": "SUCCESS",
    }
    assert expected == statuses(graph)


def test_a_caught_failure_of_the_last_parallel_fails_the_stage_around_it() -> None:
    """Only the last `parallel` of a build gives its end to the stage; earlier ones do not."""
    graph = FlowGraph()
    for name in ("first", "last"):
        with stage(graph, graph.head, name):
            block, heads = fan_out(graph, graph.head, "a", "b")
            fan_in(graph, block, heads, FAILED)
            graph.atom(graph.head, "echo", "caught")
    graph.finish()

    assert {"first": "SUCCESS", "last": "FAILED"} == statuses(graph)


def test_a_stage_without_a_body_lasts_until_the_next_one() -> None:
    """Pipelines of 2016 mark stages; the last one is what the build is."""
    graph = FlowGraph()
    graph.atom(graph.head, "stage", "Build")
    graph.atom(graph.head, "sh")
    graph.atom(graph.head, "stage", "Test")
    graph.error(graph.atom(graph.head, "sh"), FAILED)
    graph.finish(FAILED)

    assert {"Build": "SUCCESS", "Test": "FAILED"} == statuses(graph, "FAILURE")


def test_while_a_build_runs_its_open_stages_are_in_progress() -> None:
    """Closed stages have their status at once, in every branch."""
    graph = FlowGraph()
    block, heads = fan_out(graph, graph.head, "left", "right")
    for name, head in heads.items():
        with stage(graph, head, f"{name} done"):
            graph.atom(head, "sh")
        graph.body_start(head, graph.block_start(head, "stage"), f"{name} open")

    listed = stages(graph, finished=False, build_result="SUCCESS")

    expected = [
        {"name": "left done", "status": "SUCCESS"},
        {"name": "left open", "status": "IN_PROGRESS"},
        {"name": "right done", "status": "SUCCESS"},
        {"name": "right open", "status": "IN_PROGRESS"},
    ]
    assert expected == listed
    assert block in graph.branches


def test_a_killed_build_gives_its_result_to_the_stages_it_left_open() -> None:
    """Nothing ends such a stage, so it is what the build is."""
    graph = FlowGraph()
    with stage(graph, graph.head, "before"):
        graph.atom(graph.head, "sh")
    _, heads = fan_out(graph, graph.head, "left", "right")
    for name, head in heads.items():
        graph.body_start(head, graph.block_start(head, "stage"), name)
    graph.finish()

    expected = {"before": "SUCCESS", "left": "ABORTED", "right": "ABORTED"}
    assert expected == statuses(graph, "ABORTED")


def test_an_empty_parallel_hides_what_its_branch_did_before_it() -> None:
    """The stage view of Jenkins loses those stages, so they are not listed here."""
    graph = FlowGraph()
    block, heads = fan_out(graph, graph.head, "a", "b")
    with stage(graph, heads["a"], "seen"):
        graph.atom(heads["a"], "echo")
    with stage(graph, heads["b"], "hidden"):
        graph.atom(heads["b"], "echo")
    empty = graph.block_start(heads["b"], "parallel")
    graph.fork(heads["b"], empty, 0)
    graph.block_end(heads["b"], empty)
    fan_in(graph, block, heads, None)
    graph.finish()

    assert {"seen": "SUCCESS"} == statuses(graph)


def test_the_view_nests_stages_and_branches_and_says_what_runs() -> None:
    """The screen draws it; a skipped stage was not executed, whatever the stage view says."""
    graph = FlowGraph(clock=lambda: 7.0)
    with stage(graph, graph.head, "Skipped"):
        graph.skip(graph.head, "Skipped", "SKIPPED_FOR_FAILURE")
    graph.body_start(graph.head, graph.block_start(graph.head, "stage"), "Test")
    _, heads = fan_out(graph, graph.head, "cpu", "gpu")
    graph.atom(heads["cpu"], "sh", "make")
    graph.warning(graph.atom(heads["gpu"], "junit"), "UNSTABLE")
    graph.body_end(heads["gpu"], next(n for n in heads["gpu"].node.around() if n.is_branch))

    view = stage_view(graph)

    skipped, test = json.loads(json.dumps(view))
    cpu, gpu = test["children"]
    assert ("NOT_EXECUTED", 7.0) == (skipped["status"], skipped["ended"])
    assert ("IN_PROGRESS", None, None) == (test["status"], test["ended"], test["step"])
    assert ("branch", "IN_PROGRESS", "sh make") == (cpu["kind"], cpu["status"], cpu["step"])
    assert ("UNSTABLE", None) == (gpu["status"], gpu["step"])
