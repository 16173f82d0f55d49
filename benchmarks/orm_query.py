"""Reading: ratios of CPU time against raw asyncpg and raw sqlite3, measured side by side in interleaved rounds.

    python benchmarks/orm_query.py [--rounds 7] [--database postgresql://postgres@127.0.0.1:5432/postgres]

Each line is manoir's CPU time divided by the raw driver's, the median of calls that take turns. CPU time is the process's own (`time.process_time`), so that the server's work does not count. Budgets are those of docs/design.md.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import decimal
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("MANOIR_SETTINGS_MODULE", "tests.settings")

import manoir
from manoir.db import connections, make_connection
from manoir.models import Count, Q
from manoir.models._queryset import QuerySet

manoir.setup()

from tests.library.models import Author, Book, Publisher, Tag  # models need apps
from tests.models.tables import create_tables

ROWS = 1_000
Work = Callable[[], Awaitable[Any]]


def objects(model: Any) -> QuerySet[Any, Any]:
    return QuerySet(model)


async def compare(name: str, ours: Work, raw: Work, *, times: int, rounds: int, budget: str) -> None:
    """Call both in turn, so that server and processor are in the same state for both; the median call of each counts."""
    clock = time.process_time_ns
    pairs: list[tuple[int, int]] = []
    for number in range(20 + times * rounds):
        start = clock()
        await ours()
        between = clock()
        await raw()
        if number >= 20:
            pairs.append((between - start, clock() - between))
    a, b = (statistics.median(side) / 1000 for side in zip(*pairs, strict=True))
    print(f"{name:<44} {a / b:5.2f} x   ({a:8.1f} / {b:8.1f} us)   budget {budget}")


async def fill(connection: Any) -> None:
    await create_tables(connection, [Publisher, Author, Tag, Book])
    mark = (lambda n: f"${n}") if connection.vendor == "postgresql" else (lambda n: "?")
    convert = connection.to_driver(Publisher._meta.get_field("founded").column_type) or (lambda value: value)
    rows = [
        [n, f"Publisher {n}", "de", convert(dt.date(1900, 1, 1) + dt.timedelta(days=n)), "https://example.org"]
        for n in range(1, ROWS + 1)
    ]
    marks = ", ".join(mark(n) for n in range(1, 6))
    await connection.execute_many(
        f"INSERT INTO library_publisher (id, name, country, founded, website) VALUES ({marks})", rows
    )


async def fill_books(connection: Any) -> None:
    """Rows of everyday width: text, decimals, dates, moments, a foreign key."""
    fields = [Book._meta.get_field(name) for name in BOOK_COLUMNS.split(", ")]
    await connection.execute("INSERT INTO library_author (id, name, active) VALUES (1, 'Ann', true)")
    converters = [connection.to_driver(field.column_type) or (lambda value: value) for field in fields]
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rows = [
        [
            n,
            moment,
            moment,
            f"Title {n}",
            f"{n:013}",
            decimal.Decimal(n) / 4,
            n,
            4.5,
            dt.date(2001, 1, 31),
            "live",
            True,
            1,
        ]
        for n in range(1, ROWS + 1)
    ]
    marks = ", ".join(f"${n}" for n in range(1, len(fields) + 1))
    converted = [[convert(value) for convert, value in zip(converters, row, strict=True)] for row in rows]
    await connection.execute_many(f"INSERT INTO library_book ({BOOK_COLUMNS}) VALUES ({marks})", converted)


BOOK_COLUMNS = "id, created, updated, title, isbn, price, pages, rating, published, status, on_sale, author_id"
COLUMNS = "id, name, country, founded, website"


async def postgresql(url: str, rounds: int) -> None:
    import asyncpg

    name = "manoir_benchmark_query"
    admin = await asyncpg.connect(url)
    await admin.execute(f"DROP DATABASE IF EXISTS {name}")
    await admin.execute(f"CREATE DATABASE {name}")
    from manoir.conf import parse_database_url

    settings = {**parse_database_url(url), "NAME": name}
    connection = make_connection("default", settings)
    with connections.using("default", connection):
        await fill(connection)
        await fill_books(connection)
        raw = await asyncpg.connect(url.rsplit("/", 1)[0] + "/" + name)
        one = f"SELECT {COLUMNS} FROM library_publisher WHERE id = $1"
        hundred = f"SELECT {COLUMNS} FROM library_publisher WHERE country = $1 AND id <= $2 ORDER BY name"
        every = f"SELECT {COLUMNS} FROM library_publisher"

        async def raw_dicts() -> list[dict[str, Any]]:
            return [dict(row) for row in await raw.fetch(every)]

        print("PostgreSQL, asyncpg")
        await compare(
            "aget(pk=)",
            lambda: objects(Publisher).aget(pk=500),
            lambda: raw.fetchrow(one, 500),
            times=100,
            rounds=rounds,
            budget="1.5",
        )
        await compare(
            "100 rows to instances, filtered, ordered",
            lambda: objects(Publisher).filter(country="de", pk__lte=100).order_by("name")._afetch(),
            lambda: raw.fetch(hundred, "de", 100), times=40, rounds=rounds, budget="1.2",
        )  # fmt: skip
        every_book = ", ".join(str(field.column) for field in Book._meta.concrete_fields)
        books = f"SELECT {every_book} FROM library_book WHERE on_sale AND id <= $1 ORDER BY title"
        await compare(
            "100 books (19 columns) to instances",
            lambda: objects(Book).filter(on_sale=True, pk__lte=100).order_by("title")._afetch(),
            lambda: raw.fetch(books, 100), times=40, rounds=rounds, budget="1.2",
        )  # fmt: skip
        await compare(
            "1,000 rows values()",
            lambda: objects(Publisher).order_by().values()._afetch(),
            raw_dicts,
            times=10,
            rounds=rounds,
            budget="1.15",
        )
        await compare(
            "acount()",
            lambda: objects(Publisher).filter(pk__gt=5).acount(),
            lambda: raw.fetchrow("SELECT count(*) FROM library_publisher WHERE id > $1", 5),
            times=40,
            rounds=rounds,
            budget="-",
        )
        await raw.close()
        await connection.aclose()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def sqlite(rounds: int) -> None:
    from manoir.bridge import wait

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "benchmark.sqlite3")
        connection = make_connection("default", {"ENGINE": "manoir.db.sqlite", "NAME": path})
        with connections.using("default", connection):
            wait(fill(connection))
            raw = sqlite3.connect(path)
            one = f"SELECT {COLUMNS} FROM library_publisher WHERE id = ?"
            print("SQLite, sync")

            def measured(work: Callable[[], Any], times: int) -> float:
                start = time.process_time()
                for _time in range(times):
                    work()
                return (time.process_time() - start) / times * 1e6

            manager = objects(Publisher)
            pairs: list[tuple[float, float]] = []
            for _round in range(rounds):
                pairs.append(
                    (
                        measured(lambda: manager.get(pk=500), 2000),
                        measured(lambda: raw.execute(one, (500,)).fetchone(), 2000),
                    )
                )
            a, b = (min(side) for side in zip(*pairs, strict=True))
            ratio = a / b
            print(f"{'get(pk=)':<44} {ratio:5.2f} x   ({a:8.1f} / {b:8.1f} us)   budget 4")
            raw.close()
            wait(connection.aclose())


def building(rounds: int) -> None:
    """A query of six clauses, described but not run."""
    manager = objects(Publisher)

    def build() -> Any:
        return (
            manager.filter(name__icontains="x")
            .exclude(country="us")
            .filter(Q(founded__isnull=False) | Q(website=""))
            .annotate(n=Count("books"))
            .order_by("-n", "name")
            .filter(n__gt=1)
        )

    def plain() -> Any:
        return manager.filter(name="x").filter(country="de").exclude(pk=3).order_by("name").filter(pk__gt=5)[:10]

    for name, work in (("six clauses with Q, aggregate, exclude", build), ("six plain clauses", plain)):
        work()
        times = []
        for _round in range(rounds):
            start = time.process_time()
            for _time in range(1000):
                work()
            times.append((time.process_time() - start) / 1000 * 1e6)
        print(f"{name:<44} {statistics.median(times):8.1f} us   (Django 580-1,000 us; budget 15-25)")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--database", default="postgresql://postgres@127.0.0.1:5432/postgres")
    options = parser.parse_args()
    building(options.rounds)
    sqlite(options.rounds)
    asyncio.run(postgresql(options.database, options.rounds))


if __name__ == "__main__":
    main()
