"""The page of somebody who is signed in: session, user and CSRF token, 50 rows; manoir beside the limit and Django."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from _data import database_url, make_world
from _http import Contender, Request, answer, granian, race

TOKEN = re.compile(rb'value="[^"]+"')


def contender(title: str, name: str, *command: str) -> Contender:
    """Return a contender with a database of its own: manoir's tables have the names of Django's."""
    url = database_url(f"manoir_bench_{name}")
    return Contender(title, granian(*command), {"BENCH_DATABASE_URL": url})


CONTENDERS = [
    contender("bare RSGI", "bare", "rsgi", "bare_app:application"),
    contender("manoir", "manoir", "rsgi", "manoir_app:application"),
    contender("Django 5.2", "django", "wsgi", "django_app:application", "--blocking-threads", "1"),
]


def sign_in(contender: Contender) -> None:
    """Keep the cookie of somebody who is signed in."""
    _, headers = answer(contender, Request("/signin"))
    contender.headers["Cookie"] = headers["set-cookie"].split(";")[0]


def without_token(body: bytes) -> bytes:
    """Return a page without its CSRF token, which is masked anew for each answer."""
    return b"".join(TOKEN.sub(b"", body).split())


if __name__ == "__main__":
    for one in CONTENDERS:
        asyncio.run(make_world(one.environment["BENCH_DATABASE_URL"]))
    race(CONTENDERS, [Request("/page")], Path(__file__).parent / "members", plain=without_token, prepare=sign_in)
