"""`sh` and its kin: a script on the machine, as the Durable Task plugin runs it."""

from __future__ import annotations

import asyncio
import codecs
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tlcci.engine.build import timestamp
from tlcci.engine.definition import Param, Step
from tlcci.engine.failures import Failure, abort
from tlcci.engine.processes import NODE_COOKIE
from tlcci.engine.sites import Script
from tlcci.results.masks import Masker
from tlcci.transport import Cancellation

if TYPE_CHECKING:
    from tlcci.engine.program import Call
    from tlcci.transport import Result

_DURABLE = "org.jenkinsci.plugins.workflow.steps.durable_task"
_GRACE_S = 20.0  # from TERM to KILL; Jenkins gives up after this time
_AHEAD = 1 << 20  # bytes of output that may be on their way to the log
_PARAMS = (
    Param("script"),
    Param("encoding", default=None),
    Param("label", default=None),
    Param("returnStdout", "bool", default=False),
    Param("returnStatus", "bool", default=False),
)


async def _sh(call: Call) -> Any:  # noqa: ANN401 - nothing, a status or text
    script = call.args["script"]
    encoding = call.args["encoding"]
    if encoding is not None and not _is_charset(encoding):
        raise Failure("java.nio.charset.UnsupportedCharsetException", encoding)
    if not script:
        call.log("Warning: was asked to run an empty script")
    run = _Running(call, script)
    call.on_interrupt = run.interrupt
    result = await run.run()
    return _outcome(call, run, result)


def _is_charset(name: str) -> bool:
    """Return whether *name* is a charset."""
    try:
        return bool(codecs.lookup(name))
    except LookupError:
        return False


def _outcome(call: Call, run: _Running, result: Result) -> Any:  # noqa: ANN401
    asks_status = call.args["returnStatus"]
    if (asks_status and run.interruption is None) or result.status == 0:
        if asks_status:
            return result.status
        return run.captured() if call.args["returnStdout"] else None
    if call.args["returnStdout"]:
        run.show_captured()
    if run.interruption is not None:
        call.log(f"script returned exit code {result.status}")
        raise run.interruption
    raise abort(f"script returned exit code {result.status}")


class _Running:
    """One script being run: its output on the way to the log, its end on demand."""

    def __init__(self, call: Call, script: str) -> None:
        self._call = call
        self._cancel = Cancellation()
        self._stdout: list[bytes] = []
        self.interruption: Failure | None = None
        cwd = call.context.cwd or "/"
        path = f"{cwd}@tmp/durable-{secrets.token_hex(4)}/script.sh"
        self._cookie = f"durable-{secrets.token_hex(16)}"
        self._site = call.build.site(call.context)
        argv = (path,) if script.startswith("#!") else ("/bin/sh", "-xe", path)
        env = call.build.shell_env(call.context)
        container = call.context.container
        if container:
            # `--env NAME` takes the value from the environment: no secret in an argv.
            named = [word for name in env for word in ("--env", name)]
            argv = ("docker", "exec", "--workdir", cwd, *named, container, *argv)
        env["JENKINS_SERVER_COOKIE"] = self._cookie
        cookie = f"{NODE_COOKIE}={env.get(NODE_COOKIE)}"
        if cookie in call.build.node_cookies:  # a script's own value is no business of ours
            call.build.node_cookies[cookie] = True
        self._env = env
        self._script = Script(script.encode("utf-8", "surrogateescape"), path, argv, cwd)

    async def run(self) -> Result:
        """Run the script to its end; its output goes to the log as it comes."""
        call, context = self._call, self._call.context
        captures = call.args["returnStdout"]
        slot = context.slot
        if slot is None:
            raise abort("sh outside of a node")
        command = replace(
            self._site.prepare(self._script, self._env),
            merge=not captures,
            keep_background=True,
            grace_s=_GRACE_S,
        )
        loop = asyncio.get_running_loop()
        stream = call.build.record.console.stream(
            call.id,
            Masker(context.secrets) if context.secrets else None,
            timestamp if context.timestamps else None,
        )
        feed = _Feed(loop, stream.feed, context.on_output)
        call.build.running.add(self._cancel)
        try:
            return await asyncio.to_thread(
                self._site.run(slot),
                command,
                on_stdout=self._stdout.append if captures else feed,
                on_stderr=feed if captures else None,
                cancel=self._cancel,
            )
        finally:
            call.build.running.discard(self._cancel)
            try:
                feed.drain()
            finally:
                stream.close()
                self._site.tidy(self._script)

    def show_captured(self) -> None:
        """Print what the script wrote to standard output, as the script has failed."""
        text = self.captured()
        if text:
            self._call.log(text.removesuffix("\n"))

    def captured(self) -> str:
        """Return what the script wrote to standard output."""
        encoding = self._call.args["encoding"] or "utf-8"
        return b"".join(self._stdout).decode(encoding, "replace")

    def interrupt(self, failure: Failure) -> None:
        """End the script: TERM, and KILL after a while; the step ends when it has ended."""
        if self.interruption is None:
            self.interruption = failure
            self._call.log("Sending interrupt signal to process")
        cookie = f"JENKINS_SERVER_COOKIE={self._cookie}"
        loop = asyncio.get_running_loop()
        self._ending = loop.run_in_executor(
            None, self._site.end_tree, cookie, self._cancel, _GRACE_S
        )


class _Feed:
    """Carries output from the transport's thread to the log's, a bounded amount at a time.

    The two work side by side: what comes while a piece is written goes with the next one,
    so a program that writes many small pieces costs few changes of threads.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, sink: Any, on_output: Any) -> None:  # noqa: ANN401
        self._loop = loop
        self._sink = sink
        self._on_output = on_output
        self._room = threading.Condition()
        self._pieces: list[bytes] = []
        self._size = 0
        self._fault: Exception | None = None

    def __call__(self, piece: bytes) -> None:
        """Take a piece on the transport's thread; wait while too much is on its way."""
        with self._room:
            self._room.wait_for(lambda: self._fault or self._size < _AHEAD)
            if self._fault:
                raise self._fault
            self._pieces.append(piece)
            self._size += len(piece)
            if len(self._pieces) == 1:
                self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        with self._room:
            pieces, self._pieces, self._size = self._pieces, [], 0
            self._room.notify()
        if not pieces or self._fault:
            return
        try:
            self._sink(b"".join(pieces))
            for touch in self._on_output:
                touch()
        except Exception as error:  # noqa: BLE001 - raised where the output comes from
            self._fault = error

    def drain(self) -> None:
        """Bring what is still on its way to the log, on the log's thread."""
        self._take()
        if self._fault:
            raise self._fault


async def _bat(_call: Call) -> None:
    message = "Batch scripts can only be run on Windows nodes"
    raise Failure("java.io.IOException", message)


async def _not_here(call: Call) -> None:
    name = call.step.name
    raise abort(f"{name}: this machine does not run {name} scripts (it is not Windows)")


STEPS = (
    Step("sh", _sh, _PARAMS, sole="script", type_name=f"{_DURABLE}.ShellStep", needs_node=True),
    Step(
        "bat",
        _bat,
        _PARAMS,
        sole="script",
        type_name=f"{_DURABLE}.BatchScriptStep",
        needs_node=True,
    ),
    Step(
        "powershell",
        _not_here,
        _PARAMS,
        sole="script",
        type_name=f"{_DURABLE}.PowershellScriptStep",
        needs_node=True,
    ),
    Step(
        "pwsh",
        _not_here,
        _PARAMS,
        sole="script",
        type_name=f"{_DURABLE}.PowerShellCoreScriptStep",
        needs_node=True,
    ),
)
