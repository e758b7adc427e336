"""`checkout` and `git`: the sources of the build, or another repository."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step

if TYPE_CHECKING:
    from tlcci.engine.program import Call


async def _checkout(call: Call) -> dict[str, Any]:
    return await asyncio.to_thread(call.build.source.checkout_into, call.context.cwd or "")


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
        type_name="org.jenkinsci.plugins.workflow.steps.scm.GenericSCMStep",
        needs_node=True,
    ),
)
