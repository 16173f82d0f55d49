"""Documents of JSON that can be stored (H52, H53)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manoir.validators import check_json

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def nested(depth):
    found = []
    for _ in range(depth - 1):
        found = [found]
    return found


def texts_of(document):
    if isinstance(document, dict):
        return "".join(key + texts_of(value) for key, value in document.items())
    if isinstance(document, list):
        return "".join(texts_of(one) for one in document)
    return document if isinstance(document, str) else ""


@given(documents)
def test_what_json_holds_can_be_stored(document):
    if "\x00" in texts_of(document):
        with pytest.raises(ValueError, match="NUL"):
            check_json(document)
    else:
        check_json(document)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        [{"a": -float("inf")}],
        "\x00",
        {"\x00": 1},
        ["\\\x00"],
        "\ud800",
        {"a": {"\udfff": 1}},
        object(),
        {1, 2},
        nested(101),
        nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_no_database_stores_is_refused(value):
    """H52, H53: NUL, halves of surrogate pairs, numbers that are none, nesting."""
    with pytest.raises(ValueError, match=r"."):
        check_json(value)


@pytest.mark.parametrize("value", ["\\u0000", "\\\\u0000", "\U0001f600", nested(100), 10**4_000, None])
def test_what_only_looks_like_it_is_taken(value):
    check_json(value)


def test_values_of_an_encoder():
    class Sets(json.JSONEncoder):
        def default(self, o):
            return sorted(o)

    check_json({"a": {2, 1}}, Sets)
    with pytest.raises(ValueError, match="JSON"):
        check_json({"a": {float("nan")}}, Sets)
