"""A worker as the business of a whole process: its loop, its signals, and closing everything at the end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Protocol

from manoir import bridge
from manoir.cache import caches
from manoir.db import connections

try:
    from uvloop import new_event_loop
except ImportError:  # Windows
    from asyncio import new_event_loop

logger = logging.getLogger("manoir.tasks")


class Serves(Protocol):
    """A worker on the running loop."""

    @property
    def has_remains(self) -> bool:
        """Whether threads still run what could not be ended."""
        ...

    async def run(self) -> None:
        """Work until told to stop."""
        ...

    def stop(self) -> None:
        """Take no more, and end when what runs has ended."""
        ...

    def abort(self) -> None:
        """Give back what runs, and end soon."""
        ...


def serve(make: Callable[[], Serves]) -> None:
    """Run a worker until SIGTERM or SIGINT; the second signal hurries it.

    Args:
        make: makes the worker, on the loop.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve_here(make))


async def serve_here(make: Callable[[], Serves]) -> None:
    """Run a worker on the running loop, which becomes the home of sync code."""
    with bridge.adopt_loop():
        worker = make()
        take_signals(worker)
        try:
            await worker.run()
        finally:
            await caches.aclose_all()
            await connections.aclose_all()
            if worker.has_remains:
                end_at_once()
            await bridge.aclose_loop()


def end_at_once() -> None:
    """End the process although threads still run: nobody can end them, and waiting would take as long as they like.

    The leases of their tasks end by themselves, and others run them.
    """
    logger.warning("Tasks in threads did not end. The process ends; another worker will run them.")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def take_signals(worker: Serves) -> None:
    """Have SIGTERM and SIGINT stop a worker, and a second one abort it."""
    loop = asyncio.get_running_loop()
    count = 0

    def arrived() -> None:
        nonlocal count
        count += 1
        if count == 1:
            worker.stop()
        else:
            worker.abort()

    with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on loops
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, arrived)
