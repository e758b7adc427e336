"""`node` and `ws`: an executor, and a folder on it that no other build uses."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import interruption
from tlcci.engine.scheduler import Served, why_unusable
from tlcci.engine.workspace import held_workspace
from tlcci.events import NodeAllocated, QueueWaiting
from tlcci.jenkinsfile.labels import LabelSyntaxError

if TYPE_CHECKING:
    from tlcci.backends import Slot
    from tlcci.engine.context import Context
    from tlcci.engine.program import Call


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
            return await call.body(_inside(call.context, slot, path, build.labels_of(slot)))
        root = posixpath.join(slot.machine.workdir, "workspace")
        wanted = posixpath.join(root, _folder_name(build.settings.job))
        with held_workspace(wanted) as path:
            build.files.make_folder(path)
            _tell(call, label, served, slot, path)
            return await call.body(_inside(call.context, slot, path, build.labels_of(slot)))


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
    text += why_unusable(served)
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


def _inside(context: Context, slot: Slot, path: str, labels: str) -> Context:
    own = {
        "NODE_NAME": slot.machine.name,
        "NODE_LABELS": labels,
        "EXECUTOR_NUMBER": str(slot.executor),
        "HUDSON_COOKIE": f"tlcci-{slot.machine.name}-{slot.executor}",
    }
    return _at(context.but(slot=slot).with_env(own), path)


def _at(context: Context, path: str) -> Context:
    """Return *context* moved to the workspace *path*."""
    variables = {"WORKSPACE": path, "WORKSPACE_TMP": f"{path}@tmp"}
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
    with held_workspace(wanted) as path:
        call.build.files.make_folder(path)
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
