"""What the documentation shows can be pasted."""

from __future__ import annotations

import re
import subprocess
from urllib.parse import urlsplit

import pytest
import yaml

from tests.house.sources import TOP, Block, blocks, tracked

PAGES = tracked("*.md")
BLOCKS = [block for page in PAGES for block in blocks(page)]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def _of(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


@pytest.mark.parametrize("block", _of("yaml", "yml"), ids=lambda block: block.where)
def test_a_yaml_block_parses(block: Block) -> None:
    """A reader may paste it into a file."""
    yaml.safe_load(block.text)


@pytest.mark.parametrize("block", _of("sh", "bash", "shell"), ids=lambda block: block.where)
def test_a_shell_block_parses(block: Block) -> None:
    """A reader may paste it into a terminal."""
    parsed = subprocess.run(
        ("bash", "-n"), input=block.text, capture_output=True, text=True, check=False
    )

    assert parsed.stderr == ""


def test_every_block_says_its_language() -> None:
    """Otherwise nobody holds it against anything."""
    unnamed = [block.where for block in BLOCKS if not block.language]

    assert unnamed == []


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    """A page that moved takes the links to it along."""
    broken = [
        f"{page.relative_to(TOP)}: {target}"
        for page in PAGES
        for target in LINK.findall(page.read_text())
        if not urlsplit(target).scheme
        and not target.startswith("#")
        and not (page.parent / target.partition("#")[0]).exists()
    ]

    assert broken == []


def test_every_decision_has_the_four_headings() -> None:
    """A decision is a question, an answer, reasons, and what would change our mind."""
    pages = tracked("docs/decisions/[0-9]*.md")
    headings = [re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE) for page in pages]

    assert pages
    assert [["Question", "Answer", "Reasons", "What would change our mind"]] * len(
        pages
    ) == headings
