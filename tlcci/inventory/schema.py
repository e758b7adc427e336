"""The rules of hosts.yaml as data, which the reader and the JSON schema obey."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Rule:
    """What one place may hold: *what* names it in an error, *about* explains it to a person."""

    what: str
    about: str = ""


@dataclass(frozen=True)
class Text(Rule):
    """Text that *pattern* matches as a whole, or one of *choices*; *hint* says it in words.

    Where *literal* is set, an unquoted number or truth value is taken as it is written.
    """

    pattern: str = r"[^\x00-\x1f\x7f]+"
    choices: tuple[str, ...] = ()
    hint: str = "one line of text, not empty"
    literal: bool = False


@dataclass(frozen=True)
class Number(Rule):
    """A number, a whole one unless *fractions* are allowed, from *minimum* to *maximum*."""

    minimum: int = 0
    maximum: int = 1_000_000
    fractions: bool = False


@dataclass(frozen=True)
class Items(Rule):
    """A list of *item*; *short* allows one item, or words between blanks, without a list."""

    item: Text = field(default_factory=lambda: Text("text"))
    short: Literal["", "one", "words"] = ""
    at_least: int = 0


@dataclass(frozen=True)
class Table(Rule):
    """A mapping of names that the person chooses to values of one kind."""

    key: Text = field(default_factory=lambda: Text("a name"))
    value: AnyRule = field(default_factory=lambda: Text("text"))


@dataclass(frozen=True)
class Record(Rule):
    """A mapping of known keys."""

    keys: Mapping[str, AnyRule] = field(default_factory=dict)
    required: tuple[str, ...] = ()


AnyRule = Text | Number | Items | Table | Record

_LABEL_SIGNS = "[A-Za-z0-9._:+=-]"
_URL = r"https?://[^\s\x00-\x1f\x7f]+"
_FILE = r"(~/|/)[^\x00-\x1f\x7f]*[^/\x00-\x1f\x7f]"
_LABEL_HINT = "letters, digits and . _ : + = - (not first)"

LABEL = Text("a label", pattern=f"(?!-){_LABEL_SIGNS}+", hint=_LABEL_HINT)
HOST_NAME = Text(
    "a host name",
    pattern=r"(?!(built-in|master)$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
    hint="letters, digits and . _ - (not first), 100 at most; not built-in or master",
)
_ALIAS = Text(
    "a label pattern",
    pattern=rf"(?!-)(?=.){_LABEL_SIGNS}*\*?{_LABEL_SIGNS}*",
    hint=f'{_LABEL_HINT}, and one "*" at most',
)
_PLAIN_NAME = Text(
    "a name", pattern="[A-Za-z0-9][A-Za-z0-9._-]{0,99}", hint="letters, digits and . _ -"
)
_LABELS = Items(
    "labels", "A list, or words between blanks. The name is a label too.", LABEL, "words"
)
_EXECUTORS = Number("a number of executors", "How many builds run at once.", 1, 1000)
_MODE = Text(
    "a mode",
    "normal: also for stages that ask for no label; exclusive: only for its labels.",
    choices=("normal", "exclusive"),
)
_ENV = Table(
    "environment variables",
    "Set for every step there; numbers and true/false are taken as they are written.",
    Text(
        "the name of an environment variable",
        pattern=r"[A-Za-z_][A-Za-z0-9_]*(\+[A-Za-z0-9_]+)?",
        hint="letters, digits and _ (PATH+NAME puts a folder in front of PATH)",
    ),
    Text("text", pattern=r"[^\x00]*", hint="text without a NUL", literal=True),
)
_USER = Text(
    "a user name",
    "Who logs in; your own ssh configuration decides where it is left out.",
    pattern=r"[A-Za-z0-9_][A-Za-z0-9_.@-]*",
    hint="letters, digits and _ . @ -",
)
_HEX_64 = Text("a SHA-256", pattern="[0-9a-f]{64}", hint="64 digits of 0-9 and a-f")
_JAVA = Table(
    "Java archives",
    "A private Java runtime for each architecture, where a host has none that fits.",
    Text("an architecture", pattern="[a-z0-9_]+", hint="as `uname -m` prints it"),
    Record(
        "a Java archive",
        keys={
            "archive": Text(
                "a path or URL", pattern=f"{_URL}|{_FILE}", hint="absolute, or http"
            ),
            "sha256": _HEX_64,
        },
        required=("archive", "sha256"),
    ),
)
_COMMAND = Text("a command")

_SHARED: Mapping[str, AnyRule] = {
    "port": Number("a port", "Of the SSH server; 22 where it is left out.", 1, 65535),
    "user": _USER,
    "connection": Text(
        "a connection", "local: this machine, without SSH.", choices=("ssh", "local")
    ),
    "identity_file": Text(
        "a key file",
        "The private key to log in with.",
        pattern=_FILE,
        hint="absolute, or ~/...",
    ),
    "jump": Text(
        "a host of this file", "The host that the connection goes through.", HOST_NAME.pattern
    ),
    "workdir": Text(
        "a folder",
        "Workspaces and the agent live below it.",
        pattern=_FILE,
        hint="absolute, or ~/...; no / at the end",
    ),
    "executors": _EXECUTORS,
    "labels": _LABELS,
    "mode": _MODE,
    "env": _ENV,
    "gpus": Text(
        "a way to share GPUs",
        "split: one node a GPU; shared: all GPUs for every executor.",
        choices=("shared", "split"),
    ),
    "java": _JAVA,
}

_HOST = Record(
    "a host",
    "One machine; every key may be left out.",
    keys={
        "address": Text(
            "an address",
            "Host name, IPv4 or IPv6; the host's name where it is left out.",
            pattern="[A-Za-z0-9:][A-Za-z0-9._:%-]*",
            hint="a host name, an IPv4 or an IPv6 address",
        ),
        "host_key": Items(
            "host keys",
            "What the SSH server must show: lines of `ssh-keyscan` without the address.",
            Text(
                "an SSH host key",
                pattern=r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) "
                r"[A-Za-z0-9+/]{40,}={0,3}( .*)?",
                hint="ssh-ed25519 AAAA..., as ssh-keyscan prints it after the address",
            ),
            "one",
        ),
        **_SHARED,
        "power": Record(
            "power",
            "Commands, run on this machine, that switch the host.",
            keys={"cycle": _COMMAND, "start": _COMMAND, "stop": _COMMAND, "status": _COMMAND},
        ),
    },
)

_CONTROLLER = Record(
    "the controller",
    "The Jenkins controller that runs on this machine.",
    keys={
        "name": Text(
            "a lab name",
            "Names the Compose project, so that labs live side by side.",
            pattern="[a-z0-9][a-z0-9_-]{0,49}",
            hint="small letters, digits and _ - (not first), 50 at most",
        ),
        "jenkins_version": Text(
            "a Jenkins version",
            pattern=r"[0-9]+(\.[0-9]+){1,2}",
            hint='such as "2.492.3", quoted',
        ),
        "image": Text(
            "an image", "A controller image that is there already: nothing is built."
        ),
        "base_image": Text("an image", "What the controller's image is built from."),
        "mirrors": Table(
            "mirrors",
            "Where to fetch from instead: plugins, update-center, registry ...",
            _PLAIN_NAME,
            Text("a URL", pattern=_URL, hint="http://... or https://..."),
        ),
        "listen": Text(
            "an address and port",
            "Beyond loopback only with tls.",
            pattern=r"([0-9.]+|\[[0-9A-Fa-f:]+\]|localhost):[0-9]{1,5}",
            hint="such as 127.0.0.1:8080 or [::1]:8080",
        ),
        "url": Text(
            "a URL", "How people reach it.", pattern=_URL, hint="http://... or https://..."
        ),
        "tls": Record(
            "tls",
            "Files, read by the reverse proxy.",
            keys={"certificate": Text("a path"), "key": Text("a path")},
            required=("certificate", "key"),
        ),
        "users": Table(
            "users",
            "Who may log in besides the generated admin.",
            _PLAIN_NAME,
            Record(
                "a user",
                keys={
                    "role": Text("a role", choices=("admin", "builder", "reader")),
                    "full_name": Text("a name"),
                },
                required=("role",),
            ),
        ),
        "env": _ENV,
        "approvals": Items(
            "approvals", "Signatures that scripts may use.", Text("a script signature")
        ),
    },
)

_CAP = Number("a spend cap", "US dollars a day.", fractions=True)
_SUBNET = Text("a subnet", pattern="make|subnet-[0-9a-f]{8,17}", hint='"make" or subnet-...')
_GROUP = Text("a security group", pattern="make|sg-[0-9a-f]{8,17}", hint='"make" or sg-...')

_POOL = Record(
    "a pool",
    "Machines of one kind, raised when no host serves the label.",
    keys={
        "labels": Items("labels", item=LABEL, short="words", at_least=1),
        "instance_types": Items(
            "instance types",
            "In order of preference.",
            Text(
                "an instance type",
                pattern=r"[a-z0-9-]+\.[a-z0-9-]+",
                hint="such as c6a.8xlarge",
            ),
            "words",
            at_least=1,
        ),
        "ami": Text(
            "an AMI",
            "An id, or the SSM parameter of a public image.",
            pattern="ami-[0-9a-f]{8,17}|/[A-Za-z0-9._/-]+",
            hint="ami-... or /aws/service/...",
        ),
        "spot_percent": Number("a percentage", "How much of it is spot.", 0, 100),
        "min": Number("a number of machines", "Kept running.", 0, 1000),
        "max": Number("a number of machines", "Raised at most.", 0, 1000),
        "idle_minutes": Number("minutes", "After so long without work it ends.", 1, 10_000),
        "wait_minutes": Number(
            "minutes", "How long a stage waits for a host of the lab first.", fractions=True
        ),
        "cap_per_day": _CAP,
        "subnet": _SUBNET,
        "security_group": _GROUP,
        "user": _USER,
        "executors": _EXECUTORS,
        "mode": _MODE,
        "env": _ENV,
        "disk_gb": Number("gigabytes", "Of the root disk.", 8, 16_384),
    },
    required=("labels", "instance_types"),
)

HOSTS_YAML = Record(
    "hosts.yaml",
    "The machines of a lab, and what they serve.",
    keys={
        "version": Number("the version of the format", "Always 1.", 1, 1),
        "controller": _CONTROLLER,
        "defaults": Record(
            "defaults",
            "For every host: labels, env and java are added to its own, others are replaced.",
            keys=_SHARED,
        ),
        "hosts": Table(
            "hosts", "Name: host. Left out: this machine is the one host.", HOST_NAME, _HOST
        ),
        "aliases": Table(
            "aliases",
            "Pattern: label. A label that no host has is served as the label given here.",
            _ALIAS,
            _ALIAS,
        ),
        "aws": Record(
            "aws",
            "What AWS serves when the lab has no such machine.",
            keys={
                "region": Text("a region", pattern="[a-z]+(-[a-z]+)+-[0-9]", hint="us-west-2"),
                "profile": Text("a profile", "Of ~/.aws/config."),
                "cap_per_day": _CAP,
                "subnet": _SUBNET,
                "security_group": _GROUP,
                "artifacts": Record(
                    "artifacts",
                    "Stores of the account that stand for production's.",
                    keys={
                        "bucket": Text(
                            "a bucket",
                            pattern="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
                            hint="3 to 63 of small letters, digits and . -",
                        ),
                        "registry": Text("a registry"),
                    },
                ),
                "pools": Table("pools", "Name: pool.", _PLAIN_NAME, _POOL),
            },
        ),
    },
    required=("version",),
)
