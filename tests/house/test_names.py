"""Names: what packages promise, what files may be called about, how long they grow."""

from __future__ import annotations

import ast
import importlib
import re
from typing import TYPE_CHECKING

import pytest

from tests.house.sources import TOP, modules, tracked

if TYPE_CHECKING:
    from pathlib import Path

BUDGET_LINES = 400
PACKAGES = [
    ".".join(path.parent.relative_to(TOP).parts) for path in tracked("tlcci/**/__init__.py")
]
# Words of one project's CI. What they stand for is configuration, never code.
FOREIGN = re.compile(
    r"tvm|tlc-?pack|graviton|CPU-SMALL|ARM-SMALL|GPUBUILD|TensorCore|ci_(cpu|gpu|arm|wasm)"
    r"|docker_init|init_git|docker/bash\.sh|s3\.py|per_exec_ws|docker-images\.ini",
    re.IGNORECASE,
)
PERMITTED = re.compile(r"Apache TVM")


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_what_it_exports_in_order(name: str) -> None:
    """`__all__` is sorted, each name in it exists, and none is private."""
    package = importlib.import_module(name)
    exported = list(getattr(package, "__all__", []))

    assert sorted(exported) == exported
    assert [item for item in exported if item.startswith("_")] == []
    assert [item for item in exported if not hasattr(package, item)] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exports_what_its_front_door_imports(name: str) -> None:
    """What `__init__` brings in from its own modules is what it promises."""
    file = TOP.joinpath(*name.split("."), "__init__.py")
    own = {
        alias.asname or alias.name
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(name)
        for alias in node.names
    }
    # A package without the list is a table or a marker, and promises no names.
    exported = set(getattr(importlib.import_module(name), "__all__", own))

    assert own <= exported


def test_no_file_of_the_package_is_over_budget() -> None:
    """A file of more lines holds two things."""
    sizes = {
        str(path.relative_to(TOP)): path.read_text().count("\n")
        for path in tracked("tlcci/*.py", "tlcci/*.groovy")
    }

    assert {path: size for path, size in sizes.items() if size > BUDGET_LINES} == {}


def _foreign_words(path: Path) -> list[str]:
    lines = path.read_text(errors="replace").splitlines()
    return [
        f"{path.relative_to(TOP)}:{number}: {line.strip()}"
        for number, line in enumerate(lines, 1)
        if FOREIGN.search(PERMITTED.sub("", line))
    ]


def test_the_package_knows_no_name_of_one_projects_ci() -> None:
    """Labels, buckets, images and scripts come from files that a person may change."""
    found = [line for path in tracked("tlcci/*") for line in _foreign_words(path)]

    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    """One sentence at the top."""
    silent = [
        str(path.relative_to(TOP))
        for path, tree in modules().items()
        if not ast.get_docstring(tree)
    ]

    assert silent == []
