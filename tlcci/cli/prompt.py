"""Asking the person at the terminal: the `input` step of a Jenkinsfile."""

from __future__ import annotations

import sys
from typing import Any

import typer


def ask(message: str, args: dict[str, Any]) -> dict[str, Any] | None:
    """Return the values of the step's parameters, None when the person says no.

    Without a terminal nobody can be asked, which is a no.
    """
    if not sys.stdin.isatty():
        return None
    if not typer.confirm(f"{message} ({args.get('ok') or 'Proceed'}?)"):
        return None
    values: dict[str, Any] = {}
    for parameter in args.get("parameters") or ():
        given = parameter.get("args", parameter)
        default = given.get("defaultValue", "")
        values[given["name"]] = typer.prompt(given.get("description") or given["name"], default)
    return values
