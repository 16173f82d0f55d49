"""Which event loop a thread uses: its own, the process's home loop, or one that a server declared.

Connections live on one loop, so a process wants few of them. The main thread has its own loop, which runs only while
the main thread waits; every other thread without a loop shares the home loop, which runs in a daemon thread. While a
server's loop is adopted, it takes the place of both.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
from types import TracebackType
from typing import Any

from manoir.bridge._closing import aclose_loop

EXIT_TIMEOUT_SECONDS = 2.0
"""How long the end of the process waits for pools to close."""


class _Here(threading.local):
    """What a worker thread knows about itself. Code inside `spawn` never runs in such a thread."""

    loop: asyncio.AbstractEventLoop | None = None
    job: Any = None


class _Process:
    """The loops of this process; a forked child starts with a new one."""

    def __init__(self) -> None:
        self.main_thread = threading.main_thread().ident
        self.own: asyncio.AbstractEventLoop | None = None
        self.home: asyncio.AbstractEventLoop | None = None
        self.adoptions: list[Adoption] = []
        self.sync_driven = False
        self.starting = threading.Lock()  # held while a thread starts, never across a wait


here = _Here()
process = _Process()
_inherited: list[Any] = []  # loops of a parent process: collecting them would close what the parent still uses


def new_loop() -> asyncio.AbstractEventLoop:
    # Not the policy's loop: uvloop needs four times as long to start and stop, which is what every wait does.
    if sys.platform == "win32":
        return asyncio.ProactorEventLoop()
    return asyncio.SelectorEventLoop()


def own_loop() -> asyncio.AbstractEventLoop:
    """Return the loop of the main thread, which runs only while that thread waits."""
    loop = process.own
    if loop is None or loop.is_closed():
        loop = process.own = new_loop()
    return loop


def home_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that plain threads share, started on first use in a daemon thread."""
    loop = process.home
    if loop is None or loop.is_closed():
        with process.starting:
            loop = process.home
            if loop is None or loop.is_closed():
                loop = process.home = new_loop()
                threading.Thread(target=loop.run_forever, name="manoir-home-loop", daemon=True).start()
    return loop


def adopted_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop declared last by `adopt_loop` that is still open."""
    for adoption in reversed(process.adoptions):
        if not adoption.loop.is_closed():
            return adoption.loop
    return None


def on_main_thread() -> bool:
    return threading.get_ident() == process.main_thread


def portal_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that this thread reaches by a portal; None for the main thread with its own loop."""
    loop = here.loop
    if loop is not None and not loop.is_closed():
        return loop
    if process.adoptions and (loop := adopted_loop()) is not None:
        return loop
    return None if on_main_thread() else home_loop()


def get_loop() -> asyncio.AbstractEventLoop:
    """Return the loop on which a wait made here would run: the running one, the portal's, or this thread's own.

    Returns:
        The loop, made on first use. It is not running if it is the main thread's own.

    Example:
        >>> is_own_loop(get_loop())
        True
    """
    running = asyncio._get_running_loop()
    return running or portal_loop() or own_loop()


def is_own_loop(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether `loop` is the main thread's own: then nobody but the caller suffers when something blocks it.

    Example:
        >>> async def main():
        ...     return is_own_loop(asyncio.get_running_loop())
        >>> run(main()), asyncio.run(main())
        (True, False)
    """
    return loop is process.own


def is_sync_driven(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether `loop` runs only because sync code of its own thread waits for one result."""
    return process.sync_driven and loop is process.own


class Adoption:
    """What `adopt_loop` returns: the declaration, to be taken back by `release()` or at the end of a `with` block."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def release(self) -> None:
        """Take the declaration back. A second call changes nothing."""
        if self in process.adoptions:
            process.adoptions.remove(self)

    def __enter__(self) -> Adoption:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()


def adopt_loop(loop: asyncio.AbstractEventLoop | None = None) -> Adoption:
    """Declare a loop as the home of this process: threads without a loop wait there, through a portal.

    Servers call it on their running loop; a live test server too, so that the test's thread and the server share one
    loop and its connections.

    Args:
        loop: the loop; None means the running one.

    Returns:
        The declaration, a context manager; `release()` takes it back.

    Raises:
        RuntimeError: no loop was given and none is running.

    Example:
        >>> async def serve():
        ...     with adopt_loop():
        ...         return (
        ...             await asyncio.get_running_loop().run_in_executor(None, get_loop) is asyncio.get_running_loop()
        ...         )
        >>> asyncio.run(serve())
        True
    """
    adoption = Adoption(loop if loop is not None else asyncio.get_running_loop())
    process.adoptions.append(adoption)
    return adoption


def cancel_pending(loop: asyncio.AbstractEventLoop, timeout: float | None = None) -> None:
    """Cancel every task of a stopped loop and let them end, for `timeout` seconds at most."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.wait(pending, timeout=timeout))


def _close_at_exit() -> None:
    """Close pools and both loops when the process ends, without holding it up for long."""
    own, home = process.own, process.home
    if home is not None and not home.is_closed() and home.is_running():
        closing = asyncio.run_coroutine_threadsafe(aclose_loop(), home)
        try:
            closing.result(EXIT_TIMEOUT_SECONDS)
        except TimeoutError:
            closing.cancel()
        home.call_soon_threadsafe(home.stop)
    if own is not None and not own.is_closed() and not own.is_running():
        try:
            cancel_pending(own, EXIT_TIMEOUT_SECONDS)
            own.run_until_complete(asyncio.wait_for(aclose_loop(), EXIT_TIMEOUT_SECONDS))
            own.run_until_complete(own.shutdown_asyncgens())
        except TimeoutError:
            pass
        own.close()


def _forget_parent() -> None:
    """Start anew in a forked child: the parent's loops, threads and connections are not ours."""
    global process
    _inherited.append(process)
    process = _Process()
    here.loop = here.job = None


atexit.register(_close_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)
