"""Every Jenkinsfile that TVM ever had, run dry; and today's in the circumstances of CI.

    python tests/end_to_end/tvm_history.py CLONE [--newest N] [--failures]

CLONE is a git clone of apache/tvm with its history; nothing in it is touched. Every version
of the root Jenkinsfile and of the files under ci/jenkins since 2017 is run as a branch
build, each text once. Today's generated files are also run as a pull request, and both ways
with each `-SPOT` label unserved. Exit code 0 says that all but TVM's own faults ended
SUCCESS; what failed is listed with its error, newest first.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci.engine.rehearsal import Circumstances, Rehearsals, Script
from tlcci.inventory import Host, Inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tlcci.engine.observed import Seen

PATHS = ("Jenkinsfile", "ci/jenkins")
JENKINSFILE = re.compile(
    r"Jenkinsfile|ci/jenkins/(generated/)?\w+_jenkinsfile\.groovy|ci/jenkins/\w+\.groovy"
)
MOST_FAULTS = 6
BOOLEAN_LOGIC = "2022-06-01"  # since about then `a && b` is a boolean, not b, in Jenkins

BRANCH = {"BRANCH_NAME": "main"}
PULL_REQUEST = {
    "BRANCH_NAME": "PR-1",
    "CHANGE_ID": "1",
    "CHANGE_TARGET": "main",
    "CHANGE_BRANCH": "topic",
    "CHANGE_AUTHOR": "someone",
    "CHANGE_TITLE": "A change",
    "CHANGE_URL": "https://example.org/1",
}
GLOBALS = {"CI_NUM_EXECUTORS": "1"}

# What the administrators of TVM's Jenkins approved, for `is_last_build` since February 2025.
APPROVED = (
    "method org.jenkinsci.plugins.workflow.support.steps.build.RunWrapper getRawBuild",
    "field hudson.model.Run project",
    "method hudson.model.Job getLastBuild",
    "method hudson.model.Run getNumber",
    "method jenkins.model.HistoricalBuild getNumber",
    "staticMethod jenkins.model.Jenkins getInstance",
    "method hudson.model.ItemGroup getItem java.lang.String",
    "method jenkins.model.Jenkins getItem java.lang.String",
)

# Only labels of machines that are not spot ones, and no alias that stands for those.
ON_DEMAND = Inventory(
    hosts=tuple(
        Host(label.lower(), connection="local", workdir="/dry", labels=(label,))
        for label in ("CPU", "CPU-SMALL", "GPU", "ARM", "ARM-GRAVITON3")
    )
)


@dataclass(frozen=True)
class Version:
    """A file as a commit left it: *blob* is its text's hash."""

    commit: str
    date: str
    path: str
    blob: str

    def __str__(self) -> str:
        return f"{self.date} {self.commit[:10]} {self.path}"


def git(clone: Path, *args: str) -> str:
    """Return what git prints."""
    return subprocess.run(
        ["git", "-C", str(clone), *args], check=True, capture_output=True, text=True
    ).stdout


def versions(clone: Path) -> list[Version]:
    """Return each (commit, file) of HEAD's history that changed a Jenkinsfile, newest first."""
    log = git(
        clone,
        *("log", "-m", "--full-history", "--since=2017-01-01", "--no-renames", "--raw"),
        *("--no-abbrev", "--date=short", "--format=@%H %cd", "HEAD", "--", *PATHS),
    )
    found: dict[tuple[str, str], Version] = {}
    commit = date = ""
    for line in log.splitlines():
        if line.startswith("@"):
            commit, date = line[1:].split()
        elif line.startswith(":"):
            facts, path = line.split("\t")
            *_, blob, status = facts.split()
            if status != "D" and JENKINSFILE.fullmatch(path):
                found.setdefault((commit, path), Version(commit, date, path, blob))
    return list(found.values())


