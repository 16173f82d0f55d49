"""What follows an answer (`response.add_follow_up`): it goes on when the client goes away, and a worker waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from manoir.bridge import LoopLocal

LONGEST_WAIT_SECONDS = 15.0
"""How long a worker that ends waits for what follows the answers it gave."""

running: LoopLocal[set[asyncio.Task[Any]]] = LoopLocal(set)
"""The tasks of a loop, kept alive by this."""


def begin(work: Coroutine[Any, Any, object]) -> asyncio.Task[Any]:
    """Run `work` in a task of its own, for which a worker that ends waits."""
    task = asyncio.ensure_future(work)
    tasks = running.get()
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def shielded(work: Coroutine[Any, Any, object]) -> None:
    """Await `work` in a task of its own, which goes on when the caller is cancelled."""
    await asyncio.shield(begin(work))


async def awind_up() -> None:
    """Wait for what is still running, as long as is reasonable, and end the rest."""
    tasks = list(running.get())
    if not tasks:
        return
    _done, late = await asyncio.wait(tasks, timeout=LONGEST_WAIT_SECONDS)
    for task in late:
        task.cancel()
