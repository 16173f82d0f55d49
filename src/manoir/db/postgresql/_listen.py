"""LISTEN: notifications of PostgreSQL on a connection of their own, outside the pool."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from manoir.exceptions import OperationalError

if TYPE_CHECKING:
    from manoir.db.postgresql._connection import PostgreSQLConnection

MAX_WAITING = 100_000
"""Notifications kept for a reader that does not read; the oldest are dropped first."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification.

    Attributes:
        channel: where it was sent.
        payload: its text; "" without one.
        pid: process id of the server process that sent it.
    """

    channel: str
    payload: str
    pid: int


class Listener:
    """Notifications of some channels: an async iterator, best used with `async with`, which starts listening at once.

    Example:
        >>> async with connection.listen("orders") as notifications:
        ...     await connection.notify("orders", "7")
        ...     async for notification in notifications:
        ...         print(notification.payload)
        ...         break
        7
    """

    def __init__(self, connection: PostgreSQLConnection, channels: tuple[str, ...]) -> None:
        if not channels:
            raise ValueError("listen() needs the name of at least one channel.")
        for channel in channels:
            connection.quote_name(channel)
        self.connection = connection
        self.channels = channels
        self.waiting: deque[Notification] = deque(maxlen=MAX_WAITING)
        self.news: asyncio.Event = asyncio.Event()
        self.driver: Any = None

    async def start(self) -> None:
        """Connect and listen."""
        if self.driver is None:
            self.driver = await self.connection.connect_driver()
            self.driver.add_termination_listener(self.lost)
            for channel in self.channels:
                await self.driver.add_listener(channel, self.arrived)

    def arrived(self, driver: Any, pid: int, channel: str, payload: object) -> None:
        """Keep a notification for the reader."""
        self.waiting.append(Notification(channel, str(payload), pid))
        self.news.set()

    def lost(self, driver: Any) -> None:
        """Wake the reader: nothing more will come."""
        self.news.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Notification:
        await self.start()
        while not self.waiting:
            if self.driver is None:
                raise StopAsyncIteration
            if self.driver.is_closed():
                raise OperationalError(
                    f"The connection that listened on {', '.join(self.channels)} of {self.connection.describe} was lost."
                    " Listen again, and look for what was missed meanwhile."
                )
            self.news.clear()
            await self.news.wait()
        return self.waiting.popleft()

    async def aclose(self) -> None:
        """Stop listening and close the connection."""
        driver, self.driver = self.driver, None
        if driver is not None:
            driver.remove_termination_listener(self.lost)
            try:
                await driver.close(timeout=2)
            except (OSError, TimeoutError):
                driver.terminate()
            self.news.set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self.aclose()
