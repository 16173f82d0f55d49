"""A turnstile before SQLite's write lock, so that no process starves.

SQLite's lock is free for whoever asks first: a process that writes one transaction after the other takes it back within
microseconds, and others, which have to ask again and again, may meet a locked database for seconds. So whoever wants to
write passes a turnstile, an advisory lock on the file's directory, and keeps it until it has the write lock. A process that
comes back for its next transaction finds the turnstile taken by the one that waits, and is second in line.

It is a courtesy among manoir's own processes. Where there are no such locks (Windows, some network file systems), or when
it is held for too long, SQLite's own lock decides alone.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PAUSE_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 0.005


class Turnstile:
    """The turnstile of one database file.

    Args:
        file: path of the database.
        patience: seconds after which one goes on without it.
    """

    def __init__(self, file: str, patience: float) -> None:
        self.folder = Path(file).resolve().parent
        self.patience = patience

    async def enter(self) -> int | None:
        """Wait in line and return the ticket for `leave`; None where there is no line."""
        if sys.platform == "win32":
            return None
        try:
            ticket = os.open(self.folder, os.O_RDONLY)
        except OSError:
            return None  # SQLite itself says what is wrong
        try:
            if await self.is_first(ticket):
                return ticket
        except BaseException:
            os.close(ticket)
            raise
        os.close(ticket)
        return None

    async def is_first(self, ticket: int) -> bool:
        """Wait for the lock; False when there is none to be had."""
        if sys.platform == "win32":
            return False
        pause, waited = PAUSE_SECONDS, 0.0
        while waited <= self.patience:
            try:
                fcntl.flock(ticket, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # A random part, so that two processes do not keep meeting.
                await asyncio.sleep(pause * (0.5 + random.random()))  # noqa: S311
                waited += pause
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            except OSError:
                return False
            else:
                return True
        return False

    @staticmethod
    def leave(ticket: int | None) -> None:
        """Let the next one through."""
        if ticket is not None and sys.platform != "win32":
            fcntl.flock(ticket, fcntl.LOCK_UN)  # closing alone would not, were the process forked meanwhile
            os.close(ticket)
