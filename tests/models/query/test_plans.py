"""Plans: one SQL text for each shape, and no SQLAlchemy for a warm query."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Review, Tag
from tests.models.query.data import Shop, objects

from manoir import models
from manoir.apps import Apps
from manoir.exceptions import FieldError, TransactionManagementError
from manoir.models import F, Q
from manoir.models import _plan as plan_module
from manoir.models._aggregates import Count
from manoir.models._plan import MAX_PLANS, PlanCache, plans_of
from manoir.models._reading import read


def shapes(database: Any) -> int:
    return plans_of(database).compiled


def questions(number: int) -> list[Any]:
    """Queries of one shape each, with other values for each `number`."""
    return [
        objects(Book).filter(pk=number),
        objects(Book).filter(price__lt=number, title__icontains=f"x{number}").order_by("-price")[number : number + 3],
        objects(Book).filter(Q(pages__gt=number) | Q(author__name=f"n{number}")).select_related("author"),
        objects(Book).exclude(tags__label=f"t{number}").values("pk", "title"),
        objects(Book).filter(pk__in=list(range(number + 2))),
        objects(Author).annotate(n=Count("books", filter=Q(books__price__gt=number))).filter(n__gte=number),
        objects(Book).filter(published__year=2000 + number),
        objects(Book).annotate(x=F("pages") + number).filter(x__lt=number),
        objects(Book).filter(extra__a=number),
        objects(Book).filter(author__in=objects(Author).filter(name=f"x{number}")),
    ]


def test_warm_queries_build_no_statement(shop: Shop, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for queryset in questions(1):
        list(queryset)
    objects(Book).get(pk=2)

    def refuse() -> Any:
        raise AssertionError("a warm query asked for the compiler")

    monkeypatch.setattr(plan_module, "compiler", refuse)
    monkeypatch.setattr("manoir.models._reading.compiler", refuse)
    for number in (2, 3, 7):
        for queryset in questions(number):
            list(queryset)
    objects(Book).get(pk=1)


def test_terminal_methods_share_plans(shop: Shop, database: Any) -> None:
    for _round in range(2):
        for number in (1, 2):
            objects(Book).filter(pk=number).exists()
            objects(Book).filter(pk=number).count()
            objects(Book).filter(pk__lt=number + 1).first()
            objects(Book).get(pk=number)
            objects(Book).filter(pk=number).aggregate(n=Count("pk"))
        if not _round:
            before = shapes(database)
    assert shapes(database) == before


def test_what_changes_the_text_is_part_of_the_shape(shop: Shop) -> None:
    def text(**lookups: Any) -> str:
        return str(objects(Book).filter(**lookups).query)

    assert text(title="a") == text(title="b")
    assert text(price=1) == text(price=Decimal("2.5"))
    assert text(subtitle=None) != text(subtitle="x")
    assert text(on_sale=True) != text(on_sale=False)
    assert text(status="live") != text(status="gone")
    assert text(published__month=1) == text(published__month=2)
    assert text(published__month=1) != text(published__day=1)


def test_values_of_choices_are_in_the_text_only_when_they_are_choices(shop: Shop) -> None:
    assert "'live'" in str(objects(Book).filter(status="live").query)
    assert "nope" not in str(objects(Book).filter(status="nope").query)
    assert "(t0.stars = 5)" in str(objects(Review).filter(stars=5).query)
    assert "(t0.stars = 4)" not in str(objects(Review).filter(stars=4).query)


def test_values_of_partial_indexes_are_in_the_text() -> None:
    registry = Apps([])

    class Parcel(models.Model):
        route = models.CharField(max_length=10)
        weight = models.IntegerField()

        class Meta:
            app_label = "parcels"
            apps = registry
            indexes = [models.Index(fields=["weight"], condition=Q(route="north", weight__gt=3), name="north_idx")]

    assert "(t0.route = 'north')" in str(objects(Parcel).filter(route="north").query)
    assert "south" not in str(objects(Parcel).filter(route="south").query)


def test_the_cache_is_bounded() -> None:
    cache = PlanCache()
    for number in range(MAX_PLANS + 50):
        cache.put(number, plan_module.Plan("", list, None))
    assert len(cache.plans) == MAX_PLANS
    assert 0 not in cache.plans
    assert cache.get(MAX_PLANS + 49) is not None


def test_a_setting_that_plans_depend_on_forgets_them(shop: Shop, database: Any) -> None:
    from manoir.conf import settings

    list(objects(Tag))
    before = plans_of(database)
    with settings.override(TIME_ZONE="Asia/Tokyo"):
        assert plans_of(database) is not before


async def test_hidden_columns_do_not_reach_the_rows(shop: Shop) -> None:
    assert await read(objects(Book).order_by("author__name", "pk").values_list("author_id").distinct()._query, "default") == [
        (1,), (1,), (2,), (2,), (3,)
    ]  # fmt: skip


async def test_locks_need_a_transaction(committing_database: Any, vendor: str) -> None:
    from tests.models.tables import create_tables

    from manoir.db import transaction

    await create_tables(committing_database, [Tag])
    queryset = objects(Tag).select_for_update()
    if vendor == "sqlite":
        assert [tag async for tag in queryset] == []
        assert "FOR UPDATE" not in str(queryset.query)
        return
    with pytest.raises(TransactionManagementError, match=r"evaluate the queryset inside transaction.atomic"):
        await queryset.afirst()
    async with transaction.atomic():
        assert [tag async for tag in queryset] == []
        assert str(objects(Tag).select_for_update(skip_locked=True).query).endswith("FOR UPDATE SKIP LOCKED")
        assert str(objects(Tag).select_for_update(nowait=True, no_key=True).query).endswith("FOR NO KEY UPDATE NOWAIT")


def test_lock_options(shop: Shop, vendor: str) -> None:
    with pytest.raises(ValueError, match="nowait"):
        objects(Book).select_for_update(nowait=True, skip_locked=True)
    queryset = objects(Book).select_related("author").select_for_update(of=("self", "author"))
    assert len(list(queryset)) == 5
    if vendor == "postgresql":
        assert str(queryset.query).endswith("FOR UPDATE OF t0, t1")
    with pytest.raises(FieldError, match="these are: author, self"):
        objects(Book).select_related("author").select_for_update(of=("publisher",))
