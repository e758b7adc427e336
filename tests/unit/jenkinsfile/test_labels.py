"""Jenkins' label grammar, read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcci.inventory import Host, Inventory
from tlcci.jenkinsfile.labels import (
    Atom,
    Chain,
    Expression,
    LabelSyntaxError,
    Not,
    parse,
    split_labels,
    with_aliases,
)

_NAMES = st.sampled_from(["a", "b", "c-d", "x y", "gpu:a100", 'q"t', "back\\slash", "n\nl"])


def _compound(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    some = st.lists(inner, min_size=2, max_size=3).map(tuple)
    pair = st.tuples(inner, inner)
    return st.one_of(
        inner.map(Not),
        st.builds(Chain, st.sampled_from(["&&", "||", "<->"]), some),
        st.builds(Chain, st.just("->"), pair),
    )


_EXPRESSIONS = st.recursive(_NAMES.map(Atom), _compound, max_leaves=8)


def _read(text: str) -> Expression:
    expression = parse(text)
    assert expression is not None
    return expression


def _naive(expression: Expression, labels: set[str]) -> bool:
    match expression:
        case Atom(name):
            return name in labels
        case Not(operand):
            return not _naive(operand, labels)
        case Chain(sign, operands):
            truth, *others = [_naive(operand, labels) for operand in operands]
            for other in others:
                if sign == "&&":
                    truth = truth and other
                elif sign == "||":
                    truth = truth or other
                elif sign == "->":
                    truth = other if truth else True
                else:
                    truth = truth is other
            return truth
        case _:
            raise AssertionError(expression)


@given(_EXPRESSIONS)
def test_the_canonical_text_reads_back_as_the_same_expression(expression: Expression) -> None:
    """Nothing is lost in print; the parentheses keep quotes inside."""
    assert expression == parse(f"({expression})")


@given(_EXPRESSIONS, st.sets(_NAMES))
def test_an_expression_means_what_its_signs_mean(
    expression: Expression, labels: set[str]
) -> None:
    """Evaluation agrees with the plainest model."""
    assert _naive(expression, labels) == expression.matches(labels)


@given(st.text("ab &|!<>()-\"'\\\t\n", max_size=20))
def test_any_text_is_an_expression_or_a_label_syntax_error(text: str) -> None:
    """Nothing else comes out; the place lies within the text."""
    try:
        parse(text)
    except LabelSyntaxError as error:
        offset = error.offset
    else:
        offset = 0

    assert offset in range(len(text) + 1)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("CPU-SMALL-SPOT", "CPU-SMALL-SPOT"),
        (" gpu:a100 && cuda=12.8 ", "gpu:a100&&cuda=12.8"),
        ("!a&&b", "!a&&b"),
        ("!(a && b)", "!(a&&b)"),
        ("!(!a)", "!(!a)"),
        ("a->b", "a->b"),
        ("a-->b", "a-->b"),
        ("-a", "-a"),
        ("a<->b<->c", "a<->b<->c"),
        ("a || b && c -> d <-> e", "a||b&&c->d<->e"),
        ("(a || b) && c", "(a||b)&&c"),
        ('"my label" && x', '"my label"&&x'),
        ('"my label"', '"my label"'),
        ("'GPU'", "GPU"),
        ('"a||b"', "a||b"),
        (r'"tab\t\q"', r'"tab\tq"'),
    ],
)
def test_the_grammar_is_that_of_jenkins(text: str, canonical: str) -> None:
    """From loosest to tightest: <->, ->, ||, &&, !, parentheses."""
    assert canonical == str(parse(text))


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
def test_a_blank_label_asks_for_any_node(text: str) -> None:
    """As `node` without a label does."""
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "offset", "problem"),
    [
        ("CPU & !GPU", 4, 'a single "&" is no operator (write "&&")'),
        ("a | b", 2, 'a single "|" is no operator (write "||")'),
        ("!!a", 1, 'a label is expected, not "!"'),
        ("a b", 2, 'an operator is expected, not "b"'),
        ('a "b c"', 2, 'an operator is expected, not "b c"'),
        ("a->b->c", 4, 'an operator is expected, not "->"'),
        ("(a", 2, "an operator or ) is expected, not the end"),
        ("a &&", 4, "a label is expected, not the end"),
        ("  a < b", 4, '"<" stands for nothing here'),
        ('a && ""', 5, "an empty label"),
        ('""', 0, "an empty label"),
        ("a>b", 1, '">" stands for nothing here'),
        ('a "\n', 2, '""" stands for nothing here'),
        ("(" * 101, 100, "parentheses are nested too deeply"),
        (
            ' "a" || "b"',
            1,
            "Jenkins takes the quotes off both ends first (put the whole in parentheses)",
        ),
    ],
)
def test_what_jenkins_would_take_for_a_strange_name_is_an_error(
    text: str, offset: int, problem: str
) -> None:
    """The place and the reason are told."""
    with pytest.raises(LabelSyntaxError) as caught:
        parse(text)

    expected = f"{problem}, at character {offset + 1} of a label expression"
    assert (expected, offset) == (caught.value.message, caught.value.offset)


