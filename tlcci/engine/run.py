"""One run of a Jenkinsfile from its checkout to its record."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tlcci.backends import Backend, Machine
from tlcci.backends.static import StaticBackend
from tlcci.engine.bridge import Bridge
from tlcci.engine.build import Build, BuildSettings
from tlcci.engine.context import Context
from tlcci.engine.credentials import read_credentials
from tlcci.engine.dry import DryBackend, dry_steps
from tlcci.engine.ending import end_run
from tlcci.engine.failures import Failure, interruption
from tlcci.engine.history import History
from tlcci.engine.jvm import Jvm, take_jvm
from tlcci.engine.narrator import Narrator, flow_error
from tlcci.engine.preflight import LIMIT_S, look_ahead, refuse_unserved
from tlcci.engine.program import NotCompiledError, Program
from tlcci.engine.rehearsal import Circumstances, Script
from tlcci.engine.scheduler import Scheduler
from tlcci.engine.scm import Source
from tlcci.engine.source import open_checkout
from tlcci.engine.start import start_message
from tlcci.engine.steps import STEPS
from tlcci.inventory import find_inventory
from tlcci.results.flow import FlowError
from tlcci.results.record import (
    RecordWriter,
    RunIdentity,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tlcci.engine.source import Checkout
    from tlcci.events import Event
    from tlcci.inventory import Inventory
    from tlcci.results.runs import RunRecord

_LAST_LINES = 10
_MOST_AT_ONCE = 256
_FIRST_STEP_S = 0.7  # by then the first step has begun, and the class archive may be made


@dataclass(frozen=True)
class RunRequest:
    """What a person asks for: a checkout's Jenkinsfile, run once."""

    checkout: Path
    job: str | None = None
    file: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    globals: Mapping[str, str] = field(default_factory=dict)
    credentials: Path | None = None
    inventory: Path | None = None
    record: Path | None = None
    branch: str | None = None
    pr: int | None = None
    target: str | None = None
    dirty: bool = False
    number: int | None = None
    approved: tuple[str, ...] = ()
    sandbox: bool = True
    dry: bool = False
    stage: str | None = None
    strict_labels: bool = False


@dataclass
class Watchers:
    """Who looks on while a run goes: events, lines of the console, questions."""

    on_event: Callable[[Event], None] | None = None
    on_line: Callable[[str | None, bytes], None] | None = None
    prompt: Callable[[str, dict[str, Any]], dict[str, Any] | None] | None = None


def run_jenkinsfile(request: RunRequest, watchers: Watchers) -> RunRecord:
    """Run the Jenkinsfile and return its record.

    Raises InputError for what a person can mend before a run, and EngineDiedError when the
    JVM went away; the record then says that the run has no end.
    """
    # The JVM takes the longest to start, so it starts before all else.
    jvm = take_jvm()
    held = contextlib.ExitStack()
    try:
        inventory = _inventory(request)
        checkout = open_checkout(
            request.checkout,
            branch=request.branch,
            pr=request.pr,
            target=request.target,
            dirty=request.dirty,
            file=request.file,
        )
        text = checkout.read_jenkinsfile()
        build, record = _prepare(request, inventory, checkout, watchers)
        held.callback(build.close)
        jvm = _look_ahead(request, build, record, jvm, Script(text, read=build.source.read))
        return asyncio.run(_Run(request, build, record, jvm, text).run())
    finally:
        jvm.close()
        held.close()


def _look_ahead(
    request: RunRequest, build: Build, record: RecordWriter, jvm: Jvm, script: Script
) -> Jvm:
    """Say first what will be missing; return the JVM that the run may use."""
    if request.dry:
        return jvm
    settings = build.settings
    given = Circumstances(
        branch=settings.branch,
        globals=settings.globals,
        params=request.params,
        job=settings.job,
        number=settings.number,
        approved=request.approved,
        sandbox=request.sandbox,
        limit_s=LIMIT_S,
    )
    look = look_ahead(jvm, script, given, build.scheduler, build.credentials)
    findings = asyncio.run(look)
    if findings is None:
        jvm.kill()
        return Jvm()
    for finding in findings:
        record.emit(finding)
    if request.strict_labels:
        refuse_unserved(findings, request.file or "Jenkinsfile")
    return jvm


def _inventory(request: RunRequest) -> Inventory:
    """Return the lab; a dry run without one may use every label, this machine stands for it."""
    inventory = find_inventory(request.inventory)
    if request.dry and inventory.path is None:
        anything = {**inventory.aliases, "*": inventory.hosts[0].name}
        return replace(inventory, aliases=anything)
    return inventory


