"""The walk over a document by the rules: every fault is kept, what is right becomes values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from .document import close_to, quoted
from .schema import AnyRule, Items, Number, Record, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Document

MOST_VALUES = 200_000
_KINDS = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a date",
    "seq": "a list",
    "map": "a mapping",
}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")
_LITERALS = ("str", "int", "float", "bool", "timestamp")
_FAULTY = object()
Place = tuple[str, ...]


class Walk:
    """One walk: *values* as plain Python, *places* the node of each value by its path."""

    def __init__(self, document: Document, rule: Record) -> None:
        """Walk *document* by *rule*; what is faulty is left out of the values."""
        self.places: dict[Place, yaml.Node] = {}
        self._document = document
        self._left = MOST_VALUES
        values = self._value(document.root, rule, ())
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}

    def _value(self, node: yaml.Node, rule: AnyRule, path: Place) -> object:
        self._left -= 1
        if self._left < 0:
            # Each alias in YAML stands for all that it names, so a small file can be huge.
            self._document.fault("too-many-values", f"more than {MOST_VALUES} values", node)
            self._document.raise_faults()
        self.places[path] = node
        match rule:
            case Text():
                return self._text(node, rule)
            case Number():
                return self._number(node, rule)
            case Items():
                return self._items(node, rule, path)
            case Table():
                return self._table(node, rule, path)
            case _:
                return self._record(node, rule, path)

    def _text(self, node: yaml.Node, rule: Text) -> object:
        kind = _kind(node)
        if kind not in (_LITERALS if rule.literal else ("str",)):
            rows = []
            if kind in _LITERALS:
                rows = [("write", f'"{node.value}" (in quotes it is text)')]
            return self._wrong_type(node, rule, rows)
        return self._checked(node, rule, node.value)

    def _checked(self, node: yaml.Node, rule: Text, text: str) -> str:
        if rule.choices:
            if text not in rule.choices:
                message = f"{quoted(text)} is not {rule.what}: {' or '.join(rule.choices)}"
                self._document.fault("bad-value", message, node, close_to(text, rule.choices))
        elif not re.fullmatch(rule.pattern, text):
            rows = [("allowed", rule.hint)]
            self._document.fault("bad-value", f"{quoted(text)} is not {rule.what}", node, rows)
        return text

    def _number(self, node: yaml.Node, rule: Number) -> object:
        kinds, form = (("int", "float"), _DECIMAL) if rule.fractions else (("int",), _WHOLE)
        if _kind(node) not in kinds or not form.fullmatch(node.value):
            return self._wrong_type(node, rule)
        number = float(node.value) if "." in node.value else int(node.value)
        if not rule.minimum <= number <= rule.maximum:
            limits = f"from {rule.minimum} to {rule.maximum}"
            if rule.minimum == rule.maximum:
                limits = str(rule.minimum)
            message = f"{node.value} is not {rule.what}: {limits}"
            self._document.fault("bad-value", message, node)
            return _FAULTY
        return number

    def _items(self, node: yaml.Node, rule: Items, path: Place) -> object:
        kind = _kind(node)
        if kind == "str" and rule.short:
            words = node.value.split() if rule.short == "words" else [node.value]
            items = [self._checked(node, rule.item, word) for word in words]
        elif kind == "seq":
            read = [
                self._value(n, rule.item, (*path, str(i))) for i, n in enumerate(node.value)
            ]
            items = [item for item in read if isinstance(item, str)]
            if len(items) < len(read):
                return _FAULTY
        else:
            return self._wrong_type(node, rule)
        if len(items) < rule.at_least:
            self._document.fault("bad-value", f"no {rule.what} are given", node)
        return tuple(dict.fromkeys(items))

    def _table(self, node: yaml.Node, rule: Table, path: Place) -> object:
        if _kind(node) != "map":
            return self._wrong_type(node, rule)
        values: dict[str, object] = {}
        for key, value_node in self._pairs(node, rule):
            name = self._checked(key, rule.key, key.value)
            if _kind(value_node) == "null" and isinstance(rule.value, Record):
                self._missing_keys(key, rule.value, set())
                values[name] = {}
            else:
                value = self._value(value_node, rule.value, (*path, name))
                values |= {} if value is _FAULTY else {name: value}
            self.places[*path, name, "(key)"] = key
        return values

    def _record(self, node: yaml.Node, rule: Record, path: Place) -> object:
        if _kind(node) != "map":
            return self._wrong_type(node, rule)
        values: dict[str, object] = {}
        seen = set()
        for key, value_node in self._pairs(node, rule):
            name = key.value
            seen.add(name)
            if name not in rule.keys:
                message = f"{quoted(name)} is not a key of {rule.what}"
                self._document.fault("unknown-key", message, key, close_to(name, rule.keys))
            elif _kind(value_node) != "null" or isinstance(rule.keys[name], Text | Number):
                value = self._value(value_node, rule.keys[name], (*path, name))
                values |= {} if value is _FAULTY else {name: value}
        self._missing_keys(node, rule, seen)
        return values

    def _missing_keys(self, node: yaml.Node, rule: Record, seen: set[str]) -> None:
        for key in rule.required:
            if key not in seen:
                message = f"{rule.what} needs the key {quoted(key)}"
                self._document.fault("missing-key", message, node)

    def _pairs(self, node: yaml.Node, rule: AnyRule) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield each key, a scalar that comes once, and its value."""
        first: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._document.fault("wrong-type", f"a key of {rule.what} must be text", key)
            elif key.tag == "tag:yaml.org,2002:merge":
                rows = [("instead", "what hosts share goes under defaults")]
                self._document.fault("merge-key", '"<<" is not read here', key, rows)
            elif key.value in first:
                message = f"{quoted(key.value)} is here twice"
                rows = [("first", f"on line {first[key.value]}")]
                self._document.fault("duplicate-key", message, key, rows)
            else:
                first[key.value] = key.start_mark.line + 1
                yield key, value

    def _wrong_type(
        self, node: yaml.Node, rule: AnyRule, rows: list[tuple[str, str]] | None = None
    ) -> object:
        found = _KINDS.get(_kind(node), f"tagged {node.tag}")
        wanted = _wanted(rule)
        if found == "a number" and isinstance(rule, Number):
            found, rows = quoted(node.value), [("allowed", "plain decimal digits")]
        message = f"{rule.what} must be {wanted}, not {found}"
        self._document.fault("wrong-type", message, node, rows or ())
        return _FAULTY


def _kind(node: yaml.Node) -> str:
    """Return the last part of the node's YAML tag (str, int, map ...)."""
    prefix, _, kind = str(node.tag).rpartition(":")
    known = {"seq": yaml.SequenceNode, "map": yaml.MappingNode}.get(kind, yaml.ScalarNode)
    # "!!map text" is allowed by YAML, and is no mapping.
    return kind if prefix == "tag:yaml.org,2002" and isinstance(node, known) else "other"


def _wanted(rule: AnyRule) -> str:
    match rule:
        case Number():
            return "a number" if rule.fractions else "a whole number"
        case Items():
            return {"": "a list", "one": "text or a list", "words": "a list or words"}[
                rule.short
            ]
        case Text():
            return "text"
        case _:
            return "a mapping"
