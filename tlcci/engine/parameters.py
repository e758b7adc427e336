"""Parameters of a job: what a definition's default is, what a given value becomes."""

from __future__ import annotations

import re
from typing import Any

from tlcci.engine.definition import render


def default_of(definition: dict[str, Any]) -> Any:  # noqa: ANN401 - a parameter's value
    """Return the default of a parameter *definition* as its symbol gives it."""
    kind = definition["kind"]
    if kind == "choice":
        choices = definition.get("choices") or []
        if isinstance(choices, str):
            choices = re.split(r"\r?\n", choices)
        return render(choices[0]) if choices else ""
    if kind == "booleanParam":
        value = definition.get("defaultValue", False)
        return value.lower() == "true" if isinstance(value, str) else bool(value)
    value = definition.get("defaultValue")
    if kind == "string" and definition.get("trim") is True and isinstance(value, str):
        value = value.strip()
    return "" if value is None else value


def as_declared(definition: dict[str, Any], given: Any) -> Any:  # noqa: ANN401 - a value
    """Return the value that was *given* on the command line as the parameter has it."""
    if definition["kind"] == "booleanParam" and isinstance(given, str):
        return given.lower() == "true"
    return given
