from __future__ import annotations

import contextlib
import datetime as dt
import enum
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manoir.exceptions import TaskArgumentError, TaskMessageError
from manoir.models import IntegerChoices, TextChoices
from manoir.tasks._values import dumps, loads
from tests.library.models import Book

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), text, st.binary(max_size=20),
    st.dates(), st.times(), st.datetimes(), st.datetimes(timezones=st.just(dt.UTC)), st.timedeltas(), st.uuids(),
    st.decimals(allow_nan=False),
)  # fmt: skip
keys = st.one_of(text, st.integers(), st.just("$"))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4), st.lists(inner, max_size=3).map(tuple),
        st.sets(st.integers(), max_size=4), st.frozensets(text, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip


def types(value):
    if isinstance(value, (list, tuple)):
        return type(value), [types(one) for one in value]
    if isinstance(value, dict):
        return dict, [(types(key), types(one)) for key, one in value.items()]
    return type(value)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(values)
def test_what_is_written_is_read(value):
    found = loads(dumps(value, "value"), "value")
    assert found == value
    assert types(found) == types(value)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60)))
def test_any_text_is_read_or_refused(raw):
    """C09: hostile bytes give an error, not code, and no error of another kind."""
    with contextlib.suppress(TaskMessageError):
        loads(raw, "value")


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), text),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["$", "v", "a", "__class__"]), inner, max_size=3),
        st.fixed_dictionaries(
            {"$": st.sampled_from(["int", "date", "datetime", "time", "decimal", "uuid", "bytes", "set", "dict", "x"]), "v": inner}
        ),
    ),
    max_leaves=8,
)  # fmt: skip


@settings(derandomize=True, max_examples=300, deadline=None)
@given(plain)
def test_forged_tags_are_read_or_refused(value):
    """C09, C11: a tag of the table gives a value of that type; every other is refused."""
    with contextlib.suppress(TaskMessageError):
        loads(msgspec.json.encode(value), "value")


class Colour(TextChoices):
    RED = "red"


class Size(IntegerChoices):
    LARGE = 3


class Plain(enum.Enum):
    ONE = 1


def test_members_of_choices_arrive_as_their_value():
    found = loads(dumps([Colour.RED, Size.LARGE], "value"), "value")
    assert (found, [type(one) for one in found]) == (["red", 3], [str, int])


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (Book(title="x"), r"primary key \(`.pk`\)"),
        (Book.objects.all(), "list of primary keys"),
        (open, "Types that arrive"),
        (Plain.ONE, "Types that arrive"),
        (object(), "object"),
        (1j, "complex"),
        (bytearray(b"x"), "bytearray"),
        (lambda: 1, "function"),
        (ValueError("x"), "ValueError"),
    ],
)
def test_other_types_are_refused_with_advice(value, advice):
    with pytest.raises(TaskArgumentError, match=advice):
        dumps([value], "arguments of shop.tasks.send")


def test_bounds():
    """H56: length, depth and digits are bounded on both sides."""
    with pytest.raises(TaskArgumentError, match="at most 1,000,000"):
        dumps("x" * 1_000_001, "value")
    with pytest.raises(TaskArgumentError, match="at most 10\\."):
        dumps("x" * 11, "value", max_bytes=10)
    with pytest.raises(TaskArgumentError, match="at most 10\\."):
        dumps("ä" * 6, "value", max_bytes=10)
    for hostile in (
        "[" * 40 + "]" * 40,
        "[" * 100_000,
        '"' + "x" * 1_000_001 + '"',
        '{"$":"int","v":"' + "9" * 4_001 + '"}',
    ):
        with pytest.raises(TaskMessageError):
            loads(hostile, "value")


def test_equal_sets_are_written_alike():
    """Or unique keys would differ."""
    assert dumps({f"member {number}" for number in range(50)}, "x") == dumps(
        {f"member {number}" for number in reversed(range(50))}, "x"
    )


def test_the_text_is_readable():
    written = dumps([dt.date(2026, 11, 30), Decimal("1.50"), UUID(int=7), (1,)], "value")
    assert written == (
        '[{"$":"date","v":"2026-11-30"},{"$":"decimal","v":"1.50"},'
        '{"$":"uuid","v":"00000000000000000000000000000007"},{"$":"tuple","v":[1]}]'
    )
