"""What Jenkinsfiles need, by rehearsing them in every circumstance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tlcci.check.checkout import check_files, find_jenkinsfiles
from tlcci.check.served import Surroundings, exit_code, serve
from tlcci.engine.classes import JARS
from tlcci.engine.credentials import Credentials
from tlcci.engine.errors import JarsMissingError, JavaMissingError
from tlcci.engine.java import find_java
from tlcci.errors import InputError
from tlcci.inventory import Host, Inventory

if TYPE_CHECKING:
    from pathlib import Path

    from tlcci.check.checkout import Checked

SCRIPT = """\
image = 'example/build:1'
def latest() {
  return currentBuild.number == currentBuild.rawBuild.number
}
def windows() { bat 'dir' }
def work(kind) {
  node(kind) {
    withCredentials([string(credentialsId: 'token', variable: 'TOKEN')]) {
      sh "docker run --rm ${image} make"
    }
    sh "put --bucket parts-of-${kind}"
  }
}
stage('Look') { node('SMALL') { docs = sh(returnStatus: true, script: 'git diff --quiet') } }
stage('Build') {
  if (docs != 1) {
    parallel('one': {
      try { work('SPOT') } catch (Throwable ex) { if (latest()) { work('PLAIN') } }
    }, 'two': { node('LARGE') { stash name: 'out', includes: 'x' } })
  }
}
if (env.BRANCH_NAME == 'main' && env.DEPLOY == 'yes') {
  stage('Deploy') { node('SMALL') { unstash 'out' } }
}
"""


@pytest.fixture(scope="module", autouse=True)
def _interpreter() -> None:
    """Skip, and say what is missing, where there is no JVM or no interpreter."""
    try:
        find_java()
    except JavaMissingError as missing:
        pytest.skip(str(missing))
    if not any(JARS.glob("*.jar")):
        pytest.skip(str(JarsMissingError(str(JARS))))


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Return what the script needs."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "Jenkinsfile").write_text(SCRIPT)
    (found,) = check_files(folder, find_jenkinsfiles(folder))
    return found


def test_labels_are_found_with_stages_and_as_what(checked: Checked) -> None:
    """A label that is asked for when another machine went away is a fallback."""
    found = {one.expr: (one.stages, one.is_fallback_only) for one in checked.needs.labels}

    assert {
        "SMALL": (("Look", "Deploy"), False),
        "SPOT": (("Build/one",), False),
        "LARGE": (("Build/two",), False),
        "PLAIN": (("Build/one",), True),
    } == found


def test_stages_behind_conditions_are_found(checked: Checked) -> None:
    """Variables that the script compares get the values that it wants."""
    assert ("Look", "Build", "Deploy") == checked.needs.stages
    assert {"Build": ("one", "two")} == checked.needs.parallel


def test_what_a_run_takes_from_outside_is_found(checked: Checked) -> None:
    """Credentials, images, buckets, stashes and variables, each by its name."""
    needs = checked.needs

    assert ["token"] == [one.id for one in needs.credentials]
    assert [("image", "example/build:1")] == [(one.name, one.tag) for one in needs.images]
    assert {"parts-of-SPOT", "parts-of-PLAIN"} == set(needs.s3_buckets)
    assert [("out", "x")] == [(one.name, one.includes) for one in needs.stashes]
    assert {"BRANCH_NAME", "DEPLOY"} == set(needs.env_read)
    assert ("docker", "git", "put") == needs.host_programs


def test_steps_of_methods_never_called_stand_apart(checked: Checked) -> None:
    """A method that nothing calls asks for no Windows machine."""
    assert ("bat",) == checked.needs.unreached_steps


def test_approvals_name_the_expression_that_asks(checked: Checked) -> None:
    """Each refused member is shown as the source writes it."""
    said = [text for one in checked.needs.approvals for text in one.expressions]

    assert ["currentBuild.rawBuild", "currentBuild.rawBuild.number"] == said


def test_what_nobody_serves_comes_first_and_ends_with_1(checked: Checked) -> None:
    """A fallback that nobody serves holds up no run."""
    lab = Inventory(hosts=(Host("box", labels=("SMALL", "SPOT")),))

    rows = serve(checked.needs, Surroundings(lab, Credentials()))

    unserved = [(row.kind, row.name) for row in rows if row.is_unserved]
    assert [("label", "LARGE"), ("credential", "token")] == unserved
    assert rows[0].is_unserved
    assert 1 == exit_code(rows, [checked.needs])


def test_a_checkout_without_a_jenkinsfile_is_an_error(tmp_path: Path) -> None:
    """The error says how to name one."""
    with pytest.raises(InputError) as caught:
        find_jenkinsfiles(tmp_path)

    assert "no-jenkinsfile" == caught.value.reference


def test_a_file_that_does_not_compile_is_unknown_at_its_line(tmp_path: Path) -> None:
    """Nothing else is said of it, and it is no success."""
    (tmp_path / "Jenkinsfile").write_text("node('X') {\n  sh 'a'\n")

    (found,) = check_files(tmp_path, ["Jenkinsfile"])

    assert ["the whole file"] == [one.what for one in found.needs.unknown]
    assert 3 == exit_code([], [found.needs])
