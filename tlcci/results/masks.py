"""Hiding secrets in a log as Jenkins' `withCredentials` does: each becomes `****`.

Jenkins looks at one line at a time, for the secret itself and for the forms that
shells, batch files and base64 give it, the longest first. So a secret of several
lines is not found, nor one of which only a part is printed, nor one of two characters.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "****"

# Shorter forms would mask half of any log; Jenkins leaves them out too.
_MINIMUM_LENGTH = 3


class Masker:
    """Masks a set of secrets in texts; true when there is anything to mask."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = frozenset(secrets)
        found = {form for secret in self._secrets for form in _forms(secret)}
        ordered = sorted(found, key=lambda form: (-len(form), form))
        self._text = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        forms = [form.encode("utf-8", "surrogateescape") for form in ordered]
        self._bytes = re.compile(b"|".join(map(re.escape, forms))) if forms else None
        self._longest = max(map(len, forms), default=0)
        # Where none of these is, none of the forms is: a quick look for the usual line.
        self._shortest = [
            form for form in forms if not any(o in form for o in forms if o is not form)
        ]

    def __bool__(self) -> bool:
        """Say whether there is anything to mask."""
        return self._bytes is not None

    def __repr__(self) -> str:
        """Return how many secrets there are, never which."""
        return f"Masker({len(self._secrets)} secrets)"

    def adding(self, secrets: Iterable[str]) -> Masker:
        """Return a masker of these secrets and of *secrets* (a block inside a block)."""
        return Masker(self._secrets.union(secrets))

    def mask(self, text: str) -> str:
        """Return *text* with every secret hidden."""
        return self._text.sub(MASK, text) if self._text else text

    def stream(self) -> StreamMasker:
        """Return a masker for output that comes in pieces."""
        return StreamMasker(self._bytes, self._longest, self._shortest)


class StreamMasker:
    """Masks bytes that come in pieces; a secret cut in two by a piece's end is found.

    At most the length of the longest form is held back, and nothing once a line ends.
    """

    def __init__(
        self, pattern: re.Pattern[bytes] | None, longest: int, shortest: list[bytes]
    ) -> None:
        self._pattern = pattern
        self._longest = longest
        self._shortest = shortest
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """Return what can be shown of all that came up to and with *piece*."""
        if self._pattern is None:
            return piece
        data = self._held + piece if self._held else piece
        # A match that starts before *cut* is whole: no form goes over a line's end.
        cut = max(data.rfind(b"\n") + 1, len(data) - self._longest + 1)
        if not any(form in data for form in self._shortest):
            self._held = data[cut:]
            return data[:cut]
        shown, self._held = self._masked(self._pattern, data, cut)
        return shown

    def flush(self) -> bytes:
        """Return what was held back, at the end of the output."""
        held, self._held = self._held, b""
        return self._pattern.sub(MASK.encode(), held) if self._pattern else held

    @staticmethod
    def _masked(pattern: re.Pattern[bytes], data: bytes, cut: int) -> tuple[bytes, bytes]:
        parts = []
        position = 0
        for match in pattern.finditer(data):
            if match.start() >= cut:
                break
            parts += [data[position : match.start()], MASK.encode()]
            position = match.end()
        end = max(cut, position)
        parts.append(data[position:end])
        return b"".join(parts), data[end:]


def _forms(secret: str) -> list[str]:
    """Return the ways in which *secret* may be seen on one line of a log."""
    if not secret:
        return []
    forms = [secret, *_shell_forms(secret), *_base64_forms(secret)]
    if "^" in secret:
        forms.append(re.sub(r"\^(\^?)", r"\1", secret))
    if "$" in secret:
        forms.append(secret.replace("$", "$$"))
    return [form for form in forms if len(form) >= _MINIMUM_LENGTH and "\n" not in form[:-1]]


def _shell_forms(secret: str) -> list[str]:
    """Return how `sh -x` and `bash -x` quote *secret*, and how it is without its escapes."""
    bash = secret.replace("'", "'\\''")
    dash = re.sub("('+)", "'\"\\1\"'", secret)
    return [bash, f"'{bash}'", dash, re.sub(r"\\(\\?)", r"\1", secret)]


def _base64_forms(secret: str) -> list[str]:
    """Return *secret* in base64 wherever it stands in what is encoded.

    In base64 three bytes become four characters, so a text looks different after 0, 1
    and 2 bytes; the characters that also hold bits of a neighbour are left out.
    """
    data = secret.encode("utf-8", "surrogateescape")
    forms = []
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"a" * before + data).decode()[2 * before :]
            padding = len(text) - len(text.rstrip("="))
            forms += [text, text[: len(text) - padding - 1] if padding else text]
    return forms
