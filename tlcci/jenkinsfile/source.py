"""What a Jenkinsfile's text says before anything runs: methods, calls, reads, comparisons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tlcci.jenkinsfile.tokens import Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OPEN = {"(": ")", "[": "]", "{": "}"}
_KEYWORDS = frozenset(
    [
        "if",
        "else",
        "for",
        "while",
        "switch",
        "case",
        "catch",
        "try",
        "finally",
        "return",
        "throw",
        "new",
        "def",
        "in",
        "instanceof",
        "as",
        "import",
        "package",
        "class",
        "static",
        "final",
        "void",
        "null",
        "true",
        "false",
        "this",
        "super",
        "assert",
    ]
)
_ENV_METHODS = frozenset(
    ["getEnvironment", "getProperty", "setProperty", "containsKey", "get", "put", "each"]
)


@dataclass(frozen=True)
class Call:
    """A name that is called: *name*, where, and in which method (empty: top level)."""

    name: str
    line: int
    method: str


@dataclass(frozen=True)
class Comparison:
    """`env.NAME == 'value'`, either way round, or `!=`."""

    name: str
    value: str
    line: int


@dataclass(frozen=True)
class Source:
    """A Jenkinsfile's text and what was read from it.

    *assigned* names the variable that each line assigns; *literals* holds the variables
    that a literal text is assigned to.
    """

    text: str
    methods: Mapping[str, int] = field(default_factory=dict)
    calls: Sequence[Call] = ()
    env_reads: Sequence[Call] = ()
    comparisons: Sequence[Comparison] = ()
    assigned: Mapping[int, str] = field(default_factory=dict)
    literals: Mapping[str, str] = field(default_factory=dict)
    tokens: Sequence[Token] = ()

    @property
    def reached(self) -> frozenset[str]:
        """Return the methods that the top level comes by, itself as the empty name."""
        found = {""}
        while True:
            more = {c.name for c in self.calls if c.method in found and c.name in self.methods}
            if more <= found:
                return frozenset(found)
            found |= more

    def texts_of(self, name: str) -> list[tuple[int, str]]:
        """Return line and text of each call of *name* in a reached method: its `script`."""
        tokens = [one for one in self.tokens if one.kind != "newline"]
        owners = _owners(tokens)
        reached = self.reached
        found = []
        for at, token in enumerate(tokens[:-1]):
            if (token.kind, token.text) != ("name", name):
                continue
            if _method_at(token.start, owners) in reached:
                text = self._filled(_script_argument(tokens, at + 1) or "")
                found += [(token.line, text)] if text else []
        return found

    def _filled(self, text: str) -> str:
        """Return *text* with the variables that only ever hold one literal."""
        return re.sub(
            r"\$\{(\w+)\}", lambda one: self.literals.get(one.group(1), one.group()), text
        )

    def argument_of(self, name: str, line: int) -> str | None:
        """Return the source of the first argument of the call to *name* at *line*."""
        tokens = [one for one in self.tokens if one.kind != "newline"]
        for at, token in enumerate(tokens[:-1]):
            if token.kind == "name" and token.text == name and token.line == line:
                is_open = tokens[at + 1].text == "("
                return self._expression(tokens, at + 1 + is_open)
        return None

    def _expression(self, tokens: Sequence[Token], at: int) -> str | None:
        depth, last = 0, None
        for token in tokens[at:]:
            if token.kind == "operator":
                if depth == 0 and token.text in {",", ")", "{", "}"}:
                    break
                depth += (token.text in _OPEN) - (token.text in _OPEN.values())
            last = token
        return self.text[tokens[at].start : last.end] if last else None

    def chains(self, line: int) -> list[str]:
        """Return the dotted expressions at *line*, each with all of its beginnings."""
        found: list[str] = []
        tokens = [one for one in self._flat() if one.line == line]
        for at, token in enumerate(tokens):
            if token.kind != "name" or (at and tokens[at - 1].text in {".", "?."}):
                continue
            here = at
            while here + 2 < len(tokens) and tokens[here + 1].text in {".", "?."}:
                here = self._past_call(tokens, here + 2)
                found.append(self.text[token.start : tokens[here].end])
        return found

    @staticmethod
    def _past_call(tokens: Sequence[Token], at: int) -> int:
        """Return the last token of a member's name with its call, if it is called."""
        if at + 1 >= len(tokens) or tokens[at + 1].text != "(":
            return at
        depth = 0
        for here in range(at + 1, len(tokens)):
            depth += (tokens[here].text in _OPEN) - (tokens[here].text in _OPEN.values())
            if depth == 0:
                return here
        return at

    def _flat(self) -> Iterator[Token]:
        return _flat(self.tokens)


