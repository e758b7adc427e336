"""Groovy's tokens, read without running anything: enough to tell code from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"\d[\w.]*")
_OPERATOR = re.compile(r"\?\.|\*\.|\.&|==~|=~|===?|!==?|<=>|&&|\|\||\?:|->|[-+*/%<>]=|\S")
_QUOTES = ("'''", '"""', "'", '"')
_KEPT_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Token:
    """A token; *kind* is name, number, text, operator or newline.

    *start* and *end* are offsets. Of a text *text* is what it says, with `${...}` as it
    stands, and *inner* are the tokens within.
    """

    kind: str
    text: str
    line: int
    start: int
    end: int
    inner: tuple[Token, ...] = ()


def tokenize(source: str) -> list[Token]:
    """Return the tokens of *source* in order, without comments and blanks."""
    return list(_Reader(source, 1).read(0, len(source)))


class _Reader:
    def __init__(self, source: str, line: int) -> None:
        self._source = source
        self._line = line
        self._last: Token | None = None

    def read(self, at: int, end: int) -> Iterator[Token]:
        source = self._source
        if source.startswith("#!", at):
            at = self._past(source.find("\n", at), end)
        while at < end:
            if source[at] == "\n":
                yield self._keep(Token("newline", "\n", self._line, at, at + 1))
                self._line += 1
                at += 1
            elif source[at].isspace():
                at += 1
            elif source.startswith("//", at):
                at = self._past(source.find("\n", at), end)
            elif source.startswith("/*", at):
                stop = self._past(source.find("*/", at + 2), end - 2) + 2
                self._line += source.count("\n", at, stop)
                at = stop
            else:
                token = self._token(at, end)
                yield self._keep(token)
                at = token.end

    def _keep(self, token: Token) -> Token:
        self._last = token
        return token

    @staticmethod
    def _past(found: int, end: int) -> int:
        return end if found < 0 else found

    def _token(self, at: int, end: int) -> Token:
        source, line = self._source, self._line
        for quote in _QUOTES:
            if source.startswith(quote, at):
                return self._quoted(at, quote, end)
        if source[at] == "/" and self._opens_pattern():
            closed = re.compile(r"(?:\\.|[^/\\\n])*/").match(source, at + 1, end)
            if closed:
                return Token("text", closed.group()[:-1], line, at, closed.end())
        for kind, pattern in (("name", _NAME), ("number", _NUMBER), ("operator", _OPERATOR)):
            found = pattern.match(source, at, end)
            if found:
                return Token(kind, found.group(), line, at, found.end())
        return Token("operator", source[at], line, at, at + 1)

    def _opens_pattern(self) -> bool:
        """Return whether a slash here opens a text: it cannot divide after an operator."""
        last = self._last
        return last is None or (last.kind == "operator" and last.text not in {")", "]", "}"})

    def _quoted(self, at: int, quote: str, end: int) -> Token:
        source, line = self._source, self._line
        is_live = quote[0] == '"'
        said: list[str] = []
        inner: list[Token] = []
        here = at + len(quote)
        while here < end and not source.startswith(quote, here):
            sign = source[here]
            if sign == "\\" and here + 1 < end:
                self._line += source[here + 1] == "\n"
                following = source[here + 1]
                said.append(
                    "" if following == "\n" else _KEPT_ESCAPES.get(following, following)
                )
                here += 2
            elif is_live and sign == "$" and here + 1 < end:
                stop = self._interpolated(here, end, inner)
                said.append(source[here:stop])
                here = stop
            else:
                if sign == "\n":
                    if len(quote) == 1:
                        break
                    self._line += 1
                said.append(sign)
                here += 1
        return Token("text", "".join(said), line, at, min(end, here + len(quote)), tuple(inner))

    def _interpolated(self, at: int, end: int, inner: list[Token]) -> int:
        source = self._source
        if source[at + 1] == "{":
            depth = 0
            nested = _Reader(source, self._line)
            for token in nested.read(at + 1, end):
                if token.kind == "operator":
                    depth += {"{": 1, "}": -1}.get(token.text, 0)
                inner.append(token)
                if depth == 0:
                    self._line = nested._line
                    return token.end
            return end
        dotted = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*").match(source, at + 1, end)
        if dotted is None:
            return at + 1
        inner.extend(_Reader(source, self._line).read(at + 1, dotted.end()))
        return dotted.end()
