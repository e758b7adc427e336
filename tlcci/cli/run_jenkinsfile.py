"""`tlcci run-jenkinsfile`: a checkout's Jenkinsfile, run here and now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def run_jenkinsfile(  # noqa: PLR0913 - one parameter an option
    checkout: Annotated[Path, typer.Argument(help="The checkout, a git repository.")],
    job: Annotated[str | None, typer.Option(help="The job's name.")] = None,
    file: Annotated[str, typer.Option(help="The Jenkinsfile in the checkout.")] = "Jenkinsfile",
    engine: Annotated[str, typer.Option(help="Which engine runs it: embedded.")] = "embedded",
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of a parameter.")] = None,
    env: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE of a global variable.")
    ] = None,
    credentials: Annotated[Path | None, typer.Option(help="YAML file of credentials.")] = None,
    inventory: Annotated[Path | None, typer.Option(help="hosts.yaml.")] = None,
    record: Annotated[Path | None, typer.Option(help="Folder of the run's record.")] = None,
    branch: Annotated[str | None, typer.Option(help="Run as this branch's job.")] = None,
    build_number: Annotated[int | None, typer.Option(help="The build's number.")] = None,
    approve: Annotated[list[str] | None, typer.Option(help="A signature to allow.")] = None,
    sandbox: Annotated[bool, typer.Option(help="Refuse what Jenkins would refuse.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Run no step's effect.")] = False,
) -> None:
    """Run a checkout's Jenkinsfile on this machine, unchanged."""
    if engine not in {"auto", "embedded"}:
        raise typer.BadParameter(f"no such engine: {engine!r}; embedded is the one there is")
    # Imported here: --help must not wait for the engine.
    from tlcci.engine.run import RunRequest, Watchers  # noqa: PLC0415
    from tlcci.engine.run import run_jenkinsfile as run  # noqa: PLC0415
    from tlcci.results.outcomes import exit_code  # noqa: PLC0415

    request = RunRequest(
        checkout,
        job,
        file,
        _pairs(param),
        _pairs(env),
        credentials,
        inventory,
        record,
        branch,
        build_number,
        tuple(approve or ()),
        sandbox,
        dry_run,
    )

    def show(_step: str | None, lines: bytes) -> None:
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()

    ended = run(request, Watchers(on_line=show))
    raise typer.Exit(exit_code(ended.result))


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
        pairs[name] = value
    return pairs
