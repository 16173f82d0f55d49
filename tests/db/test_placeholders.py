import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manoir.db._placeholders import translate
from manoir.exceptions import ProgrammingError


def test_positional_placeholders_become_the_drivers():
    assert translate("a = %s AND b = %s", [1, 2], "$") == ("a = $1 AND b = $2", [1, 2])
    assert translate("a = %s AND b = %s", (1, 2), "?") == ("a = ? AND b = ?", (1, 2))


def test_named_placeholders_take_their_values_by_name():
    text, values = translate("%(b)s, %(a)s, %(b)s", {"a": 1, "b": 2}, "$")
    assert (text, list(values)) == ("$1, $2, $3", [2, 1, 2])


def test_without_parameters_the_text_is_left_alone():
    assert translate("LIKE '100%' || '%s'", None, "$") == ("LIKE '100%' || '%s'", ())


def test_doubled_percent_signs_are_one():
    assert translate("LIKE '%%x%%' AND a = %s", [1], "?") == ("LIKE '%x%' AND a = ?", [1])


@pytest.mark.parametrize(
    ("sql", "params", "message"),
    [
        ("a = %s", [], "The statement has 1 placeholders, but 0 parameters were given."),
        ("a = %s", [1, 2], "The statement has 1 placeholders, but 2 parameters were given."),
        ("a = %s", "x", "Parameters are a list, a tuple or a mapping, not one string: write [value]."),
        ("a = %(colour)s", {"color": 1}, "No parameter is named 'colour'. Did you mean 'color'?"),
        ("a = %(a)s", [1], "The statement has named placeholders, %(name)s: pass a mapping of parameters."),
        ("a = %s", {"a": 1}, "The statement has %s placeholders: pass a list of parameters, not a mapping."),
        (
            "a LIKE '5%'",
            [1],
            "A single percent sign at character 9 of the statement: write %% where parameters are given.",
        ),
    ],
)
def test_what_does_not_fit_is_explained(sql, params, message):
    with pytest.raises(ProgrammingError) as caught:
        translate(sql, params, "$")
    assert str(caught.value) == message


@settings(derandomize=True, max_examples=100)
@given(st.lists(st.sampled_from(["%s", "%%", "x", " ", "'", '"', "é"]), max_size=30))
def test_every_statement_of_known_parts_has_one_marker_per_placeholder(parts):
    count = parts.count("%s")
    text, values = translate("".join(parts), list(range(count)), "?")
    assert text.count("?") == count == len(values)
    assert text.count("%") == parts.count("%%")


def test_translation_is_linear():
    text, _ = translate("%s," * 20_000, [1] * 20_000, "$")
    assert text.endswith("$20000,")
