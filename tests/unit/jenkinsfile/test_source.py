"""Reading a Jenkinsfile's text without running it."""

from __future__ import annotations

from tlcci.jenkinsfile.source import read_source
from tlcci.jenkinsfile.tokens import tokenize


def test_a_slash_and_star_within_a_text_open_no_comment() -> None:
    """A pattern of files is not the beginning of a comment."""
    tokens = tokenize("junit 'build/results/*.xml'\necho 'still here'\n")

    assert ["build/results/*.xml", "still here"] == [
        token.text for token in tokens if token.kind == "text"
    ]


def test_a_comment_that_opens_behind_a_bracket_is_one() -> None:
    """Quotes inside a comment open no text, however many there are."""
    calls = read_source("def a() {\n}/*\necho 'don't'\n*/\nsh 'x'\n").calls

    assert ["sh"] == [call.name for call in calls]


def test_lines_are_counted_through_texts_of_several_lines() -> None:
    """What follows a long text has its own line."""
    source = read_source('sh """\n  one ${env.A}\n  two\n"""\nnode("X") { }\n')

    assert [("A", 2)] == [(one.name, one.line) for one in source.env_reads]
    assert 5 == next(call.line for call in source.calls if call.name == "node")


def test_a_method_that_nothing_calls_is_not_reached() -> None:
    """Methods are followed from the top level, through other methods."""
    source = read_source(
        "def a() { b() }\ndef b() { sh 'x' }\ndef windows() { bat 'x' }\na()\n"
    )

    assert {"", "a", "b"} == source.reached


def test_a_variable_that_is_set_is_not_read() -> None:
    """`env.A = 1` gives and does not ask."""
    source = read_source("env.A = 'x'\nif (env.B == 'yes') { }\n")

    assert ["B"] == [one.name for one in source.env_reads]
    assert [("B", "yes")] == [(one.name, one.value) for one in source.comparisons]


def test_an_argument_is_shown_as_it_is_written() -> None:
    """A label made by an expression is named by its source."""
    source = read_source("node('A' && 'B') {\n}\n")

    assert "'A' && 'B'" == source.argument_of("node", 1)


def test_every_beginning_of_a_dotted_expression_is_given() -> None:
    """Each member on the way may need an approval of its own."""
    source = read_source("return 1 == currentBuild.rawBuild.getLog(10).size()\n")

    assert [
        "currentBuild.rawBuild",
        "currentBuild.rawBuild.getLog(10)",
        "currentBuild.rawBuild.getLog(10).size()",
    ] == source.chains(1)
