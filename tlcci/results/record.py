"""The record of one run: a folder that can be read while it grows and after a kill.

`RecordWriter` makes it, `read_record` and `list_records` read it. The folder holds
run.json, events.jsonl, console.log, log/<step-id>.txt and artifacts/.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tlcci import paths
from tlcci.errors import InputError
from tlcci.events import ArtifactArchived, Event, RunEnded, RunStarted, TestsRecorded, to_json
from tlcci.results.artifacts import Artifact, keep_artifact
from tlcci.results.console import ConsoleLog
from tlcci.results.files import unwritable, write_all, write_whole
from tlcci.results.processes import process_start
from tlcci.results.runs import RunRecord, next_number, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tlcci.results.junit import FailedTest, TestReport

FORMAT = 1


@dataclass(frozen=True)
class RunIdentity:
    """What is known of a run before it begins; *number* None means the next one."""

    job: str
    number: int | None = None
    checkout: str = ""
    commit: str = ""
    branch: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    engine: str = "embedded"
    engine_version: str = ""


@dataclass(frozen=True)
class StageFidelity:
    """How true a stage was: *fidelity* is one of `outcomes.FIDELITIES`."""

    name: str
    fidelity: str = "real"
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class FirstFailure:
    """What failed first: the step, where it stands, and what it said last."""

    step: str | None = None
    name: str = ""
    stage: str = ""
    file: str = "Jenkinsfile"
    line: int | None = None
    message: str = ""
    last_lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunOutcome:
    """What is known of a run when it ends.

    *stages* are (name, status) as Jenkins' stage view has them, flat and in order.
    """

    result: str
    display_name: str | None = None
    description: str | None = None
    stages: Sequence[tuple[str, str]] = ()
    fidelity: Sequence[StageFidelity] = ()
    first_failure: FirstFailure | None = None


class RecordWriter:
    """Writes the record of one run; every method is called by one thread.

    Use `create`; then `console` for logs, `emit` for events, `archive` and `add_tests`
    for what a build keeps, and `end` exactly once.
    """

    def __init__(self, run_id: str, identity: RunIdentity, number: int, folder: Path) -> None:
        self.id = run_id
        self.folder = folder
        self.number = number
        self.identity = identity
        self.console = ConsoleLog(folder)
        self.artifacts: dict[str, Artifact] = {}
        self.tests: TestReport | None = None
        self._listeners: list[Callable[[Event], None]] = []
        self._soon = ""
        self._started = dt.datetime.now(dt.UTC)
        self._events_path = folder / "events.jsonl"
        try:
            self._events = os.open(
                self._events_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666
            )
        except OSError as error:
            raise unwritable(self._events_path, error) from error
        self._write_run(self._running())

    @classmethod
    def create(cls, identity: RunIdentity, folder: Path | None = None) -> RecordWriter:
        """Make the folder of a new run and return its writer.

        Without *folder* it is made under `paths.runs_home()`. A *folder* that has
        something in it is an InputError, and is left as it is; a run with a folder of
        its own is listed among the others by a link.
        """
        if folder is not None:
            folder = folder.absolute()
            _take_folder(folder)
        run_id, number = _claim(identity, folder)
        place = folder or paths.runs_home() / run_id
        writer = cls(run_id, identity, number, place)
        writer.emit(
            RunStarted(
                id=run_id,
                job=identity.job,
                number=number,
                folder=str(place),
                checkout=identity.checkout,
                commit=identity.commit,
                engine=identity.engine,
                params=dict(identity.params),
            )
        )
        return writer

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Let *listener* (a screen's `show`) see every later event."""
        self._listeners.append(listener)

    def emit(self, event: Event, *, soon: bool = False) -> None:
        """Append *event* to events.jsonl and tell the listeners.

        With *soon* the caller emits another one at once: one write is both.
        """
        self._soon += to_json(event) + "\n"
        if not soon:
            said, self._soon = self._soon, ""
            try:
                write_all(self._events, said.encode("utf-8", "replace"))
            except OSError as error:
                raise unwritable(self._events_path, error) from error
        for listener in self._listeners:
            listener(event)

    def archive(self, source: Path, path: str, step: str | None = None) -> Artifact:
        """Keep a copy of *source* as artifact *path* (relative, with `/`)."""
        artifact = keep_artifact(self.folder / "artifacts", source, path)
        self.artifacts[artifact.path] = artifact
        self.emit(
            ArtifactArchived(
                path=artifact.path, size=artifact.size, sha256=artifact.sha256, step=step
            )
        )
        return artifact

    def add_tests(self, report: TestReport, step: str | None = None) -> None:
        """Add what one `junit` step found to the tests of the build."""
        self.tests = report if self.tests is None else self.tests + report
        self.emit(
            TestsRecorded(
                total=report.total, failed=report.failed, skipped=report.skipped, step=step
            )
        )

    def end(self, outcome: RunOutcome) -> RunRecord:
        """Write the end of the run and close its files; return the record as read back."""
        ended = dt.datetime.now(dt.UTC)
        duration = (ended - self._started).total_seconds()
        data = self._running()
        del data["pid"], data["pidStarted"]
        data |= {
            "result": outcome.result,
            "displayName": outcome.display_name or data["displayName"],
            "description": outcome.description,
            "stages": [{"name": name, "status": status} for name, status in outcome.stages],
            "artifacts": [
                {"path": kept.path, "size": kept.size, "sha256": kept.sha256}
                for _, kept in sorted(self.artifacts.items())
            ],
            "tests": self.tests.totals() if self.tests else None,
            "failures": [_failure(test) for test in self.tests.failures] if self.tests else [],
            "fidelity": [
                {"name": one.name, "fidelity": one.fidelity, "reasons": list(one.reasons)}
                for one in outcome.fidelity
            ],
            "ended": _stamp(ended),
            "durationSeconds": round(duration, 3),
            "firstFailure": self._first_failure(outcome.first_failure),
        }
        self.emit(RunEnded(result=outcome.result, duration_s=round(duration, 3)))
        self._write_run(data)
        self.console.close()
        os.close(self._events)
        return read_record(self.folder)

    def _running(self) -> dict[str, Any]:
        identity = self.identity
        return {
            "format": FORMAT,
            "id": self.id,
            "job": identity.job,
            "number": self.number,
            "result": None,
            "displayName": f"#{self.number}",
            "description": None,
            "started": _stamp(self._started),
            "ended": None,
            "durationSeconds": None,
            "checkout": {
                "path": identity.checkout,
                "commit": identity.commit,
                "branch": identity.branch,
            },
            "params": dict(identity.params),
            "engine": {"name": identity.engine, "version": identity.engine_version},
            "stages": [],
            "artifacts": [],
            "tests": None,
            "failures": [],
            "fidelity": [],
            "firstFailure": None,
            "pid": os.getpid(),
            "pidStarted": process_start(os.getpid()),
        }

    def _first_failure(self, failure: FirstFailure | None) -> dict[str, Any] | None:
        if failure is None:
            return None
        step = f" {failure.step}" if failure.step else ""
        return {
            "step": failure.step,
            "name": failure.name,
            "stage": failure.stage,
            "file": failure.file,
            "line": failure.line,
            "message": failure.message,
            "lastLines": list(failure.last_lines),
            "more": f"tlcci runs log {self.id}{step}",
        }

    def _write_run(self, data: Mapping[str, Any]) -> None:
        text = json.dumps(data, ensure_ascii=False, indent=1)
        write_whole(self.folder / "run.json", text + "\n")


