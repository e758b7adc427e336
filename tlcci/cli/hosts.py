"""`tlcci hosts`: the machines of the lab, day by day."""

from __future__ import annotations

import getpass
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tlcci.errors import InputError, MachineError

if TYPE_CHECKING:
    from tlcci.agents.facts import Facts
    from tlcci.inventory import Host, Inventory

# What speaks to machines is imported where it is used: the SSH library alone costs more
# than all of `tlcci --help`.

app = typer.Typer(
    help="Look after the machines of hosts.yaml, and trust their keys.", no_args_is_help=True
)
power = typer.Typer(help="Switch hosts by commands of yours.", no_args_is_help=True)
app.add_typer(power, name="power")

Names = Annotated[
    list[str] | None, typer.Argument(help="Names of hosts; all, if none is given")
]
File = Annotated[Path | None, typer.Option("--inventory", help="The hosts.yaml to use.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

_AT_ONCE = 64


@app.command("list")
def list_hosts(names: Names = None, inventory: File = None, as_json: AsJson = False) -> None:
    """List the hosts as they are now: reachable, load, free disk, free memory."""
    rows = _look(chosen_hosts(names, inventory), measure_disk=False)
    if as_json:
        _print_json([_as_data(host, outcome) for host, outcome in rows])
        return
    head = ("host", "labels", "state", "load", "disk free", "memory free")
    _print_table([head, *(_row(host, outcome) for host, outcome in rows)])


@app.command()
def probe(
    names: Names = None,
    inventory: File = None,
    as_json: AsJson = False,
    speed: Annotated[
        bool, typer.Option("--speed", help="Also write 16 MB to learn the disk's speed.")
    ] = False,
) -> None:
    """Show what each host is, the labels it proves and those its facts contradict."""
    rows = _look(chosen_hosts(names, inventory), measure_disk=speed)
    if as_json:
        _print_json([_as_data(host, outcome) for host, outcome in rows])
    else:
        for host, outcome in rows:
            typer.echo(f"{host.name}")
            for label, text in _told(host, outcome):
                typer.echo(f"  {label:<12} {text}")
    _fail_if_any(rows)


@app.command()
def trust(
    name: Annotated[str, typer.Argument(help="The host whose key to put on record")],
    inventory: File = None,
    fingerprint: Annotated[
        str | None,
        typer.Option(
            "--fingerprint", help="Trust only this one (SHA256:...), without a question."
        ),
    ] = None,
    rekey: Annotated[
        bool, typer.Option("--rekey", help="Replace the key on record, after a reinstall.")
    ] = False,
) -> None:
    """Show the key that a host offers and, once you have compared it, put it on record."""
    from tlcci.backends.static import ssh_target  # noqa: PLC0415
    from tlcci.transport.host_keys import KnownHosts  # noqa: PLC0415
    from tlcci.transport.ssh import fetch_host_key  # noqa: PLC0415
    from tlcci.transport.ssh_target import find_bastion  # noqa: PLC0415

    lab, known = _inventory(inventory), KnownHosts()
    host = lab.host(name)
    target = (
        ssh_target(host) if host else find_bastion(name, [ssh_target(h) for h in lab.hosts])
    )
    if target is None or (host and host.connection == "local"):
        raise InputError(
            "host-unknown",
            f"{name} is no host that is reached over SSH",
            details=[("hosts", ", ".join(h.name for h in lab.hosts if h.connection == "ssh"))],
        )
    offered, recorded = fetch_host_key(target, known), known.keys_of(name)
    if offered in recorded:
        typer.echo(f"{name} is on record with {offered.fingerprint}")
        return
    kind = offered.kind.removeprefix("ssh-").split("-")[0]
    for key in recorded:
        typer.echo(f"on record  {key.kind} {key.fingerprint}")
    typer.echo(f"offered    {offered.kind} {offered.fingerprint}")
    typer.echo(f"compare    on {name} itself: ssh-keygen -lf /etc/ssh/ssh_host_{kind}_key.pub")
    if recorded and not rekey:
        raise InputError(
            "host-key-replaced",
            f"{name} has another key on record, which stays",
            next=f"after a reinstall: tlcci hosts trust {name} --rekey",
        )
    if not _is_confirmed(offered.fingerprint, fingerprint):
        raise InputError(
            "host-key-unconfirmed",
            f"the key of {name} was not confirmed, so it is not on record",
            next=f"tlcci hosts trust {name} --fingerprint {offered.fingerprint}",
        )
    known.record(name, [offered])
    typer.echo(f"recorded   in {known.path}")


@app.command()
def drain(
    names: Annotated[list[str], typer.Argument(help="Names of hosts")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever wonders.")],
    inventory: File = None,
) -> None:
    """Give hosts no new work, from any laptop, until `resume`; what runs goes on."""
    from tlcci.backends.registry import now, register  # noqa: PLC0415

    by = getpass.getuser()
    for host in chosen_hosts(names, inventory):
        _mark(host, f"{reason} ({by}, {now()})")
        register(host.name, drained=reason, by=by, since=now())
        typer.echo(f"{host.name}: drained")


@app.command()
def resume(
    names: Annotated[list[str], typer.Argument(help="Names of hosts")], inventory: File = None
) -> None:
    """Give drained hosts work again."""
    from tlcci.backends.registry import register  # noqa: PLC0415

    for host in chosen_hosts(names, inventory):
        _mark(host, None)
        register(host.name, drained="", by="", since="")
        typer.echo(f"{host.name}: resumed")


@power.command()
def cycle(
    names: Annotated[list[str], typer.Argument(help="Names of hosts")], inventory: File = None
) -> None:
    """Switch hosts off and on, by the command that hosts.yaml has for each."""
    for host in chosen_hosts(names, inventory):
        command = host.power.cycle
        if command is None:
            raise InputError(
                "power-undeclared",
                f"hosts.yaml does not say how {host.name} is switched",
                next=f"power: {{cycle: a command}} under {host.name} in hosts.yaml",
            )
        ended = subprocess.run(command, shell=True, check=False)  # noqa: S602 - a person's own
        if ended.returncode:
            raise MachineError(
                "power-failed",
                f"{host.name} was not switched: status {ended.returncode}",
                details=[("command", command)],
            )
        typer.echo(f"{host.name}: switched off and on")


def _mark(host: Host, reason: str | None) -> None:
    """Put the reason on the machine itself; on this one, our own record is enough."""
    from tlcci.backends.lease import mark_drained  # noqa: PLC0415
    from tlcci.backends.static import open_transport, usual_workdir  # noqa: PLC0415

    if host.connection == "local":
        return
    transport = open_transport(host)
    try:
        mark_drained(transport, usual_workdir(host), reason)
    finally:
        transport.close()


def _is_confirmed(offered: str, expected: str | None) -> bool:
    if expected is not None:
        return expected == offered
    return sys.stdin.isatty() and typer.confirm("Is it the same?", default=False)


def _inventory(path: Path | None) -> Inventory:
    from tlcci.inventory import find_inventory  # noqa: PLC0415

    return find_inventory(path)


def chosen_hosts(names: list[str] | None, path: Path | None) -> list[Host]:
    """Return the hosts called *names*, in the file's order; all where none is named."""
    lab = _inventory(path)
    missing = [name for name in names or [] if lab.host(name) is None]
    if missing:
        raise InputError(
            "host-unknown",
            f"no host is called {', '.join(missing)}",
            details=[("hosts", ", ".join(host.name for host in lab.hosts))],
        )
    return [host for host in lab.hosts if not names or host.name in names]


def _look(hosts: list[Host], *, measure_disk: bool) -> list[tuple[Host, Facts | MachineError]]:
    """Probe *hosts* at once; what failed stands in the place of the facts."""
    from tlcci.agents.probe import probe_machine  # noqa: PLC0415
    from tlcci.backends.static import open_transport  # noqa: PLC0415

    def look(host: Host) -> Facts | MachineError:
        transport = open_transport(host)
        try:
            return probe_machine(transport, workdir=host.workdir, measure_disk=measure_disk)
        except MachineError as error:
            return error
        finally:
            transport.close()

    with ThreadPoolExecutor(min(_AT_ONCE, len(hosts) or 1)) as pool:
        return list(zip(hosts, pool.map(look, hosts), strict=True))


def _row(host: Host, outcome: Facts | MachineError) -> tuple[str, ...]:
    labels = " ".join(host.labels)
    if isinstance(outcome, MachineError):
        return (host.name, labels, outcome.reference, "", "", "")
    from tlcci.backends.registry import registration  # noqa: PLC0415

    known = registration(host.name)
    state = f"drained by {known.by}: {known.drained}" if known.drained else "ready"
    free, memory = outcome.disk_free_mb / 1024, outcome.memory_free_mb / 1024
    return (
        host.name,
        labels,
        state,
        f"{outcome.load:.2f}",
        f"{free:.0f} GB",
        f"{memory:.1f} GB",
    )


def _told(host: Host, outcome: Facts | MachineError) -> list[tuple[str, str]]:
    if isinstance(outcome, MachineError):
        rows = [("unreached", outcome.message), *outcome.details]
        return [*rows, ("next", outcome.next)] if outcome.next else rows
    from tlcci.agents.labels import contradictions, propose_labels  # noqa: PLC0415
    from tlcci.agents.summary import summarize_facts  # noqa: PLC0415

    rows = summarize_facts(outcome)
    rows.append(("proves", " ".join(propose_labels(outcome))))
    for label, reason in contradictions(host.labels, outcome).items():
        rows.append((f"not {label}", reason))
    return rows


def _as_data(host: Host, outcome: Facts | MachineError) -> dict[str, Any]:
    if isinstance(outcome, MachineError):
        fault = {
            "reference": outcome.reference,
            "message": outcome.message,
            "next": outcome.next,
        }
        return {"name": host.name, "labels": list(host.labels), "error": fault}
    from tlcci.agents.labels import contradictions, propose_labels  # noqa: PLC0415

    return {
        "name": host.name,
        "labels": list(host.labels),
        "proposed": propose_labels(outcome),
        "contradicted": contradictions(host.labels, outcome),
        "facts": asdict(outcome),
    }


def _fail_if_any(rows: list[tuple[Host, Facts | MachineError]]) -> None:
    failed = [outcome for _, outcome in rows if isinstance(outcome, MachineError)]
    if failed:
        raise typer.Exit(max(error.exit_code for error in failed))


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _print_json(data: object) -> None:
    typer.echo(json.dumps(data, indent=2))
