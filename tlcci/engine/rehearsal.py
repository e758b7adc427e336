"""Dry runs without a checkout or a record: what Jenkinsfiles ask for, many on one JVM.

    with Rehearsals() as rehearsals:
        seen = rehearsals.run(Script(text, "Jenkinsfile"), Circumstances())

A rehearsal evaluates every expression that the run comes by and no step has an effect.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tlcci.backends import Machine
from tlcci.engine.bridge import Bridge
from tlcci.engine.build import Build, BuildSettings
from tlcci.engine.context import Context
from tlcci.engine.credentials import read_credentials
from tlcci.engine.dry import DryBackend, dry_steps
from tlcci.engine.failures import Failure
from tlcci.engine.history import History
from tlcci.engine.jvm import take_jvm
from tlcci.engine.narrator import flow_error
from tlcci.engine.observed import Observer, Seen
from tlcci.engine.program import NotCompiledError, Program
from tlcci.engine.scheduler import Scheduler
from tlcci.engine.sites import LocalSite
from tlcci.engine.start import start_message
from tlcci.engine.steps import STEPS
from tlcci.errors import TlcciError
from tlcci.events import NoteAdded
from tlcci.inventory import Host, Inventory
from tlcci.results.flow import FlowError
from tlcci.results.stages import stages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Self

    from tlcci.engine.definition import Step
    from tlcci.engine.jvm import Jvm
    from tlcci.events import Event
    from tlcci.results.artifacts import Artifact
    from tlcci.results.console import LogStream

# A lab in which one machine serves every label.
ANY_LABEL = Inventory(
    hosts=(Host("dry", connection="local", workdir="/dry"),), aliases={"*": "dry"}
)


@dataclass(frozen=True)
class Script:
    """A Jenkinsfile's text, the name of its file, and how to read its neighbours."""

    text: str
    file: str = "Jenkinsfile"
    read: Callable[[str], str | None] = lambda _path: None


@dataclass(frozen=True)
class Circumstances:
    """In what a script is rehearsed.

    *branch* holds the variables that a branch or pull-request job sets, *globals* the
    controller's. *gives_operands* is the `&&` of Jenkins until mid-2022, for old scripts.
    *limit_s* is how long a script may take that does not end by itself.
    *steps* makes the steps that answer without effect.
    """

    inventory: Inventory = ANY_LABEL
    branch: Mapping[str, str] = field(default_factory=dict)
    globals: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    job: str = "rehearsal"
    number: int = 1
    approved: tuple[str, ...] = ()
    sandbox: bool = True
    gives_operands: bool = False
    limit_s: float = 120.0
    steps: Callable[[dict[str, Step]], dict[str, Step]] = dry_steps


