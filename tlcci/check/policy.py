"""How one rehearsal answers its steps: what shells say, and which `node` fails."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tlcci.engine.dry import dry_steps
from tlcci.engine.failures import interruption
from tlcci.engine.observed import path_of
from tlcci.jenkinsfile.labels import LabelSyntaxError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlcci.engine.definition import Step
    from tlcci.engine.program import Call

_ANSWER = re.compile(r"answer-of-line-(\d+)")


@dataclass(frozen=True)
class Policy:
    """The answers of one rehearsal.

    *status* is what a shell returns unless *statuses* has its line; the first `node` in
    each of the *failing* paths ends as one whose machine went away.
    """

    status: int = 2
    statuses: Mapping[int, int] = field(default_factory=dict)
    failing: frozenset[tuple[str, ...]] = frozenset()

    def steps(self, steps: dict[str, Step]) -> dict[str, Step]:
        """Return *steps* with no effect and these answers."""
        return _Answers(self).over(dry_steps(steps))


def answer_at(line: int) -> str:
    """Return the text that a step at *line* answers with."""
    return f"answer-of-line-{line}"


def line_of_answer(text: str) -> int | None:
    """Return the line of the step whose answer *text* holds, None if it holds none."""
    found = _ANSWER.search(text)
    return int(found.group(1)) if found else None


class _Answers:
    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._failed: set[tuple[str, ...]] = set()

    def over(self, steps: dict[str, Step]) -> dict[str, Step]:
        node = steps["node"]
        self._node = node.run
        self._read = steps["readFile"].run
        anything = tuple(dataclasses.replace(one, kind="any") for one in node.params)
        shells: dict[str, Step] = {
            name: dataclasses.replace(steps[name], run=self._shell)
            for name in ("sh", "bat", "powershell", "pwsh")
            if name in steps
        }
        return {
            **steps,
            **shells,
            "node": dataclasses.replace(node, run=self._on_node, params=anything),
            "readFile": dataclasses.replace(steps["readFile"], run=self._read_file),
        }

    async def _on_node(self, call: Call) -> Any:  # noqa: ANN401 - the body's value
        path = path_of(call.thread)
        if path in self._policy.failing and path not in self._failed:
            self._failed.add(path)
            raise interruption("the machine went away")
        if not _is_label(call.args["label"]):
            call.args["label"] = None
        return await self._node(call)

    async def _shell(self, call: Call) -> Any:  # noqa: ANN401 - nothing, a status or text
        if call.args["returnStatus"]:
            return self._policy.statuses.get(call.line, self._policy.status)
        return answer_at(call.line) if call.args["returnStdout"] else None

    async def _read_file(self, call: Call) -> str:
        return call.build.source.read(call.args["file"]) or answer_at(call.line)


def _is_label(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse(value)
    except LabelSyntaxError:
        return False
    return True
