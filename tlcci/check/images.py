"""The images that containers are made of, by the variables that hold them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tlcci.check.needs import ImageNeed
from tlcci.check.policy import line_of_answer
from tlcci.check.shell import read_shell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tlcci.check.programs import Programs
    from tlcci.engine.observed import StepUse
    from tlcci.jenkinsfile.source import Source

_ENGINES = frozenset({"docker", "podman", "nvidia-docker"})
_STEPS = frozenset({"dockerRun", "dockerWithRun", "withDockerContainer"})
_FLAGS = frozenset(
    [
        "--no-gpu",
        "-i",
        "-t",
        "-it",
        "-ti",
        "--interactive",
        "--tty",
        "--rm",
        "--privileged",
        "--init",
        "-d",
        "--detach",
        "--dry-run",
        "--net=host",
        "--read-only",
        "-P",
    ]
)


def images(
    texts: Mapping[str, Sequence[StepUse]],
    source: Source,
    programs: Programs,
    uses: Sequence[StepUse],
) -> tuple[ImageNeed, ...]:
    """Return the images that a run makes containers of."""
    found: dict[str, ImageNeed] = {}
    asked = [
        (image, one)
        for text, ones in texts.items()
        for image in _run(text, programs)
        for one in ones
    ]
    asked += [(str(use.argument("image")), use) for use in uses if use.name in _STEPS]
    for image, use in asked:
        name, tag = _named(image, source)
        old = found.get(name, ImageNeed(name, tag, (), ()))
        found[name] = ImageNeed(
            name,
            old.tag or tag,
            tuple(dict.fromkeys((*old.stages, "/".join(use.path)))),
            tuple(dict.fromkeys((*old.lines, use.line))),
        )
    named = [one for one in found.values() if one.name in source.assigned.values()]
    # A variable that is still empty leaves the command in the image's place.
    return tuple(named or (one for one in found.values() if one.name[:1] not in "./"))


def _run(text: str, programs: Programs) -> Iterator[str]:
    """Return the images that *text* runs, by an engine or a script that starts one."""
    for command in read_shell(text).commands:
        words = list(command.words)
        if words[0] in _ENGINES and words[1:2] in (["run"], ["create"]):
            rest = _behind_options(words[2:])
        elif "/" in words[0] and _starts_container(words, programs):
            rest = _behind_options(words[1:])
            # A script that is given an image and no command builds it, and runs nothing.
            rest = [] if len(rest) < 2 or rest[1].startswith("--") else rest  # noqa: PLR2004
        else:
            continue
        yield from rest[:1]


def _starts_container(words: list[str], programs: Programs) -> bool:
    """Return whether a script starts containers; of one that is not here, whether it may.

    It may when it is given one word and then a script of the checkout.
    """
    path = programs.script_at(words[0], "")
    if path:
        return path in programs.starts_containers
    command = words[2] if len(words) > 2 else ""  # noqa: PLR2004 - script, image, command
    return "/" in command and programs.script_at(command, "") is not None


def _behind_options(words: list[str]) -> list[str]:
    """Return *words* from the first that is neither an option nor an option's value."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 1 if words[at] in _FLAGS or "=" in words[at] else 2
    return words[at:]


def _named(image: str, source: Source) -> tuple[str, str | None]:
    """Return the variable that holds *image* (else the image), and what is known of it."""
    line = line_of_answer(image)
    if line is not None:
        return source.assigned.get(line, shlex.quote(image)), None
    for name, value in source.literals.items():
        if value == image:
            return name, image
    return image, image if "/" in image or ":" in image else None