def file_of(clone: Path, commit: str, path: str) -> str | None:
    """Return the text of a file in *commit*, None where there is none."""
    shown = subprocess.run(
        ["git", "-C", str(clone), "show", f"{commit}:{path}"], capture_output=True, check=False
    )
    return shown.stdout.decode("utf-8", "replace") if shown.returncode == 0 else None


def rehearse(
    rehearsals: Rehearsals, clone: Path, version: Version, circumstances: Circumstances
) -> Seen:
    """Run one version dry, the files around it being those of its commit."""
    text = git(clone, "cat-file", "blob", version.blob)
    read = partial(file_of, clone, version.commit)
    return rehearsals.run(Script(text, version.path, read), circumstances)


def run_history(
    clone: Path, newest: int | None, tell: Callable[[str], None]
) -> dict[Version, Seen]:
    """Run each text of the history once and return the runs that did not end SUCCESS."""
    every = versions(clone)
    texts: dict[tuple[str, str], list[Version]] = {}
    for version in every:
        texts.setdefault((version.path, version.blob), []).append(version)
    chosen = list(texts.values())[:newest]
    circumstances = Circumstances(branch=BRANCH, globals=GLOBALS, approved=APPROVED)
    of_its_time = replace(circumstances, gives_operands=True)
    failed: dict[Version, Seen] = {}
    older = 0
    with Rehearsals() as rehearsals:
        for same in chosen:
            seen = rehearse(rehearsals, clone, same[0], circumstances)
            if seen.result != "SUCCESS" and same[0].date < BOOLEAN_LOGIC:
                seen = rehearse(rehearsals, clone, same[0], of_its_time)
                older += len(same) if seen.result == "SUCCESS" else 0
            if seen.result != "SUCCESS":
                failed |= dict.fromkeys(same, seen)
    count = sum(map(len, chosen))
    tell(f"{len(chosen)} texts, {count} versions; SUCCESS: {count - len(failed)} versions")
    tell(f"{older} of these need the && of their time: today node('A' && 'B') asks for true")
    for (error, line), number in Counter(map(_said, failed.values())).most_common():
        tell(f"{number} x line {line}: {error}")
    return failed


def today(clone: Path) -> Iterator[tuple[str, Seen]]:
    """Yield the run of each of today's files in each of the circumstances."""
    commit = git(clone, "rev-parse", "HEAD").strip()
    listed = git(clone, "ls-tree", "HEAD", "ci/jenkins/generated/").splitlines()
    with Rehearsals() as rehearsals:
        for entry in listed:
            facts, path = entry.split("\t")
            version = Version(commit, "today", path, facts.split()[2])
            for kind, branch in (("branch", BRANCH), ("pull request", PULL_REQUEST)):
                plain = Circumstances(branch=branch, globals=GLOBALS, approved=APPROVED)
                yield f"{path}, {kind}", rehearse(rehearsals, clone, version, plain)
                fallback = Circumstances(
                    inventory=ON_DEMAND, branch=branch, globals=GLOBALS, approved=APPROVED
                )
                seen = rehearse(rehearsals, clone, version, fallback)
                yield f"{path}, {kind}, no spot machine", seen


def _said(seen: Seen) -> tuple[str, int | None]:
    return (seen.error or seen.result).split("\n")[0][:160], seen.line


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for; print as it goes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clone", type=Path)
    parser.add_argument("--newest", type=int, help="only so many texts")
    parser.add_argument("--failures", action="store_true", help="list each version that failed")
    given = parser.parse_args(arguments)
    are_good = True
    for what, seen in today(given.clone):
        are_good &= seen.result == "SUCCESS"
        print(f"{seen.result} {seen.seconds:.2f} s {len(seen.steps)} steps: {what}")
        if seen.error:
            print(f"    line {seen.line}: {seen.error}")
    failed = run_history(given.clone, given.newest, print)
    if given.failures:
        for version, seen in failed.items():
            error, line = _said(seen)
            print(f"{version}:{line}: {error}")
    return 0 if are_good and len(failed) <= MOST_FAULTS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
