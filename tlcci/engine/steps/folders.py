"""`dir`, `deleteDir`, `pwd` and `isUnix`: where a step stands on its machine."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure
from tlcci.engine.sites import do

if TYPE_CHECKING:
    from tlcci.engine.program import Call

_WORKFLOW = "org.jenkinsci.plugins.workflow.steps"


def resolved(call: Call, path: str) -> str:
    """Return *path* against the step's folder, as `FilePath.child` does."""
    return posixpath.normpath(posixpath.join(call.context.cwd or "/", path))


async def _dir(call: Call) -> Any:  # noqa: ANN401 - the body's value
    if call.args["path"] is None:
        message = 'Cannot invoke "String.startsWith(String)" because "rel" is null'
        raise Failure("java.lang.NullPointerException", message)
    path = resolved(call, call.args["path"])
    call.log(f"Running in {path}")
    return await call.body(call.context.but(cwd=path))


async def delete_folder(call: Call) -> None:
    """Delete the step's folder with all that is in it."""
    site = call.build.site(call.context)
    await do(site, site.files.delete, call.context.cwd or "")


async def _delete_dir(call: Call) -> None:
    await delete_folder(call)


async def _pwd(call: Call) -> str:
    path = call.context.cwd or ""
    if call.args["tmp"]:
        site = call.build.site(call.context)
        await do(site, site.files.make_folder, f"{path}@tmp")
        return f"{path}@tmp"
    return path


async def _is_unix(_call: Call) -> bool:
    return True


STEPS = (
    Step(
        "dir",
        _dir,
        (Param("path", default=None),),
        sole="path",
        type_name=f"{_WORKFLOW}.PushdStep",
        is_block=True,
        needs_node=True,
    ),
    Step("deleteDir", _delete_dir, type_name=f"{_WORKFLOW}.DeleteDirStep", needs_node=True),
    Step(
        "pwd",
        _pwd,
        (Param("tmp", "bool", default=False),),
        sole="tmp",
        type_name=f"{_WORKFLOW}.PwdStep",
        needs_node=True,
    ),
    Step(
        "isUnix",
        _is_unix,
        type_name=f"{_WORKFLOW}.IsUnixStep",
        needs_node=True,
        lacks="hudson.Launcher",
    ),
)
