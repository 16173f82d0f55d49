"""A cache in Redis or Valkey, by redis-py: shared by all processes of all machines."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from manoir.bridge import LoopLocal
from manoir.cache._base import BaseCache
from manoir.cache._values import integer_of, pack
from manoir.conf import import_string
from manoir.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from redis.asyncio import Redis

PACKED: Final = b"\xc1"
"""Stands before packed bytes; MessagePack never uses it. Integers are stored as digits, so that Redis can count."""
DIGITS: Final = re.compile(rb"-?[0-9]{1,19}")

COUNT: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
return redis.call('INCRBY', KEYS[1], ARGV[1])
"""
"""Counts only what is there, in one step; INCRBY alone would make a key that never expires."""
EXPIRE_IF: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
REMOVE_IF: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class RedisCache(BaseCache):
    """A cache in Redis; needs the extra `redis`.

    LOCATION is a URL (`redis://`, `rediss://`, `unix://`), or a list of them (or a text with `,` or `;` between them):
    the first one is written to, one of the others is read from. OPTIONS go to the connection pool of redis-py:
    `max_connections` (50), `socket_timeout`, `password`, `db` … and `pool_class` names another pool of redis-py than
    `BlockingConnectionPool`. A call that finds all connections in use waits for one.
    `clear()` empties the whole database of that number, so give the cache one of its own.

    Several keys are read, written or removed in one round trip. Each event loop has connections of its own; one whose
    call was cancelled is closed, so no answer goes to somebody else.

    Raises:
        ImproperlyConfigured: no LOCATION, or redis-py is not installed.
    """

    def __init__(self, location: Any = "", params: Mapping[str, Any] | None = None) -> None:
        super().__init__(location, params)
        urls: Sequence[str] = re.split("[;,]", location) if isinstance(location, str) else [*location]
        self.urls = [url.strip() for url in urls if url.strip()]
        if not self.urls:
            raise ImproperlyConfigured(
                "A RedisCache needs a LOCATION in CACHES, such as 'redis://127.0.0.1:6379/1' or a list of such URLs."
            )
        self.clients: LoopLocal[list[Redis]] = LoopLocal(self.connect, self.disconnect)

    def connect(self) -> list[Redis]:
        try:
            from redis.asyncio import BlockingConnectionPool, Redis
        except ImportError as error:
            raise ImproperlyConfigured(
                "manoir.cache.RedisCache needs redis-py: pip install 'manoir[redis]'."
            ) from error
        culling = {"MAX_ENTRIES", "CULL_FREQUENCY"}  # Redis has its own way: maxmemory and its policy
        options = {name: value for name, value in self.options.items() if name not in culling}
        pool: Any = pool_class(options.pop("pool_class", None))
        waiting = {"timeout": 20} if issubclass(pool, BlockingConnectionPool) else {}
        options = {"max_connections": 50, **waiting, **options}
        pools = [pool.from_url(url, **options) for url in self.urls]
        try:
            for one in pools:
                one.make_connection()  # connects later; it only tells whether the options are known
        except TypeError as error:
            raise ImproperlyConfigured(
                f"OPTIONS of a RedisCache go to the connections of redis-py, which do not take them: {error}."
            ) from error
        return [Redis.from_pool(one) for one in pools]

    @staticmethod
    async def disconnect(clients: list[Redis]) -> None:
        for client in clients:
            await client.aclose()

    @property
    def writer(self) -> Redis:
        """The client of the first URL, of the running loop."""
        return self.clients.get()[0]

    @property
    def reader(self) -> Redis:
        """A client to read from."""
        clients = self.clients.get()
        return clients[0] if len(clients) == 1 else random.choice(clients[1:])  # noqa: S311 - spreads load

    async def read(self, keys: list[str]) -> dict[str, bytes]:
        """Return the live items, in one round trip."""
        if not keys:
            return {}
        if len(keys) == 1:
            found: list[Any] = [await self.reader.get(keys[0])]
        else:
            found = await self.reader.mget(keys)
        return {key: from_stored(data) for key, data in zip(keys, found, strict=True) if data is not None}

    async def write(self, items: Mapping[str, bytes], seconds: float | None) -> list[str]:
        """Store all items, in one round trip."""
        milliseconds = in_milliseconds(seconds)
        if len(items) == 1:
            for key, data in items.items():
                await self.writer.set(key, to_stored(data), px=milliseconds)
        elif items:
            async with self.writer.pipeline(transaction=False) as pipeline:
                for key, data in items.items():
                    pipeline.set(key, to_stored(data), px=milliseconds)
                await pipeline.execute()
        return []

    async def write_new(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item unless there is a live one."""
        return bool(await self.writer.set(key, to_stored(data), px=in_milliseconds(seconds), nx=True))

    async def write_existing(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Store an item if there is a live one."""
        return bool(await self.writer.set(key, to_stored(data), px=in_milliseconds(seconds), xx=True))

    async def remove(self, keys: list[str]) -> int:
        """Remove items."""
        return await self.writer.delete(*keys) if keys else 0

    async def expire(self, key: str, seconds: float | None) -> bool:
        """Give an item a new expiry."""
        milliseconds = in_milliseconds(seconds)
        if milliseconds is not None:
            return bool(await self.writer.pexpire(key, milliseconds))
        # PERSIST answers 0 for a key that has no expiry already.
        return bool(await self.writer.persist(key)) or bool(await self.writer.exists(key))

    async def expire_if(self, key: str, data: bytes, seconds: float | None) -> bool:
        """Give an item a new expiry if it is `data`, on the server."""
        milliseconds = in_milliseconds(seconds)
        lasting = "" if milliseconds is None else str(milliseconds)
        return bool(await self.run(EXPIRE_IF, key, to_stored(data), lasting))

    async def remove_if(self, key: str, data: bytes) -> bool:
        """Remove an item if it is `data`, on the server."""
        return bool(await self.run(REMOVE_IF, key, to_stored(data)))

    async def add_to(self, key: str, delta: int) -> int | None:
        """Add to an integer, on the server."""
        from redis.exceptions import ResponseError

        try:
            return await self.run(COUNT, key, delta)
        except ResponseError as error:
            raise ValueError(f"The value of {key!r} is no integer of 64 bits: nothing to count with.") from error

    async def run(self, script: str, key: str, *arguments: Any) -> int | None:
        """Run a script of this module on the server, where nothing comes between its commands."""
        return await self.writer.eval(script, 1, key, *arguments)  # pyright: ignore[reportGeneralTypeIssues]

    async def remove_all(self) -> None:
        """Empty the database."""
        await self.writer.flushdb()

    async def aclose(self, **kwargs: Any) -> None:
        """Close the idle connections of this loop."""
        for client in self.clients.get():
            await client.connection_pool.disconnect(inuse_connections=False)


def pool_class(named: Any) -> Any:
    """Return the class of connection pools that an option gives or names; of redis-py's own the one that awaits."""
    from redis import asyncio

    found = import_string(named) if isinstance(named, str) else named or asyncio.BlockingConnectionPool
    if isinstance(found, type) and issubclass(found, asyncio.ConnectionPool):
        return found
    of_redis = isinstance(found, type) and found.__module__.startswith("redis.")
    twin: Any = getattr(asyncio, found.__name__, None) if of_redis else None
    if not (isinstance(twin, type) and issubclass(twin, asyncio.ConnectionPool)):
        raise ImproperlyConfigured(
            f"OPTIONS['pool_class'] of a RedisCache is a pool of redis.asyncio, such as 'redis.asyncio.ConnectionPool', not {named!r}."
        )
    return twin


def in_milliseconds(seconds: float | None) -> int | None:
    """Return a time to live as Redis takes it, at least a millisecond; None is for ever."""
    return None if seconds is None else max(1, int(seconds * 1000))


def to_stored(data: bytes) -> bytes:
    """Return packed bytes as they stand in Redis."""
    number = integer_of(data)
    return PACKED + data if number is None else str(number).encode()


def from_stored(data: bytes) -> bytes:
    """Return the packed bytes of what stands in Redis; foreign bytes stay such that `unpack` refuses them."""
    if data[:1] == PACKED:
        return data[1:]
    return pack(int(data)) if DIGITS.fullmatch(data) else PACKED + data
