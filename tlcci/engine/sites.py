"""Where steps do their work: this machine at once, another one through its transport."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import posixpath
import secrets
import shlex
import threading
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Protocol, TypeVar

from tlcci.backends.lease import LeaseKeeper
from tlcci.engine.environment import machine_environment, of_machine
from tlcci.engine.files import Files, LocalFiles
from tlcci.engine.processes import NODE_COOKIE, end_tree, kill_all
from tlcci.engine.remote_files import RemoteFiles
from tlcci.engine.source import Hands, LocalHands, RemoteHands
from tlcci.engine.workspace import held_workspace
from tlcci.errors import MachineError
from tlcci.transport import Cancellation, Command, LocalTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO

    from tlcci.backends import Slot
    from tlcci.transport import Result, Transport
    from tlcci.transport.contract import OnOutput

_T = TypeVar("_T")
_ALIKE = 1000  # workspaces of one name; nobody has as many builds of a job on a machine
_END_S = 60.0  # what looking for processes may take beside the grace they have
_NONE_FOUND = 3
_BYTES = ("utf-8", "surrogateescape")

# The shell that runs the script outlives TERM, to tell its status and to tidy up.
_SCRIPT = """
mkdir -p -- {cwd} {folder} && cd -- {cwd} && cat >{path} && chmod 755 {path} || exit 126
{unset}
trap : TERM
exec 3>&2 2>/dev/null
({command}) 2>&3 3>&-
status=$?
rm -rf -- {folder}
exit $status
"""


@dataclass(frozen=True)
class Script:
    """A script of `sh`: its *text*, the file it goes to, and the words that run it."""

    text: bytes
    path: str
    argv: tuple[str, ...]
    cwd: str

    @property
    def folder(self) -> str:
        """Return the folder that is the script's own."""
        return posixpath.dirname(self.path)


class Site(Protocol):
    """A machine as steps use it; what blocks is done by `do`."""

    @property
    def is_here(self) -> bool:
        """Whether it is this machine."""

    @property
    def files(self) -> Files:
        """Its files."""

    @property
    def hands(self) -> Hands:
        """What does the git work of a checkout there."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Its own environment, as an agent on it would have it."""

    def enter(self) -> None:
        """Learn what `environment` says; called before anything else."""

    def hold_workspace(self, wanted: str) -> AbstractContextManager[str]:
        """Hold the folder *wanted*, or `wanted@2` and so on, and make it."""

    def run(self, slot: Slot) -> Callable[..., Result]:
        """Return what runs a command in *slot*."""

    def prepare(self, script: Script, env: dict[str, str]) -> Command:
        """Return the command that runs *script* with *env* and nothing else."""

    def tidy(self, script: Script) -> None:
        """Remove what `prepare` left."""

    def end_tree(self, cookie: str, cancel: Cancellation, grace_s: float) -> None:
        """End every process whose environment has *cookie*, leaves first."""

    def kill_all(self, cookies: Collection[str]) -> None:
        """Kill every process whose environment has one of *cookies*."""


class LocalSite:
    """This machine: no process is started but the script itself."""

    is_here = True

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.files: Files = LocalFiles()
        self.hands: Hands = LocalHands()
        self.environment = machine_environment() if environment is None else environment

    def enter(self) -> None:
        """Everything is known."""

    @contextlib.contextmanager
    def hold_workspace(self, wanted: str) -> Iterator[str]:
        """Hold the folder *wanted*, or `wanted@2` and so on, and make it."""
        with held_workspace(wanted) as path:
            self.files.make_folder(path)
            yield path

    def run(self, slot: Slot) -> Callable[..., Result]:
        """Return what runs a command in *slot*."""
        return slot.transport.run

    def prepare(self, script: Script, env: dict[str, str]) -> Command:
        """Write *script* to its file."""
        self.files.make_folder(script.cwd)
        self.files.write(script.path, script.text, 0o755)
        return Command(argv=script.argv, env=env, cwd=script.cwd)

    def tidy(self, script: Script) -> None:
        """Remove the script's file."""
        with contextlib.suppress(OSError):
            self.files.delete(script.folder)

    def end_tree(self, cookie: str, cancel: Cancellation, grace_s: float) -> None:
        """End every process whose environment has *cookie*, leaves first."""
        end_tree(cookie, cancel, grace_s)

    def kill_all(self, cookies: Collection[str]) -> None:
        """Kill every process whose environment has one of *cookies*."""
        kill_all(cookies)


class Watched:
    """A transport that remembers whether the machine was lost at the last try.

    What was said of each loss goes to *losses*.
    """

    def __init__(self, transport: Transport, losses: set[str]) -> None:
        self._transport = transport
        self._losses = losses
        self.is_lost = False

    @property
    def name(self) -> str:
        """The machine's name as a person knows it, for messages."""
        return self._transport.name

    def run(
        self,
        command: Command,
        *,
        on_stdout: OnOutput | None = None,
        on_stderr: OnOutput | None = None,
        cancel: Cancellation | None = None,
    ) -> Result:
        """Run *command* on the machine."""
        with self._watch():
            return self._transport.run(
                command, on_stdout=on_stdout, on_stderr=on_stderr, cancel=cancel
            )

    def put(self, source: bytes | Path | BinaryIO, target: str, *, mode: int = 0o644) -> str:
        """Write *target* on the machine."""
        with self._watch():
            return self._transport.put(source, target, mode=mode)

    def get(self, source: str, target: BinaryIO) -> str:
        """Copy *source* from the machine."""
        with self._watch():
            return self._transport.get(source, target)

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    @contextlib.contextmanager
    def _watch(self) -> Iterator[None]:
        try:
            yield
        except MachineError as error:
            self.is_lost = error.reference in {"connection-lost", "machine-unreachable"}
            if self.is_lost:
                self._losses.add(error.message)
            raise
        self.is_lost = False


