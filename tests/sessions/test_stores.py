from __future__ import annotations

import asyncio
import datetime as dt
import os
import stat
import tempfile

import pytest

import manoir
from manoir.cache import caches
from manoir.commands import call_command
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured, SessionInterrupted
from manoir.signing import dumps
from manoir.timezone import now

manoir.setup()

from manoir.sessions import (  # noqa: E402
    CachedDatabaseStore,
    CacheStore,
    DatabaseStore,
    FileStore,
    Session,
    SignedCookieStore,
    _files,
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


class TestFileStore(SessionCompliance):
    store = FileStore

    @pytest.fixture(autouse=True)
    def _directory(self, tmp_path):
        with settings.override(SESSION_FILE_PATH=tmp_path / "sessions"):
            yield

    async def test_files_are_private_and_named_by_hashes(self, tmp_path):
        """H05, M07: who lists the directory has no key, and nobody else reads a file."""
        key = await self.saved(a=1)
        [file] = (tmp_path / "sessions").iterdir()
        assert file.name == f"session-{hashed_session_key(key)}"
        assert key not in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    async def test_what_somebody_else_wrote_is_an_empty_session(self, tmp_path):
        """C09, H06: only what this site signed is read, and a link is not followed."""
        key = await self.saved(a=1)
        [file] = (tmp_path / "sessions").iterdir()
        for forged in (
            b"",
            b"x",
            b"9e9\n",
            b"9e9\nforged:text",
            b"\xff\xfe\n",
            b"nan\n" + file.read_bytes().partition(b"\n")[2][:-2],
        ):
            file.write_bytes(forged)
            assert await FileStore(key).aget("a") is None
        file.unlink()
        (tmp_path / "outside").write_bytes(b"9e9\nx")
        file.symlink_to(tmp_path / "outside")
        with pytest.raises(OSError, match="symbolic links"):
            await FileStore(key).aget("a")

    async def test_a_removed_file_is_not_written_again(self):
        """H47: twenty requests write while one signs out."""
        key = await self.saved(a=1)
        sessions = [FileStore(key) for _ in range(20)]
        for number, session in enumerate(sessions):
            await session.aset("page", number)
        works = [*(session.asave() for session in sessions), FileStore(key).aflush()]
        outcomes = await asyncio.gather(*works, return_exceptions=True)
        assert all(outcome is None or isinstance(outcome, SessionInterrupted) for outcome in outcomes)
        assert await FileStore(key).aget("a") is None

    def test_clearsessions_removes_files_that_have_expired(self, tmp_path, capsys):
        for age in (-5, 100):
            session = FileStore()
            session["a"] = 1
            session.set_expiry(now() + dt.timedelta(seconds=age))
            session.save()
        with settings.override(SESSION_ENGINE="manoir.sessions.FileStore"):
            call_command("clearsessions")
        assert "Removed 1 expired session." in capsys.readouterr().out
        assert len(list((tmp_path / "sessions").iterdir())) == 1

    async def test_a_file_that_is_being_made_is_not_lost_to_clearsessions(self, monkeypatch):
        """H47: what is made but not written yet looks like a broken file."""
        lock, begun = _files.fcntl.flock, []

        def flock(descriptor, operation):
            if not begun:
                begun.append(operation)
                assert _files.clear_files() == 1
            lock(descriptor, operation)

        session = FileStore()
        await session.aset("a", 1)
        monkeypatch.setattr(_files.fcntl, "flock", flock)
        await session.asave()
        assert begun
        assert await FileStore(session.session_key).aget("a") == 1


def test_a_directory_of_sessions_that_cannot_be_used(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with (
        settings.override(SESSION_FILE_PATH=tmp_path / "file"),
        pytest.raises(ImproperlyConfigured, match="cannot be used"),
    ):
        FileStore("a" * 32)["a"]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"manoir-sessions-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with (
        settings.override(SESSION_FILE_PATH=None),
        pytest.raises(ImproperlyConfigured, match="belongs to somebody else"),
    ):
        FileStore("a" * 32)["a"]


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


async def test_asking_whether_a_session_exists_does_not_open_it(database):
    """C23: what is in it is no data of the session that asks."""
    other = CachedDatabaseStore()
    await other.aset("a", 1)
    await other.asave()
    await caches["default"].aclear()
    session = CachedDatabaseStore()
    assert await session.aexists(str(other.session_key)) is True
    assert await session.aget("a") is None


async def test_a_cached_session_ends_with_its_row(database):
    """H35: reading it into the cache makes it live no longer."""
    session = CachedDatabaseStore()
    await session.aset("a", 1)
    await session.asave()
    await caches["default"].aclear()
    await Session.objects.aupdate(expire_date=now() + dt.timedelta(seconds=0.5))
    assert await CachedDatabaseStore(session.session_key).aget("a") == 1
    await asyncio.sleep(0.6)
    assert await CachedDatabaseStore(session.session_key).aget("a") is None


async def test_what_changes_while_it_is_read_is_not_cached_as_it_was(database):
    """H47: another request writes between the look at the table and the cache."""
    session = CachedDatabaseStore()
    await session.aset("a", "old")
    await session.asave()
    await caches["default"].aclear()
    key, looks = session.session_key, []

    class SlowStore(CachedDatabaseStore):
        async def row(self, key_of_row):
            found = await super().row(key_of_row)
            looks.append(found)
            if len(looks) == 1:
                other = DatabaseStore(key)
                await other.aset("a", "new")
                await other.asave()
            return found

    assert await SlowStore(key).aget("a") == "new"
    assert await CachedDatabaseStore(key).aget("a") == "new"


def test_clearsessions_removes_what_has_expired(database, capsys):
    for key, days in (("a" * 40, -1), ("b" * 40, 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now() + dt.timedelta(days=days))
    with settings.override(SESSION_ENGINE="manoir.sessions.DatabaseStore"):
        call_command("clearsessions")
    assert "Removed 1 expired session." in capsys.readouterr().out
    assert [row.pk for row in Session.objects.all()] == ["b" * 40]
