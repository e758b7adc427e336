"""The house's error form."""

from __future__ import annotations

from tlcci.errors import InputError, InvalidFileError, Where


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


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    """Signs that would move the caret or the terminal are blanks."""
    text = "\t" + "x" * 300 + "\x1b" + "y" * 300
    error = InputError("r", "m", Where("f", 1, 302, text, width=500))

    _, shown, caret = str(error).split("\n")
    assert f"   1 | ...{'x' * 60} {'y' * 59}..." == shown
    assert f"     | {' ' * 63}{'^' * 60}" == caret


def test_a_place_without_a_line_shows_none() -> None:
    """What is unknown is left out."""
    shown = [
        str(InputError("r", "m", where)) for where in (Where("f"), Where("f", 2, text="x"))
    ]

    expected = ["error r: f: m", "error r: f line 2: m\n   2 | x"]
    assert expected == shown


def test_a_file_with_faults_draws_each() -> None:
    """In the order given, with a summary for programs."""
    faults = [InputError("a", "one", Where("f", 1)), InputError("b", "two")]
    error = InvalidFileError(faults)

    expected = (
        "error a: f line 1: one\n\nerror b: two",
        "f has 2 faults",
        "a file has a fault",
    )
    assert expected == (str(error), error.message, InvalidFileError(faults[1:]).message)
