"""Writing and relations: ratios of CPU time against raw asyncpg and raw sqlite3, calls interleaved.

    python benchmarks/orm_write.py [--rounds 7]     (PostgreSQL at TEST_POSTGRESQL_URL or 127.0.0.1:5432)

Each line is manoir's CPU time (`time.process_time`, so without the server's) divided by the raw driver's for the same
work, the median of calls that take turns. Budgets are those of docs/design.md.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
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

manoir.setup()

from benchmarks.db import postgresql_entry  # models need apps
from tests.library.models import Author, Book, Publisher, Tag
from tests.models.tables import create_tables

MODELS = (Publisher, Author, Tag, Book)
Work = Callable[[], Awaitable[Any]]
numbers = itertools.count()


async def compare(
    name: str, ours: Work, raw: Work, *, times: int, budget: str, before: Callable[[], None] = lambda: None
) -> None:
    """Print the ratio of the medians of two works that take turns; `before` runs outside of the clock."""
    clock = time.process_time_ns
    pairs: list[tuple[int, int]] = []
    gc.disable()
    for number in range(10 + times):
        before()
        start = clock()
        await ours()
        between = clock()
        await raw()
        if number >= 10:
            pairs.append((between - start, clock() - between))
        if number % 50 == 0:
            gc.collect()
    gc.enable()
    a, b = (statistics.median(side) / 1000 for side in zip(*pairs, strict=True))
    print(f"  {name:<46} {a / b:5.2f} x   ({a:8.1f} / {b:8.1f} us)   budget {budget}")


async def tag_writes(fetch: Any, executemany: Any, mark: Callable[[int], str], rounds: int) -> None:
    """Inserts, updates and deletes of tags."""
    insert = f"INSERT INTO library_tag (label, slug) VALUES ({mark(1)}, {mark(2)}) RETURNING id"
    update = f"UPDATE library_tag SET label = {mark(1)}, slug = {mark(2)} WHERE id = {mark(3)}"
    delete = f"DELETE FROM library_tag WHERE label = {mark(1)}"

    async def clear() -> None:
        await Tag.objects.all()._araw_delete("default")

    await compare(
        "create one",
        lambda: Tag.objects.acreate(label="x", slug=f"o{next(numbers)}"),
        lambda: fetch(insert, "x", f"r{next(numbers)}"),
        times=100 * rounds,
        budget="1.5",
    )
    tag = await Tag.objects.acreate(label="x", slug=f"o{next(numbers)}")
    await compare("save one", tag.asave, lambda: fetch(update, "x", tag.slug, tag.pk), times=100 * rounds, budget="-")
    await compare(
        "filter().update()",
        lambda: Tag.objects.filter(pk=tag.pk).aupdate(label="x", slug=tag.slug),
        lambda: fetch(update, "x", tag.slug, tag.pk),
        times=100 * rounds,
        budget="-",
    )
    await compare(
        "filter().delete() of no row",
        lambda: Tag.objects.filter(label="none")._araw_delete("default"),
        lambda: fetch(delete, "none"),
        times=100 * rounds,
        budget="-",
    )

    batch: dict[str, list[Any]] = {}

    def prepare() -> None:
        batch["ours"] = [Tag(label="x", slug=f"b{next(numbers)}") for _ in range(1_000)]
        batch["raw"] = [("x", f"c{next(numbers)}") for _ in range(1_000)]

    await clear()
    await compare(
        "bulk_create 1,000 (keys read back) / executemany",
        lambda: Tag.objects.abulk_create(batch["ours"]),
        lambda: executemany(insert.removesuffix(" RETURNING id"), batch["raw"]),
        times=3 * rounds,
        budget="1.5",
        before=prepare,
    )
    await clear()
    tags = await Tag.objects.abulk_create([Tag(label="x", slug=f"b{next(numbers)}") for _ in range(1_000)])
    rows = [("x", tag.slug, tag.pk) for tag in tags]
    await compare(
        "bulk_update 1,000, two columns / executemany",
        lambda: Tag.objects.abulk_update(tags, ["label", "slug"]),
        lambda: executemany(update, rows),
        times=2 * rounds,
        budget="-",
    )
    await clear()


async def fill(count: int = 100) -> None:
    tags = await Tag.objects.abulk_create([Tag(label=f"t{number}", slug=f"t{number}") for number in range(10)])
    authors = await Author.objects.abulk_create([Author(name=f"a{number}") for number in range(20)])
    books = await Book.objects.abulk_create(
        [Book(title=f"b{number:04}", author=authors[number % 20]) for number in range(count)]
    )
    through = Book._meta.get_field("tags").remote_field.through
    await through.objects.abulk_create(
        [through(book=book, tag=tags[(n + offset) % 10]) for n, book in enumerate(books) for offset in range(3)]
    )


async def relations(fetch: Any, any_of: Callable[[str], str], pack: Callable[[list[int]], Any], rounds: int) -> None:
    """Naive loops over 100 books against stitching by hand."""
    await fill()
    columns = ", ".join(field.column for field in Book._meta.concrete_fields)

    async def ours_tags() -> int:
        return sum([len(await book.tags.all()._afetch()) async for book in Book.objects.all()])

    async def raw_tags() -> int:
        books = [
            dict(zip(BOOK, row, strict=True))
            for row in await fetch(f"SELECT {columns} FROM library_book ORDER BY title")
        ]
        rows = await fetch(
            "SELECT t.id, t.label, t.slug, b.book_id FROM library_tag t JOIN library_book_tags b ON t.id = b.tag_id "
            f"WHERE {any_of('b.book_id')} ORDER BY t.label",
            pack([book["id"] for book in books]),
        )
        by_book: dict[int, list[Any]] = {}
        for key, label, slug, book in rows:
            by_book.setdefault(book, []).append({"id": key, "label": label, "slug": slug})
        return sum(len(by_book.get(book["id"], ())) for book in books)

    async def ours_authors() -> int:
        books = await Book.objects.all()._afetch()
        await books[0].aload("author")
        return len([book.author.name for book in books])

    async def raw_authors() -> int:
        books = [
            dict(zip(BOOK, row, strict=True))
            for row in await fetch(f"SELECT {columns} FROM library_book ORDER BY title")
        ]
        rows = await fetch(
            f"SELECT id, name, email, born, active, mentor_id FROM library_author WHERE {any_of('id')}",
            pack(list({book["author_id"] for book in books})),
        )
        authors = {row[0]: dict(zip(AUTHOR, row, strict=True)) for row in rows}
        return len([authors[book["author_id"]]["name"] for book in books])

    await compare(
        "100 books, author of each (peers)", ours_authors, raw_authors, times=15 * rounds, budget="1.5 (join)"
    )
    await compare("100 books, 3 tags of each (peers)", ours_tags, raw_tags, times=15 * rounds, budget="1.6")


BOOK = [field.attname for field in Book._meta.concrete_fields]
AUTHOR = [field.attname for field in Author._meta.concrete_fields]


async def postgresql(rounds: int) -> None:
    name = f"manoir_bench_write_{os.getpid()}"
    connection = make_connection("default", {**postgresql_entry(), "NAME": name})
    await connection.create_database(name)
    try:
        with connections.using("default", connection):
            await create_tables(connection, MODELS)
            raw = await connection.connect_driver()  # type: ignore[attr-defined]
            print("PostgreSQL, against asyncpg")
            await tag_writes(raw.fetch, raw.executemany, lambda n: f"${n}", rounds)
            await relations(raw.fetch, lambda column: f"{column} = ANY($1::bigint[])", list, rounds)
            await raw.close()
            await connection.aclose()
    finally:
        await connection.drop_database(name)


async def sqlite(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "bench.sqlite3")
        connection = make_connection("default", {"ENGINE": "manoir.db.sqlite", "NAME": path})
        with connections.using("default", connection):
            await create_tables(connection, MODELS)
            driver = sqlite3.connect(path, isolation_level=None, cached_statements=1024)
            driver.execute("PRAGMA journal_mode=WAL")
            driver.execute("PRAGMA synchronous=NORMAL")
            driver.execute("PRAGMA foreign_keys=ON")

            async def fetch(sql: str, *args: Any) -> list[Any]:
                return driver.execute(sql, args).fetchall()

            async def executemany(sql: str, rows: Any) -> None:
                driver.execute("BEGIN")
                driver.executemany(sql, rows)
                driver.execute("COMMIT")

            print("SQLite, against sqlite3")
            await tag_writes(fetch, executemany, lambda n: "?", rounds)
            driver.create_collation("decimal", lambda a, b: (a > b) - (a < b))
            await relations(
                fetch, lambda column: f"{column} IN (SELECT value FROM json_each(?))", lambda keys: str(keys), rounds
            )
            driver.close()
            await connection.aclose()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    asyncio.run(postgresql(options.rounds))
    asyncio.run(sqlite(options.rounds))


if __name__ == "__main__":
    main()
