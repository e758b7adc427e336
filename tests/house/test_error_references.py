"""Each error that can be raised has a line in the reference."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tests.house.sources import TOP, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = TOP / "docs" / "reference" / "errors.md"
REFERENCE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def _raised() -> Iterator[str]:
    """Yield what stands first in the call of an error class, or of its initialiser."""
    for tree in modules().values():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if not (_called(node).endswith("Error") or _called(node) == "__init__"):
                continue
            named = [word.value for word in node.keywords if word.arg == "reference"]
            for value in [*node.args[:1], *named]:
                if isinstance(value, ast.Constant) and REFERENCE.fullmatch(str(value.value)):
                    yield str(value.value)


def _documented() -> list[str]:
    return re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text(), re.MULTILINE)


def test_each_error_has_a_line_in_the_reference() -> None:
    """A person who meets one can look it up."""
    assert set(_raised()) - set(_documented()) == set()


def test_the_reference_is_sorted_and_names_each_error_once() -> None:
    """A table that one searches with the eye."""
    documented = _documented()

    assert sorted(set(documented)) == documented
