"""The programs that a machine must have: those of `sh` steps and of the scripts they call."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlcci.check.needs import ProgramNeed
from tlcci.check.shell import Script, read_shell, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_BUILTINS = frozenset(
    [
        ".",
        ":",
        "[",
        "[[",
        "alias",
        "bg",
        "break",
        "builtin",
        "cd",
        "command",
        "compgen",
        "complete",
        "continue",
        "declare",
        "dirs",
        "echo",
        "enable",
        "eval",
        "exec",
        "exit",
        "export",
        "false",
        "fg",
        "getopts",
        "hash",
        "help",
        "history",
        "jobs",
        "kill",
        "let",
        "local",
        "logout",
        "mapfile",
        "popd",
        "printf",
        "pushd",
        "pwd",
        "read",
        "readarray",
        "readonly",
        "return",
        "set",
        "shift",
        "shopt",
        "source",
        "test",
        "times",
        "trap",
        "true",
        "type",
        "typeset",
        "ulimit",
        "umask",
        "unalias",
        "unset",
        "wait",
    ]
)
_TAKES_A_COMMAND = frozenset(
    ["timeout", "xargs", "sudo", "nice", "nohup", "exec", "env", "command", "time", "eval"]
)
_ENGINES = frozenset({"docker", "nvidia-docker", "podman"})
_SHELLS = frozenset({"bash", "sh", "dash", "zsh"})
_PYTHONS = re.compile(r"python(\d(\.\d+)?)?\Z")
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*\Z")
_DURATION = re.compile(r"\d+(\.\d+)?[smhd]?\Z")


@dataclass
class Programs:
    """What was found so far: who calls each program, and which scripts were followed."""

    read: Callable[[str], str | None]
    callers: dict[str, set[str]] = field(default_factory=dict)
    tolerated: dict[str, set[str]] = field(default_factory=dict)
    scripts: dict[str, None] = field(default_factory=dict)
    starts_containers: set[str] = field(default_factory=set)

    def add_shell(self, text: str, caller: str) -> None:
        """Add what the shell text *text* calls for *caller*."""
        _ShellWalk(self, caller).walk(text)

    def needs(self) -> tuple[ProgramNeed, ...]:
        """Return the programs by name; one whose failure is always caught is optional."""
        names = sorted({*self.callers, *self.tolerated})
        return tuple(
            ProgramNeed(
                name,
                tuple(sorted(self.callers.get(name) or self.tolerated[name])),
                name not in self.callers,
            )
            for name in names
        )

    def add(self, program: str, caller: str, *, is_tolerated: bool = False) -> None:
        """Note that *caller* calls *program*."""
        where = self.tolerated if is_tolerated else self.callers
        where.setdefault(program, set()).add(caller)

    def script_at(self, word: str, base: str) -> str | None:
        """Return the path of the checkout's script that *word* names, if it has one."""
        # `$(dirname "$0")/x` and `${SCRIPT_DIR}/x` stand beside the script that says so.
        beside = re.sub(r"\A(\$\(\)|\$\{?\w+\}?)/", "", word)
        guesses = [posixpath.normpath(posixpath.join(base, beside))] if beside != word else []
        for path in (*guesses, posixpath.normpath(beside)):
            if not path.startswith(("..", "/")) and self.read(path) is not None:
                return path
        return None

    def follow(self, path: str) -> None:
        """Read the script *path* for what it calls, once."""
        if path in self.scripts:
            return
        self.scripts[path] = None
        text = self.read(path) or ""
        first = text.split("\n", 1)[0]
        if path.endswith(".py") or "python" in first:
            self.add("python3", path)
            _PythonWalk(self, path).walk(text)
            return
        if first.startswith("#!"):
            self.add(first.split()[-1].rsplit("/", 1)[-1], path)
        self.add_shell(text, path)


class _ShellWalk:
    """Walks the commands of one text; functions of scripts it sources are its own."""

    def __init__(self, programs: Programs, caller: str) -> None:
        self._programs = programs
        self._caller = caller
        self._base = posixpath.dirname(caller)
        self._functions: dict[str, bool] = {}
        self._sourced: set[str] = set()

    def walk(self, text: str) -> None:
        script = read_shell(text)
        # What a script asks for before it calls it is something it can do without.
        asked = {
            command.words[-1]
            for command in script.commands
            if command.words[0] in {"type", "which", "hash"}
            or command.words[:2] == ("command", "-v")
        }
        self._functions |= {name: _passes_on(script, name) for name in script.functions}
        for command in script.commands:
            for words in words_of(script, command.words):
                is_asked = bool(words) and words[0] in asked
                self._command(words, script, is_tolerated=command.is_tolerated or is_asked)

    def _command(self, words: tuple[str, ...], script: Script, *, is_tolerated: bool) -> None:  # noqa: C901 - one branch a construct
        if not words:
            return
        name, rest = words[0], words[1:]
        if name in {".", "source"}:
            self._source(rest[:1])
            return
        if name in self._functions:
            if self._functions[name]:
                self._passed_on(rest, script, is_tolerated=is_tolerated)
            return
        path = self._programs.script_at(name, self._base) if "/" in name else None
        if path:
            self._programs.follow(path)
            return
        if name in _SHELLS or _PYTHONS.match(name):
            self._interpreter(name, rest)
            return
        if name.rsplit("/", 1)[-1] not in _BUILTINS and _PROGRAM.match(name):
            self._programs.add(name, self._caller, is_tolerated=is_tolerated)
        if name in _ENGINES and rest[:1] == ("run",):
            self._programs.starts_containers.add(self._caller)
        if name in _TAKES_A_COMMAND:
            self._passed_on(rest, script, is_tolerated=is_tolerated)

    def _passed_on(self, rest: tuple[str, ...], script: Script, *, is_tolerated: bool) -> None:
        """Take the command that another one is given, behind its options and times."""
        while rest and (rest[0].startswith("-") or _DURATION.match(rest[0]) or "=" in rest[0]):
            rest = rest[1:]
        self._command(rest, script, is_tolerated=is_tolerated)

    def _interpreter(self, name: str, rest: tuple[str, ...]) -> None:
        self._programs.add("python3" if name == "python" else name, self._caller)
        if "-c" in rest[:2]:
            if name in _SHELLS:
                self.walk(rest[rest.index("-c") + 1] if len(rest) > 1 else "")
            return
        for word in rest:
            if word.startswith("-"):
                continue
            path = self._programs.script_at(word, self._base)
            if path:
                self._programs.follow(path)
            return

    def _source(self, rest: tuple[str, ...]) -> None:
        path = self._programs.script_at(rest[0], self._base) if rest else None
        if path is None or path in self._sourced:
            return
        self._sourced.add(path)
        self._programs.scripts.setdefault(path, None)
        caller, base = self._caller, self._base
        self._base = posixpath.dirname(path)
        self.walk(self._programs.read(path) or "")
        self._caller, self._base = caller, base


