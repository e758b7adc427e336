"""JUnit reports, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlcci.results.junit import FailedTest, read_report, read_reports

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<testsuite name="g"><testcase classname="g" name="a"/></testsuite>', (1, 0, 0)),
        (
            (
                '<testsuites><testsuite name="b"><testcase classname="b" name="ok"/>'
                '<testcase classname="b" name="f"><failure message="m">t</failure></testcase>'
                '<testcase classname="b" name="e"><error type="T">boom</error></testcase>'
                "</testsuite></testsuites>"
            ),
            (3, 2, 0),
        ),
        (
            (
                '<testsuite><testcase classname="s" name="s"><skipped message="why"/>'
                "</testcase></testsuite>"
            ),
            (1, 0, 1),
        ),
        (
            '<testsuite><testcase name="s"><skipped/><failure/></testcase></testsuite>',
            (1, 0, 1),
        ),
        (
            (
                '<testsuite name="o"><testcase name="a"/><testsuite name="i">'
                '<testcase name="b"/></testsuite></testsuite>'
            ),
            (2, 0, 0),
        ),
        ('<testsuite name="o"><error message="no class"/></testsuite>', (1, 1, 0)),
        ('<testsuite><other><testcase name="a"/></other></testsuite>', (0, 0, 0)),
        ("<html/>", (0, 0, 0)),
        ('<testsuite name="e"><testcase', (1, 1, 0)),
        ("", (1, 1, 0)),
    ],
)
def test_tests_are_counted_as_jenkins_counts(
    tmp_path: Path, text: str, expected: tuple[int, int, int]
) -> None:
    """One row is one report: total, failed, skipped."""
    path = tmp_path / "r.xml"
    path.write_text(text)

    report = read_report(path)

    assert expected == (report.total, report.failed, report.skipped)


def test_a_failing_test_keeps_its_name_and_words(tmp_path: Path) -> None:
    """Class, name and message come from the case, or else from what is around it."""
    path = tmp_path / "r.xml"
    path.write_text(
        '<testsuite name="suite"><testcase name="f"><failure message="m">t</failure></testcase>'
        '<testcase classname="C" name="g"><error> boom\n</error></testcase></testsuite>'
    )

    report = read_report(path)

    assert (FailedTest("suite", "f", "m"), FailedTest("C", "g", "boom")) == report.failures


def test_reports_add_up(tmp_path: Path) -> None:
    """Several files make one report."""
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text('<testsuite><testcase name="x.y"/></testsuite>')

    report = read_reports(sorted(tmp_path.iterdir()))

    assert {"total": 2, "failed": 0, "skipped": 0} == report.totals()
    assert report.passed == 2


def test_a_file_that_is_no_report_is_refused_with_jenkins_words(tmp_path: Path) -> None:
    """A text file that a pattern caught by mistake stops the step."""
    path = tmp_path / "r.txt"
    path.write_text("hello")

    with pytest.raises(ValueError, match="matching too many files"):
        read_report(path)


def test_entities_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    """A report of a few lines cannot fill the memory."""
    path = tmp_path / "r.xml"
    lines = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 20}">' for i in range(1, 12))
    path.write_text(
        f'<!DOCTYPE t [<!ENTITY e0 "boom">{lines}]>'
        '<testsuite><testcase name="a"><failure>&e11;</failure></testcase></testsuite>'
    )

    report = read_report(path)

    assert report.failures[0].name == "[failed-to-read]"
