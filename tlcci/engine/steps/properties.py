"""`properties`: what a job says of itself; parameters get their defaults here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, java_class, not_instantiated
from tlcci.engine.failures import Failure, illegal_argument

if TYPE_CHECKING:
    from tlcci.engine.program import Call


def _is_named(declared: object) -> bool:
    """Return whether *declared* is a parameter with a name."""
    if not isinstance(declared, dict) or not ("$class" in declared or "args" in declared):
        return False
    return bool(declared.get("args", declared).get("name"))


_TIME = re.compile(
    r"\s*(#.*|TZ=.*|@(yearly|annually|monthly|weekly|daily|midnight|hourly)|"
    r"[-\dH*,/()]+(\s+[-\dH*,/()]+){4})?\s*"
)
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


def _check_default(call: Call, definition: dict[str, Any]) -> None:
    """Refuse a default that is no text where a text is asked for."""
    value = definition.get("defaultValue")
    if definition["kind"] not in {"string", "text"} or isinstance(value, str | None):
        return
    owner = definition["kind"].capitalize()
    raise not_instantiated(
        call.step,
        call.args,
        f"java.lang.ClassCastException: hudson.model.{owner}ParameterDefinition.defaultValue "
        f"expects class java.lang.String but received {java_class(value)}",
    )


def _are_times(triggers: object) -> bool:
    """Return whether each clock among *triggers* has lines of five fields or an alias."""
    for one in triggers if isinstance(triggers, list) else ():
        if isinstance(one, dict) and one.get("name") in {"cron", "pollSCM"}:
            spec = one["args"].get("<anonymous>") or one["args"].get("spec") or ""
            if not all(map(_TIME.fullmatch, str(spec).splitlines())):
                return False
    return True


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
            for one in map(_definition, declared):
                _check_default(call, one)
            call.build.declare_parameters([_definition(one) for one in declared])
        elif name == "pipelineTriggers" and not _are_times(args.get("<anonymous>")):
            raise not_instantiated(call.step, call.args)
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
