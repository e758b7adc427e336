"""A dry run: every expression is evaluated, and no step has an effect."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from tlcci.backends import Machine, Slot
from tlcci.transport import LocalTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tlcci.engine.definition import Step
    from tlcci.engine.program import Call

# Neither 0 nor 1: scripts take both of these for an answer ("yes, skip", "docs only").
STATUS = 2
TEXT = "dry-run"


async def _nothing(_call: Call) -> None:
    return None


async def _sh(call: Call) -> Any:  # noqa: ANN401 - nothing, a status or text
    if call.args["returnStatus"]:
        return STATUS
    return TEXT if call.args["returnStdout"] else None


async def _read_file(call: Call) -> str:
    path = call.args.get("file") or call.args.get("path")
    return (call.build.source.read(path) if path else None) or TEXT


async def _yes(_call: Call) -> bool:
    return True


async def _checkout(call: Call) -> dict[str, str]:
    source = call.build.source
    return {
        "GIT_BRANCH": source.git_branch,
        "GIT_COMMIT": source.commit,
        "GIT_URL": source.url,
    }


async def _junit(_call: Call) -> dict[str, Any]:
    facts = {"totalCount": 0, "failCount": 0, "skipCount": 0, "passCount": 0}
    return {"$x": "object", "type": "TestResultSummary", "facts": facts}


async def _empty(_call: Call) -> list[Any]:
    return []


async def _map(_call: Call) -> dict[str, Any]:
    return {}


async def _body(call: Call) -> Any:  # noqa: ANN401 - the body's value
    return await call.body()


async def _image(call: Call) -> dict[str, str]:
    return {"$x": "image", "id": call.args["image"]}


async def _container(_call: Call) -> dict[str, str]:
    return {"$x": "container", "id": TEXT}


async def _with_run(call: Call) -> Any:  # noqa: ANN401 - the body's value
    return await call.body(args=[{"$x": "container", "id": TEXT}])


async def _with_credentials(call: Call) -> Any:  # noqa: ANN401 - the body's value
    variables: dict[str, str] = {}
    for binding in call.args["bindings"]:
        given = binding.get("args", binding)
        call.build.credentials_used.append(
            (given.get("credentialsId"), binding.get("name", binding.get("$class")), call.line)
        )
        variables |= {
            str(value): TEXT for key, value in given.items() if key.lower().endswith("variable")
        }
    return await call.body(call.context.with_env(variables))


_ANSWERS: dict[str, Callable[[Call], Any]] = {
    **dict.fromkeys(
        (
            *("deleteDir", "writeFile", "touch", "sleep", "stash", "unstash", "archive"),
            *("archiveArtifacts", "fingerprint", "step", "cleanWs", "build", "input", "tool"),
            *(
                "dockerStop",
                "dockerPort",
                "dockerPull",
                "dockerPush",
                "dockerTag",
                "writeJSON",
                "mail",
                "emailext",
            ),
        ),
        _nothing,
    ),
    **dict.fromkeys(("sh", "bat", "powershell", "pwsh"), _sh),
    "dockerBuild": _image,
    "dockerRun": _container,
    **dict.fromkeys(("withDockerContainer", "withDockerRegistry", "withDockerServer"), _body),
    "dockerWithRun": _with_run,
    "readFile": _read_file,
    "readTrusted": _read_file,
    "fileExists": _yes,
    "checkout": _checkout,
    "git": _checkout,
    "junit": _junit,
    "findFiles": _empty,
    "readJSON": _map,
    "readYAML": _map,
    "withCredentials": _with_credentials,
}


def dry_steps(steps: dict[str, Step]) -> dict[str, Step]:
    """Return *steps* with those that have an effect replaced by ones that have none."""
    return {
        name: dataclasses.replace(step, run=_ANSWERS[name]) if name in _ANSWERS else step
        for name, step in steps.items()
    }


class DryBackend:
    """Executors without end on machines that are never touched."""

    name = "dry"

    def __init__(self, machines: Sequence[Machine]) -> None:
        self._machines = machines

    def machines(self) -> Sequence[Machine]:
        """Return the machines that the run may name."""
        return self._machines

    def acquire(self, machine: Machine, owner: str) -> Slot | None:  # noqa: ARG002 - the protocol's
        """Return an executor; there is always one."""
        return Slot(machine, 0, LocalTransport(machine.name))

    def release(self, slot: Slot) -> None:
        """Take it back."""

    def close(self) -> None:
        """Nothing is held."""
