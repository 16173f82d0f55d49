"""Angles, digests, padding, collations, documents, slices of text, and aggregates of text and of any value."""

from __future__ import annotations

import hashlib
import math
import time
import uuid
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Review, Tag
from tests.models.query.data import Shop, objects

from manoir import models
from manoir.apps import Apps
from manoir.bridge import wait
from manoir.exceptions import DatabaseError, FieldError, NotSupportedError, ProgrammingError
from manoir.migrations import schema_editor
from manoir.models import AnyValue, Count, F, JSONNull, Max, Q, StringAgg, Value, Window
from manoir.models.functions import (
    MD5,
    SHA1,
    SHA224,
    SHA256,
    SHA384,
    SHA512,
    UUID4,
    UUID7,
    ACos,
    ASin,
    ATan,
    ATan2,
    Chr,
    Collate,
    ConcatPair,
    Cos,
    Cot,
    Degrees,
    JSONArray,
    JSONObject,
    Length,
    Log,
    Lower,
    LPad,
    Ord,
    Pi,
    Radians,
    Reverse,
    RPad,
    Sin,
    Tan,
)


def of_first(**expressions: Any) -> dict[str, Any]:
    """Values of the first book: `Alpha`, 100 pages, rated 4.5, at 10.00."""
    return objects(Book).annotate(**expressions).values(*expressions).get(pk=1)


ANGLES = {
    "acos": (ACos(F("pages") / 1000.0), math.acos(0.1)),
    "asin": (ASin(F("pages") / 1000.0), math.asin(0.1)),
    "atan": (ATan("rating"), math.atan(4.5)),
    "atan2": (ATan2("rating", Value(2)), math.atan2(4.5, 2)),
    "cos": (Cos("price"), math.cos(10)),
    "cot": (Cot("rating"), 1 / math.tan(4.5)),
    "degrees": (Degrees("rating"), math.degrees(4.5)),
    "log": (Log(Value(10), "pages"), 2.0),
    "pi": (Pi(), math.pi),
    "radians": (Radians("pages"), math.radians(100)),
    "sin": (Sin("rating"), math.sin(4.5)),
    "tan": (Tan("rating"), math.tan(4.5)),
}


def test_angles(shop: Shop) -> None:
    found = of_first(**{f"of_{name}": expression for name, (expression, _value) in ANGLES.items()})
    assert {name: type(value) for name, value in found.items() if type(value) is not float} == {}
    assert found == pytest.approx({f"of_{name}": value for name, (_expression, value) in ANGLES.items()})


def test_characters_and_padding(shop: Shop) -> None:
    assert of_first(
        char=Chr(Value(65)),
        number=Ord("title"),
        back=Reverse("title"),
        pair=ConcatPair("title", Value("!")),
        left=LPad("title", 8, Value("ab")),
        right=RPad("title", 8, Value("ab")),
        spaces=LPad("title", 7),
        short=RPad("title", 3),
        nothing=LPad("subtitle", 4),
        own=RPad("title", Length("title") + 2, fill_text="status"),
    ) == {
        "char": "A",
        "number": 65,
        "back": "ahplA",
        "pair": "Alpha!",
        "left": "abaAlpha",
        "right": "Alphaaba",
        "spaces": "  Alpha",
        "short": "Alp",
        "nothing": None,
        "own": "Alphali",
    }


def test_digests(shop: Shop, database: Any) -> None:
    known = {"md5": MD5, "sha224": SHA224, "sha256": SHA256, "sha384": SHA384, "sha512": SHA512}
    found = objects(Book).annotate(**{f"of_{name}": made("title") for name, made in known.items()}).get(pk=5)
    for name in known:
        assert getattr(found, f"of_{name}") == hashlib.new(name, "Épsilon".encode()).hexdigest()
    sha1 = objects(Book).annotate(x=SHA1("title")).filter(pk=5)
    if database.vendor == "sqlite":
        assert sha1.get().x == hashlib.sha1("Épsilon".encode(), usedforsecurity=False).hexdigest()
    else:
        with pytest.raises(DatabaseError, match="digest"):  # without the extension pgcrypto
            sha1.get()


def test_collations(shop: Shop, database: Any) -> None:
    name = "NOCASE" if database.vendor == "sqlite" else "C"
    found = objects(Book).filter(pk__in=[1, 2, 3]).order_by(Collate("title", name))
    expected = ["Alpha", "beta 100%", "Gamma"] if database.vendor == "sqlite" else ["Alpha", "Gamma", "beta 100%"]
    assert [book.title for book in found] == expected
    same = objects(Book).annotate(plain=Collate(Lower("title"), name)).filter(plain="alpha")
    assert same.get().pk == 1
    for wrong in ("", 'a"b', "a b", "a;b", 5):
        with pytest.raises(ValueError, match="cannot be the name of a collation"):
            Collate("title", wrong)  # type: ignore[arg-type]


