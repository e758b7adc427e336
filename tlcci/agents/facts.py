"""What a machine is, as `probe.sh` tells it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ARM_64 = ("aarch64", "arm64")
_THROTTLED = {  # bits of `vcgencmd get_throttled`: the state now, and since the boot
    0: "under-voltage now",
    1: "frequency capped now",
    2: "throttled now",
    3: "too hot now",
    16: "under-voltage since the boot",
    17: "frequency capped since the boot",
    18: "throttled since the boot",
    19: "too hot since the boot",
}


@dataclass(frozen=True)
class Java:
    """A Java runtime, *major* 0 where its version line is none we know."""

    path: str
    line: str
    major: int


@dataclass(frozen=True)
class Docker:
    """The Docker daemon as this user reaches it; *error* says why it does not."""

    version: str = ""
    storage: str = ""
    root: str = ""
    is_rootless: bool = False
    runtime: str = ""
    images: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Gpu:
    """One NVIDIA GPU."""

    uuid: str
    name: str
    memory_mb: int
    driver: str
    capability: str
    mode: str


@dataclass(frozen=True)
class Nvidia:
    """The NVIDIA driver: its kernel module, its tools, and how the two get along."""

    module: str = ""
    toolkit: str = ""
    gpus: tuple[Gpu, ...] = ()
    error: str = ""

    @property
    def needs_reboot(self) -> bool:
        """Return whether an update has left another library than the module that runs."""
        return "version mismatch" in self.error.lower()


@dataclass(frozen=True)
class Facts:
    """Everything that one look at a machine tells.

    *clock_skew_s* is the machine's clock less ours, None where it did not say.
    """

    system: str = ""
    kernel: str = ""
    architecture: str = ""
    bits: int = 0
    packages: str = ""
    hostname: str = ""
    model: str = ""
    distribution: str = ""
    cores: int = 0
    memory_mb: int = 0
    memory_free_mb: int = 0
    swap_mb: int = 0
    load: float = 0.0
    uptime_s: float = 0.0
    boot: str = ""
    clock_skew_s: float | None = None
    user: str = ""
    uid: int = -1
    groups: tuple[str, ...] = ()
    home: str = ""
    is_home_writable: bool = False
    is_workdir_writable: bool = False
    has_free_sudo: bool = False
    shell: str = ""
    workdir: str = ""
    disk_mb: int = 0
    disk_free_mb: int = 0
    write_mb_s: float | None = None
    is_tmp_noexec: bool = False
    javas: tuple[Java, ...] = ()
    programs: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    git: str = ""
    has_sftp: bool = False
    docker: Docker | None = None
    nvidia: Nvidia | None = None
    rocm: str | None = None
    jetson: str | None = None
    serials: tuple[str, ...] = ()
    usb: tuple[str, ...] = ()
    throttled: tuple[str, ...] = ()
    login_noise: str = ""

    @property
    def is_arm64(self) -> bool:
        """Return whether kernel and programs are both of 64-bit ARM."""
        return self.architecture in _ARM_64 and self.bits != 32 and self.packages != "armhf"  # noqa: PLR2004

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs that the driver answers for."""
        return self.nvidia.gpus if self.nvidia else ()


