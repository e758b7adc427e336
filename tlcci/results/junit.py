"""Reading JUnit XML and counting tests as Jenkins' junit step does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NO_REPORT = "No test report files were found. Configuration error?"

# What is kept of what a failing test said; all of it is in the report itself.
_MESSAGE_LENGTH = 4000


@dataclass(frozen=True)
class FailedTest:
    """A test that failed: its class, its name and what it said."""

    class_name: str
    name: str
    message: str = ""


@dataclass(frozen=True)
class TestReport:
    """Totals of tests, and those that failed; reports of several files add up."""

    __test__ = False  # pytest would collect a class of this name

    total: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple[FailedTest, ...] = ()

    def __add__(self, other: TestReport) -> TestReport:
        """Return the report of both."""
        return TestReport(
            self.total + other.total,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.failures + other.failures,
        )

    @property
    def passed(self) -> int:
        """How many tests ran and did not fail."""
        return self.total - self.failed - self.skipped

    def totals(self) -> dict[str, int]:
        """Return what run.json says under `tests`."""
        return {"total": self.total, "failed": self.failed, "skipped": self.skipped}


def read_reports(reports: Iterable[Path]) -> TestReport:
    """Return the report of all *reports* together."""
    whole = TestReport()
    for path in reports:
        whole += read_report(path)
    return whole


def read_report(path: Path) -> TestReport:
    """Return what one file tells.

    An empty file, and a file named `*.xml` that is no XML, count as one failed test, for
    a test runner that died leaves such files. Raise ValueError for a file of another
    name that is no XML, with Jenkins' words.
    """
    if path.stat().st_size == 0:
        return _broken(path, "[empty]", f"Test report file {path} was length 0")
    try:
        return _Cases(path).read()
    except ET.ParseError as error:
        if path.suffix != ".xml":
            raise ValueError(
                f"Failed to read {path}\nIs this really a JUnit report file? "
                "Your configuration must be matching too many files"
            ) from error
        return _broken(
            path, "[failed-to-read]", f"Failed to read test report file {path}\n{error}"
        )


def _broken(path: Path, name: str, message: str) -> TestReport:
    return TestReport(1, 1, 0, (FailedTest(path.name, name, message),))


class _Cases:
    """Counts the cases of one file while it is read, so that its size does not matter."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._total = 0
        self._skipped = 0
        self._failures: list[FailedTest] = []
        self._open: list[ET.Element] = []

    def read(self) -> TestReport:
        # expat fetches nothing from outside and bounds what entities may grow to.
        parts = ET.iterparse(self._path, events=("start", "end"))  # noqa: S314
        for event, element in parts:
            if event == "start":
                self._open.append(element)
            else:
                self._open.pop()
                self._close(element)
        return TestReport(
            self._total, len(self._failures), self._skipped, tuple(self._failures)
        )

    def _close(self, element: ET.Element) -> None:
        if not self._is_in_suite():
            # A child of a case: kept until the case is read.
            return
        suite = self._open[-1]
        if element.tag == "testcase":
            self._count(element, element.get("classname") or suite.get("name"))
        elif element.tag == "error" and suite.find("error") is element:
            # The class of the suite could not even be loaded.
            self._total += 1
            self._failures.append(FailedTest("<init>", suite.get("name") or "", _said(element)))
        if element.tag not in ("error", "testcase"):
            element.clear()
        elif element.tag == "testcase":
            suite.remove(element)

    def _is_in_suite(self) -> bool:
        """Say whether all that is open around is the root and suites in it."""
        return bool(self._open) and all(one.tag == "testsuite" for one in self._open[1:])

    def _count(self, case: ET.Element, class_name: str | None) -> None:
        name = case.get("name") or ""
        if class_name is None:
            class_name, _, name = name.rpartition(".")
        fault = case.find("error")
        if fault is None:
            fault = case.find("failure")
        self._total += 1
        if case.find("skipped") is not None:
            self._skipped += 1
        elif fault is not None:
            self._failures.append(FailedTest(class_name, name, _said(fault)))


def _said(fault: ET.Element) -> str:
    return (fault.get("message") or (fault.text or "").strip())[:_MESSAGE_LENGTH]
