"""A YAML file as nodes that know their place, and the faults found in it so far."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import yaml

from tlcci.errors import InputError, InvalidFileError, Where

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 4 * 1024 * 1024
MOST_FAULTS = 100
MOST_DEPTH = 50
# libyaml is some ten times faster, and a lab may have hundreds of hosts.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Document:
    """One YAML file: its nodes and its faults."""

    def __init__(self, path: str, data: bytes) -> None:
        """Read *data*; raises InvalidFileError where it is no YAML at all."""
        self.path = path
        self._faults: dict[tuple[int, int, str], InputError] = {}
        text = self._decode(data)
        self._lines = _LINE_END.split(text)
        self.root = self._compose(text)

    def fault(
        self,
        reference: str,
        message: str,
        node: yaml.Node,
        details: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Keep a fault at *node*; the one that fills the list raises them all."""
        start, end = node.start_mark, node.end_mark
        width = end.column - start.column if end.line == start.line else 1
        self._keep(reference, message, (start.line, start.column, width), details)
        if len(self._faults) >= MOST_FAULTS:
            self.raise_faults()

    def raise_faults(self) -> None:
        """Raise InvalidFileError with every fault kept, in line order, if there is one."""
        if self._faults:
            raise InvalidFileError([self._faults[place] for place in sorted(self._faults)])

    def _keep(
        self,
        reference: str,
        message: str,
        place: tuple[int, int, int],
        details: Iterable[tuple[str, str]] = (),
    ) -> None:
        line, column, width = place
        text = self._lines[line] if line < len(self._lines) else ""
        where = Where(self.path, line + 1, column + 1, text, width)
        self._faults[line, column, message] = InputError(
            reference, message, where, list(details), next="tlcci explain schema"
        )

    def _broken(
        self, reference: str, message: str, line: int, column: int, **details: str
    ) -> InvalidFileError:
        self._keep(reference, message, (line, column, 1), list(details.items()))
        return InvalidFileError(list(self._faults.values()))

    def _decode(self, data: bytes) -> str:
        self._lines = [""]
        if len(data) > MOST_BYTES:
            raise self._broken("file-too-large", f"more than {MOST_BYTES} bytes", 0, 0)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8-sig")
            self._lines = _LINE_END.split(data.decode("utf-8-sig", errors="replace"))
            *above, last = _LINE_END.split(before)
            byte = f"the byte 0x{data[error.start]:02x} is no UTF-8"
            raise self._broken("not-utf-8", byte, len(above), len(last)) from error
        self._lines = _LINE_END.split(text)
        control = _CONTROL.search(text)
        if control:
            *above, last = _LINE_END.split(text[: control.start()])
            sign = f"the sign U+{ord(control[0]):04X} may not stand in a YAML file"
            raise self._broken("control-sign", sign, len(above), len(last))
        return text

    def _compose(self, text: str) -> yaml.Node:
        try:
            self._check_depth(text)
            root = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            raise self._translated(error) from error
        if root is None:
            raise self._broken("empty-file", "the file says nothing", 0, 0, write="version: 1")
        return root

    def _check_depth(self, text: str) -> None:
        # The composer recurses; the stream of events does not.
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_DEPTH:
                mark = event.start_mark
                line, column = (mark.line, mark.column) if mark else (0, 0)
                problem = f"nested more than {MOST_DEPTH} deep"
                raise self._broken("nested-too-deeply", problem, line, column)

    def _translated(self, error: yaml.MarkedYAMLError) -> InvalidFileError:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        text = self._lines[line] if line < len(self._lines) else ""
        if text[column : column + 1] == "\t" or text.lstrip(" ").startswith("\t"):
            return self._broken("yaml-tab", "a tab where YAML needs blanks", line, column)
        told = " ".join(part for part in (error.context, error.problem) if part)
        if "another document" in told:
            return self._broken("yaml-documents", "a second document starts here", line, column)
        return self._broken("yaml-syntax", f"no YAML: {told}", line, column)


def close_to(word: str, known: Iterable[str]) -> list[tuple[str, str]]:
    """Return the details row that names what *word* was perhaps meant to be, or none."""
    near = difflib.get_close_matches(word[:100], known, n=3, cutoff=0.6)
    return [("close to", ", ".join(near))] if near else []


def quoted(text: str) -> str:
    """Return *text* in quotes for a message, on one line and not too long."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[:60])
    return f'"{shown}{"..." if len(text) > len(shown) else ""}"'
