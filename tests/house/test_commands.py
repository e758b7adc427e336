"""Each command and each option says what it does, and starting is cheap."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import typer.main

from tests.house.sources import TOP
from tlcci.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = TOP / "docs" / "reference" / "commands.md"
HEAVY = {"asyncio", "docker", "jenkins", "paramiko", "requests", "rich", "yaml"}
PROBE = """
import sys
from tlcci.__main__ import main
sys.argv = ["tlcci", "--help"]
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - click's
    if path != "tlcci":
        yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{path} {name}")


COMMANDS = list(_commands(typer.main.get_command(app), "tlcci"))


def test_each_command_has_help() -> None:
    """`--help` leaves no command without a sentence."""
    assert [path for path, command in COMMANDS if not command.help] == []


def test_each_option_and_argument_has_help() -> None:
    """Nor any option."""
    silent = [
        f"{path} {option.name}"
        for path, command in COMMANDS
        for option in command.params
        if option.name != "help" and not getattr(option, "help", None)
    ]

    assert silent == []


def test_each_command_has_a_line_in_the_documentation() -> None:
    """Under a heading of its own, with the options that it takes."""
    page = PAGE.read_text()
    missing = [path for path, _ in COMMANDS if f"## {path}\n" not in page]

    assert missing == []


def test_each_option_is_in_the_documentation() -> None:
    """An option that only `--help` knows is half an option."""
    sections = {part.partition("\n")[0]: part for part in PAGE.read_text().split("\n## ")}
    missing = [
        f"{path} {option.opts[0]}"
        for path, command in COMMANDS
        for option in command.params
        if option.opts[0].startswith("--") and option.name != "help"
        if f"`{option.opts[0]}" not in sections.get(path, "")
    ]

    assert missing == []


def test_help_imports_none_of_the_heavy_libraries() -> None:
    """What `--help` costs is what typer costs."""
    argv = (sys.executable, "-c", PROBE)
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert "Usage" in ended.stdout
    assert HEAVY & set(ended.stderr.split()) == set()
