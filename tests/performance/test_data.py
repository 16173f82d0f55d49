"""Warm queries and writes: nothing is compiled any more, and rows cost no call of their own."""

from __future__ import annotations

from typing import Any

import pytest

from manoir.models._plan import plans_of
from manoir.templates import Engine
from tests.library.models import Publisher
from tests.performance.counting import Calls, guard, warm_calls


@pytest.fixture
def publishers(database: Any) -> None:
    Publisher.objects.bulk_create(
        [Publisher(name=f"Publisher {n:03}", country="de", website="https://example.org") for n in range(200)]
    )


def rows(count: int) -> Any:
    return Publisher.objects.filter(country="de").order_by("name")[:count]


async def test_get(publishers: None, database: Any, vendor: str) -> None:
    key = (await Publisher.objects.afirst()).pk

    async def get() -> None:
        assert (await Publisher.objects.aget(pk=key)).pk == key

    guard(await warm_calls(get), {"sqlite": 38, "postgresql": 42}[vendor])


async def test_rows_become_instances_without_calls(publishers: None, database: Any, vendor: str) -> None:
    async def fetch(count: int) -> None:
        assert len(await rows(count)._afetch()) == count

    few, many = await warm_calls(lambda: fetch(100)), await warm_calls(lambda: fetch(200))
    assert many.count - few.count == 0, many.explain(few.count)
    guard(few, {"sqlite": 68, "postgresql": 72}[vendor])


async def test_rows_become_dicts_without_calls(publishers: None, database: Any, vendor: str) -> None:
    async def fetch(count: int) -> None:
        assert len(await rows(count).values("id", "name")._afetch()) == count

    few, many = await warm_calls(lambda: fetch(100)), await warm_calls(lambda: fetch(200))
    assert many.count - few.count == 0, many.explain(few.count)
    guard(few, {"sqlite": 95, "postgresql": 99}[vendor])


async def test_create(publishers: None, database: Any, vendor: str) -> None:
    names = iter(f"New {n}" for n in range(100))

    async def create() -> None:
        await Publisher.objects.acreate(name=next(names), country="at")

    guard(await warm_calls(create), {"sqlite": 39, "postgresql": 40}[vendor])


async def test_building_a_query_of_six_clauses(publishers: None, database: Any) -> None:
    async def build() -> None:
        query = (
            Publisher.objects.filter(country="de", name__contains="a")
            .exclude(website="")
            .filter(founded__year__gte=1900)
            .order_by("-founded", "name")
            .only("name", "country")[:20]
        )
        assert "SELECT" in str(query.query)

    guard(await warm_calls(build), 219)


async def test_a_warm_query_builds_no_statement(publishers: None, database: Any) -> None:
    async def work() -> None:
        await rows(5)._afetch()
        await rows(5).values("id")._afetch()
        await Publisher.objects.filter(country="de").acount()
        await Publisher.objects.filter(country="xx").aupdate(website="")
        await Publisher.objects.aget(name="Publisher 007")

    await work()
    compiled = plans_of(database).compiled
    calls = await warm_calls(work)
    assert plans_of(database).compiled == compiled
    assert [name for name in calls.files if "sqlalchemy" in name] == []


async def test_reading_a_column_calls_nothing(publishers: None, database: Any) -> None:
    publisher = await Publisher.objects.afirst()
    with Calls() as calls:
        assert publisher.name == "Publisher 000"
    assert calls.count == 0

    async def expression() -> None:
        assert Publisher.name is not None

    guard(await warm_calls(expression), 2)


async def test_a_loop_of_a_template_calls_nothing_for_a_row(publishers: None, database: Any) -> None:
    template = Engine().from_string("{% for one in publishers %}<li>{{ one.name }} {{ one.country }}</li>{% endfor %}")
    found = await rows(200)._afetch()

    async def render(count: int) -> None:
        assert template.render({"publishers": found[:count]}).count("<li>") == count

    few, many = await warm_calls(lambda: render(100)), await warm_calls(lambda: render(200))
    per_row = (many.count - few.count) / 100
    assert per_row <= 0, many.explain(few.count)
