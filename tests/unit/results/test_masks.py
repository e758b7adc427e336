"""Secrets hidden as `withCredentials` hides them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcci.results.masks import Masker


@pytest.mark.parametrize(
    ("secret", "text", "expected"),
    [
        ("s3cr3tValue!", "a s3cr3tValue! b", "a **** b"),
        ("s3cr3tValue!", "part s3cr3t", "part s3cr3t"),
        ("ab", "ab", "ab"),
        ("one\ntwo", "one\ntwo", "one\ntwo"),
        ("it's", "+ echo 'it'\\''s'", "+ echo ****"),
        ("it's", "+ echo it'\"'\"'s", "+ echo ****"),
        ("a$b$c", "a$$b$$c", "****"),
        ("", "text", "text"),
    ],
)
def test_a_secret_is_hidden_in_the_forms_of_shells(
    secret: str, text: str, expected: str
) -> None:
    """One row is one secret in one line."""
    assert expected == Masker([secret]).mask(text)


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_secret_is_hidden_in_base64_wherever_it_stands(before: str) -> None:
    """The bytes before a secret change how it looks in base64."""
    coded = base64.b64encode(f"{before}s3cr3tValue!".encode()).decode()

    assert "****" in Masker(["s3cr3tValue!"]).mask(coded)


@given(
    st.lists(st.sampled_from([b"abc", b"abcd", b"ab", b"x", b"\n"]), max_size=30),
    st.integers(1, 7),
)
def test_pieces_of_any_size_hide_the_same(parts: list[bytes], size: int) -> None:
    """How output is cut into pieces changes nothing."""
    data = b"".join(parts)
    masker = Masker(["abc", "abcd"])
    stream = masker.stream()

    pieces = [stream.feed(data[at : at + size]) for at in range(0, len(data), size)]

    assert masker.mask(data.decode()).encode() == b"".join(pieces) + stream.flush()