def test_an_error_points_into_the_expression() -> None:
    """The caret stands below the sign."""
    with pytest.raises(LabelSyntaxError) as caught:
        parse("CPU & !GPU")

    expected = ("label", "CPU & !GPU\n    ^")
    assert expected == caught.value.details[0]


def test_the_labels_of_an_expression_are_listed_once() -> None:
    """In order of appearance."""
    expected = ("b", "a", "c")
    assert expected == _read("b && !(a || b) -> c").atoms()


@pytest.mark.parametrize(
    ("field", "labels"),
    [
        ("linux  GPU\tlinux", ("linux", "GPU")),
        ("", ()),
        ('"my label" x', ("my label", "x")),
        ("a'b c'd", ("ab cd",)),
        ('""', ("",)),
        ('"', ()),
        (r"a\ b \c d\e f\\", ("a b", r"\c", r"d\e", "f\\")),
        (r'"a\"b', ('a"b',)),
        ("a\\", ("a",)),
    ],
)
def test_a_label_field_is_split_as_jenkins_splits_it(
    field: str, labels: tuple[str, ...]
) -> None:
    """Quotes keep blanks, backslashes keep quotes."""
    assert labels == split_labels(field)


def test_a_field_that_is_a_known_label_is_that_label() -> None:
    """Jenkins asks for that before it splits."""
    expected = ("a b",)
    assert expected == split_labels("a b", {"a b"})


def test_an_alias_is_taken_only_where_no_host_serves_the_expression() -> None:
    """And only if it helps."""
    hosts = (Host("h1", labels=("CPU",)),)
    inventory = Inventory(hosts, aliases={"*-SPOT": "*"})

    took = {
        text: (str(expression), dict(aliases))
        for text in ("CPU && !CPU-SPOT", "CPU-SPOT && h1", "GPU-SPOT", "CPU-SPOT && x")
        for expression, aliases in [with_aliases(_read(text), inventory)]
    }

    expected = {
        "CPU && !CPU-SPOT": ("CPU&&!CPU-SPOT", {}),
        "CPU-SPOT && h1": ("CPU&&h1", {"CPU-SPOT": "CPU"}),
        "GPU-SPOT": ("GPU-SPOT", {}),
        "CPU-SPOT && x": ("CPU-SPOT&&x", {}),
    }
    assert expected == took


@given(_EXPRESSIONS, st.sets(_NAMES))
def test_renaming_is_the_same_as_having_the_other_label(
    expression: Expression, labels: set[str]
) -> None:
    """`a` written as `b` asks for `b`."""
    swapped = (labels - {"a"}) | ({"a"} if "b" in labels else set())

    assert expression.matches(swapped) == expression.renamed({"a": "b"}).matches(labels)
