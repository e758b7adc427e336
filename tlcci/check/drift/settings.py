"""What the controller holds for builds: credentials and global variables."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tlcci.check.drift.place import Drift
from tlcci.check.drift.terraform import Named
from tlcci.check.drift.words import closest, hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.drift.asked import Asked
    from tlcci.check.drift.place import Place
    from tlcci.check.drift.production import Production

# What Jenkins, its plugins and a shell's login set, whoever the controller is.
JENKINS_OWN = re.compile(
    r"(BUILD|JOB|NODE|EXECUTOR|WORKSPACE|JENKINS|HUDSON|RUN|STAGE|GIT|BRANCH|CHANGE|TAG"
    r"|LIBRARY)(_\w+)?|CI|HOME|PATH|PWD|USER|SHELL|LANG|TERM|LOGNAME|SSH_\w+|TMPDIR"
)

_READ_FILE = r"\$\{readFile(?:Base64)?:([^}\s]+)\}"
_WRITTEN = r"""^\s*dest: *["']?([^"'\s]+)|>>? *["']?(/[^"'\s]+)"""


def missing_credentials(asked: Asked, given: Production) -> Iterator[Drift]:
    """A credential that a Jenkinsfile binds and the controller has not."""
    known = {one.name for one in given.credentials}
    look = given.look_for("credentials")
    for name, (need, place) in asked.credentials().items():
        near = closest(name, given.credentials)
        there = near.place if near else look
        if name not in known and there:
            yield Drift(
                "credential-missing",
                "error",
                f"binds the credential {name} ({need.kind}), which the controller has not"
                + hint(name, near),
                place,
                there,
            )


def unused_credentials(asked: Asked, given: Production) -> Iterator[Drift]:
    """A credential that neither a Jenkinsfile nor the configuration itself uses."""
    needed = asked.credentials()
    uses = [Named(name, place) for name, (_, place) in needed.items()]
    for one in given.credentials:
        if one.name in needed or one.name in given.used_credentials:
            continue
        near = closest(one.name, uses)
        yield Drift(
            "credential-unused",
            "note",
            f"holds the credential {one.name}, which no Jenkinsfile, job or agent here uses",
            one.place,
            near.place if near else asked.top,
        )


def unread_variables(asked: Asked, given: Production) -> Iterator[Drift]:
    """A global variable that nothing in the checkout's CI reads."""
    read = asked.variables()
    for one in given.variables:
        if asked.mention(one.name):
            continue
        near = closest(one.name, read)
        yield Drift(
            "variable-unread",
            "note",
            f"sets {one.name} for every build, which no Jenkinsfile or script of it reads",
            one.place,
            near.place if near else asked.top,
        )


def unset_variables(asked: Asked, given: Production) -> Iterator[Drift]:
    """A variable that a Jenkinsfile reads and nothing sets."""
    known = {one.name for one in given.variables} | given.machine_variables
    known |= {one for needs in asked.needs for one in needs.parameters}
    known |= {v for needs in asked.needs for one in needs.credentials for v in one.variables}
    look = given.look_for("jenkins", "globalNodeProperties") or given.look_for("jenkins")
    for one in asked.variables():
        if (
            one.name in known
            or JENKINS_OWN.fullmatch(one.name)
            or _is_assigned(asked, one.name)
        ):
            continue
        near = closest(one.name, given.variables)
        there = near.place if near else look
        if there:
            yield Drift(
                "variable-unset",
                "warning",
                f"reads {one.name}, which neither the controller nor a machine sets"
                + hint(one.name, near),
                one.place,
                there,
            )


def unwritten_secrets(asked: Asked, given: Production) -> Iterator[Drift]:
    """A file that the controller reads a secret from, and that nothing brings there."""
    del asked
    casc = {path for path, _ in given.casc}
    written = [Named(path, at) for path, at in _written(given)]
    others = [text for path, text in given.files.texts.items() if path not in casc]
    for found, place in given.files.find(
        _READ_FILE, *{PurePosixPath(one).name for one in casc}
    ):
        name = PurePosixPath(found[1]).name
        said = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        if place.path in casc and not any(said.search(text) for text in others):
            near = closest(found[1], written)
            text = (
                f"reads a secret from {found[1]}, and nothing here brings a file of that name"
            )
            if near:  # where people bring them by hand, nothing is said
                yield Drift("secret-file-missing", "warning", text, place, near.place)


def _written(given: Production) -> Iterator[tuple[str, Place]]:
    """Yield the files that playbooks and scripts put somewhere."""
    for found, place in given.files.find(_WRITTEN, "*.yml", "*.yaml", "*.sh", "*.tf"):
        yield found[1] or found[2], place


def _is_assigned(asked: Asked, name: str) -> bool:
    """Return whether a Jenkinsfile sets *name* itself, by assignment or in `withEnv`."""
    pattern = re.compile(rf"\benv\.{name}\s*=(?!=)|[\"']{name}(\+\w+)?=")
    return any(pattern.search(asked.text(path)) for path in asked.jenkinsfiles)


RULES = (
    missing_credentials,
    unused_credentials,
    unread_variables,
    unset_variables,
    unwritten_secrets,
)
