"""Reading records of runs: one, or all that are known on this machine."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlcci import paths
from tlcci.errors import InputError
from tlcci.results.processes import is_alive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class RunRecord:
    """A run as its run.json tells; *data* is all of it, for programs."""

    folder: Path
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The run's name among the runs of this machine."""
        return str(self.data.get("id") or self.folder.name)

    @property
    def job(self) -> str:
        """The job's full name."""
        return str(self.data.get("job") or "")

    @property
    def number(self) -> int:
        """The build's number in its job."""
        return int(self.data.get("number") or 0)

    @property
    def result(self) -> str | None:
        """Jenkins' result, or None before the end."""
        return self.data.get("result")

    @property
    def is_running(self) -> bool:
        """Whether the process that writes the record still lives."""
        pid = self.data.get("pid")
        return bool(
            self.result is None
            and isinstance(pid, int)
            and is_alive(pid, self.data.get("pidStarted"))
        )

    @property
    def state(self) -> str:
        """The result; before the end `running`; after a kill `no end recorded`."""
        return self.result or ("running" if self.is_running else "no end recorded")

    @property
    def stages(self) -> Sequence[Mapping[str, str]]:
        """The flat list of name and status."""
        return self.data.get("stages") or []

    @property
    def first_failure(self) -> Mapping[str, Any] | None:
        """What failed first, if something did."""
        return self.data.get("firstFailure")


def read_record(folder: Path) -> RunRecord:
    """Return the record in *folder*; raise InputError when there is none."""
    path = folder / "run.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            "not-a-record",
            f"{folder} holds no record of a run: {error}",
            next="tlcci runs list",
        ) from error
    if not isinstance(data, dict):
        raise InputError(
            "not-a-record", f"{path} holds no record of a run", next="tlcci runs list"
        )
    return RunRecord(folder, data)


def list_records() -> list[RunRecord]:
    """Return every run that is known on this machine, the oldest first.

    A record whose folder is gone or cannot be read is left out.
    """
    records = []
    home = paths.runs_home()
    for folder in sorted(home.iterdir()) if home.is_dir() else []:
        try:
            records.append(read_record(folder))
        except InputError:
            continue
    return sorted(records, key=lambda record: str(record.data.get("started") or ""))


def find_record(run: str) -> RunRecord:
    """Return the record of *run*: an id, the folder of a record, or `last`."""
    if (Path(run) / "run.json").is_file():
        return read_record(Path(run).absolute())
    if "/" not in run and (paths.runs_home() / run / "run.json").is_file():
        return read_record(paths.runs_home() / run)
    records = list_records()
    if run == "last" and records:
        return records[-1]
    known = [record.id for record in records]
    close = difflib.get_close_matches(run, known, 3)
    raise InputError(
        "unknown-run",
        f'there is no run "{run}" in {paths.runs_home()}',
        details=[("close to", ", ".join(close))] if close else [],
        next="tlcci runs list",
    )


def job_records(job: str) -> list[RunRecord]:
    """Return the runs of *job* by number, of runs with one number the last."""
    by_number = {record.number: record for record in list_records() if record.job == job}
    return [by_number[number] for number in sorted(by_number)]


def previous_record(job: str, number: int) -> RunRecord | None:
    """Return the run of *job* before *number* (`currentBuild.previousBuild`)."""
    return next(
        (record for record in reversed(job_records(job)) if record.number < number), None
    )


def next_number(job: str) -> int:
    """Return the number that the next build of *job* gets."""
    return max((record.number for record in job_records(job)), default=0) + 1
