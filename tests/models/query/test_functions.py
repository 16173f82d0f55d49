"""Functions of the database, against Python's."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.library.models import Book, Review, Tag
from tests.models.query.data import BookRow, Shop, objects

from manoir import models, timezone
from manoir.exceptions import FieldError
from manoir.models import ExpressionWrapper, F, Value
from manoir.models import functions as fn

BOOKS: list[tuple[Any, Callable[[BookRow], Any]]] = [
    (fn.Lower("title"), None),
    (fn.Length("title"), lambda b: len(b.title)),
    (fn.Concat("title", Value(": "), "subtitle"), lambda b: f"{b.title}: {b.subtitle or ''}"),
    (fn.Concat(Value("p"), "pages"), lambda b: f"p{b.pages}"),
    (fn.Coalesce("subtitle", "title"), lambda b: b.title if b.subtitle is None else b.subtitle),
    (fn.Coalesce("rating", 0.5), lambda b: 0.5 if b.rating is None else b.rating),
    (fn.Coalesce("published", Value(dt.date(2000, 1, 1))), lambda b: b.published or dt.date(2000, 1, 1)),
    (fn.NullIf("pages", Value(250)), lambda b: None if b.pages == 250 else b.pages),
    (fn.Greatest("pages", Value(200)), lambda b: max(b.pages, 200)),
    (fn.Least("price", Value(Decimal("9.75"))), lambda b: min(b.price, Decimal("9.75"))),
    (fn.Left("title", 2), lambda b: b.title[:2]),
    (fn.Right("title", 3), lambda b: b.title[-3:]),
    (fn.Substr("title", 2, 3), lambda b: b.title[1:4]),
    (fn.Substr("title", 2), lambda b: b.title[1:]),
    (fn.Replace("title", Value("a"), Value("o")), lambda b: b.title.replace("a", "o")),
    (fn.Repeat("title", 2), lambda b: b.title * 2),
    (fn.StrIndex("title", Value("a")), lambda b: b.title.find("a") + 1),
    (fn.Trim(Value("  x ")), lambda b: "x"),
    (fn.Abs(F("pages") - 200), lambda b: abs(b.pages - 200)),
    (fn.Abs(F("price") - 50), lambda b: abs(b.price - 50)),
    (fn.Round("rating", 1), lambda b: None if b.rating is None else math.floor(b.rating * 10 + 0.5) / 10),
    (fn.Round("price"), lambda b: b.price.quantize(Decimal(1), rounding="ROUND_HALF_UP")),
    (fn.Ceil("rating"), lambda b: None if b.rating is None else math.ceil(b.rating)),
    (fn.Floor("price"), lambda b: math.floor(b.price)),
    (fn.Sqrt("pages"), lambda b: math.sqrt(b.pages)),
    (fn.Power("pages", Value(2)), lambda b: b.pages**2),
    (fn.Mod("pages", Value(7)), lambda b: b.pages % 7),
    (fn.Sign(F("pages") - 100), lambda b: (b.pages > 100) - (b.pages < 100)),
    (fn.Cast("pages", models.CharField(max_length=10)), lambda b: str(b.pages)),
    (fn.Cast("pages", models.FloatField()), lambda b: float(b.pages)),
    (fn.Cast("price", models.IntegerField()), None),
    (fn.Cast(Value("7"), models.IntegerField()), lambda b: 7),
    (fn.Cast("pages", models.DecimalField(max_digits=8, decimal_places=2)), lambda b: Decimal(b.pages)),
    (F("pages") + 1, lambda b: b.pages + 1),
    (1 - F("pages"), lambda b: 1 - b.pages),
    (F("pages") * F("pages"), lambda b: b.pages * b.pages),
    (F("pages") % 7, lambda b: b.pages % 7),
    (F("pages") / 7, lambda b: b.pages // 7),
    (-F("pages"), lambda b: -b.pages),
    (F("pages").bitand(6), lambda b: b.pages & 6),
    (F("pages").bitor(6), lambda b: b.pages | 6),
    (F("pages").bitxor(6), lambda b: b.pages ^ 6),
    (F("pages").bitleftshift(2), lambda b: b.pages << 2),
    (F("pages").bitrightshift(2), lambda b: b.pages >> 2),
    (F("price") + F("pages"), lambda b: b.price + b.pages),
    (F("price") * 2, lambda b: b.price * 2),
    (F("price") * 0.1, lambda b: b.price * Decimal("0.1")),
    (F("rating") * 2, lambda b: None if b.rating is None else b.rating * 2),
    (F("rating") + F("pages"), lambda b: None if b.rating is None else b.rating + b.pages),
    (
        ExpressionWrapper(F("pages") + F("rating"), models.FloatField()),
        lambda b: None if b.rating is None else b.rating + b.pages,
    ),
    (
        F("published") - Value(dt.date(2001, 1, 1)),
        lambda b: None if b.published is None else b.published - dt.date(2001, 1, 1),
    ),
    (F("created") + dt.timedelta(hours=1), lambda b: b.created + dt.timedelta(hours=1)),
    (F("created") - dt.timedelta(days=1, microseconds=3), lambda b: b.created - dt.timedelta(days=1, microseconds=3)),
    (F("created") + F("reading_time"), lambda b: None if b.reading_time is None else b.created + b.reading_time),
    (F("created") - F("updated"), lambda b: b.created - b.updated),
    (F("reading_time") * 2, lambda b: None if b.reading_time is None else b.reading_time * 2),
    (F("reading_time") + F("reading_time"), lambda b: None if b.reading_time is None else b.reading_time * 2),
    (fn.ExtractYear("published"), lambda b: None if b.published is None else b.published.year),
    (fn.Extract("created", "hour"), lambda b: b.created.hour),
    (fn.ExtractWeekDay("created"), lambda b: b.created.isoweekday() % 7 + 1),
    (fn.ExtractQuarter("published"), lambda b: None if b.published is None else (b.published.month + 2) // 3),
    (fn.TruncMonth("published"), lambda b: None if b.published is None else b.published.replace(day=1)),
    (fn.TruncYear("created"), lambda b: b.created.replace(month=1, day=1, hour=0, minute=0)),
    (fn.TruncHour("created"), lambda b: b.created.replace(minute=0)),
    (fn.TruncDate("created"), lambda b: b.created.date()),
    (fn.TruncTime("created"), lambda b: b.created.time()),
    (fn.Trunc("created", "day", output_field=models.DateField()), lambda b: b.created.date()),
]


NAMES = [re.sub(r" object at 0x[0-9a-f]+", "", repr(expression)) for expression, _ in BOOKS]


@pytest.mark.parametrize(("expression", "expected"), BOOKS, ids=NAMES)
def test_function(shop: Shop, expression: Any, expected: Any) -> None:
    found = dict(objects(Book).order_by("pk").annotate(value=expression).values_list("pk", "value"))
    assert len(found) == len(shop.books)
    if expected is None:
        return
    wanted = {row.id: expected(row) for row in shop.books}
    for key, value in wanted.items():
        assert found[key] == (pytest.approx(value) if isinstance(value, float) else value)
        if value is not None and not isinstance(value, int):
            assert isinstance(found[key], type(value))
    some = next(value for value in wanted.values() if value is not None)
    assert {book.pk for book in objects(Book).annotate(value=expression).filter(value=some)} >= {
        key for key, value in wanted.items() if value == some and not isinstance(value, float)
    }


def test_parts_of_moments_are_meant_in_the_current_zone(shop: Shop) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    in_2026 = objects(Book).filter(created__year=2026)
    hours = objects(Book).order_by("pk").values_list("created__hour", flat=True)
    assert 5 not in {book.pk for book in in_2026.all()}
    with timezone.override(tokyo):
        assert 5 in {book.pk for book in in_2026.all()}
        assert list(hours.all()) == [21, 21, 21, 21, 8]
        assert objects(Book).get(created__date=dt.date(2026, 1, 1), pk=5).pk == 5
    assert objects(Book).annotate(h=fn.ExtractHour("created", tzinfo=tokyo)).get(pk=5).h == 8
    days = objects(Review).order_by("pk").annotate(d=fn.TruncDay("posted", tzinfo=tokyo)).values_list("d", flat=True)
    assert list(days)[1] == dt.datetime(2026, 3, 1, tzinfo=tokyo)
    assert list(objects(Review).datetimes("posted", "day", tzinfo=tokyo))[-1] == dt.datetime(2026, 3, 1, tzinfo=tokyo)


def test_now_is_the_databases_clock(database: Any, shop: Shop) -> None:
    now = objects(Tag).annotate(now=fn.Now()).first().now
    assert abs(now - timezone.now()) < dt.timedelta(minutes=1)
    assert objects(Book).filter(created__lt=fn.Now()).count() == 5
    assert objects(Book).filter(created__gt=fn.Now() - dt.timedelta(days=30_000)).count() == 5


def test_transforms_in_names(shop: Shop) -> None:
    models.CharField.register_lookup(fn.Lower)
    models.CharField.register_lookup(fn.Length)
    try:
        assert objects(Book).get(title__lower="alpha").pk == 1
        assert objects(Book).get(title__lower__contains="lph").pk == 1
        assert {book.pk for book in objects(Book).filter(title__length__lt=6)} == {1, 3}
        assert objects(Book).order_by("title__length", "pk").first().pk == 1
        assert objects(Book).values("title__lower").get(pk=1) == {"title__lower": "alpha"}
    finally:
        models.CharField.unregister_lookup(fn.Lower)
        models.CharField.unregister_lookup(fn.Length)


def test_lookups_of_a_projects_own(shop: Shop) -> None:
    from manoir.models._lookups import Lookup

    class NotEqual(Lookup):
        lookup_name = "ne"

        def as_expression(self, left: Any, right: Any) -> Any:
            return ~(left == right)

    models.IntegerField.register_lookup(NotEqual)
    try:
        assert {book.pk for book in objects(Book).filter(pages__ne=250)} == {1, 4, 5}
        assert {book.pk for book in objects(Book).exclude(pages__ne="250")} == {2, 3}
        with pytest.raises(FieldError, match="nothing can follow"):
            objects(Book).filter(pages__ne__gt=3)
    finally:
        models.IntegerField.unregister_lookup(NotEqual)


def test_functions_by_name_take_identifiers_only(shop: Shop) -> None:
    assert (
        objects(Book).annotate(x=fn.Func("title", function="UPPER", output_field=models.TextField())).get(pk=1).x
        == "ALPHA"
    )
    for name in ("UPPER(", "a b", "x;--", "", "é", None, 'a"b'):
        with pytest.raises(FieldError, match="cannot name a function"):
            fn.Func("title", function=name)


def test_closed_lists() -> None:
    for make in (
        lambda: fn.Trunc("created", "year'; DROP"),
        lambda: fn.Extract("created", "epoch; DROP"),
        lambda: fn.Extract("created"),
        lambda: fn.Substr("title", 0),
        lambda: fn.Left("title", 0),
        lambda: fn.Repeat("title", -1),
        lambda: fn.Coalesce("title"),
    ):
        with pytest.raises(ValueError):
            make()
    with pytest.raises(FieldError):
        objects(Book).annotate(x=fn.ExtractHour("published"))
    with pytest.raises(ValueError, match=r"A date has no hour to cut .*published to"):
        objects(Book).annotate(x=fn.TruncHour("published"))
    with pytest.raises(TypeError, match="a function of 1 expression, not of 2"):
        fn.Lower("a", "b")


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        (fn.Lower("title"), "manoir.models.functions.Lower"),
        (fn.TruncMonth("created", tzinfo=None), "manoir.models.functions.TruncMonth"),
        (fn.Substr("title", 2, length=3), "manoir.models.functions.Substr"),
        (fn.Func("title", function="UPPER"), "manoir.models.functions.Func"),
        (models.Case(models.When(pages=1, then=Value(2)), default=3), "manoir.models.Case"),
        (models.Count("pk", distinct=True), "manoir.models.Count"),
        (F("title").desc(nulls_last=True), "manoir.models.Ordering"),
        (F("title"), "manoir.models.F"),
        (F("pages") + 1, "manoir.models.CombinedExpression"),
    ],
)
def test_expressions_can_be_made_again(expression: Any, path: str) -> None:
    found, args, kwargs = expression.deconstruct()
    assert found == path
    again = type(expression)(*args, **kwargs)
    assert again.identity() == expression.identity()
    assert repr(again) == repr(expression)
