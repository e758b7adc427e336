"""Reading JUnit XML and counting tests as Jenkins' junit step does."""

from __future__ import annotations

from dataclasses import dataclass


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
