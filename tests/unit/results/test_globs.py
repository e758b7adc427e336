"""Ant's patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlcci.results.globs import find, match, validate_hint

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        ("a.xml", "**/*.xml", True),
        ("x/y/a.xml", "**/*.xml", True),
        ("x/a.xml", "*.xml", False),
        ("x/a.xml", "x", False),
        ("x/a.xml", "x/", True),
        ("x", "x/**", True),
        ("x", "x/**/*", False),
        ("x/a/b.whl", "x/**/*.whl, y/*", True),
        ("y/a", "x/**/*.whl, y/*", True),
        ("y/a/b", "x/**/*.whl,y/*", False),
        ("ab", "a?", True),
        ("a", "a?", False),
        ("A.txt", "a.txt", False),
        ("a/b", "/a/b", False),
        ("a/b", "a\\b", True),
        ("a.b", "a?b", True),
        ("a+b", "a+b", True),
        ("aXb", "a**b", True),
        ("a/x/b", "a**b", False),
        (".git/config", "**", False),
        (".hidden", "**", True),
        ("x/foo~", "**", False),
        ("a\nb", "*", True),
        ("a", " , ,a", True),
        ("a", "", False),
    ],
)
def test_a_pattern_means_what_ant_means(path: str, patterns: str, expected: object) -> None:
    """One row of the table is one path under one list of patterns."""
    assert expected == match(path, patterns)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder like the recorded case of stashes."""
    for name in ("a/1.txt", "a/b/2.txt", "3.log", ".hidden", ".git/config"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("includes", "excludes", "expected"),
    [
        ("**", None, [".hidden", "3.log", "a/1.txt", "a/b/2.txt"]),
        ("**/*.txt", None, ["a/1.txt", "a/b/2.txt"]),
        ("a/1.txt, *.log", "**/b/**", ["3.log", "a/1.txt"]),
        ("**", "a/", [".hidden", "3.log"]),
        ("nothing/**", None, []),
    ],
)
def test_files_are_found(
    tree: Path, includes: str, excludes: str | None, expected: list[str]
) -> None:
    """Only files are found, not folders, and not what is left out by default."""
    assert expected == find(tree, includes, excludes)


def test_default_excludes_can_be_switched_off(tree: Path) -> None:
    """`useDefaultExcludes: false` brings .git along."""
    found = find(tree, "**", default_excludes=False)

    assert ".git/config" in found


def test_a_link_to_a_folder_above_ends(tree: Path) -> None:
    """A link that leads back up is not walked again, and a dead link is no file."""
    (tree / "a" / "up").symlink_to(tree)
    (tree / "a" / "dead").symlink_to(tree / "nowhere")
    (tree / "a" / "log").symlink_to(tree / "3.log")

    assert ["a/1.txt", "a/b/2.txt", "a/log"] == find(tree, "a/**")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("none", "‘none’ doesn’t match anything"),
        ("missing-*.whl", "‘missing-*.whl’ doesn’t match anything"),
        (
            "no/match/*",
            "‘no/match/*’ doesn’t match anything, but ‘*’ does. Perhaps that’s what you mean?",
        ),
        (
            "b/2.txt",
            (
                "‘b/2.txt’ doesn’t match anything, but ‘a/b/2.txt’ does. "
                "Perhaps that’s what you mean?"
            ),
        ),
        ("a/none.x", "‘a/none.x’ doesn’t match anything: ‘a’ exists but not ‘a/none.x’"),
        ("no/none.x", "‘no/none.x’ doesn’t match anything: even ‘no’ doesn’t exist"),
        (
            "3.LOG",
            (
                "‘3.LOG’ doesn’t match anything because it is treated case sensitively. "
                "You can deactivate case sensitivity to get matches"
            ),
        ),
        (
            "3.log a/*",
            (
                "Whitespace can no longer be used as the separator. "
                "Please Use ‘,’ as the separator instead."
            ),
        ),
        ("3.log, a/1.txt", None),
    ],
)
def test_a_pattern_without_a_match_is_explained(
    tree: Path, pattern: str, expected: str | None
) -> None:
    """The hint is the one that Jenkins prints."""
    assert expected == validate_hint(tree, pattern)
