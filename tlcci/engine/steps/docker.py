"""The steps behind the global `docker` (Docker Pipeline): images, containers, registries.

All goes through the machine's own `docker` program, as the plugin does it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import CREDENTIAL_NOT_FOUND, Failure, abort
from tlcci.engine.sites import do
from tlcci.transport import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlcci.engine.program import Call

_TYPE = "org.jenkinsci.plugins.docker.workflow"


async def _docker(call: Call, *args: str, shown: bool = True) -> str:
    """Run `docker` on the step's machine and return its output; raise Failure when it fails."""
    slot = call.context.slot
    if slot is None:
        raise abort("docker outside of a node")
    command = Command(
        argv=("docker", *args),
        env=call.build.shell_env(call.context),
        cwd=call.context.cwd,
        merge=True,
    )
    site = call.build.site(call.context)
    await do(site, site.files.make_folder, call.context.cwd or "/")
    if shown:
        call.log(f"$ docker {shlex.join(args)}")
    result = await asyncio.to_thread(site.run(slot), command)
    if result.status:
        raise abort(
            f"docker {args[0]} failed with status {result.status}: {result.text[-500:]}"
        )
    if shown and result.text:
        call.log(result.text)
    return result.text.strip()


async def _pull(call: Call) -> None:
    await _docker(call, "pull", call.args["image"])


async def _tag(call: Call) -> None:
    name = call.args["image"].rpartition(":")[0] or call.args["image"]
    await _docker(call, "tag", call.args["image"], f"{name}:{call.args['tag']}")


async def _push(call: Call) -> None:
    image = call.args["image"]
    if call.args["tag"]:
        await _tag(call)
        image = f"{image.rpartition(':')[0] or image}:{call.args['tag']}"
    await _docker(call, "push", image)


async def _build(call: Call) -> dict[str, str]:
    image = call.args["image"]
    await _docker(call, "build", "-t", image, *shlex.split(call.args["args"] or "."))
    return {"$x": "image", "id": image}


async def _start(call: Call, *options: str, command: str = "") -> str:
    args = shlex.split(call.args["args"] or "")
    started = await _docker(
        call, "run", "-d", *options, *args, call.args["image"], *shlex.split(command)
    )
    return started.splitlines()[-1].strip()


async def _remove(call: Call, container: str) -> None:
    await _docker(call, "rm", "-f", "-v", container, shown=False)


async def _run(call: Call) -> dict[str, Any]:
    container = await _start(call, command=call.args["command"] or "")
    return {"$x": "container", "id": container}


async def _stop(call: Call) -> None:
    await _remove(call, call.args["id"])


async def _port(call: Call) -> str:
    return await _docker(call, "port", call.args["id"], str(call.args["port"]), shown=False)


async def _with_run(call: Call) -> Any:  # noqa: ANN401 - the body's value
    container = await _start(call, command=call.args["command"] or "")
    try:
        return await call.body(args=[{"$x": "container", "id": container}])
    finally:
        await asyncio.shield(_remove(call, container))


async def _inside(call: Call) -> Any:  # noqa: ANN401 - the body's value
    """Run the body's `sh` steps in a container that has the workspace at the same path."""
    workspace = call.context.workspace or call.context.cwd or "/"
    site = call.build.site(call.context)
    for folder in (workspace, f"{workspace}@tmp"):
        await do(site, site.files.make_folder, folder)
    owner = await do(site, site.files.owner, workspace)
    container = await _start(
        call,
        *("-t", "-u", owner, "-w", workspace, "--entrypoint", "cat"),
        *("-v", f"{workspace}:{workspace}:rw", "-v", f"{workspace}@tmp:{workspace}@tmp:rw"),
    )
    try:
        return await call.body(call.context.but(container=container))
    finally:
        await asyncio.shield(_remove(call, container))


async def _with_server(call: Call) -> Any:  # noqa: ANN401 - the body's value
    return await call.body(call.context.with_env({"DOCKER_HOST": call.args["uri"]}))


async def _with_registry(call: Call) -> Any:  # noqa: ANN401 - the body's value
    credential_id = call.args["credentialsId"]
    if not credential_id:
        return await call.body()
    credential = call.build.credentials.get(credential_id)
    if credential is None or credential.kind != "usernamePassword":
        raise Failure(
            CREDENTIAL_NOT_FOUND, f"Could not find credentials matching {credential_id}"
        )
    values = credential.values
    pair = f"{values['username']}:{values['password']}".encode()
    host = urlsplit(call.args["url"] or "").netloc or "https://index.docker.io/v1/"
    config = {"auths": {host: {"auth": base64.b64encode(pair).decode()}}}
    folder = f"{call.context.cwd}@tmp/docker-{secrets.token_hex(8)}"
    site = call.build.site(call.context)
    data = json.dumps(config).encode()
    await do(site, site.files.write, f"{folder}/config.json", data, 0o600)
    try:
        return await call.body(call.context.with_env({"DOCKER_CONFIG": folder}))
    finally:
        await do(site, site.files.delete, folder)


def _step(name: str, run: Callable[..., Any], *params: Param, is_block: bool = False) -> Step:
    return Step(
        name,
        run,
        params,
        sole=params[0].name,
        type_name=f"{_TYPE}.{name[0].upper()}{name[1:]}Step",
        is_block=is_block,
        needs_node=True,
    )


_IMAGE = Param("image")
_ARGS = Param("args", default=None)
_COMMAND = Param("command", default=None)
_CREDENTIALS = Param("credentialsId", default=None)
_TOOL = Param("toolName", default=None)
STEPS = (
    _step("dockerPull", _pull, _IMAGE),
    _step("dockerPush", _push, _IMAGE, Param("tag", default=None)),
    _step("dockerTag", _tag, _IMAGE, Param("tag")),
    _step("dockerBuild", _build, _IMAGE, _ARGS),
    _step("dockerRun", _run, _IMAGE, _ARGS, _COMMAND),
    _step("dockerStop", _stop, Param("id")),
    _step("dockerPort", _port, Param("id"), Param("port", "int")),
    _step("dockerWithRun", _with_run, _IMAGE, _ARGS, _COMMAND, is_block=True),
    _step("withDockerContainer", _inside, _IMAGE, _ARGS, _TOOL, is_block=True),
    _step(
        "withDockerRegistry",
        _with_registry,
        Param("url", default=None),
        _CREDENTIALS,
        _TOOL,
        is_block=True,
    ),
    _step("withDockerServer", _with_server, Param("uri"), _CREDENTIALS, is_block=True),
)
