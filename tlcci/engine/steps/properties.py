"""`properties`: what a job says of itself; parameters get their defaults here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, not_instantiated
from tlcci.engine.failures import Failure, illegal_argument

if TYPE_CHECKING:
    from tlcci.engine.program import Call


def _is_named(declared: object) -> bool:
    """Return whether *declared* is a parameter with a name."""
    return isinstance(declared, dict) and bool(declared.get("args", declared).get("name"))


_SYMBOLS = {
    "StringParameterDefinition": "string",
    "BooleanParameterDefinition": "booleanParam",
    "ChoiceParameterDefinition": "choice",
    "TextParameterDefinition": "text",
    "PasswordParameterDefinition": "password",
}


def _definition(declared: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter's definition, whether a symbol or a `$class` gave it."""
    if "args" in declared:
        return {**declared["args"], "kind": declared["name"]}
    kind = str(declared.get("$class")).rsplit(".", 1)[-1]
    return {**declared, "kind": _SYMBOLS.get(kind, kind)}


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
            call.build.declare_parameters([_definition(one) for one in declared])
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