def _prepare(
    request: RunRequest, inventory: Inventory, checkout: Checkout, watchers: Watchers
) -> tuple[Build, RecordWriter]:
    job = request.job or checkout.name
    branch = checkout.environment
    if branch:
        job = f"{job}/{branch['BRANCH_NAME']}"
    number = request.number or History(job, 0).last_number() + 1
    history = History(job, number)
    revision = checkout.revision
    identity = RunIdentity(
        job,
        number,
        str(request.checkout.resolve()),
        revision.commit,
        revision.branch or "",
        dict(request.params),
    )
    credentials = read_credentials(request.credentials)  # a fault must leave no record
    record = RecordWriter.create(identity, request.record)
    if watchers.on_event:
        record.listen(watchers.on_event)
    record.console.watcher = watchers.on_line
    settings = BuildSettings(
        job,
        number,
        dict(request.params),
        request.globals,
        branch,
        checkout.obtained(),
        user=getpass.getuser(),
        dry=request.dry,
        only_stage=request.stage,
    )
    backend = _backend(request, inventory)
    source = Source(checkout, history)
    build = Build(
        settings,
        record,
        dry_steps(STEPS) if request.dry else STEPS,
        scheduler=Scheduler(inventory, backend, record.id),
        source=source,
        credentials=credentials,
        history=history,
    )
    build.prompt = watchers.prompt
    stranger = source.stranger() if request.branch or request.pr else None
    if stranger and not request.dry:
        build.note(
            f"the commit is by {stranger}: its Jenkinsfile and scripts run as you, and may do "
            "all that you may; the sandbox refuses what Jenkins refuses, it isolates nothing",
            level="warning",
            reference="another-author",
        )
    return build, record


def _backend(request: RunRequest, inventory: Inventory) -> Backend:
    if not request.dry:
        return StaticBackend(inventory, ("local", "ssh"))
    machines = [
        Machine(host.name, host.all_labels, 1, host.workdir or "/dry", host.env)
        for host in inventory.hosts
    ]
    return DryBackend(machines)


class _Run:
    """The run itself: from the first line of the log to the last."""

    def __init__(
        self, request: RunRequest, build: Build, record: RecordWriter, jvm: Jvm, text: str
    ) -> None:
        self._request = request
        self._build = build
        self._record = record
        self._jvm = jvm
        self._text = text
        self._program: Program | None = None
        self._interrupts = 0

    async def run(self) -> RunRecord:
        build = self._build
        loop = asyncio.get_running_loop()
        # Each running `sh` holds a thread; asyncio's own pool has cores + 4 of them.
        loop.set_default_executor(ThreadPoolExecutor(_MOST_AT_ONCE, "step"))
        bridge = Bridge(self._jvm, loop)
        self._program = Program(bridge, Narrator(build), build)
        for name in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, ValueError):
                loop.add_signal_handler(name, self._interrupted)
        loop.call_later(_FIRST_STEP_S, self._jvm.archive.make)
        build.log(f"Started by user {build.settings.user}")
        build.log(build.settings.obtained)
        try:
            failure = await self._run_program()
        except BaseException:
            # The scripts would go on, and we would wait for them.
            build.kill_scripts()
            raise
        bridge.close()
        self._jvm.archive.make()
        return end_run(build, self._record, failure, self._request.file or "Jenkinsfile")

    async def _run_program(self) -> Failure | None:
        build, request = self._build, self._request
        start = start_message(
            self._text, build.steps, sandbox=request.sandbox, approved=request.approved
        )
        if self._program is None:
            message = "no program"
            raise RuntimeError(message)
        build.log("[Pipeline] Start of Pipeline")
        failure: Failure | None = None
        try:
            await self._program.run(start, Context(), build.flow.head)
        except Failure as error:
            failure = error
        except NotCompiledError as error:
            return self._not_compiled(error)
        build.flow.finish(flow_error(failure))
        build.log("[Pipeline] End of Pipeline")
        return failure

    def _not_compiled(self, error: NotCompiledError) -> Failure:
        facts = error.facts
        frames = [f"{facts['type']}: {facts['message']}".rstrip("\n")]
        for line in frames:
            self._build.log(line)
        self._build.flow.finish(FlowError(facts["type"], facts["message"]))
        self._build.worsen("FAILURE")
        first = facts["faults"][0] if facts["faults"] else {}
        chain = [
            {"type": facts["type"], "message": facts["message"], "line": first.get("line")}
        ]
        return Failure(facts["type"], first.get("message", facts["message"]), -1, chain=chain)

    def _interrupted(self) -> None:
        """Ctrl-C once asks for an end, twice ends."""
        self._interrupts += 1
        if self._interrupts > 1 or self._program is None:
            self._jvm.kill()
            raise KeyboardInterrupt
        build = self._build
        build.log(f"Aborted by {build.settings.user}")
        build.aborted = True
        self._program.interrupt(interruption(f"Aborted by {build.settings.user}"))
