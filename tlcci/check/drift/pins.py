"""Software by name and version: plugins, what pages tell to install, what machines run."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tlcci.check.drift.files import line_at
from tlcci.check.drift.place import CHECKOUT, Drift, Place
from tlcci.check.drift.terraform import Named
from tlcci.check.drift.words import closest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tlcci.check.drift.asked import Asked
    from tlcci.check.drift.files import Files
    from tlcci.check.drift.production import Production

_PLUGIN_USE = r"""plugin=\\?["']([a-z][\w-]*)@([\w.+-]+)"""
_INSTALL = re.compile(r"\bpip3? install ([^\n`]+)")
_PYTHON_RUN = re.compile(r"\bpython3? (?:\./)?([\w./-]+\.py)")
# Modules whose distribution has another name.
_DISTRIBUTIONS = {
    "jenkins": "python-jenkins",
    "yaml": "pyyaml",
    "git": "gitpython",
    "github": "pygithub",
    "dateutil": "python-dateutil",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
}
_CLONE = r"git clone (?!.*(?:--branch|-b |--depth 1 --revision))\S*(?:https|git|ssh)[^\s;&|]+"
# The Python that a release of the system has as python3.
_SYSTEM_PYTHON = {
    "xenial": 5,
    "bionic": 6,
    "focal": 8,
    "jammy": 10,
    "noble": 12,
    "buster": 7,
    "bullseye": 9,
    "bookworm": 11,
    "trixie": 13,
}
# Programs that no bare system has, and the packages that bring each.
_PACKAGES = {
    "aws": {"awscli", "aws-cli", "awscliv2"},
    "cmake": {"cmake"},
    "docker": {"docker-ce", "docker.io", "docker", "docker-engine", "moby-engine"},
    "gcc": {"gcc", "build-essential"},
    "jq": {"jq"},
    "make": {"make", "build-essential"},
    "node": {"nodejs", "node"},
    "rsync": {"rsync"},
    "unzip": {"unzip"},
    "zip": {"zip"},
}
_INSTALLED = r"\b(?:apt|apt-get|yum|dnf|snap|apk) (?:-\S+ )*(?:install|add)((?:[^\n;&|]|\\\n)+)"
_TASK = r"^\s*(?:- |-? *(?:name|pkg): )[\"']?([\w.-]+)[\"']?\s*$"  # of Ansible
_STEP_PLUGINS = {
    "ansiColor": "ansicolor",
    "cleanWs": "ws-cleanup",
    "discordSend": "discord-notifier",
    "lock": "lockable-resources",
    "s3Upload": "pipeline-aws",
    "slackSend": "slack",
    "sshagent": "ssh-agent",
    "timestamps": "timestamper",
    "withAWS": "pipeline-aws",
}
_CASC_PLUGINS = {
    "ec2Fleet": "ec2-fleet",
    "projectMatrix": "matrix-auth",
    "gitHubApp": "github-branch-source",
    "basicSSHUserPrivateKey": "ssh-credentials",
    "sSHConnector": "ssh-slaves",
}


def unlisted_plugins(asked: Asked, given: Production) -> Iterator[Drift]:
    """A plugin that something uses and no list installs."""
    if not given.plugins:
        return
    listed = [Named(one.id, one.place) for one in given.plugins]
    names = {one.name for one in listed}
    for name, place, use in _plugin_uses(asked, given):
        near = closest(name, listed)
        if name not in names and near:
            names.add(name)
            text = f"{use} the plugin {name}, which no list of plugins installs"
            yield Drift("plugin-missing", "warning", text, place, near.place)


def other_versions(asked: Asked, given: Production) -> Iterator[Drift]:
    """A plugin that something names in another version than the one that is installed."""
    del asked
    installed = {one.id: one for one in given.plugins if one.version}
    for found, place in given.files.find(_PLUGIN_USE):
        plugin = installed.get(found[1])
        if plugin and plugin.version != found[2]:
            text = f"names {found[1]} {found[2]}; {plugin.version} is installed"
            yield Drift("plugin-version-differs", "note", text, place, plugin.place)


def unpinned(asked: Asked, given: Production) -> Iterator[Drift]:
    """A plugin or a clone without a version, among ones that have one."""
    del asked
    pinned = [one for one in given.plugins if one.version and one.version != "latest"]
    for one in given.plugins:
        if pinned and one not in pinned:
            text = f"installs the plugin {one.id} in whatever version is newest that day"
            yield Drift("version-unpinned", "note", text, one.place, pinned[0].place)
    for found, place in given.files.find(_CLONE, "*.sh"):
        if not _is_checked_out(given.files.texts[place.path]):
            text = f"runs whatever {found[0].split()[-1]} holds that day"
            yield Drift("version-unpinned", "note", text, place, _caller(given.files, place))


def wrong_instructions(asked: Asked, given: Production) -> Iterator[Drift]:
    """A page that tells to install one package and to run a script that imports another."""
    del asked
    for path, text in given.files.matching("*.md", "*.rst"):
        for block in re.finditer(r"```\w*\n(.*?)```", text, re.DOTALL):
            install = _INSTALL.search(block[1])
            if install is None:
                continue
            packages = {_normal(one) for one in install[1].split() if one[:1] != "-"}
            line = line_at(text, block.start(1) + install.start())
            for script in _PYTHON_RUN.findall(block[1]):
                yield from _foreign_imports(
                    given.files, script, packages, Place("", path, line)
                )


def old_systems(asked: Asked, given: Production) -> Iterator[Drift]:
    """Machines whose system's Python is older than the checkout's scripts need."""
    needs = [
        found for path in asked.scripts for found in _newest_syntax(path, asked.text(path))
    ]
    if not needs:
        return
    minor, why = max(needs, key=lambda one: one[0])
    releases = "|".join(_SYSTEM_PYTHON)
    for found, place in given.files.find(rf"\b({releases})\b", "*.hcl", "*.tf", "*.tfvars"):
        has = _SYSTEM_PYTHON[found[1]]
        if has < minor:
            text = f"machines of {found[1]} have Python 3.{has}; the scripts need 3.{minor}"
            yield Drift("python-behind", "error", text, place, why)


def missing_programs(asked: Asked, given: Production) -> Iterator[Drift]:
    """A program that builds call on the machine and no script installs there."""
    scripts = ("*.sh", "*.tpl", "*.hcl", "Dockerfile*", "*.yml", "*.yaml")
    lines = list(given.files.find(_INSTALLED, *scripts))
    installed = {word for found, _ in lines for word in found[1].split()}
    installed |= {found[1] for found, _ in given.files.find(_TASK, "*.yml", "*.yaml")}
    needed = {
        one.name for needs in asked.needs for one in needs.programs if not one.is_optional
    }
    for name in sorted(needed & _PACKAGES.keys()) if lines else ():
        if not _PACKAGES[name] & installed:
            place = asked.mention(name) or asked.top
            text = f"calls {name} on the machine, which no script that makes machines installs"
            yield Drift("program-not-installed", "warning", text, place, lines[0][1])


def _plugin_uses(asked: Asked, given: Production) -> Iterator[tuple[str, Place, str]]:
    for found, place in given.files.find(_PLUGIN_USE):
        yield found[1], place, "names"
    for needs in asked.needs:
        for step in needs.steps:
            if step in _STEP_PLUGINS:
                place = asked.mention(step, [needs.path]) or asked.top
                yield _STEP_PLUGINS[step], place, f"{step} needs"
    for path, _ in given.casc:
        for key, plugin in _CASC_PLUGINS.items():
            said = re.search(rf"^\s*(?:- )?{key}:", given.files.texts[path], re.MULTILINE)
            if said:
                line = line_at(given.files.texts[path], said.end())
                yield plugin, given.files.place(path, line), f"{key} needs"


def _is_checked_out(text: str) -> bool:
    return re.search(r"git (?:-C \S+ )?(?:checkout|reset --hard|switch) ", text) is not None


def _caller(files: Files, place: Place) -> Place:
    """Return a line that runs the script at *place*, else its own first line."""
    name = PurePosixPath(place.path).name
    for _, at in files.find(rf"[\w./-]*/{re.escape(name)}\b"):
        if at.path != place.path:
            return at
    return files.place(place.path)


def _foreign_imports(
    files: Files, script: str, packages: set[str], told: Place
) -> Iterator[Drift]:
    text = files.texts.get(script)
    if text is None:
        return
    here = files.place(told.path, told.line)
    local = {PurePosixPath(one).stem for one in files.texts if one.endswith(".py")}
    for name, line in _imports(text):
        wanted = _normal(_DISTRIBUTIONS.get(name, name))
        if wanted in packages or name in local or name in sys.stdlib_module_names:
            continue
        said = ", ".join(sorted(packages))
        text = f"tells to install {said}; {script} imports {name}, which {wanted} has"
        yield Drift("instruction-wrong", "note", text, here, files.place(script, line))


def _imports(text: str) -> Iterator[tuple[str, int]]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield one.name.partition(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node.lineno


def _normal(package: str) -> str:
    return re.split(r"[=<>~!\[; ]", package.strip("\"'"))[0].lower().replace("_", "-")


def _newest_syntax(path: str, text: str) -> Iterator[tuple[int, Place]]:
    """Yield the minor version of Python 3 that *text* needs, and the line that needs it."""
    if not path.endswith(".py"):
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    is_lazy = "from __future__ import annotations" in text
    for node in ast.walk(tree):
        if isinstance(node, ast.Match):
            yield 10, Place(CHECKOUT, path, node.lineno)
        elif isinstance(node, ast.NamedExpr):
            yield 8, Place(CHECKOUT, path, node.lineno)
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if isinstance(annotation, ast.BinOp) and not is_lazy:
            yield 10, Place(CHECKOUT, path, annotation.lineno)


RULES = (
    unlisted_plugins,
    other_versions,
    unpinned,
    wrong_instructions,
    old_systems,
    missing_programs,
)
