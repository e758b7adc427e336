"""`withCredentials`: secrets as variables and files, masked in the log."""

from __future__ import annotations

import contextlib
import posixpath
import secrets
from typing import TYPE_CHECKING, Any

from tlcci.engine.definition import Param, Step, render
from tlcci.engine.failures import CREDENTIAL_NOT_FOUND, Failure, illegal_argument, missing_node
from tlcci.engine.sites import do
from tlcci.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tlcci.engine.credentials import Credential
    from tlcci.engine.program import Call

_PLAIN = "com.cloudbees.plugins.credentials.common.StandardUsernamePasswordCredentials"
_BINDINGS = {  # symbol or class name: kind, Jenkins' interface
    "string": ("string", "org.jenkinsci.plugins.plaincredentials.StringCredentials"),
    "usernamePassword": ("usernamePassword", _PLAIN),
    "usernameColonPassword": ("usernamePassword", _PLAIN),
    "file": ("file", "org.jenkinsci.plugins.plaincredentials.FileCredentials"),
    "zip": ("file", "org.jenkinsci.plugins.plaincredentials.FileCredentials"),
    "sshUserPrivateKey": (
        "sshUserPrivateKey",
        "com.cloudbees.jenkins.plugins.sshcredentials.SSHUserPrivateKey",
    ),
}
_NEEDING_WORKSPACE = {"file", "zip", "sshUserPrivateKey"}
_CLASSES = {
    "StringBinding": "string",
    "UsernamePasswordMultiBinding": "usernamePassword",
    "UsernamePasswordBinding": "usernameColonPassword",
    "FileBinding": "file",
    "SSHUserPrivateKeyBinding": "sshUserPrivateKey",
}


async def _with_credentials(call: Call) -> Any:  # noqa: ANN401 - the body's value
    bound = _Bound(call)
    for binding in call.args["bindings"]:
        bound.add(binding)
    site = call.build.site(call.context)
    if bound.masked:
        names = " or ".join(f"${name}" for name in bound.masked)
        call.log(f"Masking supported pattern matches of {names}")
    context = call.context
    try:
        for path, content in bound.files.items():
            await do(site, site.files.write, path, content.encode(), 0o400)
        return await call.body(
            context.with_env(bound.variables).but(
                secrets=context.secrets | set(bound.masked.values()),
                secret_names={**context.secret_names, **bound.masked},
            )
        )
    finally:
        for folder in bound.folders:
            # A machine that is lost is told of by the step that lost it.
            with contextlib.suppress(MachineError):
                await do(site, site.files.delete, folder)


class _Bound:
    """What the bindings of one step gave: variables, secrets among them, files on disk."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.variables: dict[str, str] = {}
        self.masked: dict[str, str] = {}
        self.folders: list[str] = []
        self.files: dict[str, str] = {}

    def add(self, binding: Any) -> None:  # noqa: ANN401 - a symbol as the JVM sends it
        """Bind one credential; raise Failure when it is not there or of another kind."""
        name, args = _symbol(binding)
        if name not in _BINDINGS:
            raise illegal_argument(f"no such binding: {name}")
        if name in _NEEDING_WORKSPACE and self._call.context.workspace is None:
            raise missing_node("code", "hudson.FilePath")
        credential_id = args.get("credentialsId")
        self._call.build.credentials_used.append((credential_id, name, self._call.line))
        credential = self._call.build.credentials.get(str(credential_id))
        if credential is None:
            raise Failure(
                CREDENTIAL_NOT_FOUND,
                f"Could not find credentials entry with ID '{render(credential_id)}'",
            )
        kind, interface = _BINDINGS[name]
        if credential.kind != kind:
            raise Failure(
                CREDENTIAL_NOT_FOUND,
                f"Credentials '{credential_id}' is of type '{credential.kind_name}' where "
                f"'{interface}' was expected",
            )
        _BINDERS[name](self, credential, args)

    def secret(self, variable: str | None, value: str) -> None:
        """Give *variable* a value that is masked."""
        if variable:
            self.variables[variable] = value
            self.masked[variable] = value

    def plain(self, variable: str | None, value: str) -> None:
        """Give *variable* a value that is shown."""
        if variable:
            self.variables[variable] = value

    def file(self, variable: str | None, name: str, content: str) -> None:
        """Have a file that only its owner may read, beside the workspace."""
        context = self._call.context
        if context.workspace is None:
            raise missing_node("code", "hudson.FilePath")
        folder = f"{context.workspace}@tmp/secretFiles/{secrets.token_hex(16)}"
        self.folders.append(folder)
        path = posixpath.join(folder, name)
        self.files[path] = content
        self.secret(variable, path)


def _symbol(binding: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 - as the JVM sends it
    if isinstance(binding, dict) and binding.get("$x") == "symbol":
        return binding["name"], binding["args"]
    if isinstance(binding, dict) and "$class" in binding:
        simple = str(binding["$class"]).rsplit(".", 1)[-1]
        return _CLASSES.get(simple, simple), binding
    raise illegal_argument(f"not a credentials binding: {binding}")


def _string(bound: _Bound, credential: Credential, args: dict[str, Any]) -> None:
    bound.secret(args.get("variable"), credential.values["secret"])


def _username_password(bound: _Bound, credential: Credential, args: dict[str, Any]) -> None:
    bound.plain(args.get("usernameVariable"), credential.values["username"])
    bound.secret(args.get("passwordVariable"), credential.values["password"])


def _username_colon(bound: _Bound, credential: Credential, args: dict[str, Any]) -> None:
    values = credential.values
    bound.secret(args.get("variable"), f"{values['username']}:{values['password']}")


def _file(bound: _Bound, credential: Credential, args: dict[str, Any]) -> None:
    bound.file(
        args.get("variable"), credential.values["filename"], credential.values["content"]
    )


def _ssh_key(bound: _Bound, credential: Credential, args: dict[str, Any]) -> None:
    variable = args.get("keyFileVariable")
    key = credential.values["key"]
    bound.file(variable, f"ssh-key-{variable}", f"{key}\n")
    bound.plain(args.get("usernameVariable"), credential.values["username"])
    passphrase = credential.values.get("passphrase")
    if passphrase:
        bound.secret(args.get("passphraseVariable"), passphrase)


_BINDERS: dict[str, Callable[[_Bound, Credential, dict[str, Any]], None]] = {
    "string": _string,
    "usernamePassword": _username_password,
    "usernameColonPassword": _username_colon,
    "file": _file,
    "zip": _file,
    "sshUserPrivateKey": _ssh_key,
}

STEPS = (
    Step(
        "withCredentials",
        _with_credentials,
        (Param("bindings", "list"),),
        sole="bindings",
        type_name="org.jenkinsci.plugins.credentialsbinding.impl.BindingStep",
        is_block=True,
    ),
)
