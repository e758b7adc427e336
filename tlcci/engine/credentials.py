"""Credentials by id, as a file gives them; their values never reach a log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tlcci.errors import InputError, Where

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Per type: what it must say, and Jenkins' name of the type in messages.
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "string": (("secret",), "Secret text"),
    "usernamePassword": (("username", "password"), "Username with password"),
    "file": (("filename", "content"), "Secret file"),
    "sshUserPrivateKey": (("username", "key"), "SSH Username with private key"),
}


@dataclass(frozen=True)
class Credential:
    """One credential: its *kind* as in `KINDS` and its *values*."""

    id: str
    kind: str
    values: Mapping[str, str] = field(repr=False)

    @property
    def kind_name(self) -> str:
        """Return what Jenkins calls this kind."""
        return KINDS[self.kind][1]


@dataclass(frozen=True)
class Credentials:
    """The credentials that a build may use."""

    known: Mapping[str, Credential] = field(default_factory=dict)

    def get(self, credential_id: str) -> Credential | None:
        """Return the credential of that id, or None."""
        return self.known.get(credential_id)


def read_credentials(path: Path | None) -> Credentials:
    """Return the credentials of the YAML file *path* (id -> type and values).

    Raises InputError that names every fault, never a value.
    """
    if path is None:
        return Credentials()
    import yaml  # noqa: PLC0415 - a run without credentials should not wait for it

    try:
        loaded = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(error)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise _unreadable(path, f"not YAML{where}") from error
    if loaded is None:
        return Credentials()
    if not isinstance(loaded, dict):
        raise _unreadable(path, "a mapping of id to credential was expected")
    faults = [fault for name, given in loaded.items() for fault in _faults(str(name), given)]
    if faults:
        raise InputError(
            "credentials-invalid",
            f"{len(faults)} of the credentials cannot be used",
            Where(str(path)),
            [("fault", "\n".join(faults))],
            next="id: {type: string, secret: ...} is the shortest form",
        )
    return Credentials(
        {str(name): _credential(str(name), given) for name, given in loaded.items()}
    )


def _faults(name: str, given: Any) -> list[str]:  # noqa: ANN401 - a YAML value
    if not isinstance(given, dict):
        return [f"{name}: a mapping with a type was expected"]
    kind = given.get("type")
    if kind not in KINDS:
        return [f"{name}: type is {kind!r}; known are {', '.join(KINDS)}"]
    wanted = KINDS[kind][0]
    missing = [f"{name}: {key} is missing" for key in wanted if given.get(key) is None]
    known = {"type", "description", "passphrase", *wanted}
    return missing + [
        f"{name}: {key} is not a key of {kind}" for key in given if key not in known
    ]


def _credential(name: str, given: Mapping[str, Any]) -> Credential:
    values = {key: str(value) for key, value in given.items() if key != "type"}
    return Credential(name, given["type"], values)


def _unreadable(path: Path, reason: str) -> InputError:
    return InputError(
        "credentials-unreadable",
        f"the credentials cannot be read: {reason}",
        Where(str(path)),
        next="give a YAML file of id: {type: ..., ...} with --credentials",
    )
