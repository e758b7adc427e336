"""The program as it runs: its green threads, the steps they wait for, and interruptions.

Everything here happens on the event loop's thread. A step is an asyncio task (or, when it
is synchronous, a plain call); the body of a block step is a green thread of its own, whose
end the step awaits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tlcci.engine.definition import Step, bind, is_closure, named
from tlcci.engine.failures import Failure, failure_of, missing_node
from tlcci.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tlcci.engine.bridge import Bridge, Message
    from tlcci.engine.build import Build
    from tlcci.engine.context import Context


@dataclass(frozen=True)
class BodyValue:
    """What a body ended with; the value itself stays in the JVM, *plain* is it if simple."""

    thread: int
    plain: Any = None


@dataclass(frozen=True)
class BodyValues:
    """What several bodies ended with, by name (the value of `parallel`)."""

    threads: dict[str, int]


@dataclass(eq=False)
class GreenThread:
    """The main script, or the body of a block step."""

    id: int
    context: Context
    parent: Call | None
    ended: asyncio.Future[BodyValue]
    flow: Any = None
    body: Any = None
    waiting: Call | None = None
    interruption: Failure | None = None


@dataclass(eq=False)
class Call:
    """One step being done."""

    id: str
    step: Step
    thread: GreenThread
    line: int
    args: dict[str, Any]
    closures: int = 0
    program: Program = field(repr=False, default=None)  # type: ignore[assignment]  # set at once
    bodies: list[GreenThread] = field(default_factory=list)
    task: asyncio.Task[Any] | None = None
    on_interrupt: Callable[[Failure], None] | None = None
    interruption: Failure | None = None
    is_begun: bool = False
    flow: Any = None
    wire_id: int = 0
    raw: Any = None
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        """Return where the step stands."""
        return self.thread.context

    @property
    def build(self) -> Build:
        """Return the build that the step belongs to."""
        return self.program.build

    def log(self, text: str) -> None:
        """Print *text* as the step's output."""
        self.build.log(text, self.context, self.id)
        for touch in self.context.on_output:
            touch()

    async def body(
        self,
        context: Context | None = None,
        *,
        closure: int = -1,
        label: str | None = None,
        args: Sequence[Any] = (),
    ) -> BodyValue:
        """Run a closure of the step as its body and return its value.

        Raises the Failure that the body ended with.
        """
        return await self.start_body(context, closure=closure, label=label, args=args).ended

    def start_body(
        self,
        context: Context | None = None,
        *,
        closure: int = -1,
        label: str | None = None,
        args: Sequence[Any] = (),
        flow: Any = None,  # noqa: ANN401 - a head of the flow graph
    ) -> GreenThread:
        """Start a closure of the step as a green thread; the last one by default."""
        index = closure if closure >= 0 else self.closures - 1
        if index < 0:
            raise Failure("java.lang.IllegalStateException", "There's no body to invoke")
        message = {"t": "body", "id": self.wire_id, "closure": index, "args": list(args)}
        return self.program.start_thread(
            self, context or self.context, label, message, flow=flow
        )

    def interrupt(self, failure: Failure) -> None:
        """End the innermost steps under this one with *failure*; blocks see it pass."""
        active = [thread for thread in self.bodies if not thread.ended.done()]
        if active:
            for thread in active:
                interrupt_thread(thread, failure)
        elif self.on_interrupt:
            self.on_interrupt(failure)
        elif self.task and not self.task.done():
            self.interruption = failure
            if self.is_begun:  # a task that is cancelled before it begins would answer nothing
                self.task.cancel()


def interrupt_thread(thread: GreenThread, failure: Failure) -> None:
    """End what *thread* waits for with *failure*, or the next step it begins."""
    if thread.ended.done():
        return
    if thread.waiting:
        thread.waiting.interrupt(failure)
    else:
        thread.interruption = failure


