"""The limit on PostgreSQL: asyncpg by hand; every statement is prepared once, by its own statement cache."""

import os
from typing import Any

import asyncpg
from _worker import run_async, same

BOOK = "id, title, pages, price, published, author_id"
FIELDS = BOOK.split(", ")
connection: Any = None


async def prepare():
    global connection
    connection = await asyncpg.connect(os.environ["ORM_URL"], statement_cache_size=1024)


async def get():
    return await connection.fetchrow(f"SELECT {BOOK} FROM book WHERE id = $1", 500)


async def rows():
    return await connection.fetch(f"SELECT {BOOK} FROM book WHERE pages > $1 ORDER BY title LIMIT 100", 300)


async def values():
    found = await connection.fetch("SELECT id, title, pages FROM book WHERE id <= $1 ORDER BY id", 1000)
    return [dict(row) for row in found]


async def create():
    return await connection.fetchval("INSERT INTO note (title, number) VALUES ($1, $2) RETURNING id", "A note", 7)


async def bulk():
    await connection.executemany(
        "INSERT INTO note (title, number) VALUES ($1, $2)", [(f"Note {n}", n) for n in range(1000)]
    )


async def join():
    """Records stitched by hand: a dict of each book, with one of its author."""
    found = await connection.fetch(
        "SELECT b.id, b.title, b.pages, b.price, b.published, b.author_id, a.id, a.name, a.country FROM book b "
        "JOIN author a ON a.id = b.author_id WHERE b.pages > $1 ORDER BY b.title LIMIT 100", 300
    )  # fmt: skip
    books = []
    for row in found:
        book = dict(zip(FIELDS, row, strict=False))
        book["author"] = {"id": row[6], "name": row[7], "country": row[8]}
        books.append(book)
    return books


async def many():
    """Two queries, stitched by hand: a dict of each book, with the dicts of its tags."""
    books = {row[0]: dict(zip(FIELDS, row, strict=False), tags=[]) for row in await rows()}
    for book, key, label in await connection.fetch(
        "SELECT bt.book_id, t.id, t.label FROM book_tags bt JOIN tag t ON t.id = bt.tag_id "
        "WHERE bt.book_id = ANY($1) ORDER BY t.id", list(books)
    ):  # fmt: skip
        books[book]["tags"].append({"id": key, "label": label})
    return list(books.values())


async def update():
    return int((await connection.execute("UPDATE book SET pages = $1 WHERE id = $2", 321, 7)).split()[1])


async def count():
    return await connection.fetchval("SELECT count(*) FROM book WHERE pages > $1", 300)


async def clean():
    await connection.execute("DELETE FROM note")


run_async(
    {
        "get": (get, list),
        "rows": (rows, lambda found: [list(row) for row in found]),
        "values": (values, same),
        "create": (create, lambda key: key > 0),
        "bulk": (bulk, lambda _: 1000),
        "join": (join, lambda found: [[book["title"], book["author"]["name"]] for book in found]),
        "many": (many, lambda found: [[book["title"], [tag["label"] for tag in book["tags"]]] for book in found]),
        "update": (update, same),
        "count": (count, same),
    },
    prepare,
    clean,
)
