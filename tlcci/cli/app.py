"""The commands, and the one place where errors become text and exit codes."""

from __future__ import annotations

import sys

import typer

from tlcci.cli import explain, hosts, runs
from tlcci.cli.attach import attach, detach
from tlcci.cli.check import check
from tlcci.cli.run_jenkinsfile import run_jenkinsfile
from tlcci.errors import TlcciError

app = typer.Typer(
    name="tlcci",
    help="Your own copy of the Apache TVM CI.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


app.command("attach")(attach)
app.command("check")(check)
app.command("detach")(detach)
app.command("run-jenkinsfile")(run_jenkinsfile)
app.add_typer(explain.app, name="explain")
app.add_typer(hosts.app, name="hosts")
app.add_typer(runs.app, name="runs")


@app.callback()
def _options() -> None:
    """Your own copy of the Apache TVM CI."""


def run() -> None:
    """Run the program; a TlcciError goes to stderr and becomes the exit code."""
    try:
        app()
    except TlcciError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
