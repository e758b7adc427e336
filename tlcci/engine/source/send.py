"""Bringing a checkout's objects to another machine, and only those that it lacks.

They go into repositories of ours there, one for the checkout and one for each submodule;
a ref `refs/tlcci/COMMIT` of such a repository says that all of COMMIT has arrived.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import shlex
import subprocess
import tarfile
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Protocol

from tlcci.engine.source.git import GitFailedError, Step, Write, read, reading_environment
from tlcci.engine.source.store import bare_config, packed_refs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tlcci.engine.source.checkout import Checkout
    from tlcci.transport import Result, Transport

_INLINE = 1 << 24  # bytes that go along with the script; more is put into a file first
_LOOSE = 100  # as `git receive-pack` does it: fewer objects are unpacked
_PACK_HEADER = 12
_HAVE = "refs/tlcci/"


class Runs(Protocol):
    """Runs a script on the machine; a line `fail N STATUS` of it raises."""

    def __call__(
        self,
        script: str,
        steps: Sequence[Step],
        environment: Mapping[str, str],
        stdin: bytes = b"",
    ) -> Result:
        """Run *script* with *stdin*."""


@dataclass(frozen=True)
class Place:
    """Where a checkout's objects are on a machine; *view_steps* make the view."""

    repository: PurePosixPath
    view: PurePosixPath
    modules: Mapping[str, PurePosixPath]
    view_steps: list[Step]


@dataclass(frozen=True)
class _Source:
    """A repository here, what of it is *wanted* there, and its *target* there."""

    git_dir: Path
    wanted: frozenset[str]
    target: PurePosixPath
    object_format: str
    shallow: str = ""


class Sender:
    """Sends to one machine, whose repositories are below *cache*."""

    def __init__(self, transport: Transport, cache: str, run: Runs) -> None:
        self._transport = transport
        self._cache = PurePosixPath(cache)
        self._run = run
        self._lock = threading.Lock()
        self._there: set[tuple[PurePosixPath, str]] = set()

    def send(self, checkout: Checkout, environment: Mapping[str, str]) -> Place:
        """Send what *checkout* needs and the machine lacks; return where it is there."""
        home = self._cache / checkout.store.path.parent.name
        main, modules = home / "main.git", {}
        refs = checkout.view.refs
        wanted = {checkout.revision.commit, *refs.values(), *checkout.plan.refs.values()}
        style = checkout.store.object_format
        shallow = checkout.view.shallow
        sources = [_Source(checkout.store.path, frozenset(wanted), main, style, shallow)]
        for module in checkout.submodules:
            if module.is_here and module.objects is not None:
                target = home / f"{module.place}.git"
                modules[module.place] = target
                sources.append(_module(module.objects.parent, module.commit, target))
        with self._lock:
            self._send([s for s in sources if not self._has(s)], environment)
        view, steps = _view(checkout, home, main)
        return Place(main, view, modules, steps)

    def _has(self, source: _Source) -> bool:
        return all((source.target, commit) in self._there for commit in source.wanted)

    def _send(self, sources: list[_Source], environment: Mapping[str, str]) -> None:
        if not sources:
            return
        known = self._ask(sources, environment)
        lacking = [
            (source, have)
            for source, have in zip(sources, known, strict=True)
            if not source.wanted <= have
        ]
        if lacking:
            with tempfile.TemporaryFile(prefix="tlcci-") as parcel:
                self._deliver(_pack_all(lacking, parcel), parcel, environment)
        self._there |= {(source.target, c) for source in sources for c in source.wanted}

    def _ask(self, sources: list[_Source], environment: Mapping[str, str]) -> list[set[str]]:
        """Return, for each of *sources*, the commits that are there."""
        lines = ["command -v git >/dev/null || fail 0 127"]
        for source in sources:
            target = shlex.quote(str(source.target))
            style = f" --object-format={source.object_format}"
            style = "" if source.object_format == "sha1" else style
            make = f"git init -q --bare --template={style} {target}"
            show = f"git --git-dir={target} for-each-ref --format='%(refname)' {_HAVE}"
            lines += [
                f"[ -f {target}/HEAD ] || {make} || fail 0 $?",
                f"echo =; {show} || fail 0 $?",
            ]
        said = self._run("\n".join(lines), [], environment).stdout.decode()
        parts = said.split("=\n")[1:]
        return [{line.removeprefix(_HAVE) for line in part.split()} for part in parts]

    def _deliver(
        self, script: list[str], parcel: BinaryIO, environment: Mapping[str, str]
    ) -> None:
        size = parcel.tell()
        parcel.seek(0)
        folder = shlex.quote(str(self._cache))
        head = [
            f"mkdir -p -- {folder} && cd -- {folder} || fail 0 $?",
            'new=.incoming-$$; trap \'rm -rf "$new" "$parcel"\' EXIT',
            'mkdir "$new" && tar -x -f "${parcel:--}" -C "$new" || fail 0 $?',
            # Two runs may bring the same at once.
            "command -v flock >/dev/null && { exec 8>.lock; flock 8; }",
        ]
        if size <= _INLINE:
            self._run("\n".join(["parcel=", *head, *script]), [], environment, parcel.read())
            return
        name = f".parcel-{secrets.token_hex(8)}.tar"
        self._transport.put(parcel, str(self._cache / name), mode=0o600)
        self._run("\n".join([f"parcel={name}", *head, *script]), [], environment)


