"""One build: what its script may ask, its log, its result and its flow graph."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tlcci import paths
from tlcci.engine.context import Context
from tlcci.engine.environment import Environment, is_shell_name
from tlcci.engine.parameters import as_declared, default_of
from tlcci.engine.sites import Site, Sites
from tlcci.events import NoteAdded, ResultSet
from tlcci.results.flow import FlowGraph
from tlcci.results.masks import Masker
from tlcci.results.outcomes import worse_result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tlcci.backends import Slot
    from tlcci.engine.contracts import Recorder, Sources
    from tlcci.engine.credentials import Credentials
    from tlcci.engine.definition import Step
    from tlcci.engine.failures import Failure
    from tlcci.engine.history import History
    from tlcci.engine.program import Call
    from tlcci.engine.scheduler import Scheduler
    from tlcci.transport import Cancellation


@dataclass
class BuildSettings:
    """What a build is given from outside, before its script says anything.

    *globals* are the controller's global variables; *params* the parameters by name
    as the person gave them.
    """

    job: str
    number: int
    params: dict[str, Any] = field(default_factory=dict)
    globals: Mapping[str, str] = field(default_factory=dict)
    branch: Mapping[str, str] = field(default_factory=dict)
    obtained: str = ""
    user: str = "user"
    dry: bool = False
    only_stage: str | None = None


class Build:
    """The build that a program belongs to."""

    running: set[Cancellation]  # scripts that run now
    node_cookies: dict[str, bool]  # of the `node` blocks: whether they ran any
    is_declarative = False  # whether its script has run a `pipeline` block

    def __init__(  # noqa: PLR0913 - the parts of a build, put together in one place
        self,
        settings: BuildSettings,
        record: Recorder,
        steps: dict[str, Step],
        *,
        scheduler: Scheduler,
        source: Sources,
        credentials: Credentials,
        history: History,
    ) -> None:
        self.settings = settings
        self.record = record
        self.steps = steps
        self.scheduler = scheduler
        self.source = source
        self.credentials = credentials
        self.history = history
        self.started = time.time()
        self.result: str | None = None
        self.display_name = f"#{settings.number}"
        self.description: str | None = None
        self.keep_log = False
        self.set_variables: dict[str, str] = {}
        self.declared_params: dict[str, Any] = {}
        self.stashes: dict[str, Any] = {}
        self.milestone: int | None = None
        self.step_failures: dict[tuple[str, str | None], tuple[Call, Failure]] = {}
        self.flow = FlowGraph()
        self.stage_fidelity: dict[str, dict[str, set[str]]] = {}
        self.reads: set[str] = set()
        self.aborted = False
        self.is_past_stage = False
        self.definitions: list[dict[str, Any]] = []
        self.labels_used: dict[str, list[int]] = {}
        self.credentials_used: list[tuple[str | None, str, int]] = []
        self.prompt: Callable[[str, dict[str, Any]], dict[str, Any] | None] | None = None
        self.locks: dict[str, asyncio.Lock] = {}
        self.sites = Sites()
        self.running, self.node_cookies = set(), {}
        self._given = dict(settings.params)
        self.settings.params = {n: _typed(v) for n, v in settings.params.items()}
        self.declare_parameters(self.history.definitions(), first=True)
        self.environment = self._own_environment()

    # -- the log ---------------------------------------------------------------------

    def log(
        self,
        text: str,
        context: Context | None = None,
        step: str | None = None,
        *,
        soon: bool = False,
    ) -> None:
        """Print *text* as a step's output, its secrets masked; *soon* as the console has it."""
        context = context or Context()
        self.record.console.write_line(
            text,
            step=step,
            masker=Masker(context.secrets) if context.secrets else None,
            prefix=timestamp if context.timestamps else None,
            soon=soon,
        )

    def note(
        self, text: str, *, level: str = "note", reference: str = "", line: int | None = None
    ) -> None:
        """Tell the person something that is not in Jenkins' log."""
        self.record.emit(NoteAdded(text=text, level=level, reference=reference, line=line))

    def kill_scripts(self) -> None:
        """End every script and what it started, now: the run cannot go on."""
        for cancel in list(self.running):
            cancel.kill()
        self.sites.kill_all(self.node_cookies)

    def close(self) -> None:
        """Give back what is held of machines."""
        self.sites.close()
        self.scheduler.close()

    def site(self, context: Context) -> Site:
        """Return the machine that a step at *context* works on."""
        return self.sites.of(context.slot)

    # -- the result ------------------------------------------------------------------

    def worsen(self, result: str, step: str | None = None) -> None:
        """Set the result unless it is already worse."""
        worse = worse_result(self.result, result)
        if worse not in {self.result, "SUCCESS"}:
            self.result = worse
            self.record.emit(ResultSet(result=result, step=step))

    @property
    def current_result(self) -> str:
        """Return the result so far, SUCCESS when nothing was said."""
        return self.result or "SUCCESS"

    def fidelity_of(self, stage: str) -> tuple[str, tuple[str, ...]]:
        """Return how true *stage* was, the least true first, and why."""
        known = self.stage_fidelity.get(stage, {})
        for fidelity in ("skipped", "emulated", "shimmed", "aliased"):
            if fidelity in known:
                return fidelity, tuple(sorted(known[fidelity]))
        return "real", tuple(sorted(known.get("real", ())))

    def mark(self, context: Context, fidelity: str, reason: str) -> None:
        """Record that the stages around *context* were less than real."""
        for stage in context.stages:
            self.stage_fidelity.setdefault(stage, {}).setdefault(fidelity, set()).add(reason)

    def causes(self) -> list[dict[str, Any]]:
        """Return why the build runs, in Jenkins' words: a person started it."""
        return [
            {
                "_class": "hudson.model.Cause$UserIdCause",
                "shortDescription": f"Started by user {self.settings.user}",
                "userId": self.settings.user,
                "userName": self.settings.user,
            }
        ]

    # -- the environment -------------------------------------------------------------

    def env(self, context: Context) -> Environment:
        """Return the environment of a step that stands at *context*."""
        env = Environment()
        if context.slot:
            env.update(self.site(context).environment)
            env.update(context.slot.machine.environment)
        env.update(self.environment)
        env.update(self._param_variables())
        env.override(self.set_variables)
        for layer in context.overrides:
            env.override(layer)
        return env

    def shell_env(self, context: Context) -> dict[str, str]:
        """Return what a command gets over its machine's own environment."""
        return {name: value for name, value in self.env(context).items() if is_shell_name(name)}

    def labels_of(self, slot: Slot) -> str:
        """Return the labels of a machine as NODE_LABELS has them: its own, then its name."""
        return self.scheduler.label_text(slot.machine.name)

    def declare_parameters(
        self, definitions: list[dict[str, Any]], *, first: bool = False
    ) -> None:
        """Take the job's parameters: the defaults show at once, unknown ones do not count.

        With *first* they are those that an earlier build left, if any did; then each has
        been given a value, its default where the person gave none.
        """
        if first and not definitions:
            return
        if first:
            self._given = {one["name"]: default_of(one) for one in definitions} | self._given
        self.definitions = definitions
        self.declared_params = {one["name"]: default_of(one) for one in definitions}
        kinds = {one["name"]: one for one in definitions}
        self.settings.params = {
            name: as_declared(kinds[name], value)
            for name, value in self._given.items()
            if name in kinds
        }

    async def ask_person(self, message: str, args: dict[str, Any]) -> dict[str, Any] | None:
        """Ask the person at the terminal; None is a no, and so is no terminal."""
        return await asyncio.to_thread(self.prompt, message, args) if self.prompt else None

    def params(self) -> dict[str, Any]:
        """Return what `params` shows: what was given, over the declared defaults."""
        return {**self.declared_params, **self.settings.params}

    def _param_variables(self) -> dict[str, str]:
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in self.settings.params.items()
        }

    def _own_environment(self) -> Environment:
        settings = self.settings
        job, number = settings.job, settings.number
        path = "/job/".join(part for part in job.split("/"))
        display = f"http://localhost:8080/job/{path}/{number}/display/redirect"
        root = "http://localhost:8080/"
        env = Environment(settings.globals)
        env.update(
            {
                "BUILD_DISPLAY_NAME": f"#{number}",
                "BUILD_ID": str(number),
                "BUILD_NUMBER": str(number),
                "BUILD_TAG": f"jenkins-{job.replace('/', '-')}-{number}",
                "BUILD_URL": f"{root}job/{path}/{number}/",
                "CI": "true",
                "HUDSON_HOME": str(paths.state_home()),
                "HUDSON_SERVER_COOKIE": "tlcci",
                "HUDSON_URL": root,
                "JENKINS_HOME": str(paths.state_home()),
                "JENKINS_SERVER_COOKIE": "durable-tlcci",
                "JENKINS_URL": root,
                "JOB_BASE_NAME": job.rsplit("/", 1)[-1],
                "JOB_DISPLAY_URL": f"{root}job/{path}/display/redirect",
                "JOB_NAME": job,
                "JOB_URL": f"{root}job/{path}/",
                "RUN_ARTIFACTS_DISPLAY_URL": f"{display}?page=artifacts",
                "RUN_CHANGES_DISPLAY_URL": f"{display}?page=changes",
                "RUN_DISPLAY_URL": display,
                "RUN_TESTS_DISPLAY_URL": f"{display}?page=tests",
            }
        )
        env.update(settings.branch)
        return env


def _typed(given: Any) -> Any:  # noqa: ANN401 - a parameter's value
    """Return a value of a parameter nobody declared: true and false are booleans."""
    return given == "true" if given in {"true", "false"} else given


def timestamp() -> bytes:
    """Return the prefix of a line under `timestamps`, as the Timestamper plugin writes it."""
    now = dt.datetime.now(dt.UTC)
    return f"[{now.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}] ".encode()