def test_documents(shop: Shop) -> None:
    built = JSONObject(
        title="title",
        writer="author__name",
        pages="pages",
        price="price",
        sale="on_sale",
        none="subtitle",
        extra="extra",
        long=Q(pages__gt=500),
        nested=JSONArray("pk", "title", Value(True), JSONObject(a=Value("b"))),
    )
    assert of_first(x=built)["x"] == {
        "title": "Alpha",
        "writer": "Ann",
        "pages": 100,
        "price": 10.0,
        "sale": True,
        "none": None,
        "extra": {"a": 1, "b": [1, 2]},
        "long": False,
        "nested": [1, "Alpha", True, {"a": "b"}],
    }
    assert of_first(x=JSONObject(), y=JSONArray()) == {"x": {}, "y": []}
    assert objects(Book).annotate(x=JSONObject(a="pages")).filter(x__a=1000).get().pk == 5


def test_slices_of_text(shop: Shop) -> None:
    assert of_first(first=F("title")[0], middle=F("title")[1:3], rest=F("title")[3:], start=F("author__name")[:2]) == {
        "first": "A",
        "middle": "lp",
        "rest": "ha",
        "start": "An",
    }
    assert objects(Book).filter(title__startswith=F("title")[:1]).count() == 5
    book = Book.objects.get(pk=1)
    book.title = F("title")[1:]
    book.save()
    assert book.title == "lpha"


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        (-1, ValueError, "not from its end"),
        (slice(0, -1), ValueError, "not from its end"),
        (slice(0, 4, 2), ValueError, "without a step"),
        (slice(4, 4), ValueError, "holds nothing"),
        ("a", TypeError, "sliced by whole numbers"),
        (True, TypeError, "sliced by whole numbers"),
    ],
)
def test_slices_that_mean_nothing(key: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        F("title")[key]
    with pytest.raises(TypeError):
        iter(F("title"))  # type: ignore[call-overload]


def test_only_text_is_sliced(shop: Shop) -> None:
    with pytest.raises(FieldError, match="Only text is sliced, and <F: pages> is int"):
        objects(Book).annotate(x=F("pages")[:2])


def test_texts_of_many_rows(shop: Shop) -> None:
    books = objects(Book).annotate(
        tags_=StringAgg("tags__label", Value(", "), order_by="tags__label"),
        back=StringAgg("tags__label", Value("; "), order_by=F("tags__label").desc()),
    )
    assert {book.pk: (book.tags_, book.back) for book in books} == {
        1: ("Sea, War", "War; Sea"),
        2: ("Sea", "Sea"),
        3: ("Love, War", "War; Love"),
        4: (None, None),
        5: ("Sea", "Sea"),
    }
    whole = objects(Book).aggregate(
        titles=StringAgg("title", Value("|"), order_by="-pages"),
        by_price=StringAgg("title", Value("|"), order_by=["price", "-pk"]),
        live=StringAgg("title", Value(","), filter=Q(status="live"), order_by="pk"),
        none=StringAgg("title", Value(","), filter=Q(pk=0), default="-"),
    )
    assert whole["titles"].startswith("Épsilon|")
    assert whole["titles"].endswith("|Alpha|delta*[x]?")
    assert whole["by_price"] == "Épsilon|delta*[x]?|beta 100%|Alpha|Gamma"
    assert (whole["live"], whole["none"]) == ("Alpha,beta 100%,Épsilon", "-")
    numbers = objects(Book).aggregate(x=StringAgg("pages", Value("+"), order_by="pages"))["x"]
    assert numbers == "0+100+250+250+1000"


def test_texts_without_repetitions(shop: Shop) -> None:
    once = objects(Book).aggregate(x=StringAgg("status", Value("/"), distinct=True))["x"]
    assert sorted(once.split("/")) == ["draft", "gone", "live"]
    ordered = objects(Book).aggregate(x=StringAgg("status", Value("/"), distinct=True, order_by="-status"))["x"]
    assert ordered == "live/gone/draft"


def test_where_null_stands_in_the_order_of_texts(shop: Shop) -> None:
    def titles(term: Any) -> str:
        found = objects(Book).filter(pk__in=[1, 2, 3]).aggregate(x=StringAgg("title", Value("|"), order_by=term))
        return found["x"]

    assert titles(F("published").asc(nulls_last=True)) == "Alpha|beta 100%|Gamma"
    assert titles(F("published").asc(nulls_first=True)) == "Gamma|Alpha|beta 100%"
    assert titles(F("published").desc(nulls_last=True)) == "beta 100%|Alpha|Gamma"
    assert titles(F("published").desc(nulls_first=True)) == "Gamma|beta 100%|Alpha"


def test_texts_over_windows(shop: Shop) -> None:
    books = objects(Book).annotate(x=Window(StringAgg("title", Value("|")), partition_by="author")).order_by("pk")
    assert [sorted(book.x.split("|")) for book in books][:3] == [
        ["Alpha", "beta 100%"],
        ["Alpha", "beta 100%"],
        ["Gamma", "Épsilon"],
    ]


def test_any_of_the_values(shop: Shop) -> None:
    authors = objects(Author).annotate(
        title=AnyValue("books__title"),
        extra=AnyValue("books__extra"),
        sale=AnyValue("books__on_sale", filter=Q(books__on_sale=True)),
    )
    rows = {author.name: (author.title, author.extra, author.sale) for author in authors}
    assert rows["Cid"] == ("delta*[x]?", [1, 2, 3], True)
    assert rows["Dee"] == (None, None, None)
    assert rows["Ann"][0] in ("Alpha", "beta 100%")
    assert rows["Ann"][1:] == ({"a": 1, "b": [1, 2]}, True)
    by_stars = objects(Review).values("stars").annotate(pk_=AnyValue("pk"), n=Count("pk")).order_by("stars")
    assert [(row["stars"], row["n"], type(row["pk_"]).__name__) for row in by_stars] == [
        (1, 1, "UUID"),
        (3, 1, "UUID"),
        (5, 2, "UUID"),
    ]
    assert objects(Book).aggregate(AnyValue("isbn")) == {"isbn__anyvalue": "1111111111111"}
    assert objects(Book).aggregate(x=AnyValue("price", filter=Q(pk=3)))["x"] == Decimal("100.25")


def test_mistakes_are_named() -> None:
    with pytest.raises(TypeError, match=r"write Value\(', '\), or F"):
        StringAgg("title", ", ")
    with pytest.raises(TypeError, match=r"Max\(order_by=…\): its value has no order"):
        Max("title", order_by="pk")
    with pytest.raises(TypeError, match=r"AnyValue\(distinct=True\)"):
        AnyValue("title", distinct=True)
    with pytest.raises(ValueError, match="is no number of characters"):
        LPad("title", -1)
    with pytest.raises(TypeError, match="takes names and expressions, not 5"):
        StringAgg("title", Value(","), order_by=5)
    with pytest.raises(TypeError, match="function of 2 expressions, not of 3"):
        ConcatPair("a", "b", "c")


def test_uuids_of_the_database(shop: Shop, database: Any) -> None:
    rows = list(objects(Book).annotate(random=UUID4(), ordered=UUID7()))
    before = time.time_ns() // 1_000_000
    assert {(row.random.version, row.ordered.version, row.ordered.variant) for row in rows} == {(4, 7, uuid.RFC_4122)}
    assert len({one for row in rows for one in (row.random, row.ordered)}) == 2 * len(rows)
    assert all(abs((row.ordered.int >> 80) - before) < 60_000 for row in rows)

    class Ticket(models.Model):
        id = models.UUIDField(primary_key=True, db_default=UUID7())
        data = models.JSONField(null=True, db_default=JSONNull())

        class Meta:
            apps = Apps([])
            app_label = "shop"

    wait(schema_editor(database).acreate_model(Ticket))
    ticket = Ticket.objects.create()
    assert (ticket.pk.version, ticket.data) == (7, None)
    assert Ticket.objects.filter(data__isnull=True).count() == 0  # it is a document: null
    assert len({one.pk for one in Ticket.objects.bulk_create([Ticket() for _ in range(3)])}) == 3


def test_the_null_of_documents_is_not_null(shop: Shop) -> None:
    assert Book.objects.filter(pk=1).update(extra=JSONNull()) == 1
    book = Book.objects.get(pk=2)
    book.extra = JSONNull()
    book.save()
    assert book.extra is None
    assert sorted(book.pk for book in Book.objects.filter(extra=JSONNull())) == [1, 2]
    assert sorted(book.pk for book in Book.objects.filter(extra=None)) == [1, 2]
    assert sorted(book.pk for book in Book.objects.filter(extra__isnull=True)) == [3, 5]
    assert of_first(x=JSONArray(JSONNull(), Value(1)))["x"] == [None, 1]


def test_pieces_of_sql_are_refused_with_the_way_out(shop: Shop) -> None:
    with pytest.raises(NotSupportedError, match=r"write annotate\(\) with Func"):
        objects(Book).extra(select={"x": "1"})


def test_texts_cannot_be_filled_up_without_end(shop: Shop, database: Any) -> None:
    if database.vendor == "sqlite":
        with pytest.raises((DatabaseError, ProgrammingError)):
            objects(Tag).annotate(x=LPad("label", 2_000_000_000)).get(pk=1)
