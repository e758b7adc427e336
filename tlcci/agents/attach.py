"""A machine becomes one of the CI, and stops being one: as a transaction."""

from __future__ import annotations

import hashlib
import shlex
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tlcci import paths
from tlcci.agents.probe import probe_machine
from tlcci.agents.provision import environment_of, provision, wanted_java
from tlcci.agents.receipt import (
    Outcome,
    attach_script,
    detach_script,
    parse_outcomes,
    receipt_path,
)
from tlcci.agents.refusals import refusals
from tlcci.backends.static import usual_workdir
from tlcci.errors import InputError, MachineError
from tlcci.transport import Command

if TYPE_CHECKING:
    from collections.abc import Collection

    from tlcci.agents.changes import Change
    from tlcci.agents.facts import Facts
    from tlcci.inventory import Host
    from tlcci.inventory.models import JavaArchive
    from tlcci.transport import Result, Transport

_LOOK_S = 60.0
_WORK_S = 900.0
# The home folder, then a line for each executor that is held (see backends/lease.sh).
_BUSY = r"""printf '%s\n' "$HOME"; cd -- "$HOME" && cd -- WORKDIR/.leases 2>/dev/null || exit 0
read -r now _ </proc/uptime; boot=$(cat /proc/sys/kernel/random/boot_id)
for slot in slot-[0-9]*; do
  case $slot in *.new) continue ;; esac
  read -r _ expiry its_boot origin pid owner 2>/dev/null <"$slot" || continue
  [ "$its_boot" = "$boot" ] && [ "$expiry" -gt "${now%.*}" ] || continue
  [ "$origin" = "$boot-$(readlink /proc/self/ns/pid)" ] && [ ! -d "/proc/$pid" ] && continue
  printf '%s\n' "$owner"
done
exit 0
"""


