#!/usr/bin/env python3
"""Run one shard of a folder's unittest cases and write them down as JUnit XML.

SHARD of NUM_SHARDS (both from the environment, 1 of 1 without) chooses the cases.
"""

import os
import sys
import time
import unittest
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET


class _JUnitResult(unittest.TextTestResult):
    """Keep an XML element for each case."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.cases: list[ET.Element] = []
        self._started = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        """Begin a case and its clock."""
        super().startTest(test)
        self._started = time.monotonic()
        classname, _, name = test.id().rpartition(".")
        self.cases.append(ET.Element("testcase", classname=classname, name=name))

    def stopTest(self, test: unittest.TestCase) -> None:
        """End a case with its time."""
        super().stopTest(test)
        self.cases[-1].set("time", f"{time.monotonic() - self._started:.4f}")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        """Note that a case was skipped, and why."""
        super().addSkip(test, reason)
        ET.SubElement(self.cases[-1], "skipped", message=reason)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        """Note a failed assertion."""
        super().addFailure(test, err)
        self._note("failure", err, self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        """Note an unexpected exception."""
        super().addError(test, err)
        self._note("error", err, self.errors[-1][1])

    def _note(self, kind: str, err: Any, trace: str) -> None:
        ET.SubElement(self.cases[-1], kind, message=str(err[1])).text = trace


def _cases(suite: unittest.TestSuite) -> list[unittest.TestCase]:
    found: list[unittest.TestCase] = []
    for item in suite:
        found += _cases(item) if isinstance(item, unittest.TestSuite) else [item]
    return found


def main(folder: str, results: str) -> int:
    """Run the shard; return 0 when every case passed."""
    shard, shards = int(os.environ.get("SHARD", "1")), int(os.environ.get("NUM_SHARDS", "1"))
    cases = _cases(unittest.TestLoader().discover(folder))[shard - 1 :: shards]
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=_JUnitResult)
    result: Any = runner.run(unittest.TestSuite(cases))
    suite = ET.Element(
        "testsuite",
        name=os.environ.get("TEST_STEP_NAME", "unittest"),
        tests=str(result.testsRun),
        failures=str(len(result.failures)),
        errors=str(len(result.errors)),
        skipped=str(len(result.skipped)),
    )
    suite.extend(result.cases)
    target = Path(results) / f"shard-{shard}.xml"
    ET.ElementTree(suite).write(target, encoding="utf-8", xml_declaration=True)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
