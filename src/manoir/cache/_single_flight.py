"""Making a missing value once, however many ask for it: `get_or_set(stale=…)`.

Beside the value stand two keys: one that lives as long as the value is fresh, and one, the lock, that the caller holds
who makes the next value. Within a process, callers of one loop wait for the first of them and do not ask the store at
all; processes wait for each other by looking again. A caller that dies lets go of the lock when its lease ends, one
that takes longer renews the lease. One that lost the lock, as its process stood still or the cache was emptied, neither
renews nor returns what is somebody else's by now, and stores nothing: the next holder's value is newer.
"""

from __future__ import annotations

import asyncio
import inspect
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from manoir import bridge
from manoir.cache._values import pack, unpack

if TYPE_CHECKING:
    from manoir.cache._base import BaseCache

MISSING: Final = object()
LEASE_SECONDS: Final = 30.0
FIRST_PAUSE_SECONDS: Final = 0.005
LONGEST_PAUSE_SECONDS: Final = 0.1

being_made: ContextVar[frozenset[str]] = ContextVar("being_made", default=frozenset())
flights: bridge.LoopLocal[dict[tuple[int, str], asyncio.Future[None]]] = bridge.LoopLocal(dict)
"""Keys that a caller of this loop fetches or makes, and what the others wait for."""


async def made(default: Any) -> Any:
    """Return a value, or what a function of either colour makes; a `def` runs where it may wait."""
    if not callable(default):
        return default
    value = await default() if inspect.iscoroutinefunction(default) else await bridge.run_sync(default)
    return await value if inspect.isawaitable(value) else value


async def single_flight(
    cache: BaseCache, key: str, default: Any, seconds: float | None, version: int | None, stale: float
) -> Any:
    """Return the value of a key; make it if nobody else does so at this moment."""
    finished = cache.make_and_validate_key(key, version)
    if finished in being_made.get():
        raise RuntimeError(
            f"The function that makes {key!r} asks the cache for {key!r} and would wait for itself. Call what it needs directly."
        )
    if seconds is not None and seconds <= 0:
        return await made(default)
    while True:
        value, fresh = await look(cache, finished)
        if value is not MISSING and fresh:
            return value
        here, name = flights.get(), (id(cache), finished)
        if name in here:
            if value is not MISSING:
                return value
            with suppress(asyncio.CancelledError):
                await asyncio.shield(here[name])
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError
            continue
        here[name] = asyncio.get_running_loop().create_future()
        try:
            made_now = await lead(cache, finished, default, seconds, stale, value)
        finally:
            here.pop(name).set_result(None)
        if made_now is not MISSING:
            return made_now


async def look(cache: BaseCache, finished: str) -> tuple[Any, bool]:
    """Return the value, or MISSING, and whether it is fresh."""
    marker = fresh_key(finished)
    found = await cache.read([finished, marker])
    if cache.count(int(finished in found), 1):
        await cache.ashared_stats()
    if finished not in found:
        return MISSING, False
    return unpack(found[finished], finished), marker in found


async def lead(cache: BaseCache, finished: str, default: Any, seconds: float | None, stale: float, old: Any) -> Any:
    """Make the value as the only one of all processes, or wait for who does so; MISSING: look again."""
    lock = lock_key(finished)
    token = pack(secrets.token_hex(8))
    pause = FIRST_PAUSE_SECONDS
    while not await cache.write_new(lock, token, LEASE_SECONDS):
        if old is not MISSING:
            return old
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        value, fresh = await look(cache, finished)
        if fresh:
            return value
    # Somebody may have made it between our look and our lock.
    value, fresh = await look(cache, finished)
    if fresh:
        await cache.remove_if(lock, token)
        return value
    reset = being_made.set(being_made.get() | {finished})
    try:
        async with renewed(cache, lock, token):
            value = await made(default)
        if await cache.expire_if(lock, token, LEASE_SECONDS):
            await cache.write({finished: pack(value)}, None if seconds is None else seconds + max(stale, 0))
            await cache.write({fresh_key(finished): pack(True)}, seconds)
        return value
    finally:
        being_made.reset(reset)
        await cache.remove_if(lock, token)


@asynccontextmanager
async def renewed(cache: BaseCache, lock: str, token: bytes) -> AsyncGenerator[None]:
    """Keep the lock while its holder works, for as long as that takes and nobody else has it."""

    async def renew() -> None:
        held = True
        while held:
            await asyncio.sleep(LEASE_SECONDS / 3)
            held = await cache.expire_if(lock, token, LEASE_SECONDS)

    renewal = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewal.cancel()
        # wait() hides nothing: neither a cancellation of the holder, nor what went wrong with the renewal.
        await asyncio.wait([renewal])
        if not renewal.cancelled():
            renewal.result()


# In front of the prefix of the cache: behind the name, a value of another name could stand in their place (H41).


def fresh_key(finished: str) -> str:
    return f"fresh:{finished}"


def lock_key(finished: str) -> str:
    return f"lock:{finished}"
