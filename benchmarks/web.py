"""HTTP: manoir beside the limit (a bare RSGI handler on the same server) and beside Django and FastAPI."""

from __future__ import annotations

import asyncio
from pathlib import Path

from _data import database_url, make_world
from _http import Contender, Request, granian, race, uvicorn

PATHS = ["/plaintext", "/json", "/db", "/rows", "/page"]
DATABASE = {"BENCH_DATABASE_URL": database_url()}

CONTENDERS = [
    Contender("bare RSGI", granian("rsgi", "bare_app:application"), DATABASE),
    Contender("manoir", granian("rsgi", "manoir_app:application"), DATABASE),
    Contender("Django 5.2", granian("wsgi", "django_app:application", "--blocking-threads", "1"), DATABASE),
    Contender("FastAPI", uvicorn("fastapi_app:application"), DATABASE),
]

if __name__ == "__main__":
    asyncio.run(make_world())
    race(CONTENDERS, [Request(path) for path in PATHS], Path(__file__).parent / "web")