def read_source(text: str) -> Source:
    """Return what *text* says; text that is no Groovy gives what little there is."""
    tokens = tokenize(text)
    code = [token for token in tokens if token.kind != "newline"]
    owners = _owners(code)
    flat = list(_flat(code))
    return Source(
        text,
        {name: line for name, line, _, _ in owners},
        tuple(_calls(code, owners)),
        tuple(_env_reads(flat, owners)),
        tuple(_comparisons(code)),
        {line: name for name, line in _assignments(tokens)},
        dict(_literals(tokens)),
        tuple(tokens),
    )


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.inner)


_Owner = tuple[str, int, int, int]


def _owners(code: Sequence[Token]) -> list[_Owner]:
    """Return each method's name, line and the offsets of its body."""
    found: list[_Owner] = []
    for at in range(1, len(code) - 1):
        token, before = code[at], code[at - 1]
        is_declared = before.kind == "name" and before.text not in _KEYWORDS - {"def", "void"}
        if token.kind != "name" or not is_declared or code[at + 1].text != "(":
            continue
        close = _closing(code, at + 1)
        if close + 1 < len(code) and code[close + 1].text == "{":
            end = _closing(code, close + 1)
            # `stage name(..) {` is a step whose argument is called, and no method.
            if before.line == token.line and before.text != "stage":
                found.append((token.text, token.line, token.start, code[end].end))
    return found


def _closing(code: Sequence[Token], at: int) -> int:
    depth = 0
    for here in range(at, len(code)):
        if code[here].kind == "operator":
            depth += (code[here].text in _OPEN) - (code[here].text in _OPEN.values())
        if depth == 0:
            return here
    return len(code) - 1


def _method_at(offset: int, owners: Sequence[_Owner]) -> str:
    return next((name for name, _, start, end in owners if start <= offset < end), "")


def _calls(code: Sequence[Token], owners: Sequence[_Owner]) -> Iterator[Call]:
    starts = {start for _, _, start, _ in owners}
    for top in code:
        for inner in top.inner:
            if inner.kind == "name":
                yield Call(inner.text, inner.line, _method_at(top.start, owners))
    for at, token in enumerate(code[:-1]):
        before, after = (code[at - 1] if at else None), code[at + 1]
        if token.kind != "name" or token.text in _KEYWORDS or token.start in starts:
            continue
        if before and before.text in {".", "?."}:
            continue
        is_command = after.line == token.line and (
            after.kind == "text" or (after.kind == "name" and after.text not in _KEYWORDS)
        )
        if after.text in {"(", "{"} or is_command:
            yield Call(token.text, token.line, _method_at(token.start, owners))


def _script_argument(code: Sequence[Token], at: int) -> str | None:
    """Return the text given to the call whose arguments open at *at*."""
    is_open = code[at].text == "("
    rest = code[at + is_open : (_closing(code, at) if is_open else at + 1)]
    if rest and rest[0].kind == "text":
        return rest[0].text
    for name, colon, value in zip(rest, rest[1:], rest[2:], strict=False):
        if (name.text, colon.text, value.kind) == ("script", ":", "text"):
            return value.text
    return None


def _env_reads(flat: Sequence[Token], owners: Sequence[_Owner]) -> Iterator[Call]:
    for at in range(len(flat) - 2):
        first, dot, name = flat[at : at + 3]
        if first.text != "env" or dot.text not in {".", "?."} or name.kind != "name":
            continue
        is_set = at + 3 < len(flat) and flat[at + 3].text == "="
        if not is_set and name.text not in _ENV_METHODS:
            yield Call(name.text, name.line, _method_at(first.start, owners))


def _comparisons(code: Sequence[Token]) -> Iterator[Comparison]:
    for at, token in enumerate(code):
        if token.text not in {"==", "!="} or token.kind != "operator":
            continue
        before, after = code[max(0, at - 3) : at], code[at + 1 : at + 4]
        for name, value in ((before, after[:1]), (after, before[-1:])):
            is_read = [one.text for one in name[:2]] == ["env", "."] and bool(name[2:])
            if is_read and value and value[0].kind == "text":
                yield Comparison(name[2].text, value[0].text, token.line)


def _assignments(tokens: Sequence[Token]) -> Iterator[tuple[str, int]]:
    for at in range(len(tokens) - 1):
        if tokens[at].kind == "name" and tokens[at + 1].text == "=":
            yield tokens[at].text, tokens[at].line


def _literals(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    for at in range(len(tokens) - 2):
        name, sign, value = tokens[at : at + 3]
        if name.kind == "name" and sign.text == "=" and value.kind == "text" and value.text:
            yield name.text, value.text