class Host(Protocol):
    """What a program needs of the build it belongs to."""

    steps: dict[str, Step]

    def answer(self, what: str, facts: dict[str, Any], thread: GreenThread) -> Any:  # noqa: ANN401
        """Answer a question of the script's, such as the value of `env.X`."""

    def step_begins(self, call: Call) -> None:
        """Note that *call* begins; the log shows it."""

    def step_ends(self, call: Call, failure: Failure | None) -> None:
        """Note that *call* ended."""

    def body_begins(self, thread: GreenThread, label: str | None) -> None:
        """Note that a body begins."""

    def body_ends(self, thread: GreenThread, failure: Failure | None) -> None:
        """Note that a body ended."""

    def warn(self, text: str, thread: GreenThread) -> None:
        """Print *text* into the log."""


class Program:
    """Runs one Jenkinsfile in the JVM; `run` returns when its main thread has ended."""

    def __init__(self, bridge: Bridge, host: Host, build: Build) -> None:
        self.build = build
        self._bridge = bridge
        self._host = host
        self._threads: dict[int, GreenThread] = {}
        self._last_thread = 0
        self._last_step = 1
        self._stop: Failure | None = None
        self._dead: asyncio.Future[None] | None = None
        self.main: GreenThread | None = None

    async def run(self, start: Message, context: Context, flow: Any) -> BodyValue:  # noqa: ANN401
        """Start the program and wait for its end.

        Raises the Failure that the script ended with, `NotCompiled` when it does not
        compile, and EngineDiedError when the JVM went away.
        """
        loop = asyncio.get_running_loop()
        self._dead = loop.create_future()
        self.main = self._new_thread(0, None, context)
        self.main.flow = flow
        self._bridge.open(self._receive, self._died)
        self._bridge.send({"t": "start", **start})
        ends: set[asyncio.Future[Any]] = {self.main.ended, self._dead}
        await asyncio.wait(ends, return_when="FIRST_COMPLETED")
        if self._dead.done():
            await self._dead
        return await self.main.ended

    def interrupt(self, failure: Failure) -> None:
        """Interrupt everything that runs, as a user's stop does.

        Jenkins lets the program come to rest first: each branch waits for a step then.
        """
        self._stop = failure
        self._stop_at_rest()

    def _stop_at_rest(self) -> None:
        waiting = [thread.waiting for thread in self._threads.values()]
        if self._stop and self.main and all(call and call.is_begun for call in waiting):
            failure, self._stop = self._stop, None
            interrupt_thread(self.main, failure)

    def start_thread(
        self,
        call: Call,
        context: Context,
        label: str | None,
        message: Message,
        *,
        flow: Any = None,  # noqa: ANN401 - a head of the flow graph
    ) -> GreenThread:
        """Start what *message* says as a thread under *call*."""
        self._last_thread += 1
        thread = self._new_thread(self._last_thread, call, context)
        thread.flow = flow or call.thread.flow
        call.bodies.append(thread)
        self._host.body_begins(thread, label)
        self._bridge.send({**message, "thread": thread.id})
        return thread

    def _new_thread(self, number: int, parent: Call | None, context: Context) -> GreenThread:
        thread = GreenThread(
            number, context, parent, asyncio.get_running_loop().create_future()
        )
        self._threads[number] = thread
        return thread

    def _died(self, error: Exception) -> None:
        if self._dead and not self._dead.done():
            self._dead.set_exception(error)

    def _receive(self, message: Message) -> None:
        try:
            self._take(message)
        except Exception as error:  # noqa: BLE001 - it ends the run, which raises it
            self._died(error)

    def _take(self, message: Message) -> None:
        kind = message["t"]
        if kind == "ask":
            self._answer(message)
        elif kind == "step":
            self._begin(message)
        elif kind == "done":
            self._end_thread(message)
        elif kind == "compile-error" and self.main:
            self.main.ended.set_exception(NotCompiledError(message))

    def _answer(self, message: Message) -> None:
        thread = self._threads[message["thread"]]
        try:
            if message["what"] == "step":
                facts = message["facts"]
                value = self._do_sync(thread, facts["name"], facts["args"], message["line"])
            else:
                facts = {**message["facts"], "line": message["line"]}
                value = self._host.answer(message["what"], facts, thread)
        except Failure as failure:
            self._bridge.send({"t": "answer", **failure.to_wire()})
        except Exception as error:
            self._died(error)  # the program waits for an answer that will not come
            raise
        else:
            self._bridge.send({"t": "answer", "value": value})

    def _new_call(self, thread: GreenThread, name: str, line: int, args: list[Any]) -> Call:
        self._last_step += 1
        call = Call(str(self._last_step), self._host.steps[name], thread, line, {})
        call.program = self
        call.raw = next((arg for arg in args if not is_closure(arg)), None)
        return call

    def _do_sync(self, thread: GreenThread, name: str, args: list[Any], line: int) -> object:
        call = self._new_call(thread, name, line, args)
        self._host.step_begins(call)
        try:
            self._bind(call, args)
            value = call.step.run(call)
        except Failure as failure:
            self._host.step_ends(call, failure)
            raise
        except (MachineError, OSError) as error:
            seen = self._translated(call, error)
            self._host.step_ends(call, seen)
            raise seen from error
        self._host.step_ends(call, None)
        return value

    def _begin(self, message: Message) -> None:
        thread = self._threads[message["thread"]]
        call = self._new_call(thread, message["name"], message["line"], message["args"])
        call.wire_id = message["id"]
        call.closures = _count_closures(message["args"])
        thread.waiting = call
        self._host.step_begins(call)
        if "unsaved" in message:
            self._refuse(call, Failure.from_wire(message["unsaved"]))
            return
        call.task = asyncio.get_running_loop().create_task(self._do(call, message["args"]))
        if thread.interruption:
            failure, thread.interruption = thread.interruption, None
            call.interrupt(failure)

    def _refuse(self, call: Call, failure: Failure) -> None:
        """End a step before it begins: Jenkins could not save the program at this point."""
        call.thread.waiting = None
        self._host.step_ends(call, failure)
        self._bridge.send({"t": "resume", "id": call.wire_id, **failure.to_wire()})

    def _bind(self, call: Call, args: list[Any]) -> None:
        if call.interruption:
            raise call.interruption
        warn = self._host.warn
        call.given = named(call.step, args)
        call.args = bind(call.step, args, lambda text: warn(text, call.thread))
        if call.step.needs_node and call.context.cwd is None:
            raise missing_node(call.step.called, call.step.lacks)

    async def _do(self, call: Call, args: list[Any]) -> None:
        reply: Message
        failure: Failure | None = None
        call.is_begun = True
        if self._stop:
            asyncio.get_running_loop().call_soon(self._stop_at_rest)
        try:
            self._bind(call, args)
            reply = _reply(await call.step.run(call))
        except Failure as error:
            failure, reply = error, error.to_wire()
        except asyncio.CancelledError:
            if call.interruption is None:
                raise
            failure, reply = call.interruption, call.interruption.to_wire()
        except (MachineError, OSError) as error:
            failure = self._translated(call, error)
            reply = failure.to_wire()
        except Exception as error:
            self._died(error)
            raise
        self._host.step_ends(call, failure)
        call.thread.waiting = None
        self._bridge.send({"t": "resume", "id": call.wire_id, **reply})

    def _translated(self, call: Call, error: MachineError | OSError) -> Failure:
        """Return what the script sees of a fault that no step knows; a person sees all."""
        if isinstance(error, MachineError):
            self.build.note(
                str(error), level="error", reference=error.reference, line=call.line
            )
        return failure_of(error)

    def _end_thread(self, message: Message) -> None:
        thread = self._threads.pop(message["thread"])
        failure = Failure.from_wire(message["error"]) if "error" in message else None
        if self._stop:
            asyncio.get_running_loop().call_soon(self._stop_at_rest)
        if thread.parent:
            self._host.body_ends(thread, failure)
        if failure:
            thread.ended.set_exception(failure)
        else:
            thread.ended.set_result(BodyValue(thread.id, message.get("value")))


class NotCompiledError(Exception):
    """The script does not compile; *facts* are the compiler's."""

    def __init__(self, facts: Message) -> None:
        super().__init__(facts["message"])
        self.facts = facts


def _reply(value: object) -> Message:
    if isinstance(value, BodyValue):
        return {"body": value.thread}
    if isinstance(value, BodyValues):
        return {"bodies": value.threads}
    return {"value": value}


def _count_closures(value: Any) -> int:  # noqa: ANN401 - a JSON value
    if is_closure(value) or not isinstance(value, dict | list):
        return int(is_closure(value))
    return sum(map(_count_closures, value.values() if isinstance(value, dict) else value))
