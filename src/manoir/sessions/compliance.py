"""The tests that every session store passes.

Subclass it in your tests and name the store:

    from manoir.sessions.compliance import SessionCompliance

    class TestMyStore(SessionCompliance):
        store = MyStore
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import ClassVar

import pytest

from manoir.conf import settings
from manoir.exceptions import SessionInterrupted
from manoir.sessions._base import SessionBase
from manoir.timezone import now

__all__ = ["SessionCompliance"]


class SessionCompliance:
    """What every session does, wherever it is kept."""

    store: ClassVar[type[SessionBase]]
    shortest_seconds: ClassVar[float] = 0.05
    """The shortest life that the store keeps to; where it counts whole seconds, 1."""

    async def saved(self, **data: object) -> str:
        """Return the key of a saved session with some data."""
        session = self.store()
        await session.aupdate(data)
        await session.asave()
        assert session.session_key is not None
        return session.session_key

    async def test_data_comes_back(self) -> None:
        """With the key alone."""
        key = await self.saved(cart=[1, "two"], user={"name": "Ada"})
        session = self.store(key)
        assert await session.aget("cart") == [1, "two"]
        assert session["user"] == {"name": "Ada"}
        assert (session.accessed, session.modified) == (True, False)

    async def test_an_untouched_session_is_neither_accessed_nor_modified(self) -> None:
        """So nothing is read or written for it."""
        session = self.store(await self.saved(a=1))
        assert (session.accessed, session.modified) == (False, False)

    async def test_a_new_session_is_empty(self) -> None:
        """H50: and has no key, so that nothing is stored for it."""
        session = self.store()
        assert await session.aget("anything") is None
        assert session.session_key is None
        assert session.is_empty() is True
        assert session.modified is False

    async def test_a_key_of_the_client_is_never_taken(self) -> None:
        """H04: session fixation."""
        for planted in ("a" * 32, "x", "", "../../etc/passwd", "\x00" * 32, "ä" * 32, "a" * 10_000):
            session = self.store(planted)
            await session.aset("a", 1)
            await session.asave()
            assert session.session_key not in (None, planted)

    async def test_changes_are_marked(self) -> None:
        """By every method that changes something, and by no other."""
        key = await self.saved(a=1)
        for change in (
            lambda session: session.__setitem__("a", 2),
            lambda session: session.__delitem__("a"),
            lambda session: session.update({"b": 1}),
            lambda session: session.pop("a"),
            lambda session: session.setdefault("b", 1),
            lambda session: session.clear(),
            lambda session: session.set_expiry(5),
            lambda session: session.set_test_cookie(),
        ):
            session = self.store(key)
            await session.aload()
            change(session)
            assert session.modified is True
        session = self.store(key)
        await session.aload()
        assert (session["a"], session.get("b"), session.has_key("a"), "a" in session, list(session)) == (
            1,
            None,
            True,
            True,
            ["a"],
        )
        assert (list(session.keys()), list(session.values()), list(session.items())) == (["a"], [1], [("a", 1)])
        assert (session.pop("missing", 7), session.setdefault("a", 9)) == (7, 1)
        with pytest.raises(KeyError):
            session.pop("missing")
        assert session.modified is False

    async def test_the_methods_of_coroutines(self) -> None:
        """Each has the meaning of its plain twin."""
        session = self.store()
        await session.aset("a", 1)
        await session.aupdate({"b": 2})
        assert await session.asetdefault("c", 3) == 3
        assert await session.apop("b") == 2
        assert await session.ahas_key("b") is False
        assert list(await session.akeys()) == ["a", "c"]
        assert list(await session.avalues()) == [1, 3]
        assert list(await session.aitems()) == [("a", 1), ("c", 3)]
        await session.aset_test_cookie()
        assert await session.atest_cookie_worked() is True
        await session.adelete_test_cookie()
        assert await session.atest_cookie_worked() is False

    def test_in_sync_code(self) -> None:
        """The session is read at the first touch."""
        session = self.store()
        session["a"] = 1
        session.save()
        again = self.store(session.session_key)
        assert again["a"] == 1
        again.cycle_key()
        assert self.store(again.session_key)["a"] == 1
        again.flush()
        assert again.is_empty() is True

    async def test_flush_forgets_everything(self) -> None:
        """Here and in the store."""
        key = await self.saved(a=1)
        session = self.store(key)
        await session.aflush()
        assert (session.session_key, session.is_empty(), session.modified) == (None, True, True)
        if not self.store.stateless:
            assert await self.store(key).aget("a") is None

    async def test_a_cycled_key_keeps_the_data_and_ends_the_old_key(self) -> None:
        """H04: as at sign-in."""
        old = await self.saved(a=1)
        session = self.store(old)
        await session.acycle_key()
        assert session.session_key != old
        assert await self.store(session.session_key).aget("a") == 1
        if not self.store.stateless:
            assert await self.store(old).aget("a") is None

    async def test_a_session_that_was_removed_does_not_come_back(self) -> None:
        """H47: another request signed out while this one was answered."""
        if self.store.stateless:
            return
        key = await self.saved(a=1)
        session, other = self.store(key), self.store(key)
        await session.aset("a", 2)
        await other.aflush()
        with pytest.raises(SessionInterrupted):
            await session.asave()
        assert await self.store(key).aget("a") is None

    async def test_sessions_begun_at_once_have_keys_of_their_own(self) -> None:
        """No key is given twice."""
        keys = await asyncio.gather(*(self.saved(number=number) for number in range(20)))
        assert [await self.store(key).aget("number") for key in keys] == list(range(20))

    async def test_expiry(self) -> None:
        """By seconds, moments, spans, and at the end of the browser's session."""
        session = self.store()
        assert await session.aget_expiry_age() == settings.SESSION_COOKIE_AGE
        await session.aset_expiry(10)
        assert session.get_expiry_age() == 10
        assert session.get_expire_at_browser_close() is False
        session.set_expiry(0)
        assert (session.get_expiry_age(), session.get_expire_at_browser_close()) == (settings.SESSION_COOKIE_AGE, True)
        session.set_expiry(dt.timedelta(minutes=1))
        assert 58 <= session.get_expiry_age() <= 60
        session.set_expiry(now() + dt.timedelta(hours=1))
        assert 3_590 <= session.get_expiry_age() <= 3_600
        assert session.get_expiry_date() > now()
        session.set_expiry(None)
        assert await session.aget_expire_at_browser_close() is settings.SESSION_EXPIRE_AT_BROWSER_CLOSE

    async def test_expiry_of_other_moments(self) -> None:
        """Ages and dates may be asked for with another last change, or another expiry."""
        session = self.store()
        await session.aset_expiry(60)
        earlier = now() - dt.timedelta(seconds=20)
        assert session.get_expiry_date(modification=earlier) == earlier + dt.timedelta(seconds=60)
        assert await session.aget_expiry_age(modification=earlier, expiry=5) == 5
        assert await session.aget_expiry_date(modification=earlier, expiry=now()) > earlier
        assert session.get_expiry_age(expiry=None) == settings.SESSION_COOKIE_AGE

    async def test_idle_sessions_end(self) -> None:
        """SESSION_COOKIE_AGE after the last save."""
        with settings.override(SESSION_COOKIE_AGE=self.shortest_seconds):
            key = await self.saved(a=1)
            await asyncio.sleep(self.shortest_seconds * 1.2)
            assert await self.store(key).aget("a") is None

    async def test_sessions_of_a_short_life_end(self) -> None:
        """After the seconds, or at the moment, that `set_expiry` named."""
        keys: list[str | None] = []
        for expiry in (self.shortest_seconds, now() + dt.timedelta(seconds=self.shortest_seconds)):
            session = self.store()
            await session.aset("a", 1)
            session.set_expiry(expiry)
            await session.asave()
            keys.append(session.session_key)
        await asyncio.sleep(self.shortest_seconds * 1.2)
        assert [await self.store(key).aget("a") for key in keys] == [None, None]

    async def test_busy_sessions_end_too(self) -> None:
        """SESSION_ABSOLUTE_AGE after they began, however often they are saved."""
        age = self.shortest_seconds * 4
        with settings.override(SESSION_ABSOLUTE_AGE=age):
            session = self.store(await self.saved(a=1))
            await session.aset("a", 2)
            await session.asave()
            assert session.get_expiry_age() <= age
            await asyncio.sleep(age * 1.1)
            assert await self.store(session.session_key).aget("a") is None

    async def test_what_cannot_be_written_is_an_error(self) -> None:
        """JSON holds no arbitrary objects, and nothing is pickled (C09)."""
        session = self.store()
        await session.aset("a", object())
        with pytest.raises(TypeError):
            await session.asave()
