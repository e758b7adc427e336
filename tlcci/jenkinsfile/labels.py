"""Label expressions by Jenkins' grammar, read strictly, and the labels of a node.

Jenkins takes an expression that does not parse for one label with a strange name, that
nobody has, and waits for ever; here it is an error that shows the place.
"""

from __future__ import annotations

import functools
import operator
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlcci.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from tlcci.inventory import Inventory

# From loosest to tightest; each level's operands are of the next one.
_OPERATORS: dict[str, Callable[[bool, bool], bool]] = {
    "<->": operator.eq,
    "->": operator.le,  # False implies everything, True only True
    "||": operator.or_,
    "&&": operator.and_,
}
_LEVELS = tuple(_OPERATORS)
_TIGHTEST = len(_LEVELS)
_MAX_DEPTH = 100
_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
      | (?P<sign>&&|\|\||<->|->|[!()])
      | (?P<quoted>"(?:\\[btnfr"'\\]|[^\\"\r\n])*")
      | (?P<atom>(?:-(?!>)|[^&|!<>()\x20\t"'-])+)""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b"}
_JAVA_BLANKS = "".join(map(chr, range(33)))


class LabelSyntaxError(InputError):
    """A label expression that Jenkins' grammar does not read; *offset* counts from 0."""

    def __init__(self, text: str, offset: int, problem: str) -> None:
        """Build the message from the expression, the place in it and what is wrong there."""
        shown = "".join(sign if sign.isprintable() else " " for sign in text)
        super().__init__(
            "label-syntax",
            f"{problem}, at character {offset + 1} of a label expression",
            details=[
                ("label", f"{shown}\n{' ' * offset}^"),
                ("in Jenkins", "one label of that name, that no node has: it waits for ever"),
            ],
        )
        self.text = text
        self.offset = offset


class Expression(ABC):
    """A label expression; `str` gives its canonical text, which parses to an equal one."""

    @property
    @abstractmethod
    def level(self) -> int:
        """How tightly its outermost operator binds."""

    @abstractmethod
    def matches(self, labels: Container[str]) -> bool:
        """Return whether a node with *labels* (its name among them) is meant."""

    @abstractmethod
    def atoms(self) -> tuple[str, ...]:
        """Return the labels that it names, each once, in order of appearance."""

    @abstractmethod
    def renamed(self, names: Mapping[str, str]) -> Expression:
        """Return the expression with each atom that is a key of *names* replaced."""

    def _within(self, level: int) -> str:
        """Return its text as an operand of an operator of *level*."""
        return f"({self})" if self.level <= level else str(self)


@dataclass(frozen=True)
class Atom(Expression):
    """One label."""

    name: str
    level = _TIGHTEST + 1

    def matches(self, labels: Container[str]) -> bool:
        """Return whether *labels* holds the label."""
        return self.name in labels

    def atoms(self) -> tuple[str, ...]:
        """Return the label."""
        return (self.name,)

    def renamed(self, names: Mapping[str, str]) -> Expression:
        """Return the label that stands for this one in *names*, or itself."""
        return Atom(names.get(self.name, self.name))

    def __str__(self) -> str:
        token = _TOKEN.fullmatch(self.name)
        if token is not None and token.lastgroup == "atom":
            return self.name
        named = {sign: f"\\{letter}" for letter, sign in _ESCAPES.items()}
        named |= {'"': '\\"', "\\": "\\\\"}
        return '"' + "".join(named.get(sign, sign) for sign in self.name) + '"'


@dataclass(frozen=True)
class Not(Expression):
    """Every node that the operand does not mean."""

    operand: Expression
    level = _TIGHTEST

    def matches(self, labels: Container[str]) -> bool:
        """Return whether the operand does not match."""
        return not self.operand.matches(labels)

    def atoms(self) -> tuple[str, ...]:
        """Return the operand's labels."""
        return self.operand.atoms()

    def renamed(self, names: Mapping[str, str]) -> Expression:
        """Return the same of the renamed operand."""
        return Not(self.operand.renamed(names))

    def __str__(self) -> str:
        return "!" + self.operand._within(self.level)  # noqa: SLF001 - its own base class


@dataclass(frozen=True)
class Chain(Expression):
    """Two or more operands joined, from the left, by one operator."""

    operator: str
    operands: tuple[Expression, ...]

    @property
    def level(self) -> int:
        """How tightly the operator binds."""
        return _LEVELS.index(self.operator)

    def matches(self, labels: Container[str]) -> bool:
        """Return the operator's truth for the operands' truths."""
        truths = (operand.matches(labels) for operand in self.operands)
        return functools.reduce(_OPERATORS[self.operator], truths)

    def atoms(self) -> tuple[str, ...]:
        """Return the operands' labels."""
        return tuple(dict.fromkeys(a for operand in self.operands for a in operand.atoms()))

    def renamed(self, names: Mapping[str, str]) -> Expression:
        """Return the same of the renamed operands."""
        return Chain(self.operator, tuple(operand.renamed(names) for operand in self.operands))

    def __str__(self) -> str:
        operands = (operand._within(self.level) for operand in self.operands)  # noqa: SLF001
        return self.operator.join(operands)


def parse(text: str) -> Expression | None:
    """Return what `node(text)` asks for; None, any node in normal mode, for a blank text.

    Raises LabelSyntaxError where Jenkins would make up a label that nobody has.
    """
    trimmed = text.strip(_JAVA_BLANKS)
    if not trimmed:
        return None
    if len(trimmed) == 1 or trimmed[0] != trimmed[-1] or trimmed[0] not in "\"'":
        return _Parser(text, trimmed, len(text) - len(text.lstrip(_JAVA_BLANKS))).read()
    # Jenkins first takes equal quotes off both ends, whatever lies between.
    inner = trimmed[1:-1]
    stray = re.match(r"(?:\\.|[^\\])*?" + trimmed[0], inner, re.DOTALL)
    if stray:
        raise LabelSyntaxError(
            text,
            text.index(trimmed),
            "Jenkins takes the quotes off both ends first (put the whole in parentheses)",
        )
    plain = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), inner, flags=re.DOTALL)
    try:
        return _Parser(plain, plain, 0).read()
    except LabelSyntaxError:
        if not plain:
            raise LabelSyntaxError(text, text.index(trimmed), "an empty label") from None
        return Atom(plain)  # quoted as a whole: one label, blanks and signs included


class _Parser:
    """One reading of one text, by recursive descent over its tokens."""

    def __init__(self, text: str, trimmed: str, start: int) -> None:
        self._text = text
        self._tokens = list(self._split(trimmed, start))
        self._next = 0
        self._depth = 0

    def _split(self, trimmed: str, start: int) -> Iterator[tuple[str, str, int]]:
        at = 0
        while at < len(trimmed):
            token = _TOKEN.match(trimmed, at)
            if token is None:
                raise LabelSyntaxError(self._text, start + at, _stray(trimmed[at]))
            if token.lastgroup != "space":
                yield str(token.lastgroup), token[0], start + at
            at = token.end()
        yield "end", "", start + at

    def read(self) -> Expression:
        expression = self._chain(0)
        if self._tokens[self._next][0] != "end":
            raise self._unexpected("an operator")
        return expression

    def _chain(self, level: int) -> Expression:
        if level == _TIGHTEST:
            return self._not()
        operands = [self._chain(level + 1)]
        while self._take(_LEVELS[level]):
            operands.append(self._chain(level + 1))
            if _LEVELS[level] == "->":
                break  # not chainable: a->b->c has two readings
        return operands[0] if len(operands) == 1 else Chain(_LEVELS[level], tuple(operands))

    def _not(self) -> Expression:
        return Not(self._term()) if self._take("!") else self._term()

    def _term(self) -> Expression:
        kind, text, offset = self._tokens[self._next]
        if self._take("("):
            self._depth += 1
            if self._depth > _MAX_DEPTH:
                raise LabelSyntaxError(self._text, offset, "parentheses are nested too deeply")
            inner = self._chain(0)
            if not self._take(")"):
                raise self._unexpected("an operator or )")
            self._depth -= 1
            return inner
        if kind not in ("atom", "quoted"):
            raise self._unexpected("a label")
        self._next += 1
        if kind == "atom":
            return Atom(text)
        name = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])
        if not name:
            raise LabelSyntaxError(self._text, offset, "an empty label")
        return Atom(name)

    def _take(self, sign: str) -> bool:
        kind, text, _ = self._tokens[self._next]
        taken = kind == "sign" and text == sign
        self._next += taken
        return taken

    def _unexpected(self, wanted: str) -> LabelSyntaxError:
        kind, text, offset = self._tokens[self._next]
        found = "the end" if kind == "end" else f'"{text}"' if kind != "quoted" else text
        return LabelSyntaxError(self._text, offset, f"{wanted} is expected, not {found}")


