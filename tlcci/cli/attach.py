"""`tlcci attach` and `tlcci detach`: machines become the CI's, and are left as they were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tlcci.errors import MachineError, TlcciError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlcci.agents.attach import Plan
    from tlcci.agents.receipt import Outcome
    from tlcci.inventory import Host
    from tlcci.transport import Transport

Names = Annotated[
    list[str] | None, typer.Argument(help="Names of hosts; all, if none is given")
]
File = Annotated[Path | None, typer.Option("--inventory", help="The hosts.yaml to use.")]
Told = tuple[int, list[str]]

_AT_ONCE = 64


def attach(
    names: Names = None,
    inventory: File = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print the changes as a script; change nothing.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="A program that the hosts may lack, such as docker."),
    ] = None,
) -> None:
    """Make hosts ready for the CI; each keeps a receipt of what was changed on it."""
    from tlcci.agents.attach import plan_attach  # noqa: PLC0415

    def work(transport: Transport, host: Host) -> Told:
        found = plan_attach(transport, host, without or ())
        return (0, _planned(host, found)) if plan else _attach(transport, host, found)

    _each(names, inventory, work)


def detach(names: Names = None, inventory: File = None) -> None:
    """Undo on hosts what their receipts say, and nothing else."""
    from tlcci.agents.attach import detach_machine  # noqa: PLC0415
    from tlcci.backends.registry import forget  # noqa: PLC0415

    def work(transport: Transport, host: Host) -> Told:
        said = detach_machine(transport, host)
        forget(host.name)
        return _detached(host, said)

    _each(names, inventory, work)


def _attach(transport: Transport, host: Host, plan: Plan) -> Told:
    from tlcci.agents.attach import attach_machine  # noqa: PLC0415
    from tlcci.backends.registry import now, register, registration  # noqa: PLC0415

    made = attach_machine(transport, host, plan)
    register(
        host.name,
        attached=registration(host.name).attached or now(),
        labels=host.labels,
        environment=plan.environment,
    )
    if not made:
        return 0, [f"{host.name}: nothing to do"]
    return 0, [f"{host.name}: attached", *(f"  made       {row.text}" for row in made)]


def _planned(host: Host, plan: Plan) -> list[str]:
    if not plan.wanted:
        return [f"# {host.name}: nothing to do"]
    head = [f"# {host.name}: {len(plan.wanted)} changes", *(f"#   {t}" for t in plan.wanted)]
    return [*head, plan.script]


def _detached(host: Host, said: list[Outcome]) -> Told:
    kept = [row for row in said if row.state == "kept"]
    undone = [row for row in said if row.state == "reverted"]
    if not said:
        return 0, [f"{host.name}: nothing to undo"]
    rows = [f"  undone     {row.entry.partition('-')[2]}" for row in undone]
    rows += [f"  kept       {row.text}" for row in kept]
    return (1 if kept else 0), [f"{host.name}: detached", *rows]


def _each(
    names: list[str] | None, inventory: Path | None, work: Callable[[Transport, Host], Told]
) -> None:
    """Do *work* on the hosts at once; each is told, in order, and none stops another."""
    from tlcci.backends.static import open_transport  # noqa: PLC0415
    from tlcci.cli.hosts import chosen_hosts  # noqa: PLC0415

    def one(host: Host) -> Told:
        transport = open_transport(host)
        try:
            return work(transport, host)
        except TlcciError as error:
            return error.exit_code, [str(error)]
        finally:
            transport.close()

    hosts = chosen_hosts(names, inventory)
    with ThreadPoolExecutor(min(_AT_ONCE, len(hosts) or 1)) as pool:
        worst = 0
        for code, rows in pool.map(one, hosts):
            worst = max(worst, code)
            for row in rows:
                typer.echo(row, err=code >= MachineError.exit_code)
    if worst:
        raise typer.Exit(worst)
