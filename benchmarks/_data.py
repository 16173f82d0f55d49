"""The table that the benchmarks read: 10,000 rows in a PostgreSQL database of their own."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import urlsplit, urlunsplit

NAME = "manoir_bench"
ROWS = 10_000


def server_url() -> str:
    return os.environ.get("BENCH_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def database_url(name: str = NAME) -> str:
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{name}"))


async def make_world(url: str | None = None) -> None:
    """Create a database and its table, unless they are there."""
    import asyncpg

    url = url or database_url()
    name = urlsplit(url).path.lstrip("/")
    server = await asyncpg.connect(server_url())
    if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
        await server.execute(f"CREATE DATABASE {name}")
    await server.close()
    connection = await asyncpg.connect(url)
    if not await connection.fetchval("SELECT 1 FROM pg_tables WHERE tablename = 'world'"):
        await connection.execute(
            "CREATE TABLE world (id integer PRIMARY KEY, name varchar(40) NOT NULL, number integer NOT NULL)"
        )
        await connection.execute(
            f"INSERT INTO world SELECT i, 'Row number ' || i, (i * 7919) % 10007 FROM generate_series(1, {ROWS}) i"
        )
        await connection.execute("ANALYZE world")
    await connection.close()


if __name__ == "__main__":
    asyncio.run(make_world())
