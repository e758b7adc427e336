"""Shell scripts, read for the commands in them; nothing is run.

It knows the grammar that separates commands (quotes, here-documents, `$(..)`, keywords),
not their meaning: every branch is read, as a script may take any.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = ("&&", "||", ";;", "|&", ";", "|", "&", "\n", "(", ")")
_KEYWORDS = frozenset(
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "!", "{", "}", "time"]
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[[^]]*\])?\+?=")
_REDIRECTION = re.compile(r"\d*(>>|>\||>&|<<<|<&|>|<|&>>|&>)")
_FED_CAT = re.compile(r"\bcat\s*(?=<<-?\s*['\"]?[A-Za-z_]\w*['\"]?\s*\Z)")
_HEREDOC = re.compile(r"<<(-?)\s*(['\"]?)([A-Za-z_]\w*)\2")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*).*\}|([A-Za-z_]\w*))\Z")
# A test for a file that a machine has or has not, whatever the checkout says.
_HERE = re.compile(r"(?:^|\s)-[dfexwS] /")


@dataclass(frozen=True)
class Command:
    """A simple command: its words, and the *function* that it is part of.

    It *is_tolerated* to be missing where its complaints go nowhere, where it only puts words
    into a message, and where the script asks first what the machine has.
    """

    words: tuple[str, ...]
    is_tolerated: bool = False
    function: str = ""


@dataclass
class Script:
    """What was read from one script."""

    commands: list[Command] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)


def read_shell(text: str) -> Script:
    """Return the commands of *text* in order, those within `$(..)` too."""
    script = Script()
    _Reader(text, script).read()
    return script


class _Reader:
    def __init__(self, text: str, script: Script) -> None:
        self._text = _without_heredocs(text.replace("\\\n", " "))
        self._script = script
        self._words: list[str] = []
        self._function = ""
        self._braces: list[str] = []
        self._cases = 0
        self._is_silent = False
        self._is_message = False
        self._asks: list[bool] = []  # for each `if` around: whether it asks what is here
        self._is_asking = False

    def read(self) -> None:
        text, at = self._text, 0
        while at < len(text):
            sign = text[at]
            separator = next((one for one in _SEPARATORS if text.startswith(one, at)), None)
            if sign in " \t\r":
                at += 1
            elif sign == "#" and (at == 0 or text[at - 1] in " \t\n;("):
                at = _line_end(text, at)
            elif text.startswith("((", at):
                at = _past(text, "))", at)
            elif separator == "(" and self._opens_function(at):
                at += text[at:].index(")") + 1
            elif separator:
                self._end(separator)
                at += len(separator)
            else:
                at = self._word(at)
        self._end("\n")

    def _opens_function(self, at: int) -> bool:
        if len(self._words) in {1, 2} and re.match(r"\(\s*\)", self._text[at:]):
            self._function = self._words[-1]
            self._script.functions.add(self._function)
            self._words = []
            return True
        return False

    def _word(self, at: int) -> int:
        text = self._text
        redirected = _REDIRECTION.match(text, at)
        if redirected and text[redirected.end() : redirected.end() + 1] != "(":
            at = redirected.end()
            while at < len(text) and text[at] in " \t":
                at += 1
            target, end = self._take(at)
            is_silent = redirected.group().startswith(("2>", "&>")) and target == "/dev/null"
            self._is_silent = self._is_silent or is_silent
            return max(end, at)
        word, end = self._take(at)
        if end < len(text) and text[end] == "(" and word.endswith("="):
            close = _closing(text, end)
            self._substituted(text[end + 1 : close])
            self._assigned(word + "", text[end + 1 : close])
            return close + 1
        self._words.append(word)
        return max(end, at + 1)

    def _assigned(self, word: str, text: str) -> None:
        name = re.split(r"\[|\+?=", word)[0]
        self._script.values.setdefault(name, []).append(" ".join(text.split()))

    def _take(self, at: int) -> tuple[str, int]:  # noqa: C901 - one branch a construct
        """Return the word at *at* with its quotes taken off, and where it ends."""
        text, said = self._text, []
        while at < len(text):
            sign = text[at]
            if sign == "'":
                end = _past(text, "'", at + 1)
                said.append(text[at + 1 : end - 1])
                at = end
            elif sign == '"':
                piece, at = self._double(at + 1)
                said.append(piece)
            elif sign == "\\":
                said.append(text[at + 1 : at + 2])
                at += 2
            elif text.startswith("$((", at):
                at = _past(text, "))", at)
                said.append("0")
            elif text.startswith(("$(", "<(", ">("), at):
                at = self._nested(at + 1)
                said.append("$()")
            elif text.startswith("${", at):
                end = _closing(text, at + 1) + 1
                self._substituted(text[at + 2 : end - 1])
                said.append(text[at:end])
                at = end
            elif sign == "`":
                end = _past(text, "`", at + 1)
                _Reader(text[at + 1 : end - 1], self._script).read()
                said.append("$()")
                at = end
            elif sign in " \t\r\n;|&()<>":
                break
            else:
                said.append(sign)
                at += 1
        return "".join(said), at

    def _double(self, at: int) -> tuple[str, int]:
        text, said = self._text, []
        while at < len(text) and text[at] != '"':
            if text[at] == "\\":
                said.append(text[at : at + 2])
                at += 2
            elif text.startswith("$((", at):
                at = _past(text, "))", at)
                said.append("0")
            elif text.startswith("$(", at):
                at = self._nested(at + 1)
                said.append("$()")
            elif text[at] == "`":
                end = _past(text, "`", at + 1)
                _Reader(text[at + 1 : end - 1], self._script).read()
                said.append("$()")
                at = end
            else:
                said.append(text[at])
                at += 1
        return "".join(said), at + 1

    def _nested(self, at: int) -> int:
        close = _closing(self._text, at)
        inner = _Reader(self._text[at + 1 : close], self._script)
        inner._function, inner._cases = self._function, self._cases
        inner._is_message = any(self._asks) or self._words[:1] in (["echo"], ["printf"])
        inner.read()
        return close + 1

    def _substituted(self, text: str) -> None:
        for found in re.finditer(r"\$\(", text):
            if not text.startswith("$((", found.start()):
                _Reader(
                    text[found.end() : _closing(text, found.end() - 1)], self._script
                ).read()

    def _end(self, separator: str) -> None:  # noqa: C901 - one branch a construct
        """Put the command together that *separator* ends."""
        words, self._words = self._words, []
        is_silent, self._is_silent = self._is_silent, False
        if words[:1] == ["function"]:
            self._function = words[1]
            self._script.functions.add(self._function)
            words = words[2:]
            self._braces.append(self._function)
            words = words[1:] if words[:1] == ["{"] else words
        words = self._without_keywords(words)
        if words and words[0] == "case":
            self._cases += 1
            return
        while words and _ASSIGNMENT.match(words[0]):
            name, _, value = words[0].partition("=")
            name = name.rstrip("+").split("[")[0]
            self._script.values.setdefault(name, []).append(value)
            words = words[1:]
        if words and words[0] in {"local", "export", "readonly", "declare", "typeset"}:
            for word in words[1:]:
                name, sign, value = word.partition("=")
                if sign:
                    self._script.values.setdefault(name, []).append(value)
            return
        if self._is_asking and _HERE.search(" ".join(words)):
            self._asks[-1] = True
        if separator == ")" and self._cases and len(words) <= 1:
            return  # a pattern of a `case`
        if words:
            self._script.commands.append(
                Command(
                    tuple(words),
                    is_silent or self._is_message or any(self._asks),
                    self._function,
                )
            )

    def _without_keywords(self, words: list[str]) -> list[str]:  # noqa: C901 - one branch a construct
        while words and (words[0] in _KEYWORDS or words[0] in {"for", "select", "esac"}):
            word = words[0]
            if word in {"for", "select"}:
                return []
            if word == "{":
                self._braces.append(self._function or "{")
            elif word == "}" and self._braces:
                self._braces.pop()
                if not [one for one in self._braces if one != "{"]:
                    self._function = ""
            elif word == "if":
                self._asks.append(False)
                self._is_asking = True
            elif word == "then":
                self._is_asking = False
            elif word == "fi" and self._asks:
                self._asks.pop()
            elif word == "esac":
                self._cases = max(0, self._cases - 1)
            words = words[1:]
        return words


def _without_heredocs(text: str) -> str:
    lines: list[str] = []
    ends: list[tuple[str, bool]] = []
    for line in text.split("\n"):
        if ends:
            mark, is_stripped = ends[0]
            if (line.strip() if is_stripped else line) == mark:
                ends.pop(0)
            continue
        ends += [
            (found.group(3), bool(found.group(1)))
            for found in _HEREDOC.finditer(line)
            if not line.startswith("<<<", found.start())
        ]
        # A `cat` that is fed its text says something, as `echo` does.
        said = _FED_CAT.sub("echo ", line)
        lines.append(said if "<<<" in line else _HEREDOC.sub("", said))
    return "\n".join(lines)


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _past(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)


def _closing(text: str, at: int) -> int:
    """Return where the bracket at *at* closes, quotes minded."""
    close = {"(": ")", "{": "}"}[text[at]]
    opened, depth = text[at], 0
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 1
        elif sign == "'":
            at = _past(text, "'", at + 1) - 1
        elif sign == opened:
            depth += 1
        elif sign == close:
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return len(text)


def words_of(
    script: Script, words: tuple[str, ...], depth: int = 3
) -> Iterator[tuple[str, ...]]:
    """Return *words* with a variable that stands first as each of its values."""
    found = _VARIABLE.match(words[0]) if words else None
    if found is None or not depth:
        yield words
        return
    for value in script.values.get(found.group(1) or found.group(2), []):
        yield from words_of(script, (*value.split(), *words[1:]), depth - 1)
