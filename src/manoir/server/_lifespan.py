"""Start and end of a worker: what must be there before the first request, and closed after the last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from manoir import bridge
from manoir.cache import caches
from manoir.db import connections
from manoir.server._follow_ups import awind_up

Callback = Callable[[], Awaitable[None]]


class Lifespan:
    """Callbacks for the end of a worker, run last in first out."""

    def __init__(self) -> None:
        self._at_shutdown: list[Callback] = []
        self._adoption: bridge.Adoption | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make the worker's loop the home of this process's sync code."""
        if self._adoption is None:
            self._adoption = bridge.adopt_loop(loop)

    def on_shutdown(self, callback: Callback) -> None:
        """Have `callback` awaited when the worker ends."""
        self._at_shutdown.append(callback)

    async def shutdown(self) -> None:
        """Wait for what follows the last answers, run the callbacks, then close caches and database connections."""
        await awind_up()
        while self._at_shutdown:
            await self._at_shutdown.pop()()
        await caches.aclose_all()
        await connections.aclose_all()
        await bridge.aclose_loop()
        if self._adoption is not None:
            self._adoption.release()
            self._adoption = None
