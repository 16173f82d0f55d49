"""The list of the admin over a large table: milliseconds of whole requests, in process, on PostgreSQL.

    python benchmarks/admin.py [--rows 1000000] [--rounds 9] [--database postgresql://postgres@127.0.0.1:5432/postgres]

Budget: the first, the hundredth and the last page of a list over 1,000,000 rows take less than 150 ms each.
The other lines say what a list costs elsewhere. A request is everything between the client's call and the whole answer:
session, user, permissions, counts, rows, relations, filters, HTML. The median of `--rounds` counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("MANOIR_SETTINGS_MODULE", "tests.settings")

import manoir

manoir.setup()

from tests.admin.lists.conftest import SETTINGS
from tests.library.models import Author, Book, Publisher
from tests.models.tables import create_tables

from manoir.admin import AdminSite, ModelAdmin, ShowFacets
from manoir.apps import apps
from manoir.auth import get_user_model
from manoir.db import connections, make_connection
from manoir.testing import AsyncClient, CaptureQueriesContext, override_settings
from manoir.urls import path

BUDGET_MS = 150


class BookAdmin(ModelAdmin):
    list_display = ["title", "author", "publisher", "price", "status", "on_sale", "published"]
    list_filter = ["status", "on_sale", "publisher"]
    search_fields = ["title"]
    date_hierarchy = "published"
    ordering = ["-id"]
    show_facets = ShowFacets.ALWAYS


site = AdminSite(name="bench")
site.register(Book, BookAdmin)
site.register([Author, Publisher])
urlpatterns = [path("admin/", site.urls)]


async def fill(connection: Any, rows: int) -> None:
    """Write the books by one statement, and let the planner see them."""
    labels = ("contenttypes", "auth", "sessions", "admin", "library")
    await create_tables(connection, [model for label in labels for model in apps.get_app_config(label).get_models()])
    await Author.objects.abulk_create([Author(name=f"Author {number}") for number in range(1_000)])
    await Publisher.objects.abulk_create([Publisher(name=f"House {number}") for number in range(20)])
    await connection.execute(
        "INSERT INTO library_book (created, updated, title, price, pages, published, status, on_sale, author_id, publisher_id) "
        "SELECT now(), now(), 'Title ' || n, (n % 5000) / 100.0, n % 900, DATE '2000-01-01' + (n % 9000)::int, "
        "(ARRAY['draft','live','gone'])[1 + n % 3], n % 2 = 0, 1 + n % 1000, 1 + n % 20 FROM generate_series(1, $1::bigint) n",
        (rows,),
    )
    await connection.execute("CREATE INDEX library_book_published ON library_book (published)", ())
    await connection.execute("VACUUM ANALYZE library_book", ())


async def measure(client: AsyncClient, connection: Any, name: str, url: str, rounds: int, budget: int | None) -> None:
    times: list[float] = []
    await client.get(url)
    with CaptureQueriesContext(connection) as queries:
        answer = await client.get(url)
    assert answer.status_code == 200, answer
    for _ in range(rounds):
        start = time.perf_counter()
        await client.get(url)
        times.append((time.perf_counter() - start) * 1000)
    limit = f"   budget {budget} ms{'' if statistics.median(times) <= budget else '   MISSED'}" if budget else ""
    print(f"{name:<44} {statistics.median(times):7.1f} ms   {len(queries):2} queries{limit}", flush=True)


def resident_mib() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def export(client: AsyncClient) -> None:
    """Stream the whole table as CSV, and watch the memory of this process."""
    before = highest = resident_mib()
    start, size = time.perf_counter(), 0
    answer = await client.get("/admin/library/book/export/")
    async for part in answer.streaming_content:
        size += len(part)
        highest = max(highest, resident_mib())
    seconds = time.perf_counter() - start
    print(
        f"{'CSV of all rows':<44} {seconds:7.1f} s    {size / 2**20:5.0f} MiB sent, memory grew by {highest - before:.0f} MiB",
        flush=True,
    )


async def run(arguments: argparse.Namespace) -> None:
    url = urlsplit(arguments.database)
    entry = {
        "ENGINE": "manoir.db.postgresql",
        "NAME": "manoir_bench_admin",
        "USER": url.username or "postgres",
        "PASSWORD": url.password or "",
        "HOST": url.hostname or "127.0.0.1",
        "PORT": url.port or "",
    }
    connection = make_connection("default", entry)
    await connection.create_database("manoir_bench_admin")
    try:
        with override_settings(**{**SETTINGS, "ROOT_URLCONF": __name__}), connections.using("default", connection):
            await fill(connection, arguments.rows)
            boss = await get_user_model().objects.acreate_superuser("boss", "boss@example.com", "secret")
            client = AsyncClient()
            await client.aforce_login(boss)
            last = (await client.get("/admin/library/book/")).context["cl"].paginator.num_pages
            lists = "/admin/library/book/"
            for name, address, budget in (
                ("first page", "", BUDGET_MS),
                ("hundredth page", "?p=100", BUDGET_MS),
                ("last page", f"?p={last}", BUDGET_MS),
                ("page in the middle", f"?p={last // 2}", None),
                ("first page by title (no index)", "?o=1", None),
                ("first page by date (index)", "?o=-7", None),
                ("filtered by a choice", "?status__exact=gone", None),
                ("filtered by date", "?published__year=2010&published__month=5", None),
                ("searched, few rows found", "?q=Title+99999", None),
                ("facets of all filters, after the page", "?_part=facets", None),
            ):
                await measure(client, connection, name, lists + address, arguments.rounds, budget)
            await export(client)
            await measure(client, connection, "dashboard", "/admin/", arguments.rounds, None)
    finally:
        await connection.aclose()
        await connection.drop_database("manoir_bench_admin")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--database", default=os.environ.get("BENCH_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    )
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