def _module(git_dir: Path, commit: str, target: PurePosixPath) -> _Source:
    style = read(f"--git-dir={git_dir}", "rev-parse", "--show-object-format").strip()
    shallow = git_dir / "shallow"
    text = shallow.read_text() if shallow.is_file() else ""
    return _Source(git_dir, frozenset({commit}), target, style, text)


def _pack_all(lacking: list[tuple[_Source, set[str]]], parcel: BinaryIO) -> list[str]:
    """Write a tar of what is lacking to *parcel*; return the script that takes it in."""
    script = []
    with tarfile.open(fileobj=parcel, mode="w") as tar:
        for number, (source, have) in enumerate(lacking):
            with tempfile.TemporaryFile(prefix="tlcci-") as pack:
                count = _pack(source, have, pack)
                _add(tar, f"{number}.pack", pack)
            updates = "".join(f"update {_HAVE}{c} {c}\n" for c in sorted(source.wanted))
            _add(tar, f"{number}.refs", io.BytesIO(updates.encode()))
            _add(tar, f"{number}.shallow", io.BytesIO(source.shallow.encode()))
            script += _intake(number, source, count)
    return script


def _intake(number: int, source: _Source, count: int) -> list[str]:
    at = f"git --git-dir={shlex.quote(str(source.target))}"
    take = "unpack-objects -q" if count < _LOOSE else "index-pack --stdin --fix-thin"
    shallow = shlex.quote(f"{source.target}/shallow")
    keep = f'cp "$new/{number}.shallow" {shallow}' if source.shallow else ":"
    return [
        f'{keep} && {at} {take} <"$new/{number}.pack" >/dev/null || fail 0 $?',
        f'{at} update-ref --stdin <"$new/{number}.refs" || fail 0 $?',
    ]


def _pack(source: _Source, have: set[str], pack: BinaryIO) -> int:
    """Write what is wanted and not reachable from *have*; return the number of objects."""
    git_dir = f"--git-dir={source.git_dir}"
    asked = "".join(f"{commit}\n" for commit in sorted(have))
    said = read(git_dir, "cat-file", "--batch-check=%(objectname)", stdin=asked)
    here = [line for line in said.splitlines() if not line.endswith(" missing")]
    revs = "".join([*(f"{c}\n" for c in sorted(source.wanted)), *(f"^{c}\n" for c in here)])
    argv = ("git", git_dir, "pack-objects", "--revs", "--stdout", "--thin", "-q")
    done = subprocess.run(
        [*argv, "--delta-base-offset"],
        env=reading_environment(),
        input=revs.encode(),
        stdout=pack.fileno(),
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise GitFailedError(argv, done.returncode, done.stderr.decode("utf-8", "replace"))
    pack.seek(0)
    return int.from_bytes(pack.read(_PACK_HEADER)[8:], "big")


def _add(tar: tarfile.TarFile, name: str, content: BinaryIO) -> None:
    facts = tarfile.TarInfo(name)
    facts.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    tar.addfile(facts, content)


def _view(
    checkout: Checkout, home: PurePosixPath, main: PurePosixPath
) -> tuple[PurePosixPath, list[Step]]:
    """Return the view of *checkout* there, named by its content, and what makes it."""
    head = (checkout.view.path / "HEAD").read_text()
    files = {
        "objects/info/alternates": f"{main}/objects\n",
        "refs/.keep": "",
        "packed-refs": packed_refs(checkout.view.refs),
        "config": bare_config(checkout.store.object_format),
        **({"shallow": checkout.view.shallow} if checkout.view.shallow else {}),
        "HEAD": head,
    }
    content = "\0".join(f"{name}\0{text}" for name, text in files.items())
    name = hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    view = home / "views" / f"{name}.git"
    return view, [Write(Path(view / name), text) for name, text in files.items()]
