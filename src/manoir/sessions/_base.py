"""`SessionBase`: what `request.session` is, in both colours, on the steps that a store defines."""

from __future__ import annotations

import datetime as dt
import secrets
import string
import time
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, ClassVar, Final, TypeAlias

from manoir.bridge import blocking
from manoir.conf import settings
from manoir.exceptions import SessionInterrupted
from manoir.sessions._encoding import Content, decode, encode, hashed_session_key
from manoir.timezone import now

__all__ = ["SessionBase", "hashed_session_key"]

KEY_LENGTH: Final = 32
KEY_CHARACTERS: Final = string.ascii_lowercase + string.digits
EXPIRY: Final = "_session_expiry"
TEST_COOKIE: Final = "testcookie"
TEST_VALUE: Final = "worked"
MISSING: Final = object()

Expiry: TypeAlias = float | dt.datetime | None


class Unset:
    """The argument was left out."""


UNSET: Final = Unset()


class SessionBase:
    """A session. It is read from its store at the first touch, and written by the middleware when it was changed.

    In a coroutine, touch it first by an `a` method (`await request.session.aget("cart")`); from then on the plain
    methods work there too. A value that is changed in place (`session["cart"].append(7)`) needs
    `session.modified = True`.

    A store subclasses it and defines `read`, `insert`, `replace` and `remove`; `manoir.sessions.compliance` has the
    tests that it must pass.

    Args:
        session_key: what stands in the cookie; None begins a new session.

    Attributes:
        accessed: whether anything was read or written.
        modified: whether something was written, so that the session will be saved.
    """

    stateless: ClassVar[bool] = False
    """Whether all data is in the key itself."""

    def __init__(self, session_key: str | None = None) -> None:
        self._key = session_key if session_key and is_key(session_key, self.stateless) else None
        self._content: Content | None = None
        self._new = self._key is None
        self.accessed = False
        self.modified = False

    # -- the steps of a store -------------------------------------------------------------------------------------

    async def read(self, key: str) -> Content | None:
        """Return what is stored under a hashed key and has not expired; None without it."""
        raise TypeError(f"{type(self).__name__} does not define read().")

    async def insert(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Store new content; False when the key is taken."""
        raise TypeError(f"{type(self).__name__} does not define insert().")

    async def replace(self, key: str, content: Content, expires: dt.datetime) -> bool:
        """Store changed content; False when the session is gone, which must not come back by this."""
        raise TypeError(f"{type(self).__name__} does not define replace().")

    async def remove(self, key: str) -> None:
        """Remove what is stored under a hashed key."""
        raise TypeError(f"{type(self).__name__} does not define remove().")

    @classmethod
    async def aclear_expired(cls) -> int:
        """Remove sessions that have expired, and return how many; stores that forget by themselves do nothing."""
        return 0

    clear_expired = blocking(aclear_expired)

    # -- reading and saving ---------------------------------------------------------------------------------------

    @property
    def session_key(self) -> str | None:
        """What stands in the cookie; None before a new session is saved. Whoever reads it knows whose session it is."""
        self.accessed = True
        return self._key

    async def aload(self) -> dict[str, Any]:
        """Return the data, reading it when that was not done yet. A key that the store does not know is forgotten."""
        return (await self._aopen()).data

    load = blocking(aload)

    async def _aopen(self) -> Content:
        self.accessed = True
        if self._content is None:
            found = await self.read(hashed(self._key, self.stateless)) if self._key is not None else None
            if found is not None and too_old(found):
                await self.remove(hashed(self._key, self.stateless))
                found = None
            if found is None:
                # Keys come from the server only: one that it does not know is not kept (session fixation).
                self._key, self._new = None, True
            self._content = found if found is not None else Content()
        return self._content

    _open = blocking(_aopen)

    @property
    def _data(self) -> dict[str, Any]:
        content = self._content
        if content is None:
            return self._open().data
        self.accessed = True
        return content.data

    async def asave(self, must_create: bool = False) -> None:
        """Write the session.

        Args:
            must_create: give it a new key.

        Raises:
            SessionInterrupted: it was removed meanwhile, as by a sign-out in another tab.
        """
        content = await self._aopen()
        expires = await self.aget_expiry_date()
        if must_create or self._new or self._key is None:
            while True:
                key = new_key()
                if await self.insert(hashed(key, self.stateless), content, expires):
                    break
            self._key, self._new = key, False
        elif not await self.replace(hashed(self._key, self.stateless), content, expires):
            raise SessionInterrupted(
                "The session was removed while this request was answered, for example by signing out in another tab."
            )
        self.modified = False

    save = blocking(asave)

    async def acreate(self) -> None:
        """Begin a new session and store it."""
        await self._aopen()
        await self.asave(must_create=True)

    create = blocking(acreate)

    async def aexists(self, session_key: str) -> bool:
        """Tell whether the store has a session of this key."""
        return await self.read(hashed(session_key, self.stateless)) is not None

    exists = blocking(aexists)

    async def adelete(self, session_key: str | None = None) -> None:
        """Remove a session from the store; None removes this one."""
        key = session_key or self._key
        if key is not None:
            await self.remove(hashed(key, self.stateless))

    delete = blocking(adelete)

    async def aflush(self) -> None:
        """Forget everything, here and in the store, as sign-out does."""
        key = self._key
        self._content, self._key, self._new = Content(), None, True
        self.accessed = self.modified = True
        if key is not None:
            await self.remove(hashed(key, self.stateless))

    flush = blocking(aflush)

    async def acycle_key(self) -> None:
        """Keep the data under a new key, as sign-in does; the old key is worth nothing then."""
        content, old = await self._aopen(), self._key
        self._content = Content(content.data)
        await self.asave(must_create=True)
        self.modified = True
        if old is not None:
            await self.remove(hashed(old, self.stateless))

    cycle_key = blocking(acycle_key)

    # -- data -----------------------------------------------------------------------------------------------------

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    async def aget(self, key: str, default: Any = None) -> Any:
        """Return a value, or `default`."""
        return (await self.aload()).get(key, default)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or `default`."""
        return self._data.get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        """Put a value in; `session[key] = value` in sync code."""
        (await self.aload())[key] = value
        self.modified = True

    set = blocking(aset)

    async def apop(self, key: str, default: Any = MISSING) -> Any:
        """Take a value out.

        Raises:
            KeyError: there is none, and no default was given.
        """
        await self._aopen()
        return self.pop(key, default)

    def pop(self, key: str, default: Any = MISSING) -> Any:
        """Take a value out.

        Raises:
            KeyError: there is none, and no default was given.
        """
        data = self._data
        self.modified = self.modified or key in data
        return data.pop(key) if default is MISSING else data.pop(key, default)

    async def asetdefault(self, key: str, value: Any) -> Any:
        """Return a value; put `value` in where there is none."""
        await self._aopen()
        return self.setdefault(key, value)

    def setdefault(self, key: str, value: Any) -> Any:
        """Return a value; put `value` in where there is none."""
        data = self._data
        if key not in data:
            data[key] = value
            self.modified = True
        return data[key]

    async def aupdate(self, values: Mapping[str, Any]) -> None:
        """Put several values in."""
        await self._aopen()
        self.update(values)

    def update(self, values: Mapping[str, Any]) -> None:
        """Put several values in."""
        self._data.update(values)
        self.modified = True

    async def ahas_key(self, key: str) -> bool:
        """Tell whether there is a value."""
        return key in await self.aload()

    def has_key(self, key: str) -> bool:
        """Tell whether there is a value."""
        return key in self._data

    async def akeys(self) -> KeysView[str]:
        """Return the names of all values."""
        return (await self.aload()).keys()

    def keys(self) -> KeysView[str]:
        """Return the names of all values."""
        return self._data.keys()

    async def avalues(self) -> ValuesView[Any]:
        """Return all values."""
        return (await self.aload()).values()

    def values(self) -> ValuesView[Any]:
        """Return all values."""
        return self._data.values()

    async def aitems(self) -> ItemsView[str, Any]:
        """Return names and values."""
        return (await self.aload()).items()

    def items(self) -> ItemsView[str, Any]:
        """Return names and values."""
        return self._data.items()

    def clear(self) -> None:
        """Take everything out; the session keeps its key."""
        self._content = Content(created=self._content.created if self._content else time.time())
        self.accessed = self.modified = True

    def is_empty(self) -> bool:
        """Tell whether there is neither key nor data."""
        return not self._key and not (self._content and self._content.data)

    # -- how long -------------------------------------------------------------------------------------------------

    def get_session_cookie_age(self) -> int:
        """Return seconds from the last save to the end; SESSION_COOKIE_AGE unless overridden."""
        return settings.SESSION_COOKIE_AGE

    def set_expiry(self, value: float | dt.datetime | dt.timedelta | None) -> None:
        """Say when this session ends.

        Args:
            value: seconds without activity, a moment, a span from now, 0 for the end of the browser's session, or None
                for what the settings say.
        """
        if value is None:
            self.pop(EXPIRY, None)
            return
        if isinstance(value, dt.timedelta):
            value = now() + value
        self[EXPIRY] = value.isoformat() if isinstance(value, dt.datetime) else value

    async def aset_expiry(self, value: float | dt.datetime | dt.timedelta | None) -> None:
        """Say when this session ends, as `set_expiry` does."""
        await self._aopen()
        self.set_expiry(value)

    def get_expiry_age(self, *, modification: dt.datetime | None = None, expiry: Expiry | Unset = UNSET) -> int:
        """Return the seconds until this session ends, were it saved now.

        Args:
            modification: when it was saved last; None is now.
            expiry: seconds, a moment or None, as for `set_expiry`; left out it is what `set_expiry` said.
        """
        moment = modification or now()
        ends = self.get_expiry_date(modification=moment, expiry=expiry)
        return max(0, int((ends - moment).total_seconds()))

    async def aget_expiry_age(self, *, modification: dt.datetime | None = None, expiry: Expiry | Unset = UNSET) -> int:
        """Return the seconds until this session ends, were it saved now, as `get_expiry_age` does."""
        await self._aopen()
        return self.get_expiry_age(modification=modification, expiry=expiry)

    def get_expiry_date(
        self, *, modification: dt.datetime | None = None, expiry: Expiry | Unset = UNSET
    ) -> dt.datetime:
        """Return the moment at which this session ends, were it saved now; never after SESSION_ABSOLUTE_AGE.

        Args:
            modification: when it was saved last; None is now.
            expiry: seconds, a moment or None, as for `set_expiry`; left out it is what `set_expiry` said.
        """
        value = self._own_expiry() if isinstance(expiry, Unset) else expiry
        if not isinstance(value, dt.datetime):
            value = (modification or now()) + dt.timedelta(seconds=value or self.get_session_cookie_age())
        absolute, content = settings.SESSION_ABSOLUTE_AGE, self._content
        if absolute is None or content is None:
            return value
        return min(value, now() + dt.timedelta(seconds=content.created + absolute - time.time()))

    async def aget_expiry_date(
        self, *, modification: dt.datetime | None = None, expiry: Expiry | Unset = UNSET
    ) -> dt.datetime:
        """Return the moment at which this session ends, were it saved now, as `get_expiry_date` does."""
        await self._aopen()
        return self.get_expiry_date(modification=modification, expiry=expiry)

    def get_expire_at_browser_close(self) -> bool:
        """Tell whether the cookie goes when the browser closes."""
        own = self._own_expiry()
        return settings.SESSION_EXPIRE_AT_BROWSER_CLOSE if own is None else own == 0

    async def aget_expire_at_browser_close(self) -> bool:
        """Tell whether the cookie goes when the browser closes."""
        await self._aopen()
        return self.get_expire_at_browser_close()

    def _own_expiry(self) -> Expiry:
        return own_expiry(self._data)

    # -- whether the browser keeps cookies ------------------------------------------------------------------------

    def set_test_cookie(self) -> None:
        """Put a mark in, to see at the next request whether the browser keeps cookies."""
        self[TEST_COOKIE] = TEST_VALUE

    async def aset_test_cookie(self) -> None:
        """Put a mark in, to see at the next request whether the browser keeps cookies."""
        await self.aset(TEST_COOKIE, TEST_VALUE)

    def test_cookie_worked(self) -> bool:
        """Tell whether the mark came back."""
        return self.get(TEST_COOKIE) == TEST_VALUE

    async def atest_cookie_worked(self) -> bool:
        """Tell whether the mark came back."""
        return await self.aget(TEST_COOKIE) == TEST_VALUE

    def delete_test_cookie(self) -> None:
        """Take the mark out."""
        self.pop(TEST_COOKIE, None)

    async def adelete_test_cookie(self) -> None:
        """Take the mark out."""
        await self.apop(TEST_COOKIE, None)

    # -- text -----------------------------------------------------------------------------------------------------

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return data as signed text."""
        return encode(Content(session_dict))

    def decode(self, session_data: str) -> dict[str, Any]:
        """Return the data of signed text; empty when the signature is wrong."""
        return decode(session_data).data

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'read' if self._content is not None else 'not read yet'}>"


def new_key() -> str:
    """Return a key that nobody guesses: 165 bits."""
    return "".join(secrets.choice(KEY_CHARACTERS) for _ in range(KEY_LENGTH))


def is_key(text: str, stateless: bool) -> bool:
    """Return whether a cookie could hold a key of ours; anything else is not even looked for."""
    if stateless:
        return len(text) <= 4096
    return len(text) == KEY_LENGTH and text.isascii() and text.isalnum()


def hashed(key: str | None, stateless: bool) -> str:
    return key or "" if stateless else hashed_session_key(key or "")


def own_expiry(data: Mapping[str, Any]) -> Expiry:
    """Return what `set_expiry` wrote into the data of a session: seconds, a moment, or None."""
    value = data.get(EXPIRY)
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


def too_old(content: Content) -> bool:
    absolute = settings.SESSION_ABSOLUTE_AGE
    return absolute is not None and content.created + absolute <= time.time()
