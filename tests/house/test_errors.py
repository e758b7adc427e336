"""The house's error form."""

from __future__ import annotations

from tlcci.errors import InputError, Where


def test_an_error_shows_place_line_caret_and_next_step() -> None:
    """One look tells what is wrong, where, and what to type."""
    error = InputError(
        "unknown-key",
        '"lables" is not a key of a host',
        Where("hosts.yaml", 14, 5, "    lables: [GPU]", width=6),
        [("close to", "labels")],
        next="tlcci explain hosts",
    )

    expected = (
        'error unknown-key: hosts.yaml line 14, column 5: "lables" is not a key of a host\n'
        "  14 |     lables: [GPU]\n"
        "     |     ^^^^^^\n"
        "  close to  labels\n"
        "  next      tlcci explain hosts"
    )
    assert expected == str(error)
