"""Rehearsals: what dry runs say of Jenkinsfiles, many on one JVM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlcci.engine.classes import JARS
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java
from tlcci.engine.rehearsal import Circumstances, Rehearsals, Script
from tlcci.inventory import Host, Inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.engine.observed import Seen

BUILD = """\
properties([parameters([string(name: 'image', defaultValue: 'none')])])
stage('Build') {
  parallel(
    'one': { node('LARGE') { sh 'make one' } },
    'two': {
      node('SMALL') {
        withCredentials([string(credentialsId: 'token', variable: 'TOKEN')]) {
          sh script: "push ${params.image} ${env.BRANCH_NAME}", label: 'Push'
        }
      }
    },
  )
}
"""
FALLBACK = """\
try {
  node('SPOT') { sh 'make' }
} catch (Throwable ex) {
  node('PLAIN') { sh 'make' }
}
"""
PLAIN_ONLY = Inventory(
    hosts=(Host("host", connection="local", workdir="/dry", labels=("PLAIN",)),)
)


@pytest.fixture(scope="module")
def rehearsals() -> Iterator[Rehearsals]:
    """One JVM for all tests of this file, or a skip that says what is missing."""
    try:
        find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    if not any(JARS.glob("*.jar")):
        pytest.skip(str(JarsMissingError(str(JARS))))
    with Rehearsals() as made:
        yield made


@pytest.fixture
def build(rehearsals: Rehearsals) -> Seen:
    """What BUILD asks for, run as the branch `topic`."""
    return rehearsals.run(Script(BUILD), Circumstances(branch={"BRANCH_NAME": "topic"}))


def test_labels_are_told_with_line_and_path(build: Seen) -> None:
    """Where each `node` stands is known: the line, the stages and branches around it."""
    found = {
        label: [(use.line, use.path) for use in uses] for label, uses in build.labels.items()
    }

    assert {"LARGE": [(4, ("Build", "one"))], "SMALL": [(6, ("Build", "two"))]} == found


def test_credentials_are_told_with_their_variables(build: Seen) -> None:
    """A binding is told with its kind and the variable that it sets."""
    found = [(use.id, use.kind, use.variables, use.line) for use in build.credentials]

    assert [("token", "string", ("TOKEN",), 7)] == found


def test_scripts_are_told_with_their_text_and_node(build: Seen) -> None:
    """The text is the one that the shell would get, values filled in."""
    found = [(use.node, text) for use, text in build.scripts]

    assert [("LARGE", "make one"), ("SMALL", "push none topic")] == found


def test_the_variables_that_a_script_reads_are_told(build: Seen) -> None:
    """What Groovy reads of `env` is known by name."""
    assert frozenset({"BRANCH_NAME"}) == build.env_read


def test_a_label_that_nobody_serves_runs_the_fallback(rehearsals: Rehearsals) -> None:
    """The wait is cancelled, the script catches it, and a finding says so."""
    seen = rehearsals.run(Script(FALLBACK), Circumstances(inventory=PLAIN_ONLY))

    told = [(note.reference, note.line) for note in seen.findings]
    assert ("SUCCESS", ["SPOT", "PLAIN"], [("label-unserved", 2)]) == (
        seen.result,
        list(seen.labels),
        told,
    )


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("echo 'a'\necho missing\n", "groovy.lang.MissingPropertyException", 2),
        (
            "echo 'a'\n}\n",
            "org.codehaus.groovy.control.MultipleCompilationErrorsException",
            2,
        ),
        (
            "node { sh 5 + }",
            "org.codehaus.groovy.control.MultipleCompilationErrorsException",
            1,
        ),
    ],
)
def test_a_failure_is_told_with_its_line(
    rehearsals: Rehearsals, text: str, error: str, line: int
) -> None:
    """What does not run, and what does not compile, names its line."""
    seen = rehearsals.run(Script(text), Circumstances())

    told = (seen.error or "").split(":")[0]
    assert ("FAILURE", error, line) == (seen.result, told, seen.line)


def test_a_script_without_an_end_is_given_up(rehearsals: Rehearsals) -> None:
    """It costs its own time only: the next script runs on a new JVM."""
    endless = rehearsals.run(Script("while (true) { }"), Circumstances(limit_s=2))
    after = rehearsals.run(Script("echo 'still here'"), Circumstances())

    assert ("FAILURE", "it did not end within 2 s", "SUCCESS") == (
        endless.result,
        endless.error,
        after.result,
    )


@pytest.mark.parametrize(
    ("gives_operands", "told"), [(True, "linux"), (False, "true")], ids=["until 2022", "today"]
)
def test_and_is_the_one_of_the_scripts_time(
    rehearsals: Rehearsals, *, gives_operands: bool, told: str
) -> None:
    """`'GPU' && 'linux'` was its last operand, and is a boolean today."""
    script = Script("echo \"${'GPU' && 'linux'}\"")

    seen = rehearsals.run(script, Circumstances(gives_operands=gives_operands))

    assert told == seen.log[-1]
