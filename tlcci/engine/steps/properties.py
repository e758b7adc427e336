"""`properties`: what a job says of itself; parameters get their defaults here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlcci.engine.definition import Param, Step, not_instantiated
from tlcci.engine.failures import Failure, illegal_argument

if TYPE_CHECKING:
    from tlcci.engine.program import Call


def _is_named(declared: object) -> bool:
    """Return whether *declared* is a parameter with a name."""
    return isinstance(declared, dict) and bool(declared.get("args", declared).get("name"))


def _properties(call: Call) -> None:
    given = call.args["properties"]
    if given is None:
        raise Failure("java.lang.NullPointerException")
    for item in given:
        if not isinstance(item, dict) or item.get("$x") == "object":
            raise illegal_argument(f"properties: {item} is not a job property")
        name, args = item.get("name", item.get("$class")), item.get("args", item)
        if name in {"parameters", "ParametersDefinitionProperty"}:
            declared = args.get("<anonymous>") or args.get("parameterDefinitions") or []
            if not isinstance(declared, list) or not all(map(_is_named, declared)):
                raise not_instantiated(call.step, call.args)
            call.build.declare_parameters(
                [one["args"] | {"kind": one["name"]} for one in declared]
            )
        else:
            call.build.note(f"job property {name} recorded; it has no effect here")


STEPS = (
    Step(
        "properties",
        _properties,
        (Param("properties", "list", of="hudson.model.JobProperty"),),
        sole="properties",
        type_name="org.jenkinsci.plugins.workflow.multibranch.JobPropertyStep",
        is_sync=True,
    ),
)