class RemoteSite:
    """Another machine: as few round trips as there are things to do."""

    is_here = False

    def __init__(self, slot: Slot, keeper: LeaseKeeper, token: str, losses: set[str]) -> None:
        self.workdir = slot.machine.workdir
        self.transport = Watched(slot.transport, losses)
        self.files: Files = RemoteFiles(self.transport, f"{self.workdir}/.incoming")
        self.hands: Hands = RemoteHands(self.transport, f"{self.workdir}/.sources")
        self.environment: Mapping[str, str] = {}
        self._keeper = keeper
        self._token = token
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Read the machine's environment, once."""
        with self._lock:
            if not self.environment:
                # The shell's own: what a login gives, before a script changes it.
                said = self.transport.run(Command(("cat", "/proc/self/environ"))).stdout
                pairs = (pair.partition("=") for pair in said.decode(*_BYTES).split("\0"))
                self.environment = of_machine({k: v for k, is_set, v in pairs if is_set})

    @contextlib.contextmanager
    def hold_workspace(self, wanted: str) -> Iterator[str]:
        """Hold *wanted* by a lease there, which other laptops see."""
        name = hashlib.sha256(wanted.encode(*_BYTES)).hexdigest()[:32]
        place = f"{self.workdir}/.workspaces/{name}"
        lease = self._keeper.acquire(self.transport, place, _ALIKE, self._token)
        if lease is None:
            message = f"{_ALIKE} builds use {wanted}"
            raise RuntimeError(message)
        if lease.before:
            # The run that had it was killed, and could end nothing there.
            self.kill_all([f"{NODE_COOKIE}={lease.before}"])
        try:
            path = wanted if lease.number == 0 else f"{wanted}@{lease.number + 1}"
            self.files.make_folder(path)
            yield path
        finally:
            if self.transport.is_lost:
                self._keeper.forget(lease)
            else:
                self._keeper.release(lease)

    def run(self, slot: Slot) -> Callable[..., Result]:  # noqa: ARG002 - the protocol's
        """Return what runs a command there."""
        return self.transport.run

    def prepare(self, script: Script, env: dict[str, str]) -> Command:
        """Return one command that writes the script, runs it, and removes it."""
        gone = [name for name in self.environment if name not in env]
        text = _SCRIPT.format(
            cwd=shlex.quote(script.cwd),
            folder=shlex.quote(script.folder),
            path=shlex.quote(script.path),
            unset=f"unset OLDPWD {' '.join(gone)}",
            command=f"exec {shlex.join(script.argv)}",
        )
        new = {k: v for k, v in env.items() if self.environment.get(k) != v}
        return Command(script=text, env=new, stdin=script.text)

    def tidy(self, script: Script) -> None:
        """The command has removed the script itself."""

    def end_tree(self, cookie: str, cancel: Cancellation, grace_s: float) -> None:
        """End every process there whose environment has *cookie*, leaves first.

        After a loss this is the one try to reach what goes on there without us.
        """
        try:
            result = self._end("end", [cookie], grace_s)
        except MachineError:
            cancel.kill()
            return
        if result.status == _NONE_FOUND:
            cancel.terminate()
        elif not result.ok:
            cancel.kill()

    def kill_all(self, cookies: Collection[str]) -> None:
        """Kill every process there whose environment has one of *cookies*."""
        if cookies and not self.transport.is_lost:
            with contextlib.suppress(MachineError):
                self._end("kill", cookies, 0.0)

    def _end(self, action: str, cookies: Collection[str], grace_s: float) -> Result:
        body = resources("tlcci.engine").joinpath("end_tree.sh").read_text("utf-8")
        text = "\n".join(
            [
                f"action={action}",
                f"grace={grace_s:.0f}",
                f"cookies={shlex.quote(' '.join(cookies))}",
                body,
            ]
        )
        return self.transport.run(Command(script=text, timeout_s=grace_s + _END_S))


class Sites:
    """The machines that a build has used; *losses* is what was said of each one lost.

    What the build starts has a JENKINS_NODE_COOKIE that begins with *token*.
    """

    def __init__(self) -> None:
        self.losses: set[str] = set()
        self.token = secrets.token_hex(8)
        self.here: Site = LocalSite()
        self._others: dict[tuple[str, str], RemoteSite] = {}
        self._keeper: LeaseKeeper | None = None

    def of(self, slot: Slot | None) -> Site:
        """Return the machine of *slot*; without one, this machine."""
        if slot is None or isinstance(slot.transport, LocalTransport):
            return self.here
        place = (slot.machine.name, slot.machine.workdir)
        if place not in self._others:
            self._keeper = self._keeper or LeaseKeeper()
            self._others[place] = RemoteSite(slot, self._keeper, self.token, self.losses)
        return self._others[place]

    def kill_all(self, cookies: Collection[str]) -> None:
        """Kill what has one of *cookies*, on every machine."""
        for site in (self.here, *self._others.values()):
            site.kill_all(cookies)

    def close(self) -> None:
        """Give back the workspaces that are still held."""
        if self._keeper:
            self._keeper.close()


async def do(site: Site, work: Callable[..., _T], *args: object) -> _T:
    """Do *work* on *site*: here at once, elsewhere beside the event loop."""
    return work(*args) if site.is_here else await asyncio.to_thread(work, *args)


@contextlib.asynccontextmanager
async def hold(site: Site, what: AbstractContextManager[_T]) -> AsyncIterator[_T]:
    """Enter and leave *what*, which talks to *site*."""
    value = await do(site, what.__enter__)
    try:
        yield value
    finally:
        await do(site, what.__exit__, None, None, None)
