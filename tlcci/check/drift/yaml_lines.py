"""YAML with the line of each value, and templates of YAML as far as they are YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lines that a template engine takes away, and what it puts values into.
_DIRECTIVE = re.compile(r"^[ \t]*(%\{.*\}|\{%.*%\})[ \t]*$", re.MULTILINE)
_BARE_VALUE = re.compile(
    r"(?<=[:-] )(?P<value>(\$\{[^\n]*\}|\{\{[^\n]*\}\}))[ \t]*$", re.MULTILINE
)
_MOST_NODES = 50_000
_DEEPEST = 40  # keys; an alias may lead to itself

Pair = tuple[tuple[str, ...], yaml.Node]


def documents(text: str) -> list[yaml.Node]:
    """Return the documents of *text*, none where it is no YAML."""
    text = _DIRECTIVE.sub("", text)
    text = _BARE_VALUE.sub(lambda one: "'" + one["value"].replace("'", "''") + "'", text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(yaml.compose_all(text, Loader=loader))
    except (yaml.YAMLError, RecursionError, ValueError):
        return []


def walk(node: yaml.Node) -> Iterator[Pair]:
    """Yield each value below *node* with the keys that lead to it; lists add no key."""
    left: list[Pair] = [((), node)]
    for _ in range(_MOST_NODES):
        if not left:
            return
        keys, here = left.pop()
        yield keys, here
        if len(keys) > _DEEPEST:
            continue
        if isinstance(here, yaml.MappingNode):
            left += [((*keys, str(key.value)), value) for key, value in reversed(here.value)]
        elif isinstance(here, yaml.SequenceNode):
            left += [(keys, value) for value in reversed(here.value)]


def scalars(node: yaml.Node, *names: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield keys, text and line of the plain values below *node* whose key is in *names*."""
    for keys, value in walk(node):
        if keys and keys[-1] in names and isinstance(value, yaml.ScalarNode):
            yield keys, str(value.value), line_of(value)


def get(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """Return the value that *keys* lead to, None where they lead nowhere."""
    for wanted in keys:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == wanted), None)
    return node


def text_of(node: yaml.Node | None) -> str:
    """Return the plain value of *node*, empty where it is none."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def line_of(node: yaml.Node) -> int:
    """Return the line, from 1, on which *node* begins."""
    return int(node.start_mark.line) + 1
