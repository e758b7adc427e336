"""The page that explains a checkout's CI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tlcci.check.checkout import Checked, check_files, find_jenkinsfiles
from tlcci.check.needs import Act, Needs, StageCourse, Unknown
from tlcci.check.page import write_page
from tlcci.engine.classes import JARS
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java

CHECKOUT = Path(__file__).parents[2] / "cases" / "page"


@pytest.fixture(scope="module")
def page() -> str:
    """Return the page of the case."""
    try:
        find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    if not any(JARS.glob("*.jar")):
        pytest.skip(str(JarsMissingError(str(JARS))))
    return write_page(CHECKOUT, check_files(CHECKOUT, find_jenkinsfiles(CHECKOUT)))


def test_the_page_of_a_checkout(page: str) -> None:
    """As a newcomer reads it; the page beside the Jenkinsfile is the expected one."""
    assert (CHECKOUT / "CI.md").read_text() == page


def test_each_link_leads_to_a_line(page: str) -> None:
    """Of a file of the checkout, from its top."""
    found = re.findall(r"\]\(([^)#]+)#L(\d+)\)", page)
    lines = {path: len((CHECKOUT / path).read_text().splitlines()) for path, _ in found}

    assert found
    assert [] == [(path, line) for path, line in found if not 1 <= int(line) <= lines[path]]


def test_each_sentence_about_the_checkout_has_a_link(page: str) -> None:
    """List items and rows of tables; what explains words is of no file."""
    told = page.partition("## What each Jenkinsfile does")[2]
    items = re.findall(r"^ *(?:-|\d+\.) .*|^\| .*", told, re.MULTILINE)
    heads = re.findall(r"^\| .*(?=\n\|-)", told, re.MULTILINE)

    assert [] == [one for one in items if "#L" not in one and one not in heads]


def test_the_diagram_has_each_stage_and_names_no_box_twice(page: str) -> None:
    """Each arrow joins boxes that there are."""
    diagram = page.partition("```mermaid\n")[2].partition("```")[0]
    boxes = re.findall(r'(?:subgraph )?(\w+)\["', diagram)
    arrows = re.findall(r"(\w+) --> (\w+)", diagram)

    assert len(boxes) == len(set(boxes))
    assert {end for arrow in arrows for end in arrow} <= set(boxes)
    assert [("f0s0", "f0s1"), ("f0s1", "f0s2"), ("f0s2", "f0s3")] == arrows


def test_what_two_jenkinsfiles_do_alike_is_told_once(tmp_path: Path) -> None:
    """The second points to the first."""
    acts = tuple(Act(f"step {number}", number) for number in range(1, 4))
    checked = [
        Checked(Needs(path, course=(StageCourse(("Look",), 1, acts),)), ())
        for path in ("one.groovy", "two.groovy")
    ]

    page = write_page(tmp_path, checked)

    assert 1 == page.count("step 2")
    assert "- does the same as **Look** of [one.groovy](#onegroovy)" in page


def test_a_file_that_could_not_be_read_is_said_so(tmp_path: Path) -> None:
    """The page is still a page."""
    needs = Needs("Jenkinsfile", unknown=(Unknown("the whole file", 3, "unexpected token: }"),))

    page = write_page(tmp_path, [Checked(needs, ())])

    assert "- the whole file: unexpected token: } ([Jenkinsfile:3](Jenkinsfile#L3))\n" in page
    assert "It has no stages ([Jenkinsfile:1](Jenkinsfile#L1)).\n" in page


def test_signs_of_markdown_in_names_stay_what_they_are(tmp_path: Path) -> None:
    """A stage may be called anything."""
    stage = StageCourse(("all *fast* <tests>\n[x86]",), 1, (Act("run `make`", 2),))
    needs = Needs("Jenkinsfile", stages=("all *fast*",), course=(stage,))

    page = write_page(tmp_path, [Checked(needs, ())])

    assert r"**all \*fast\* \<tests> \[x86]**" in page
    assert "1. run `make` ([:2](Jenkinsfile#L2))" in page
    assert r"[Jenkinsfile:1](Jenkinsfile#L1): all \*fast\*" in page
