"""Where sessions are kept: in the database, in a cache, in both, or in the cookie itself."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Final

from manoir.bridge import blocking
from manoir.cache import BaseCache, caches, register_type
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.sessions._base import SessionBase, own_expiry
from manoir.sessions._encoding import COOKIE_SALT, LONGEST_COOKIE, Content, decode, encode
from manoir.sessions.models import Session
from manoir.timezone import now

CACHE_PREFIX: Final = "manoir.sessions:"
"""Stands before every key of a session in a cache: no other use of the cache can name a session."""

register_type(Content, "manoir.session", lambda content: [content.created, content.data], lambda plain: Content(plain[1], float(plain[0])))  # fmt: skip


class DatabaseStore(SessionBase):
    """Sessions in the table `django_session`. `manoir clearsessions` removes those that have expired."""

    async def read(self, key: str) -> Content | None:
        """Return what stands in the table."""
        row = await self.row(key)
        return None if row is None else decode(row[0])

    async def row(self, key: str) -> tuple[str, dt.datetime] | None:
        """Return signed data and end of a session that has not expired; None without it."""
        live = Session.objects.filter(pk=key, expire_date__gt=now())
        return await live.values_list("session_data", "expire_date").afirst()

    async def insert(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Add a row."""
        rows = await Session.objects.abulk_create(
            [Session(session_key=key, session_data=encode(content), expire_date=expires)], ignore_conflicts=True
        )
        return bool(rows)

    async def replace(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Change the row, if it is still there."""
        changed = await Session.objects.filter(pk=key).aupdate(session_data=encode(content), expire_date=expires)
        return bool(changed)

    async def remove(self, key: str) -> None:
        """Remove the row."""
        await Session.objects.filter(pk=key).adelete()

    @classmethod
    async def aclear_expired(cls) -> int:
        """Remove the rows of sessions that have expired."""
        count, _by_model = await Session.objects.filter(expire_date__lte=now()).adelete()
        return count

    clear_expired = blocking(aclear_expired)


class CacheStore(SessionBase):
    """Sessions in the cache SESSION_CACHE_ALIAS: quick, and gone when the cache is emptied."""

    @property
    def cache(self) -> BaseCache:
        """The cache that sessions are kept in."""
        return caches[settings.SESSION_CACHE_ALIAS]

    async def read(self, key: str) -> Content | None:
        """Return what stands in the cache; anything else than a session counts as nothing."""
        found = await self.cache.aget(CACHE_PREFIX + key)
        return found if isinstance(found, Content) else None

    async def insert(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Put a session in."""
        return await self.cache.aadd(CACHE_PREFIX + key, content, seconds_until(expires))

    async def replace(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Change a session that is there, in one step, so that one that was removed meanwhile does not come back."""
        return await self.cache.areplace(CACHE_PREFIX + key, content, seconds_until(expires))

    async def remove(self, key: str) -> None:
        """Remove a session."""
        await self.cache.adelete(CACHE_PREFIX + key)


class CachedDatabaseStore(DatabaseStore):
    """Sessions in the database, read through the cache SESSION_CACHE_ALIAS."""

    async def read(self, key: str) -> Content | None:
        """Return what stands in the cache, else in the table."""
        cache = caches[settings.SESSION_CACHE_ALIAS]
        found = await cache.aget(CACHE_PREFIX + key)
        if isinstance(found, Content):
            return found
        row = await self.row(key)
        if row is None:
            return None
        content = decode(row[0])
        await cache.aset(CACHE_PREFIX + key, content, seconds_until(row[1]))
        again = await self.row(key)
        if again == row:
            return content
        # It was removed or changed between the two steps: the cache must not keep what it was.
        await cache.adelete(CACHE_PREFIX + key)
        return None if again is None else decode(again[0])

    async def insert(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Add a row, then keep it in the cache."""
        made = await super().insert(key, content, expires)
        if made:
            await caches[settings.SESSION_CACHE_ALIAS].aset(CACHE_PREFIX + key, content, seconds_until(expires))
        return made

    async def replace(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Change the row, then what the cache keeps; what it keeps no more was removed meanwhile, or is read anew."""
        changed = await super().replace(key, content, expires)
        cache = caches[settings.SESSION_CACHE_ALIAS]
        if changed:
            await cache.areplace(CACHE_PREFIX + key, content, seconds_until(expires))
        else:
            await cache.adelete(CACHE_PREFIX + key)
        return changed

    async def remove(self, key: str) -> None:
        """Remove the row and what the cache keeps."""
        await super().remove(key)
        await caches[settings.SESSION_CACHE_ALIAS].adelete(CACHE_PREFIX + key)


class SignedCookieStore(SessionBase):
    """Sessions in the cookie itself, signed: no store at all.

    The browser's owner can read the data, and can bring back an older cookie until it expires: signing out here does
    not take back what was copied before. Keep nothing secret in it, and nothing that may happen only once.
    """

    stateless: ClassVar[bool] = True

    async def read(self, key: str) -> Content | None:
        """Return what the cookie says, if this site signed it and it is not too old."""
        content = decode(key, COOKIE_SALT)
        expiry = own_expiry(content.data)
        if isinstance(expiry, dt.datetime):
            return content if expiry > now() else None
        # The browser was told when to forget the cookie; a copy of it must not live longer.
        content = decode(key, COOKIE_SALT, max_age=expiry or self.get_session_cookie_age())
        return content if content.data else None

    async def asave(self, must_create: bool = False) -> None:
        """Sign the data.

        Raises:
            ImproperlyConfigured: it does not fit into a cookie.
        """
        text = encode(await self._aopen(), COOKIE_SALT)
        if len(text) > LONGEST_COOKIE - 200:
            raise ImproperlyConfigured(
                f"The session has {len(text)} characters, too many for a cookie. Keep less in it, or use another store "
                "in SESSION_ENGINE, such as manoir.sessions.DatabaseStore."
            )
        self._key, self._new = text, False
        self.modified = False

    save = blocking(asave)

    async def remove(self, key: str) -> None:
        """Do nothing: the browser has the only copy."""

    async def aexists(self, session_key: str) -> bool:
        """Answer False: no key is ever taken."""
        return False

    exists = blocking(aexists)


def seconds_until(moment: dt.datetime) -> float:
    return (moment - now()).total_seconds()