def _passes_on(script: Script, function: str) -> bool:
    return any(
        command.function == function and command.words[0] in {"$@", "${@}", "$*"}
        for command in script.commands
    )


class _PythonWalk:
    """Finds what a Python script hands to a shell or to the system, in its imports too."""

    def __init__(self, programs: Programs, path: str) -> None:
        self._programs = programs
        self._path = path
        self._seen: set[str] = set()

    def walk(self, text: str) -> None:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return
        imported: dict[str, str] = {}
        for module, names in _imports(tree):
            beside = posixpath.join(posixpath.dirname(self._path), module + ".py")
            imported |= dict.fromkeys(names, beside)
        local = {path for path in imported.values() if self._programs.read(path)}
        for command in _commands(tree, _runners(tree, local, self._programs.read)):
            if command.is_shell:
                self._programs.add("sh", self._path)
                self._programs.add_shell(command.text, self._path)
            else:
                self._programs.add_shell(command.text, self._path)


@dataclass(frozen=True)
class _Handed:
    text: str
    is_shell: bool


def _imports(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, [one.asname or one.name for one in node.names]
        elif isinstance(node, ast.Import):
            yield from ((one.name, [one.asname or one.name]) for one in node.names)


_RUN = frozenset(
    ["run", "call", "check_call", "check_output", "Popen", "system", "popen", "tee"]
)


def _runners(
    tree: ast.Module, local: Iterable[str], read: Callable[[str], str | None]
) -> dict[str, tuple[str, bool]]:
    """Return functions and classes that run commands, with what each puts before its own."""
    found: dict[str, tuple[str, bool]] = {}
    for text_tree in (tree, *(ast.parse(read(path) or "") for path in local)):
        for node in ast.walk(text_tree):
            if not isinstance(node, ast.ClassDef | ast.FunctionDef):
                continue
            source = ast.unparse(node)
            if re.search(r"subprocess\.(run|Popen|check_output|check_call|call)", source):
                prefix = re.search(r"\[['\"](\w[\w-]*)['\"](?:, \*|\] \+)", source)
                is_shell = "shell" in source and "True" in source
                found[node.name] = (prefix.group(1) if prefix else "", is_shell)
    return found


def _commands(tree: ast.Module, runners: dict[str, tuple[str, bool]]) -> Iterator[_Handed]:
    texts = _texts(tree)
    instances = {
        target.id: runners[node.value.func.id]
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in runners
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        prefix, is_shell = _runner(node, {**runners, **instances})
        if prefix is None:
            continue
        is_shell = is_shell or any(
            one.arg == "shell"
            and isinstance(one.value, ast.Constant)
            and one.value.value is True
            for one in node.keywords
        )
        given = _text(node.args[0], texts) if node.args else ""
        text = f"{prefix} {given}".strip()
        if text and not text.startswith("{"):
            yield _Handed(text, is_shell)


def _runner(node: ast.Call, known: dict[str, tuple[str, bool]]) -> tuple[str | None, bool]:
    function = node.func
    if isinstance(function, ast.Name):
        return known.get(function.id, (None, False))
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return None, False
    owner = function.value.id
    if owner in {"subprocess", "os"} and function.attr in _RUN:
        return "", owner == "os"
    if owner in known or owner.lower() in {one.lower() for one in known}:
        return known.get(owner) or next(
            value for name, value in known.items() if name.lower() == owner.lower()
        )
    return None, False


def _texts(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _text(node: ast.expr, texts: dict[str, ast.expr], depth: int = 0) -> str:  # noqa: C901, PLR0911 - one branch a construct
    """Return the text of a command's expression; what is unknown is a placeholder."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one, texts, depth) for one in node.values)
    if isinstance(node, ast.FormattedValue):
        names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
        for name in names:
            path = _path_text(texts.get(name))
            if path:
                return path
        return "X"
    if isinstance(node, ast.List | ast.Tuple):
        return " ".join(_text(one, texts, depth) for one in node.elts)
    if isinstance(node, ast.Name) and node.id in texts and depth < 4:  # noqa: PLR2004 - a bound
        return _text(texts[node.id], texts, depth + 1)
    if isinstance(node, ast.BinOp):
        between = " " if isinstance(node.left, ast.List) else ""
        return between.join(_text(one, texts, depth) for one in (node.left, node.right))
    return "X"


def _path_text(node: ast.expr | None) -> str | None:
    """Return `a/b` of `ROOT / "a" / "b"`."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return None
    right = str(node.right.value) if isinstance(node.right, ast.Constant) else ""
    left = _path_text(node.left)
    return f"{left}/{right}" if left else right