def _failure(test: FailedTest) -> dict[str, str]:
    return {"class": test.class_name, "name": test.name, "message": test.message}


def _stamp(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _take_folder(folder: Path) -> None:
    """Make *folder*, or take it when it is there and empty."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(
            "record-exists",
            f"the record cannot go to {folder}: it is a file",
            details=[("unchanged", "the file; nothing was run")],
            next="give another folder: --record DIR",
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    if not is_empty:
        raise InputError(
            "record-exists",
            f"the record cannot go to {folder}: the folder is not empty",
            details=[("unchanged", "what is in it; nothing was run")],
            next=f"give another folder (--record DIR), or remove it: rm -r {folder}",
        )


def _claim(identity: RunIdentity, folder: Path | None) -> tuple[str, int]:
    """Take an id (and, where none was given, a number) that no other run has."""
    home = paths.runs_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(home, error) from error
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", identity.job).strip("-.") or "job"
    number = identity.number or next_number(identity.job)
    again = 1
    while True:
        run_id = f"{name}-{number}" if again == 1 else f"{name}-{number}.{again}"
        try:
            if folder is None:
                (home / run_id).mkdir()
            else:
                (home / run_id).symlink_to(folder)
        except FileExistsError:
            if identity.number is None:
                number += 1
            else:
                again += 1
        except OSError as error:
            raise unwritable(home / run_id, error) from error
        else:
            return run_id, number
