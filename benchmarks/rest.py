"""APIs: a list of 50 rows with a relation and tags, and a validated create; manoir beside the limit and six peers.

The limit is the same by hand: an RSGI handler, asyncpg and msgspec. `BENCH_PEERS=manoir,drf` runs some of them.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from _catalog import catalog_url, make_catalog
from _http import Contender, Request, granian, race, uvicorn

DATABASE = {"BENCH_DATABASE_URL": catalog_url()}
NEW = {"title": "A new book", "price": "12.50", "published": "2026-03-04", "author": 7, "tags": [3, 5, 8]}
REQUESTS = [
    Request("/books/", title="list"),
    Request("/books/", method="POST", body=json.dumps(NEW).encode(), status=201, title="create"),
]

PEERS = {
    "manoir": Contender("manoir", granian("rsgi", "manoir_app:application"), DATABASE),
    "drf": Contender(
        "Django REST framework", granian("wsgi", "drf_app:application", "--blocking-threads", "1"), DATABASE
    ),
    "ninja": Contender("Django Ninja", granian("wsgi", "ninja_app:application", "--blocking-threads", "1"), DATABASE),
    "fastapi": Contender("FastAPI, SQLAlchemy", uvicorn("fastapi_app:application"), DATABASE),
    "litestar": Contender("Litestar, SQLAlchemy", uvicorn("litestar_app:application"), DATABASE),
    "blacksheep": Contender("BlackSheep, Piccolo", uvicorn("blacksheep_app:application"), DATABASE),
}


def plain(body: bytes) -> object:
    """Return what an answer says; a new row has an id of its own."""
    found = json.loads(body)
    if isinstance(found, dict):
        found.pop("id")
    return found


if __name__ == "__main__":
    asyncio.run(make_catalog())
    chosen = [name for name in os.environ.get("BENCH_PEERS", ",".join(PEERS)).split(",") if name]
    limit = Contender("by hand", granian("rsgi", "by_hand_app:application"), DATABASE)
    race(
        [limit, *[PEERS[name] for name in chosen]],
        REQUESTS,
        Path(__file__).parent / "rest",
        plain=plain,
        alive="/books/",
    )
