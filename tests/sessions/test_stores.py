from __future__ import annotations

import datetime as dt

import pytest

import manoir
from manoir.cache import caches
from manoir.commands import call_command
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.signing import dumps
from manoir.timezone import now

manoir.setup()

from manoir.sessions import (  # noqa: E402
    CachedDatabaseStore,
    CacheStore,
    DatabaseStore,
    Session,
    SignedCookieStore,
    hashed_session_key,
)
from manoir.sessions.compliance import SessionCompliance  # noqa: E402


@pytest.fixture(autouse=True)
def _empty_cache():
    caches["default"].clear()


@pytest.mark.usefixtures("database")
class TestDatabaseStore(SessionCompliance):
    store = DatabaseStore


@pytest.mark.usefixtures("database")
class TestCachedDatabaseStore(SessionCompliance):
    store = CachedDatabaseStore


class TestCacheStore(SessionCompliance):
    store = CacheStore


class TestSignedCookieStore(SessionCompliance):
    store = SignedCookieStore


async def test_the_table_holds_hashes_of_keys(database):
    """H05: who reads the table, or a backup of it, cannot take a session over."""
    session = DatabaseStore()
    await session.aset("a", 1)
    await session.asave()
    row = await Session.objects.aget()
    assert row.pk == hashed_session_key(session.session_key)
    assert session.session_key not in row.session_data
    assert row.get_decoded() == {"a": 1}
    assert await DatabaseStore(row.pk).aget("a") is None
    assert await Session.objects.for_key(session.session_key).aget() == row


async def test_a_row_of_somebody_else_is_an_empty_session(database):
    """H06: data is only what this site signed."""
    session = DatabaseStore()
    await session.aset("a", 1)
    await session.asave()
    for forged in ("", "a:b:c", (await Session.objects.aget()).session_data[:-1] + "!"):
        await Session.objects.aupdate(session_data=forged)
        assert await DatabaseStore(session.session_key).aget("a") is None


async def test_a_cache_key_is_no_session():
    """H05: what another use of the cache stores under a chosen key is no session."""
    key = "a" * 32
    await caches["default"].aset(key, {"_auth_user_id": "1"})
    await caches["default"].aset("manoir.sessions:" + hashed_session_key(key), {"_auth_user_id": "1"})
    assert await CacheStore(key).aget("_auth_user_id") is None


async def test_a_signed_cookie_of_another_purpose_is_no_session():
    """H06: signed for one purpose, used for another."""
    other = dumps([0.0, {"a": 1}], salt="something else")
    assert await SignedCookieStore(other).aget("a") is None


async def test_a_signed_cookie_that_is_too_long_is_refused():
    session = SignedCookieStore()
    await session.aset("a", [str(hash(str(number))) for number in range(1000)])
    with pytest.raises(ImproperlyConfigured, match="too many for a cookie"):
        await session.asave()


async def test_cached_sessions_cost_no_query_to_read(database):
    session = CachedDatabaseStore()
    await session.aset("a", 1)
    await session.asave()
    with database.execute_wrapper(lambda *args: pytest.fail("a query")):
        assert await CachedDatabaseStore(session.session_key).aget("a") == 1
    await caches["default"].aclear()
    assert await CachedDatabaseStore(session.session_key).aget("a") == 1


def test_clearsessions_removes_what_has_expired(database, capsys):
    for key, days in (("a" * 40, -1), ("b" * 40, 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now() + dt.timedelta(days=days))
    with settings.override(SESSION_ENGINE="manoir.sessions.DatabaseStore"):
        call_command("clearsessions")
    assert "Removed 1 expired session." in capsys.readouterr().out
    assert [row.pk for row in Session.objects.all()] == ["b" * 40]
