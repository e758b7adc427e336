"""What the compiler says of Declarative Jenkinsfiles that are not sound: faults and places."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tlcci.engine.classes import JARS, engine_jar
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java

TESTS = Path(__file__).parents[3]
CASES = sorted((TESTS / "cases" / "declarative").glob("*/Jenkinsfile"))


@pytest.fixture(scope="module")
def faults() -> dict[str, str]:
    """Return the faults of every case by its name: one JVM compiles them all."""
    try:
        java = find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    jars = sorted(JARS.glob("*.jar"))
    if not jars:
        pytest.skip(str(JarsMissingError(str(JARS))))
    classpath = ":".join(map(str, [engine_jar(java), *jars]))
    script = TESTS / "parts" / "compile_faults.groovy"
    argv = [
        str(java.program),
        "-cp",
        classpath,
        "groovy.ui.GroovyMain",
        str(script),
        *map(str, CASES),
    ]
    printed = subprocess.run(argv, check=True, capture_output=True, text=True, encoding="utf-8")
    blocks = (block.split("\n", 1) for block in printed.stdout.split("== ")[1:])
    return {Path(path).parent.name: text for path, text in blocks}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_a_fault_is_told_with_its_place(case: Path, faults: dict[str, str]) -> None:
    """Each case folder is a Jenkinsfile beside its faults, in the order of their telling."""
    expected = (case.parent / "expected.txt").read_text("utf-8")

    assert expected == faults[case.parent.name]