class Rehearsals:
    """Rehearses scripts one after the other; a JVM that died or hung is replaced."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._jvm: Jvm | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._jvm:
            self._jvm.kill()
        self._runner.close()

    def run(self, script: Script, circumstances: Circumstances) -> Seen:
        """Rehearse *script* and return what it asked for.

        A script that fails, does not compile or does not end in time is a result too.
        """
        if self._jvm is None:
            self._jvm = take_jvm()
        rehearsal = _Rehearsal(script, circumstances)
        try:
            return self._runner.run(rehearsal.run(self._jvm))
        except (TlcciError, TimeoutError) as error:
            self._jvm.kill()
            self._jvm = None
            text = str(error) or f"it did not end within {circumstances.limit_s:g} s"
            return rehearsal.seen("FAILURE", text, None)


async def rehearse(jvm: Jvm, script: Script, given: Circumstances) -> Seen:
    """Rehearse *script* on *jvm*, which can run another program after it.

    Raises TimeoutError when it does not end in time and EngineDiedError when the JVM
    went away; the JVM is of no use then.
    """
    return await _Rehearsal(script, given).run(jvm)


class _Rehearsal:
    def __init__(self, script: Script, circumstances: Circumstances) -> None:
        self._script = script
        self._circumstances = circumstances
        self._recorder = _Memory()
        self._began = time.monotonic()
        self._build = _build(script, circumstances, self._recorder)
        self._observer = Observer(self._build)

    async def run(self, jvm: Jvm) -> Seen:
        bridge = Bridge(jvm, asyncio.get_running_loop())
        program = Program(bridge, self._observer, self._build)
        given, build = self._circumstances, self._build
        start = start_message(
            self._script.text,
            build.steps,
            sandbox=given.sandbox,
            approved=given.approved,
            gives_operands=given.gives_operands,
        )
        failure: Failure | None = None
        try:
            async with asyncio.timeout(given.limit_s):
                await program.run(start, Context(), build.flow.head)
        except Failure as error:
            failure = error
        except NotCompiledError as error:
            fault = error.facts["faults"][0] if error.facts["faults"] else {}
            build.flow.finish(FlowError(error.facts["type"], error.facts["message"]))
            text = f"{error.facts['type']}: {fault.get('message', error.facts['message'])}"
            return self.seen("FAILURE", text, fault.get("line"))
        finally:
            bridge.send({"t": "stop"})
            bridge.close()
        return self._ended(failure)

    def _ended(self, failure: Failure | None) -> Seen:
        build = self._build
        if failure is None:
            build.flow.finish(None)
            return self.seen(build.current_result, None, None)
        build.flow.finish(flow_error(failure))
        build.worsen(failure.build_result)
        text = f"{failure.type}: {failure.message}"
        return self.seen(build.current_result, text, failure.line)

    def seen(self, result: str, error: str | None, line: int | None) -> Seen:
        """Return what was seen until now."""
        build = self._build
        shown = stages(build.flow, finished=True, build_result=result)
        return Seen(
            result,
            error,
            line,
            tuple((stage["name"], stage["status"]) for stage in shown),
            self._observer.uses,
            build.declared_params,
            frozenset(build.reads),
            tuple(
                event
                for event in self._recorder.events
                if isinstance(event, NoteAdded) and event.level == "finding"
            ),
            tuple(self._recorder.lines),
            time.monotonic() - self._began,
        )


def _build(script: Script, given: Circumstances, recorder: _Memory) -> Build:
    settings = BuildSettings(
        given.job, given.number, dict(given.params), given.globals, given.branch, dry=True
    )
    machines = [
        Machine(host.name, host.all_labels, 1, host.workdir or "/dry", host.env)
        for host in given.inventory.hosts
    ]
    build = Build(
        settings,
        recorder,
        given.steps(STEPS),
        scheduler=Scheduler(given.inventory, DryBackend(machines), given.job),
        source=_TextSource(script, given.branch.get("BRANCH_NAME", "main")),
        credentials=read_credentials(None),
        history=_NoHistory(given.job, given.number),
    )
    build.sites.here = LocalSite({})
    return build


class _TextSource:
    """Sources that are one text, with as much around it as the script's *read* finds."""

    commit = "0" * 40
    url = "file:///dry"

    def __init__(self, script: Script, branch: str) -> None:
        self._script = script
        self._branch = branch
        self.change_sets: list[dict[str, Any]] = []

    @property
    def git_branch(self) -> str:
        return f"origin/{self._branch}"

    def read(self, path: str) -> str | None:
        if path == self._script.file:
            return self._script.text
        return self._script.read(path)

    def take(self, *_: object) -> dict[str, str]:
        raise _effect("a checkout")

    def scm_facts(self) -> dict[str, Any]:
        remote = {"url": self.url, "name": "origin", "refspec": "", "credentialsId": None}
        branches = [{"name": f"*/{self._branch}"}]
        return {"branches": branches, "userRemoteConfigs": [remote], "extensions": []}


class _NoHistory(History):
    """The history of a job that never ran."""

    def _numbers(self) -> list[int]:
        return []


class _Memory:
    """A record in memory: the log's lines and the events; a dry run keeps no files."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[Event] = []

    @property
    def console(self) -> Self:
        return self

    @property
    def folder(self) -> Path:
        raise _effect("a folder")

    def flush(self) -> None:
        """Nothing is held back."""

    def write_line(self, text: str, **_: object) -> None:
        self.lines.append(text)

    def stream(self, *_: object) -> LogStream:
        raise _effect("output")

    def step_log(self, step: str) -> Path:
        raise _effect(f"the log of step {step}")

    def emit(self, event: Event, *, soon: bool = False) -> None:  # noqa: ARG002 - as a record does
        self.events.append(event)

    def archive(self, *_: object) -> Artifact:
        raise _effect("an artifact")

    def add_tests(self, *_: object) -> None:
        raise _effect("tests")


def _effect(what: str) -> RuntimeError:
    return RuntimeError(f"a step of a dry run came with {what}")
