"""The facts of a machine in words, a dozen rows that a person reads at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlcci.agents.facts import Facts

# What TLS, make and leases need; see field reports of boards without a clock of their own.
MOST_SKEW_S = 2.0
_SLOW_MB_S = 40.0
_DAY_S = 86_400
_NEEDED = ("git", "docker", "python3", "curl", "tar", "lscpu", "free")


def summarize_facts(facts: Facts) -> list[tuple[str, str]]:
    """Return (label, text) rows; what is in order is short, what is not says so."""
    rows = [
        ("machine", _joined(facts.model, facts.distribution, f"{facts.architecture}")),
        ("processor", f"{facts.cores} cores, {facts.memory_mb / 1024:.1f} GB, {_swap(facts)}"),
        ("disk", _disk(facts)),
        ("clock", _clock(facts)),
        ("user", f"{facts.user} (uid {facts.uid}), groups {' '.join(facts.groups)}"),
        ("java", ", ".join(f"{java.path} ({java.major})" for java in facts.javas) or "none"),
        ("docker", _docker(facts)),
        *_accelerators(facts),
    ]
    missing = [name for name in _NEEDED if name not in facts.programs]
    if missing:
        rows.append(("missing", " ".join(missing)))
    rows += [("serial", path) for path in facts.serials]
    warnings = [*facts.throttled]
    if not facts.has_sftp:
        warnings.append("no SFTP server: Jenkins cannot start an agent")
    if facts.is_tmp_noexec:
        warnings.append("its temporary folder is mounted noexec")
    if not facts.is_home_writable:
        warnings.append(f"{facts.home} cannot be written")
    if facts.login_noise:
        warnings.append("the login shell prints: " + facts.login_noise.splitlines()[0][:60])
    return [*rows, *(("warning", text) for text in warnings)]


def _joined(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _swap(facts: Facts) -> str:
    return f"{facts.swap_mb / 1024:.1f} GB swap" if facts.swap_mb else "no swap"


def _disk(facts: Facts) -> str:
    text = f"{facts.disk_free_mb / 1024:.0f} of {facts.disk_mb / 1024:.0f} GB free"
    text += f" for {facts.workdir}"
    if facts.write_mb_s is not None:
        slow = " (slow)" if facts.write_mb_s < _SLOW_MB_S else ""
        text += f", writes {facts.write_mb_s:.0f} MB/s{slow}"
    return text if facts.is_workdir_writable else text + ", not writable"


def _clock(facts: Facts) -> str:
    skew = facts.clock_skew_s
    if skew is None:
        return "unknown"
    if abs(skew) <= MOST_SKEW_S:
        return f"right within {MOST_SKEW_S:.0f} s"
    size = f"{abs(skew) / _DAY_S:.1f} days" if abs(skew) > _DAY_S else f"{abs(skew):.1f} s"
    return f"{size} {'ahead' if skew > 0 else 'behind'}: sudo timedatectl set-ntp true"


def _docker(facts: Facts) -> str:
    docker = facts.docker
    if docker is None:
        return "not installed"
    if docker.error:
        return docker.error
    kind = "rootless" if docker.is_rootless else "root daemon"
    return f"{docker.version}, {docker.storage}, {kind}, {len(docker.images)} images"


def _accelerators(facts: Facts) -> list[tuple[str, str]]:
    rows = [
        ("gpu", f"{gpu.name}, {gpu.memory_mb / 1024:.0f} GB, sm {gpu.capability}, {gpu.uuid}")
        for gpu in facts.gpus
    ]
    if facts.nvidia and facts.nvidia.error:
        hint = "reboot needed: " if facts.nvidia.needs_reboot else ""
        rows.append(("gpu", hint + facts.nvidia.error))
    if facts.nvidia and facts.gpus:
        toolkit = facts.nvidia.toolkit or "no container toolkit"
        rows.append(("driver", f"{facts.gpus[0].driver}, {toolkit}"))
    if facts.rocm is not None:
        rows.append(("rocm", facts.rocm or "version unknown"))
    if facts.jetson is not None:
        rows.append(("jetson", facts.jetson))
    return rows
