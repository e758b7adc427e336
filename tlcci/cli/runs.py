"""`tlcci runs`: what happened in the runs of this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tlcci.cli.words import spent, summary
from tlcci.errors import InputError
from tlcci.results.runs import RunRecord, find_record, list_records
from tlcci.results.scene import read_scene

app = typer.Typer(help="Show what happened in earlier runs.", no_args_is_help=True)

Run = Annotated[str, typer.Argument(help="A run's id, the folder of its record, or: last")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_runs(as_json: AsJson = False) -> None:
    """List the runs, the oldest first."""
    records = list_records()
    if as_json:
        _print_json([_facts(record) for record in records])
        return
    rows = [
        (
            record.id,
            record.state,
            str(record.data.get("started") or "")[:19].replace("T", " "),
            spent(record.data.get("durationSeconds") or 0),
        )
        for record in records
    ]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(4)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


@app.command()
def show(run: Run, as_json: AsJson = False) -> None:
    """Show one run: its result, its stages and what failed first."""
    record = find_record(run)
    if as_json:
        _print_json(_facts(record))
        return
    for text in summary(record):
        typer.echo(text)
    for stage in record.stages:
        typer.echo(f"  {stage['status']:<13} {stage['name']}")
    for kept in record.data.get("artifacts") or []:
        typer.echo(f"  kept          {kept['path']} ({kept['size']:,} bytes)")
    for test in record.data.get("failures") or []:
        typer.echo(f"  failing test  {test['class']}.{test['name']}")


@app.command()
def log(
    run: Run,
    step: Annotated[str, typer.Argument(help="A step's id; without it the console")] = "",
    as_json: AsJson = False,
) -> None:
    """Print the console log of a run, or the log of one step."""
    record = find_record(run)
    if as_json:
        path = record.folder / "events.jsonl"
    elif step:
        path = record.folder / "log" / f"{step}.txt"
    else:
        path = record.folder / "console.log"
    known = {entry.stem for entry in (record.folder / "log").glob("*.txt")}
    if not as_json and step and step not in known:
        raise InputError(
            "unknown-step",
            f'step "{step}" of {record.id} has no log',
            details=[("have one", ", ".join(sorted(known, key=_by_number)[:20]) or "none")],
            next=f"tlcci runs log {record.id} --json",
        )
    if path.is_file():
        with path.open("rb") as text:
            shutil.copyfileobj(text, sys.stdout.buffer, 1 << 20)
        sys.stdout.buffer.flush()


@app.command()
def shell(run: Run = "last") -> None:
    """Open a shell where a run failed first: its folder, its environment."""
    record = find_record(run)
    raise typer.Exit(open_shell(record))


def open_shell(record: RunRecord) -> int:
    """Open a shell where *record*'s run failed first and return its status."""
    scene = read_scene(record.folder)
    if scene.machine:
        raise InputError(
            "machine-elsewhere",
            f"step {scene.step} failed on {scene.machine}, in {scene.cwd}",
            next=f"ssh to {scene.machine}, then: cd {scene.cwd}",
        )
    if not Path(scene.cwd).is_dir():
        raise InputError("workspace-gone", f"{scene.cwd} is not there any more")
    typer.echo(f"step {scene.step} failed here; exit leaves", err=True)
    program = os.environ.get("SHELL", "/bin/sh")
    done = subprocess.run([program], cwd=scene.cwd, env=os.environ | scene.env, check=False)
    return done.returncode


def _by_number(step: str) -> tuple[int, str]:
    return (int(step) if step.isdigit() else 0, step)


def _facts(record: RunRecord) -> dict[str, Any]:
    return {**record.data, "state": record.state, "folder": str(record.folder)}


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
