"""Names out of a request, given to every method that takes names: an error of this process, never SQL (C01 to C07)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from manoir.apps import apps
from manoir.bridge import wait
from manoir.db import Connection, transaction
from manoir.exceptions import FieldDoesNotExist, FieldError
from manoir.models import Case, Count, F, Func, OuterRef, Prefetch, Q, Subquery, Value, When, functions
from tests import databases
from tests.library.models import Author, Book, Tag
from tests.models.query.data import fill
from tests.models.tables import create_tables

NAMES = [
    'a"b', "a'b", "x; DROP TABLE library_book; --", "name\x00", "1) OR (1=1", "%s", "$1", ":p", "é", "__class__", "self",
    "_connector", "pk__", "--pk", "title__a'b", "author__name__a'b", "x" * 501, "author__" * 31 + "x",
]  # fmt: skip

METHODS: dict[str, Callable[[str], Any]] = {
    "filter": lambda name: list(Book.objects.filter(**{name: 1})),
    "exclude": lambda name: list(Book.objects.exclude(**{name: "x"})),
    "Q": lambda name: list(Book.objects.filter(~Q(**{name: [1]}) | Q(pk=1))),
    "complex_filter": lambda name: list(Book.objects.complex_filter({name: 1})),
    "order_by": lambda name: list(Book.objects.order_by(name, f"-{name}")),
    "order_by F": lambda name: list(Book.objects.order_by(F(name).desc(nulls_last=True))),
    "union": lambda name: list(Book.objects.values("pk").union(Book.objects.values("pk")).order_by(name)),
    "values": lambda name: list(Book.objects.values(name)),
    "values_list": lambda name: list(Book.objects.values_list(name, named=True)),
    "values alias": lambda name: list(Book.objects.values(**{name: F("pages")})),
    "annotate": lambda name: list(Book.objects.annotate(x=F(name))),
    "aggregate": lambda name: Book.objects.aggregate(x=Count(name)),
    "aggregate filter": lambda name: Book.objects.aggregate(x=Count("pk", filter=Q(**{name: 1}))),
    "case": lambda name: list(Book.objects.annotate(x=Case(When(Q(**{name: 1}), then=Value(1)), default=Value(0)))),
    "subquery": lambda name: list(
        Book.objects.annotate(x=Subquery(Author.objects.filter(pk=OuterRef(name)).values("name")[:1]))
    ),
    "only": lambda name: list(Book.objects.only(name)),
    "defer": lambda name: list(Book.objects.defer(name)),
    "select_related": lambda name: list(Book.objects.select_related(name)),
    "prefetch_related": lambda name: list(Book.objects.prefetch_related(name)),
    "Prefetch": lambda name: list(Book.objects.prefetch_related(Prefetch(name))),
    "distinct": lambda name: list(Book.objects.order_by().distinct(name)),
    "latest": lambda name: Book.objects.latest(name),
    "dates": lambda name: list(Book.objects.dates(name, "year")),
    "dates kind": lambda name: list(Book.objects.dates("published", name)),
    "datetimes kind": lambda name: list(Book.objects.datetimes("created", name)),
    "datetimes order": lambda name: list(Book.objects.datetimes("created", "day", order=name)),
    "Trunc": lambda name: list(Book.objects.annotate(x=functions.Trunc("created", name))),
    "Extract": lambda name: list(Book.objects.annotate(x=functions.Extract("created", name))),
    "Func template": lambda name: list(Book.objects.annotate(x=Func(F("pages"), function="ABS", template=name))),
    "Func option": lambda name: list(Book.objects.annotate(x=Func(F("pages"), function="ABS", **{name: 1}))),
    "explain format": lambda name: Book.objects.all().explain(format=name),
    "explain option": lambda name: Book.objects.all().explain(**{name: 1}),
    "in_bulk": lambda name: Book.objects.in_bulk([1], field_name=name),
    "update": lambda name: Book.objects.update(**{name: 1}),
    "update F": lambda name: Book.objects.update(pages=F(name)),
    "create": lambda name: Book.objects.create(**{name: 1}),
    "get_or_create": lambda name: Book.objects.get_or_create(title="new", author_id=1, defaults={name: 1}),
    "update_or_create": lambda name: Book.objects.update_or_create(title="new", defaults={name: 1}),
    "bulk_update": lambda name: Book.objects.bulk_update([Book.objects.get(pk=1)], [name]),
    "bulk_create": lambda name: Tag.objects.bulk_create(
        [Tag(label="x", slug="x")], update_conflicts=True, update_fields=[name], unique_fields=[name]
    ),
    "save": lambda name: Book.objects.get(pk=1).save(update_fields=[name]),
    "refresh_from_db": lambda name: Book.objects.get(pk=1).refresh_from_db(fields=[name]),
}

HARMLESS = {
    "values alias": {"__class__", "self", "_connector", "pk__"},  # keys of the rows; SQL has aliases of its own
    "prefetch_related": {"pk__", "title__a'b", "author__name__a'b"},  # attributes of instances
    "Prefetch": {"pk__", "title__a'b", "author__name__a'b"},
}
"""Names that are allowed there, because nothing but Python sees them."""


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())


@pytest.mark.parametrize("method", METHODS)
def test_a_name_is_known_or_refused(database: Connection, method: str) -> None:
    wait(fill(database))
    before = list(Book.objects.order_by("pk").values_list())
    for name in NAMES:
        if name in HARMLESS.get(method, ()):
            continue
        with (
            transaction.atomic(),
            pytest.raises((FieldError, FieldDoesNotExist, ValueError, TypeError, AttributeError, LookupError)),
        ):
            METHODS[method](name)
    assert list(Book.objects.order_by("pk").values_list()) == before
