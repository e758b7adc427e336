"""`tlcci explain`: what the CI and its files are made of."""

from __future__ import annotations

import json

import typer

app = typer.Typer(help="Explain the CI and its files.", no_args_is_help=True)


@app.callback()
def _explain() -> None:
    """Explain the CI and its files."""


@app.command()
def schema() -> None:
    """Print the JSON schema of hosts.yaml, for your editor."""
    from tlcci.inventory import export_schema  # noqa: PLC0415 - --help must not load YAML

    typer.echo(json.dumps(export_schema(), indent=2))
