"""`stash` and `unstash`: files carried from one workspace to another within a build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, not_instantiated
from tlcci.engine.failures import abort
from tlcci.engine.sites import do
from tlcci.results.globs import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from tlcci.engine.program import Call

_STEPS = "org.jenkinsci.plugins.workflow.support.steps.stash"


_UNSAFE = set("?*/\\%!@#$^&|<>[]:;") | {chr(code) for code in range(32)}


def _check_name(call: Call) -> None:
    """Refuse a name that Jenkins gives to nothing, as the step's class does."""
    name = call.args["name"].strip()
    if name in {"", ".", ".."} or _UNSAFE & set(name):
        raise not_instantiated(call.step, {"name": call.args["name"], **_given(call)})


def _given(call: Call) -> dict[str, Any]:
    """Return the arguments that differ from what they are when left out."""
    left_out = {param.name: param.default for param in call.step.params}
    return {key: value for key, value in call.args.items() if value != left_out.get(key)}


async def _stash(call: Call) -> None:
    _check_name(call)
    name, root = call.args["name"], call.context.cwd or ""
    selection = Selection.of(
        call.args["includes"] or "**",
        call.args["excludes"],
        default_excludes=call.args["useDefaultExcludes"],
    )
    site = call.build.site(call.context)
    found = await do(site, site.files.find, root, selection)
    if not found and not call.args["allowEmpty"]:
        raise abort(f"No files included in stash ‘{name}’")
    archive = _place(call, name)
    archive.parent.mkdir(parents=True, exist_ok=True)
    await do(site, site.files.pack, root, found, archive)
    call.build.stashes[name] = archive
    call.log(f"Stashed {len(found)} file(s)")


async def _unstash(call: Call) -> None:
    _check_name(call)
    name = call.args["name"]
    archive = call.build.stashes.get(name)
    if archive is None:
        raise abort(f"No such saved stash ‘{name}’")
    site = call.build.site(call.context)
    await do(site, site.files.unpack, archive, call.context.cwd or "")


def _place(call: Call, name: str) -> Path:
    place: Path = call.build.record.folder / "stashes" / f"{name.replace('/', '_')}.tar"
    return place


STEPS = (
    Step(
        "stash",
        _stash,
        (
            Param("name"),
            Param("includes", default=None),
            Param("excludes", default=None),
            Param("useDefaultExcludes", "bool", default=True),
            Param("allowEmpty", "bool", default=False),
        ),
        sole="name",
        type_name=f"{_STEPS}.StashStep",
        needs_node=True,
    ),
    Step(
        "unstash",
        _unstash,
        (Param("name"),),
        sole="name",
        type_name=f"{_STEPS}.UnstashStep",
        needs_node=True,
    ),
)
