"""Whose turn it is: an exclusive section for coroutines of one loop, first come, first served, safe to cancel."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any


class Turn:
    """One holder at a time; the others queue.

    Unlike `asyncio.Lock` it costs two attribute writes when nobody waits, nobody can overtake a waiter, waiting has a
    limit, and `holder` says who has it. It belongs to one loop at a time.

    Attributes:
        busy: somebody has the turn.
        holder: what the holder left to be recognised by, or None.
    """

    __slots__ = ("busy", "holder", "waiters")

    def __init__(self) -> None:
        self.busy = False
        self.holder: Any = None
        self.waiters: deque[asyncio.Future[None]] = deque()

    async def acquire(self, limit_seconds: float) -> bool:
        """Take the turn, after everybody who asked before.

        Args:
            limit_seconds: the longest wait.

        Returns:
            False when the limit passed; the turn was not taken then.
        """
        if not self.busy:
            self.busy = True
            return True
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self.waiters.append(waiter)
        timer = loop.call_later(limit_seconds, give_up, waiter)
        try:
            await waiter
        except WaitedTooLong:
            return False
        except BaseException:
            # Cancelled in the very moment of the hand-over: the turn is ours and goes on to the next.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release()
            raise
        finally:
            timer.cancel()
        return True

    def release(self) -> None:
        """Hand the turn to whoever waits longest; `busy` stays True then, so that nobody overtakes."""
        self.holder = None
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.busy = False


class WaitedTooLong(Exception):
    """Inside a waiter's future: its limit passed."""


def give_up(waiter: asyncio.Future[None]) -> None:
    """End the wait of a waiter that is still waiting."""
    if not waiter.done():
        waiter.set_exception(WaitedTooLong())
