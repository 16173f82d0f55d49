"""The limit: session, user and token by hand, on the same server and driver, strings put together.

It does what is needed and no more: the session by the hash of its key and not expired, the user active, the password
unchanged (an HMAC over its hash), a masked CSRF token, one query for the rows.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from html import escape

import asyncpg
from _page import FIRST, ROWS, USERNAME

HTML = [("content-type", "text/html; charset=utf-8"), ("vary", "Cookie"), ("cache-control", "private")]
KEY = b"benchmark" * 5
SESSION = "SELECT data FROM bare_session WHERE key = $1 AND expires > now()"
USER = "SELECT id, username, password FROM bare_user WHERE id = $1 AND active"
WORLD = "SELECT id, name, number FROM world WHERE id > $1 ORDER BY id LIMIT $2"


def auth_hash(password):
    return hmac.new(KEY, password.encode(), hashlib.sha256).hexdigest()


def cookie_of(header, name):
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def masked(secret):
    mask = secrets.token_bytes(32)
    return base64.urlsafe_b64encode(mask + bytes(a ^ b for a, b in zip(mask, secret, strict=True))).decode()


class Application:
    def __init__(self):
        self.pool = None

    async def connection(self):
        if self.pool is None:
            self.pool = await asyncpg.create_pool(
                os.environ["BENCH_DATABASE_URL"], min_size=10, max_size=10, reset=None
            )
        return self.pool

    async def prepare(self):
        """Make the tables of this contender; return the cookies of somebody who is signed in."""
        key, secret, password = secrets.token_urlsafe(24), secrets.token_bytes(32), "argon2$" + "x" * 80
        data = json.dumps({"user": 1, "hash": auth_hash(password), "csrf": secret.hex()})
        async with (await self.connection()).acquire() as connection:
            await connection.execute("DROP TABLE IF EXISTS bare_session; DROP TABLE IF EXISTS bare_user")
            await connection.execute(
                "CREATE TABLE bare_session (key varchar(64) PRIMARY KEY, data text, expires timestamptz);"
                "CREATE TABLE bare_user (id integer PRIMARY KEY, username text, password text, active boolean)"
            )
            await connection.execute("INSERT INTO bare_user VALUES (1, $1, $2, true)", USERNAME, password)
            hashed = hashlib.sha256(key.encode()).hexdigest()
            await connection.execute("INSERT INTO bare_session VALUES ($1, $2, now() + interval '1 day')", hashed, data)
        return [("set-cookie", f"sessionid={key}")]

    async def __rsgi__(self, scope, protocol):
        if scope.path == "/signin":
            protocol.response_str(200, await self.prepare(), "signed in")
            return
        if scope.path != "/page":
            protocol.response_empty(200, [])
            return
        key = cookie_of(scope.headers.get("cookie") or "", "sessionid")
        hashed = hashlib.sha256(key.encode()).hexdigest()
        async with (await self.connection()).acquire() as connection:
            session = json.loads(await connection.fetchval(SESSION, hashed))
            user = await connection.fetchrow(USER, session["user"])
            if not hmac.compare_digest(session["hash"], auth_hash(user["password"])):
                protocol.response_empty(403, [])
                return
            rows = await connection.fetch(WORLD, FIRST, ROWS)
        token = masked(bytes.fromhex(session["csrf"]))
        body = "".join(f"<tr><td>{row[0]}</td><td>{escape(row[1])}</td><td>{row[2]}</td></tr>" for row in rows)
        page = (
            f"<!doctype html><html><head><title>World</title></head><body><p>{escape(user['username'])}</p>"
            f'<form method="post" action="/signout"><input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
            f"<button>Sign out</button></form><h1>World</h1><table>{body}</table></body></html>"
        )
        protocol.response_bytes(200, HTML, page.encode())


application = Application()
