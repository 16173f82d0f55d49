"""The limit: a handler by hand on the same server, the same driver, the same JSON library, strings put together."""

import os
from html import escape

import asyncpg
import msgspec

JSON = [("content-type", "application/json")]
TEXT = [("content-type", "text/plain; charset=utf-8")]
HTML = [("content-type", "text/html; charset=utf-8")]
encode = msgspec.json.Encoder().encode


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
        path = scope.path
        if path == "/plaintext":
            protocol.response_bytes(200, TEXT, b"Hello, World!")
        elif path == "/json":
            protocol.response_bytes(200, JSON, encode({"message": "Hello, World!"}))
        elif path == "/db":
            async with (await self.connection()).acquire() as connection:
                row = await connection.fetchrow("SELECT id, name, number FROM world WHERE id = $1", 4711)
            protocol.response_bytes(200, JSON, encode({"id": row[0], "name": row[1], "number": row[2]}))
        elif path == "/rows":
            async with (await self.connection()).acquire() as connection:
                rows = await connection.fetch(
                    "SELECT id, name, number FROM world WHERE id > $1 ORDER BY id LIMIT 20", 4711
                )
            protocol.response_bytes(
                200, JSON, encode([{"id": row[0], "name": row[1], "number": row[2]} for row in rows])
            )
        elif path == "/page":
            async with (await self.connection()).acquire() as connection:
                rows = await connection.fetch(
                    "SELECT id, name, number FROM world WHERE id > $1 ORDER BY id LIMIT 20", 4711
                )
            body = "".join(f"<tr><td>{row[0]}</td><td>{escape(row[1])}</td><td>{row[2]}</td></tr>" for row in rows)
            page = f"<!doctype html><html><head><title>World</title></head><body><h1>World</h1><table>{body}</table></body></html>"
            protocol.response_bytes(200, HTML, page.encode())
        else:
            protocol.response_empty(404, [])


application = Application()