@dataclass(frozen=True)
class Plan:
    """What is to be done on one machine: of *changes*, those *wanted*, by title."""

    facts: Facts
    changes: list[Change]
    receipt: str
    wanted: list[str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        """The script that does it, to be read first."""
        return "#!/bin/sh\n" + attach_script(self.receipt, self.changes)


def plan_attach(transport: Transport, host: Host, without: Collection[str] = ()) -> Plan:
    """Look at the machine, in two round trips; it is left as it was."""
    facts = probe_machine(transport, workdir=host.workdir)
    if reasons := refusals(facts, host, without):
        raise AttachRefusedError(host.name, [(r.reason, r.remedy) for r in reasons])
    return plan_changes(transport, host, facts)


def plan_changes(transport: Transport, host: Host, facts: Facts) -> Plan:
    """Return what a machine of these *facts* needs, as far as it is not so already."""
    changes = provision(facts, host, _public_key(host))
    receipt = receipt_path(facts.home, host.name)
    script = attach_script(receipt, changes, only_look=True)
    said = _told(transport, transport.run(Command(script=script, timeout_s=_LOOK_S)))
    if drifted := [row.text for row in said if row.state == "drifted"]:
        raise MachineDriftedError(host.name, drifted)
    wanted = [row.text for row in said if row.state == "wanted"]
    return Plan(facts, changes, receipt, wanted, environment_of(facts, host))


def attach_machine(transport: Transport, host: Host, plan: Plan) -> list[Outcome]:
    """Make the changes of *plan*, in one round trip, and look once more.

    A change that fails takes those before it back. What a lost connection leaves half
    made is in the receipt: the next attach begins it again, and detach undoes it.
    """
    if not plan.wanted:
        return []
    archive = wanted_java(plan.facts, host)
    is_java_wanted = any(c.name == "java" and c.title in plan.wanted for c in plan.changes)
    content = fetch_archive(archive) if archive and is_java_wanted else b""
    script = attach_script(plan.receipt, plan.changes)
    said = _told(
        transport, transport.run(Command(script=script, stdin=content, timeout_s=_WORK_S))
    )
    look = attach_script(plan.receipt, plan.changes, only_look=True)
    after = _told(transport, transport.run(Command(script=look, timeout_s=_LOOK_S)))
    if left := [row.text for row in after if row.state not in {"same", "there"}]:
        raise MachineDriftedError(host.name, left)
    return [row for row in said if row.state == "made"]


def detach_machine(transport: Transport, host: Host) -> list[Outcome]:
    """Undo what the machine's receipt says; return what was undone and what is kept.

    A machine on which a run holds an executor is left alone.
    """
    asked = _BUSY.replace("WORKDIR", shlex.quote(usual_workdir(host).removeprefix("~/")))
    look = transport.run(Command(script=asked, timeout_s=_LOOK_S))
    home, *owners = look.text.splitlines() or [""]
    if not look.ok or not home:
        raise PrepareFailedError(transport.name, "it does not tell its home folder", [])
    if owners:
        raise MachineBusyError(host.name, owners)
    script = detach_script(receipt_path(home, host.name))
    return _told(transport, transport.run(Command(script=script, timeout_s=_WORK_S)))


def fetch_archive(archive: JavaArchive) -> bytes:
    """Return the archive, from its path or, once, from its address; its hash is right."""
    place = archive.archive
    if "://" not in place:
        return _checked(archive, Path(place).expanduser())
    kept = paths.cache_home() / "archives" / archive.sha256
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            with urllib.request.urlopen(place, timeout=_LOOK_S) as reply:  # noqa: S310 - a person's own
                content = reply.read()
        except (OSError, ValueError) as error:
            raise ArchiveUnusableError(place, str(error)) from error
        new = kept.with_suffix(".new")
        new.write_bytes(content)
        new.replace(kept)
    return _checked(archive, kept)


def _checked(archive: JavaArchive, path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArchiveUnusableError(archive.archive, str(error.strerror)) from error
    found = hashlib.sha256(content).hexdigest()
    if found != archive.sha256:
        raise ArchiveUnusableError(archive.archive, f"its sha256 is {found}")
    return content


def _public_key(host: Host) -> str | None:
    if host.identity_file is None:
        return None
    path = Path(host.identity_file + ".pub").expanduser()
    return path.read_text().strip() if path.is_file() else None


def _told(transport: Transport, result: Result) -> list[Outcome]:
    said, is_whole = parse_outcomes(result.text)
    if is_whole:
        return said
    failed = next((row for row in said if row.state == "failed"), None)
    reason = result.stderr.decode("utf-8", "replace").strip()
    raise PrepareFailedError(
        transport.name,
        f"{failed.entry}: {failed.text}" if failed else reason or f"status {result.status}",
        [row.entry for row in said if row.state == "reverted"],
    )


class AttachRefusedError(MachineError):
    """A machine is not fit to be attached."""

    def __init__(self, machine: str, reasons: list[tuple[str, str]]) -> None:
        rows = [row for reason, remedy in reasons for row in (("but", reason), ("do", remedy))]
        super().__init__(
            "attach-refused",
            f"{machine} cannot be attached as it is; nothing was changed",
            details=rows,
            next=f"then: tlcci attach {machine}",
        )


class PrepareFailedError(MachineError):
    """A change on a machine failed; those before it were taken back."""

    def __init__(self, machine: str, reason: str, reverted: list[str]) -> None:
        rows = [("failed", reason)]
        if reverted:
            rows.append(("taken back", ", ".join(reverted)))
        super().__init__(
            "prepare-failed",
            f"a change on {machine} failed",
            details=rows,
            next=f"mend it, then: tlcci attach {machine}, or tlcci detach {machine}",
        )


class MachineBusyError(MachineError):
    """A run holds an executor of a machine that is to be detached."""

    def __init__(self, machine: str, owners: list[str]) -> None:
        super().__init__(
            "machine-busy",
            f"a run is at work on {machine}; nothing was undone",
            details=[("run", owner) for owner in owners],
            next=f"tlcci hosts drain {machine} --reason leaving, and detach when it is done",
        )


class MachineDriftedError(MachineError):
    """What an attach once made is not there any more."""

    def __init__(self, machine: str, changed: list[str]) -> None:
        super().__init__(
            "machine-drifted",
            f"somebody changed on {machine} what an attach had made",
            details=[("changed", title) for title in changed],
            next=f"tlcci detach {machine}, which keeps what is theirs; then attach again",
        )


class ArchiveUnusableError(InputError):
    """An archive of hosts.yaml cannot be read, or is not the one meant."""

    def __init__(self, archive: str, reason: str) -> None:
        super().__init__(
            "archive-unusable",
            f"the Java archive {archive} cannot be used",
            details=[("reason", reason)],
        )
