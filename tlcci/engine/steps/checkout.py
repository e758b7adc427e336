"""`checkout` and `git`: the sources of the build, or another repository."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step

if TYPE_CHECKING:
    from tlcci.engine.program import Call

_SCM = "org.jenkinsci.plugins.workflow.steps.scm"


async def _checkout(call: Call) -> dict[str, str]:
    scm = call.args["scm"]
    own = isinstance(scm, dict) and scm.get("$x") == "scm"
    asked = None if own else {**_plain(scm), "changelog": call.args["changelog"]}
    return await _take(call, asked)


async def _git(call: Call) -> dict[str, str]:
    return await _take(call, {**call.args, "$class": "GitStep"})


async def _take(call: Call, scm: dict[str, Any] | None) -> dict[str, str]:
    lines: list[str] = []
    site = call.build.site(call.context)
    environment = {**site.environment, **call.build.shell_env(call.context)}
    source, folder = call.build.source, call.context.cwd or ""
    try:
        return await asyncio.to_thread(
            source.take, scm, folder, environment, lines.append, site.hands
        )
    finally:
        for line in lines:
            call.log(line)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a value as the JVM sends it
    """Return *value* with symbols as maps that name their class."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$x") == "symbol":
        return {"$class": value["name"], **_plain(value["args"])}
    return {key: _plain(item) for key, item in value.items()}


STEPS = (
    Step(
        "checkout",
        _checkout,
        (
            Param("scm", "any"),
            Param("poll", "bool", default=True),
            Param("changelog", "bool", default=True),
        ),
        sole="scm",
        type_name=f"{_SCM}.GenericSCMStep",
        needs_node=True,
    ),
    Step(
        "git",
        _git,
        (
            Param("url"),
            Param("branch", default="master"),
            Param("credentialsId", default=None),
            Param("poll", "bool", default=True),
            Param("changelog", "bool", default=True),
        ),
        sole="url",
        type_name="jenkins.plugins.git.GitStep",
        needs_node=True,
    ),
)
