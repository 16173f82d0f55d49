"""The limit: the same by hand on the same server, with the same driver and the same JSON library."""

import datetime
import os
from decimal import Decimal
from typing import Annotated

import asyncpg
import msgspec

JSON = [("content-type", "application/json")]
encode = msgspec.json.Encoder().encode

BOOKS = """
SELECT b.id, b.title, b.price, b.published, a.id, a.name
FROM catalog_book b JOIN catalog_author a ON a.id = b.author_id WHERE b.id <= 50 ORDER BY b.id
"""
TAGS = """
SELECT bt.book_id, t.id, t.name FROM catalog_book_tags bt JOIN catalog_tag t ON t.id = bt.tag_id
WHERE bt.book_id = ANY($1) ORDER BY t.id
"""
INSERT = "INSERT INTO catalog_book (title, price, published, author_id) VALUES ($1, $2, $3, $4) RETURNING id"
INSERT_TAGS = "INSERT INTO catalog_book_tags (book_id, tag_id) SELECT $1, unnest($2::integer[])"
AUTHOR = "SELECT id FROM catalog_author WHERE id = $1"
KNOWN_TAGS = "SELECT id FROM catalog_tag WHERE id = ANY($1)"


class NewBook(msgspec.Struct):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    price: Decimal
    published: datetime.date
    author: int
    tags: list[int]


decode = msgspec.json.Decoder(NewBook).decode


class Application:
    def __init__(self):
        self.pool = None

    async def connection(self):
        if self.pool is None:
            self.pool = await asyncpg.create_pool(
                os.environ["BENCH_DATABASE_URL"], min_size=10, max_size=10, reset=None
            )
        return self.pool

    async def __rsgi__(self, scope, protocol):
        if scope.path != "/books/":
            protocol.response_empty(404, [])
        elif scope.method == "GET":
            protocol.response_bytes(200, JSON, await self.list())
        else:
            status, body = await self.create(await protocol())
            protocol.response_bytes(status, JSON, body)

    async def list(self):
        async with (await self.connection()).acquire() as connection:
            rows = await connection.fetch(BOOKS)
            tags = {}
            for book, key, name in await connection.fetch(TAGS, [row[0] for row in rows]):
                tags.setdefault(book, []).append({"id": key, "name": name})
        return encode(
            [
                {
                    "id": row[0],
                    "title": row[1],
                    "price": row[2],
                    "published": row[3],
                    "author": {"id": row[4], "name": row[5]},
                    "tags": tags.get(row[0], []),
                }
                for row in rows
            ]
        )

    async def create(self, body):
        try:
            book = decode(body)
        except msgspec.ValidationError as error:
            return 400, encode({"detail": str(error)})
        title = book.title.strip()
        if not title or book.price < 0 or book.price.as_tuple().exponent < -2 or book.price >= 10**6:
            return 400, encode({"detail": "title or price"})
        async with (await self.connection()).acquire() as connection:
            if await connection.fetchval(AUTHOR, book.author) is None:
                return 400, encode({"author": "unknown"})
            known = {row[0] for row in await connection.fetch(KNOWN_TAGS, book.tags)}
            if not known.issuperset(book.tags):
                return 400, encode({"tags": "unknown"})
            async with connection.transaction():
                key = await connection.fetchval(INSERT, title, book.price, book.published, book.author)
                await connection.execute(INSERT_TAGS, key, book.tags)
        made = {
            "id": key,
            "title": title,
            "price": book.price,
            "published": book.published,
            "author": book.author,
            "tags": book.tags,
        }
        return 201, encode(made)


application = Application()
