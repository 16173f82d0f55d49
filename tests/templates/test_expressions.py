import pytest

from manoir.exceptions import TemplateSyntaxError
from manoir.templates._expressions import Filter, FilterCall, Literal, Path, parse_expression

FILTERS = {"upper": Filter("upper", str.upper, most=0), "add": Filter("add", max, least=1)}


def parse(text: str):
    return parse_expression(text, FILTERS.__getitem__)


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("a", Path(("a",))),
        ("a.b.0", Path(("a", "b", "0"))),
        ('"it\'s"', Literal("it's")),
        (r'"a \"b\" \\"', Literal('a "b" \\')),
        ("'x'", Literal("x")),
        ('_("Welcome")', Literal("Welcome", translate=True)),
        ("3", Literal(3)),
        ("-3.5", Literal(-3.5)),
        (".5", Literal(0.5)),
        ("1e3", Literal(1000.0)),
        ("prénom", Path(("prénom",))),
    ],
)
def test_heads(text: str, head: object):
    assert parse(text).head == head


def test_filters_and_their_arguments():
    assert parse('a.b|upper | add:"x|y"').filters == (
        FilterCall(FILTERS["upper"], None),
        FilterCall(FILTERS["add"], Literal("x|y")),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("_a", "begins with an underscore"),
        ("a._b", "begins with an underscore"),
        ("a.__class__", "begins with an underscore"),
        ("", "there is nothing between the braces"),
        ("a b", "could not read 'a b' at 'b'"),
        ("a|", "ends where a name or a value was expected"),
        ("a.", "ends where a name or a value was expected"),
        ("a|add: 3", "No space may follow the colon"),
        ('"abc', "is never closed"),
        ('_("abc"', "is never closed"),
        ("_(abc)", "takes one quoted text"),
        ("2.", "ends with a dot"),
        ("a|add", "takes an argument"),
        ("a|upper:1", "takes no argument"),
        ("a()", "could not read"),
        ("a[0]", "could not read"),
        ("a-b", "could not read"),
        ("x" * 20_000, "is too long"),
        ("a" + "|upper" * 60, "more than 50 filters"),
        ("1" * 2_000, "is too long"),
    ],
)
def test_what_cannot_be_read_is_explained(text: str, message: str):
    with pytest.raises(TemplateSyntaxError) as caught:
        parse(text)
    assert message in str(caught.value)
