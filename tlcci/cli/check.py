"""`tlcci check`: what a checkout's Jenkinsfiles need from outside, and who serves it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tlcci.cli.drift import show_drift

if TYPE_CHECKING:
    from tlcci.check.checkout import Checked
    from tlcci.check.served import Row

_WIDEST = 60


def check(  # noqa: PLR0913 - one parameter an option
    checkout: Annotated[Path, typer.Argument(help="The checkout, a folder.")],
    file: Annotated[str | None, typer.Option(help="One Jenkinsfile in the checkout.")] = None,
    credentials: Annotated[Path | None, typer.Option(help="YAML: id to credential.")] = None,
    inventory: Annotated[Path | None, typer.Option(help="The hosts.yaml to use.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="A production configuration to hold it against.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_sarif: Annotated[
        bool, typer.Option("--sarif", help="Print SARIF, for code hosts.")
    ] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a page that explains the CI.")
    ] = False,
) -> None:
    """Say what a checkout's Jenkinsfiles need from outside, and who serves it.

    The exit code is 0 when nothing is missing that a run cannot do without, 1 when
    something is, 3 when something is unknown; with --against, 1 when they differ;
    with --markdown always 0.
    """
    if as_json + as_sarif + as_markdown > 1:
        raise typer.BadParameter("one of --json, --sarif and --markdown at a time")
    # Imported here: --help must not wait for the engine.
    from tlcci.check import served  # noqa: PLC0415
    from tlcci.check.checkout import check_files, find_jenkinsfiles  # noqa: PLC0415
    from tlcci.check.document import document  # noqa: PLC0415
    from tlcci.check.drift import compare  # noqa: PLC0415
    from tlcci.check.page import write_page  # noqa: PLC0415
    from tlcci.check.sarif import sarif  # noqa: PLC0415
    from tlcci.engine.credentials import read_credentials  # noqa: PLC0415
    from tlcci.inventory import find_inventory  # noqa: PLC0415

    around = served.Surroundings(
        find_inventory(inventory),
        read_credentials(credentials),
        find_image=served.local_image,
    )
    checked = check_files(checkout, find_jenkinsfiles(checkout, file))
    # Where production is asked, the lab is not.
    rows = [[] if against else served.serve(one.needs, around) for one in checked]
    drifts = compare(checkout, checked, against) if against else []
    if as_json:
        shown = [
            document(one.needs, its, one.findings)
            for one, its in zip(checked, rows, strict=True)
        ]
        whole = shown[0] if len(shown) == 1 else {"files": shown}
        if against:
            whole["drift"] = [asdict(one) for one in drifts]
        typer.echo(json.dumps(whole, indent=1))
    elif as_markdown:
        typer.echo(write_page(checkout, checked), nl=False)
    elif as_sarif:
        typer.echo(json.dumps(sarif(checked, rows, drifts), indent=1))
    elif against:
        show_drift(drifts, against)
    else:
        for one, its in zip(checked, rows, strict=True):
            _show(one, its)
    everything = [row for its in rows for row in its]
    code = served.exit_code(everything, [one.needs for one in checked])
    raise typer.Exit(0 if as_markdown else 1 if drifts else code)


def _show(checked: Checked, rows: list[Row]) -> None:
    needs = checked.needs
    unserved = sum(row.is_unserved for row in rows)
    typer.echo(f"{needs.path}: {len(rows)} needs, {unserved} that a run misses")
    typer.echo(f"  stages: {', '.join(needs.stages) or 'none'}")
    width = min(_WIDEST, max((len(row.name) for row in rows), default=0))
    kinds = max((len(row.kind) for row in rows), default=0)
    for row in rows:
        lines = ", ".join(f":{line}" for line in row.lines)
        text = f"  {row.kind:<{kinds}}  {row.name:<{width}}  {row.by}  {lines}".rstrip()
        typer.echo(text)
        if row.next:
            typer.echo(f"  {'':<{kinds}}    next: {row.next}")
    for unknown in needs.unknown:
        place = f":{unknown.line}" if unknown.line else ""
        typer.echo(f"  unknown  {unknown.what}  {unknown.reason}  {place}".rstrip())
    for finding in checked.findings:
        typer.echo(f"  finding  :{finding.line}  {finding.text} [{finding.reference}]")
    typer.echo("")
