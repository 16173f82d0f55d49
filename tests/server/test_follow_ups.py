from __future__ import annotations

import asyncio

import pytest

from manoir.server import _follow_ups


async def test_work_goes_on_when_its_caller_is_cancelled_and_a_worker_waits_for_it():
    done = []
    may_end = asyncio.Event()

    async def work():
        await may_end.wait()
        done.append("work")

    caller = asyncio.ensure_future(_follow_ups.shielded(work()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    asyncio.get_running_loop().call_soon(may_end.set)
    await _follow_ups.awind_up()
    assert done == ["work"]


async def test_work_that_does_not_end_is_cancelled_with_the_worker(monkeypatch):
    monkeypatch.setattr(_follow_ups, "LONGEST_WAIT_SECONDS", 0.01)
    caller = asyncio.ensure_future(_follow_ups.shielded(asyncio.Event().wait()))
    await asyncio.sleep(0)
    await _follow_ups.awind_up()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_worker_without_such_work_ends_at_once():
    await _follow_ups.awind_up()
