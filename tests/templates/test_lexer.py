from hypothesis import given, settings
from hypothesis import strategies as st

from manoir.templates._lexer import TokenType, smart_split, tokenize

SOURCES = st.text(alphabet="{}%# \nab\"'|verbatimend", max_size=200)


def kinds(source: str) -> list[tuple[TokenType, str]]:
    return [(token.token_type, token.contents) for token in tokenize(source)]


def test_pieces_are_told_apart():
    assert kinds("a {{ b }}{% if c %}{# d #}") == [
        (TokenType.TEXT, "a "),
        (TokenType.VAR, "b"),
        (TokenType.BLOCK, "if c"),
        (TokenType.COMMENT, "d"),
    ]


def test_lines_and_columns_are_counted():
    places = [(token.contents, token.lineno, token.column) for token in tokenize("x\n\n  {{ a }}\n{{ b }}{{ c }}")]
    assert places == [("x\n\n  ", 1, 0), ("a", 3, 2), ("\n", 3, 9), ("b", 4, 0), ("c", 4, 7)]


def test_a_piece_that_is_not_closed_on_its_line_is_text():
    assert [token.token_type for token in tokenize("{{ a\n}} {% b\n%} {# c\n#}")] == [TokenType.TEXT]


def test_everything_inside_verbatim_is_text():
    source = "{% verbatim x %}{{ a }}{% endverbatim %}{% endverbatim x %}{{ b }}"
    tokens = tokenize(source)
    assert (
        "".join(token.contents for token in tokens if token.token_type is TokenType.TEXT) == "{{ a }}{% endverbatim %}"
    )
    assert tokens[-1].contents == "b"


@settings(derandomize=True, max_examples=300)
@given(SOURCES)
def test_raw_texts_joined_are_the_source(source: str):
    assert "".join(token.raw for token in tokenize(source)) == source


@settings(derandomize=True, max_examples=100)
@given(SOURCES)
def test_line_numbers_are_those_of_the_source(source: str):
    position = 0
    for token in tokenize(source):
        assert token.lineno == source.count("\n", 0, position) + 1
        assert token.column == position - (source.rfind("\n", 0, position) + 1)
        position += len(token.raw)


def test_words_are_split_outside_quotes_only():
    assert smart_split("with a=\"b c\"|d:'e f' g") == ["with", "a=\"b c\"|d:'e f'", "g"]
    assert smart_split(r'"a \" b" c') == [r'"a \" b"', "c"]
    assert smart_split("it's fine") == ["it's", "fine"]


def test_splitting_grows_with_the_length_only(growth):
    growth(lambda size: smart_split("\\'" * size))
    growth(lambda size: tokenize("{%" * size))
    growth(lambda size: tokenize("{{ " * size + "\n"))
