"""What a production configuration gives: agents, credentials, variables, plugins, jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import yaml

from tlcci.check.drift.files import Files
from tlcci.check.drift.place import AGAINST, Place
from tlcci.check.drift.terraform import Named, Terraform
from tlcci.check.drift.yaml_lines import documents, get, line_of, scalars, text_of, walk
from tlcci.errors import InputError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_YAML = ("*.yaml", "*.yml", "*.yaml.tpl", "*.yml.tpl", "*.yaml.j2", "*.yml.j2")
_CASC_KEYS = frozenset({"jenkins", "credentials", "unclassified"})
_CREDENTIAL_KEYS = ("credentialsId", "credentials-id", "credentials_id", "credentialId")
_PLUGIN = r"^([a-z][\w.-]*)(?::([\w.+-]+))?(?::\S+)?[ \t]*(?:#.*)?$"
_ENVIRONMENT = r"^.*\b(\w+)=[^\n]*>>\s*\S*environment\b"


@dataclass(frozen=True)
class Job:
    """A job: *script* is the path of its Jenkinsfile, *repository* where that is."""

    name: str
    place: Place
    script: Named
    repository: str
    is_disabled: bool
    contexts: tuple[str, ...]
    parameters: tuple[Named, ...]


@dataclass(frozen=True)
class Plugin:
    """A plugin to install; *version* is empty where none is said."""

    id: str
    version: str
    place: Place


class Production:
    """A folder of configuration, read as far as a question asks."""

    def __init__(self, root: Path) -> None:
        self.files = Files(root, AGAINST)
        self.terraform = Terraform(self.files)
        if not (self.casc or self.jobs or self.plugins):
            raise InputError(
                "no-configuration",
                "no configuration as code, job or plugin list is here",
                Where(str(root)),
                next="tlcci check CHECKOUT --against FOLDER",
            )

    @cached_property
    def documents(self) -> list[tuple[str, yaml.Node]]:
        """Return every YAML document with its path."""
        found = self.files.matching(*_YAML)
        return [(path, one) for path, text in found for one in documents(text)]

    @cached_property
    def casc(self) -> list[tuple[str, yaml.Node]]:
        """Return the documents of Jenkins' configuration as code."""
        return [
            (path, root)
            for path, root in self.documents
            if isinstance(root, yaml.MappingNode)
            and any(key.value in _CASC_KEYS for key, _ in root.value)
        ]

    @cached_property
    def labels(self) -> list[Named]:
        """Return the labels of agents, each text as it is written."""
        found = [
            Named(text, self.files.place(path, line))
            for path, root in self.casc
            for keys, text, line in scalars(root, "labelString", "labels", "label")
            if keys[0] == "jenkins" and "${" not in text
        ]
        return [*found, *self.terraform.labels()]

    @cached_property
    def credentials(self) -> list[Named]:
        """Return the credentials that are made, by id."""
        return [
            Named(text, self.files.place(path, line))
            for path, root in self.casc
            for keys, text, line in scalars(root, "id")
            if keys[0] == "credentials"
        ]

    @cached_property
    def used_credentials(self) -> frozenset[str]:
        """Return the ids that this configuration itself uses, in agents and jobs."""
        return frozenset(
            text
            for _, root in self.documents
            for _, text, _ in scalars(root, *_CREDENTIAL_KEYS)
        )

    @cached_property
    def variables(self) -> list[Named]:
        """Return the variables that every build gets."""
        return [
            Named(text, self.files.place(path, line))
            for path, root in self.casc
            for keys, text, line in scalars(root, "key")
            if "globalNodeProperties" in keys and "env" in keys
        ]

    @cached_property
    def machine_variables(self) -> frozenset[str]:
        """Return the variables that machines set for whoever logs in."""
        found = self.files.find(_ENVIRONMENT, "*.sh", "*.tpl", "*.tf", "*.yml", "*.yaml")
        names = {one[1] for one, _ in found}
        for path, root in self.casc:
            del path
            names |= {text for keys, text, _ in scalars(root, "key") if "envVars" in keys}
        return frozenset(names)

    @cached_property
    def plugins(self) -> list[Plugin]:
        """Return the plugins to install."""
        names = ("plugins.txt", "*-plugins.txt", "plugins-*.txt")
        return [
            Plugin(found[1], found[2] or "", place)
            for found, place in self.files.find(_PLUGIN, *names)
        ]

    @cached_property
    def jobs(self) -> list[Job]:
        """Return the jobs that run a Jenkinsfile."""
        return [
            job
            for path, root in self.documents
            if isinstance(root, yaml.SequenceNode)
            for item in root.value
            for job in self._job(path, get(item, "job"))
        ]

    def look_for(self, *keys: str) -> Place | None:
        """Return where in the configuration as code one would look for *keys*, or its top."""
        for path, root in self.casc:
            for found, node in walk(root):
                if found == keys:
                    return self.files.place(path, max(1, line_of(node) - 1))
        return next((self.files.place(path) for path, _ in self.casc), None)

    @property
    def address(self) -> str:
        """Return the controller's own address, without the protocol."""
        for _, root in self.casc:
            url = text_of(get(root, "unclassified", "location", "url"))
            if url:
                return re.sub(r"\A\w+://", "", url).rstrip("/")
        return ""

    def _job(self, path: str, node: yaml.Node | None) -> Iterator[Job]:
        if node is None:
            return
        script = next(iter(scalars(node, "script-path")), None)
        if script is None:
            return
        parameters = tuple(
            Named(text, self.files.place(path, line))
            for keys, text, line in scalars(node, "name")
            if "parameters" in keys
        )
        yield Job(
            text_of(get(node, "name")),
            self.files.place(path, line_of(node)),
            Named(script[1], self.files.place(path, script[2])),
            _repository(node),
            text_of(get(node, "disabled")).lower() in {"true", "yes"},
            tuple(text for _, text, _ in scalars(node, "notification-context")),
            parameters,
        )


def _repository(node: yaml.Node) -> str:
    owner = next((text for _, text, _ in scalars(node, "repo-owner")), "")
    name = next((text for _, text, _ in scalars(node, "repo")), "")
    url = next((text for _, text, _ in scalars(node, "url")), "")
    if not name and url:
        parts = ["", *re.split(r"[/:]", url.removesuffix(".git"))]
        owner, name = parts[-2:]
    return f"{owner}/{name}".lower().strip("/")