def parse_facts(text: str, *, skew_s: float | None = None, noise: str = "") -> Facts:
    """Return the facts in *text*, the output of `probe.sh`; what is missing stays empty."""
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, tab, value = line.partition("\t")
        if tab:
            rows.setdefault(name, []).append(value.strip())
    said = {name: values[-1] for name, values in rows.items()}
    disk = said.get("disk", "").split()
    return Facts(
        **{name: said.get(name, "") for name in _TEXTS},
        bits=_whole(said.get("bits")),
        cores=_whole(said.get("cores")),
        memory_mb=_whole(said.get("MemTotal")) // 1024,
        memory_free_mb=_whole(said.get("MemAvailable")) // 1024,
        swap_mb=_whole(said.get("SwapTotal")) // 1024,
        load=_number(said.get("load", "")),
        uptime_s=_number(said.get("uptime", "")),
        clock_skew_s=skew_s,
        uid=_whole(said.get("uid"), -1),
        groups=tuple(rows.get("group", ())),
        is_home_writable="home" in rows.get("writable", ()),
        is_workdir_writable="workdir" in rows.get("writable", ()),
        has_free_sudo="sudo" in said,
        disk_mb=_whole(disk[-5] if len(disk) >= 6 else None) // 1024,  # noqa: PLR2004
        disk_free_mb=_whole(disk[-3] if len(disk) >= 6 else None) // 1024,  # noqa: PLR2004
        write_mb_s=_speed(said.get("speed", "")),
        is_tmp_noexec="noexec" in said,
        javas=tuple(_java(row) for row in rows.get("java", ())),
        programs=dict(row.split("|", 1) for row in rows.get("program", ()) if "|" in row),
        has_sftp=bool(said.get("sftp")),
        docker=_docker(said, rows.get("image", ())),
        nvidia=_nvidia(said, rows.get("gpu", ())),
        rocm=said.get("rocm"),
        jetson=said.get("jetson"),
        serials=tuple(rows.get("serial", ())),
        usb=tuple(rows.get("usb", ())),
        throttled=_throttled(said.get("throttled", "")),
        login_noise=noise,
    )


_TEXTS = (
    "system",
    "kernel",
    "architecture",
    "packages",
    "hostname",
    "model",
    "distribution",
    "boot",
    "user",
    "home",
    "shell",
    "workdir",
    "python",
    "git",
)


def _whole(text: str | None, missing: int = 0) -> int:
    return int(text) if text and text.isdigit() else missing


def _number(text: str) -> float:
    found = re.match(r"[0-9.]+", text)
    return float(found[0]) if found else 0.0


def _speed(line: str) -> float | None:
    """Return megabytes a second from what dd of GNU or of BusyBox says at its end."""
    found = re.match(r"(\d+) bytes", line)
    seconds = re.search(r"copied, ([0-9.e-]+) ?s", line)
    if not found or not seconds or float(seconds[1]) == 0:
        return None
    return int(found[1]) / float(seconds[1]) / 1e6


def _java(row: str) -> Java:
    path, _, line = row.partition("|")
    found = re.search(r'version "(?:1\.)?(\d+)', line)
    return Java(path, line, int(found[1]) if found else 0)


def _docker(said: Mapping[str, str], images: Sequence[str]) -> Docker | None:
    if "docker_client" not in said:
        return None
    parts = said.get("docker", "").split("|")
    if len(parts) < 5:  # noqa: PLR2004  (as many as the probe asks for)
        return Docker(error=said.get("docker_error", "no answer"))
    version, storage, root, security, runtime = parts[:5]
    names = tuple(row.split("|")[0] for row in images)
    return Docker(version, storage, root, "rootless" in security, runtime, names)


def _nvidia(said: Mapping[str, str], rows: Sequence[str]) -> Nvidia | None:
    if not rows and not {"nvidia_module", "nvidia_error", "nvidia_toolkit"} & said.keys():
        return None
    module = re.search(r"(\d+\.\d+(?:\.\d+)?)", said.get("nvidia_module", ""))
    gpus = []
    for row in rows:
        words = [word.strip() for word in row.split(",")]
        if len(words) == 6:  # noqa: PLR2004  (as many as the probe asks for)
            gpus.append(Gpu(words[0], words[1], _whole(words[2]), words[3], words[4], words[5]))
    return Nvidia(
        module[1] if module else "",
        said.get("nvidia_toolkit", ""),
        tuple(gpus),
        said.get("nvidia_error", ""),
    )


def _throttled(text: str) -> tuple[str, ...]:
    found = re.search(r"0x([0-9a-fA-F]+)", text)
    bits = int(found[1], 16) if found else 0
    return tuple(what for bit, what in _THROTTLED.items() if bits >> bit & 1)
