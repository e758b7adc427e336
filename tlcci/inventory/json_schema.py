"""The rules of hosts.yaml as a JSON schema, for editors."""

from __future__ import annotations

from typing import Any

from .schema import HOSTS_YAML, AnyRule, Items, Number, Record, Table, Text


def export_schema() -> dict[str, Any]:
    """Return the JSON schema (2020-12) of hosts.yaml."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": "hosts.yaml of tlcci", **_schema(HOSTS_YAML)}


def _schema(rule: AnyRule) -> dict[str, Any]:
    about = {"description": rule.about} if rule.about else {}
    match rule:
        case Text():
            return about | _text(rule)
        case Number():
            kind = "number" if rule.fractions else "integer"
            return {**about, "type": kind, "minimum": rule.minimum, "maximum": rule.maximum}
        case Items():
            return about | _items(rule)
        case Table():
            return {
                **about,
                "type": "object",
                "propertyNames": _text(rule.key),
                "additionalProperties": _in_table(rule.value),
            }
        case _:
            return {
                **about,
                "type": "object",
                "properties": {key: _in_record(value) for key, value in rule.keys.items()},
                "required": list(rule.required),
                "additionalProperties": False,
            }


def _text(rule: Text) -> dict[str, Any]:
    if rule.choices:
        return {"enum": list(rule.choices)}
    kinds = ["string", "number", "boolean"] if rule.literal else "string"
    return {"type": kinds, "pattern": f"^({rule.pattern})$"}


def _items(rule: Items) -> dict[str, Any]:
    item = _text(rule.item)
    items = {"type": "array", "items": item, "minItems": rule.at_least}
    if rule.short == "one":
        return {"anyOf": [items, item]}
    if rule.short == "words":
        one = f"({rule.item.pattern})"
        words = rf"^\s*({one}(\s+{one})*){'' if rule.at_least else '?'}\s*$"
        return {"anyOf": [items, {"type": "string", "pattern": words}]}
    return items


def _in_record(rule: AnyRule) -> dict[str, Any]:
    """Return the schema of a key's value: a mapping or list may be left empty."""
    schema = _schema(rule)
    return schema if isinstance(rule, Text | Number) else _or_nothing(schema)


def _in_table(rule: AnyRule) -> dict[str, Any]:
    """Return the schema of a chosen name's value: nothing stands for all defaults."""
    schema = _schema(rule)
    return _or_nothing(schema) if isinstance(rule, Record) and not rule.required else schema


def _or_nothing(schema: dict[str, Any]) -> dict[str, Any]:
    about = {"description": schema.pop("description")} if "description" in schema else {}
    return {**about, "anyOf": [schema, {"type": "null"}]}