def _stray(sign: str) -> str:
    if sign in "&|":
        return f'a single "{sign}" is no operator (write "{sign * 2}")'
    return f'"{sign}" stands for nothing here' if sign.isprintable() else "a stray sign"


def split_labels(text: str, known: Container[str] = ()) -> tuple[str, ...]:
    r"""Return the labels of a node's label field, split as Jenkins splits it.

    Quotes keep blanks inside one label; a backslash keeps a quote, a blank or itself,
    but not at the start of a label. A field that is a label of *known* as it stands is
    that one label.
    """
    if text in known:
        return (text,)
    labels: dict[str, None] = {}
    token: str | None = None
    quote = ""
    signs = iter(text)
    for sign in signs:
        if sign == "\\" and (quote or token is not None):
            escaped = next(signs, "")
            token = (token or "") + ("" if escaped in "\\\"' " else "\\") + escaped
        elif quote or (sign not in "\"' \t\r\n"):
            token = (token or "") + (sign if sign != quote else "")
            quote = quote if sign != quote else ""
        elif sign in "\"'":
            quote = sign
        elif token is not None:
            labels[token] = None
            token = None
    if token is not None:
        labels[token] = None
    return tuple(labels)


def with_aliases(
    expression: Expression, inventory: Inventory
) -> tuple[Expression, Mapping[str, str]]:
    """Return the expression in labels that the hosts have, and each alias that it took.

    An expression that a host serves as it stands takes none, and so does one that the
    aliases do not help.
    """
    if _is_served(expression, inventory):
        return expression, {}
    resolved = ((atom, inventory.resolve_alias(atom)) for atom in expression.atoms())
    aliases = {atom: label for atom, label in resolved if label is not None}
    renamed = expression.renamed(aliases)
    return (renamed, aliases) if _is_served(renamed, inventory) else (expression, {})


def _is_served(expression: Expression, inventory: Inventory) -> bool:
    return any(expression.matches(host.all_labels) for host in inventory.hosts)
