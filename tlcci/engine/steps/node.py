"""`node` and `ws`: an executor, and a folder on it that no other build uses."""

from __future__ import annotations

import asyncio
import posixpath
import re
import secrets
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import interruption
from tlcci.engine.processes import NODE_COOKIE
from tlcci.engine.scheduler import Served
from tlcci.engine.sites import do, hold
from tlcci.events import NodeAllocated, QueueWaiting
from tlcci.jenkinsfile.labels import LabelSyntaxError
from tlcci.transport import Cancellation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlcci.backends import Slot
    from tlcci.engine.build import Build
    from tlcci.engine.context import Context
    from tlcci.engine.program import Call


_GRACE_S = 5.0  # what a `node` block left running has this long to end


async def _node(call: Call) -> Any:  # noqa: ANN401 - the body's value
    label = (call.args["label"] or "").strip()
    served = _who_serves(call, label)
    build = call.build
    build.labels_used.setdefault(label, []).append(call.line)

    def waiting(reason: str) -> None:
        call.log(
            f"Still waiting to schedule task\nWaiting for next available executor: {reason}"
        )
        build.record.emit(QueueWaiting(step=call.id, label=label, reason=reason))

    async with build.scheduler.executor(label, served, waiting) as slot:
        if build.settings.dry:
            path = posixpath.join(
                slot.machine.workdir, "workspace", _folder_name(build.settings.job)
            )
            _tell(call, label, served, slot, path)
            return await call.body(_inside(build, call.context, slot, path))
        site = build.sites.of(slot)
        await do(site, site.enter)
        root = posixpath.join(slot.machine.workdir, "workspace")
        wanted = posixpath.join(root, _folder_name(build.settings.job))
        async with hold(site, site.hold_workspace(wanted)) as path:
            _tell(call, label, served, slot, path)
            inside = _inside(build, call.context, slot, path)
            build.node_cookies[_cookie(inside)] = False
            try:
                return await call.body(inside)
            finally:
                await _end_background(build, inside)


async def _end_background(build: Build, inside: Context) -> None:
    """End what the scripts of a `node` block left running, as Jenkins does.

    A script keeps a process by giving it another JENKINS_NODE_COOKIE.
    """
    cookie = _cookie(inside)
    if build.node_cookies[cookie]:
        site = build.site(inside)
        await asyncio.to_thread(site.end_tree, cookie, Cancellation(), _GRACE_S)
    del build.node_cookies[cookie]


def _cookie(inside: Context) -> str:
    return f"{NODE_COOKIE}={inside.overrides[-1][NODE_COOKIE]}"


def _who_serves(call: Call, label: str) -> Served:
    """Return who serves *label*; when nobody does, end the step as a cancelled one ends.

    Jenkins would wait for ever, and a fallback in a `catch` would never be reached.
    """
    build = call.build
    try:
        served = build.scheduler.served(label)
    except LabelSyntaxError as error:
        build.note(str(error), level="finding", reference=error.reference, line=call.line)
        served = Served((), {})
    if served.machines:
        return served
    text = f"nobody serves the label “{label}”; the wait for it was cancelled"
    call.log(f"Still waiting to schedule task\nThere are no nodes with the label ‘{label}’")
    call.log(f"tlcci: {text}")
    build.note(text, level="finding", reference="label-unserved", line=call.line)
    build.mark(call.context, "real", f"{label} was served by nobody")
    raise interruption("Queue task was cancelled", label=label)


def _tell(call: Call, label: str, served: Served, slot: Slot, path: str) -> None:
    alias = next(iter(served.aliases.values()), None)
    call.log(f"Running on {slot.machine.name} in {path}")
    call.build.record.emit(
        NodeAllocated(
            step=call.id,
            node=slot.machine.name,
            label=label,
            alias=alias,
            workspace=path,
            executor=slot.executor,
        )
    )
    for asked, real in served.aliases.items():
        call.build.mark(call.context, "aliased", f"{asked} served as {real}")


def _folder_name(job: str) -> str:
    """Return the workspace's name of *job*: `folder/branch` is one name, as in Jenkins."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", job)


def _inside(build: Build, context: Context, slot: Slot, path: str) -> Context:
    own = {
        "NODE_NAME": slot.machine.name,
        "NODE_LABELS": build.labels_of(slot),
        "EXECUTOR_NUMBER": str(slot.executor),
        NODE_COOKIE: f"{build.sites.token}{secrets.token_hex(8)}",
        "HUDSON_COOKIE": f"tlcci-{slot.machine.name}-{slot.executor}",
    }
    return _at(context.but(slot=slot), path, own)


def _at(context: Context, path: str, own: Mapping[str, str] | None = None) -> Context:
    """Return *context* moved to the workspace *path*, with a machine's *own* variables."""
    variables = {**(own or {}), "WORKSPACE": path, "WORKSPACE_TMP": f"{path}@tmp"}
    return context.with_env(variables).but(workspace=path, cwd=path)


async def _ws(call: Call) -> Any:  # noqa: ANN401 - the body's value
    given = (call.args["dir"] or "").strip()
    slot = call.context.slot
    root = slot.machine.workdir if slot else ""
    own = posixpath.join("workspace", _folder_name(call.build.settings.job))
    wanted = posixpath.normpath(posixpath.join(root, given or own))
    if call.build.settings.dry:
        call.log(f"Running in {wanted}")
        return await call.body(_at(call.context, wanted))
    site = call.build.site(call.context)
    async with hold(site, site.hold_workspace(wanted)) as path:
        call.log(f"Running in {path}")
        return await call.body(_at(call.context, path))


STEPS = (
    Step(
        "node",
        _node,
        (Param("label", default=None),),
        sole="label",
        type_name="org.jenkinsci.plugins.workflow.support.steps.ExecutorStep",
        is_block=True,
    ),
    Step(
        "ws",
        _ws,
        (Param("dir", default=None),),
        sole="dir",
        type_name="org.jenkinsci.plugins.workflow.support.steps.WorkspaceStep",
        is_block=True,
        needs_node=True,
        lacks="hudson.model.Computer",
    ),
)
