"""`tlcci run-jenkinsfile`: a checkout's Jenkinsfile, run here and now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def run_jenkinsfile(  # noqa: PLR0913 - one parameter an option
    checkout: Annotated[Path, typer.Argument(help="The checkout, a git repository.")],
    job: Annotated[str | None, typer.Option(help="The job's name [the folder's].")] = None,
    file: Annotated[
        str | None, typer.Option(help="A Jenkinsfile in the checkout [Jenkinsfile].")
    ] = None,
    engine: Annotated[str, typer.Option(help="auto or embedded.")] = "auto",
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, a parameter.")] = None,
    env: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, for all jobs.")] = None,
    credentials: Annotated[Path | None, typer.Option(help="YAML: id to credential.")] = None,
    inventory: Annotated[Path | None, typer.Option(help="The hosts.yaml to use.")] = None,
    record: Annotated[Path | None, typer.Option(help="Folder for the run's record.")] = None,
    branch: Annotated[str | None, typer.Option(help="Run as this branch's job.")] = None,
    pr: Annotated[int | None, typer.Option(help="Run as this pull request's job.")] = None,
    target: Annotated[str | None, typer.Option(help="The pull request's target.")] = None,
    dirty: Annotated[
        bool, typer.Option("--dirty", help="Take the working tree as it stands.")
    ] = False,
    stage: Annotated[
        str | None, typer.Option(help="Stop after this stage; leave its siblings out.")
    ] = None,
    build_number: Annotated[int | None, typer.Option(help="The build's number.")] = None,
    approve: Annotated[list[str] | None, typer.Option(help="Allow a signature.")] = None,
    sandbox: Annotated[bool, typer.Option(help="Refuse what Jenkins would refuse.")] = True,
    strict_labels: Annotated[
        bool, typer.Option("--strict-labels", help="Refuse labels that nobody serves.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Evaluate everything, do nothing.")
    ] = False,
    shell_on_failure: Annotated[
        bool, typer.Option("--shell-on-failure", help="Open a shell where it failed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the events.")] = False,
) -> None:
    """Run a checkout's Jenkinsfile on your machines, unchanged.

    The exit code is the build's result: 0 SUCCESS, 1 FAILURE, 6 UNSTABLE, 7 ABORTED,
    8 NOT_BUILT.
    """
    if engine not in {"auto", "embedded"}:
        raise typer.BadParameter(f"no such engine: {engine!r}; there are auto and embedded")
    # Imported here: --help must not wait for the engine.
    from tlcci.cli.prompt import ask  # noqa: PLC0415
    from tlcci.cli.runs import open_shell  # noqa: PLC0415
    from tlcci.cli.screen import choose_screen  # noqa: PLC0415
    from tlcci.engine.run import RunRequest, Watchers  # noqa: PLC0415
    from tlcci.engine.run import run_jenkinsfile as run  # noqa: PLC0415
    from tlcci.results.outcomes import exit_code  # noqa: PLC0415

    request = RunRequest(
        checkout,
        job=job,
        file=file,
        params=_pairs(param),
        globals=_pairs(env),
        credentials=credentials,
        inventory=inventory,
        record=record,
        branch=branch,
        pr=pr,
        target=target,
        dirty=dirty,
        stage=stage,
        number=build_number,
        approved=tuple(approve or ()),
        sandbox=sandbox,
        dry=dry_run,
        strict_labels=strict_labels,
    )
    screen = choose_screen(as_json=as_json)
    ended = run(request, Watchers(on_event=screen.show, on_line=screen.output, prompt=ask))
    screen.finish(ended)
    if shell_on_failure and (ended.folder / "failed-step.json").exists() and sys.stdin.isatty():
        open_shell(ended)
    raise typer.Exit(exit_code(ended.result))


def _pairs(given: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
        pairs[name] = value
    return pairs
