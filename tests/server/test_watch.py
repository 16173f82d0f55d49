"""The look after clients: one timer for all requests, a look at those that last, rest when there are none."""

import asyncio

from manoir.server import _watch
from manoir.server._watch import Watch


class Protocol:
    def __init__(self):
        self.gone = asyncio.Event()
        self.asked = 0

    async def client_disconnect(self):
        self.asked += 1
        await self.gone.wait()


async def test_a_lasting_request_is_cancelled_when_its_client_goes_away(monkeypatch):
    monkeypatch.setattr(_watch, "LOOK_SECONDS", 0.01)
    watch, protocol = Watch(), Protocol()

    async def answer():
        running = watch.enter(protocol)
        try:
            await asyncio.sleep(5)
        finally:
            running.pop(protocol, None)

    task = asyncio.ensure_future(answer())
    await asyncio.sleep(0.1)
    assert protocol.asked == 1
    protocol.gone.set()
    await asyncio.wait([task], timeout=2)
    assert task.cancelled()


async def test_a_short_request_is_never_watched(monkeypatch):
    monkeypatch.setattr(_watch, "LOOK_SECONDS", 0.01)
    watch, protocol = Watch(), Protocol()
    watch.enter(protocol).pop(protocol, None)
    await asyncio.sleep(0.05)
    assert protocol.asked == 0


async def test_the_timer_rests_without_requests_and_starts_again(monkeypatch):
    monkeypatch.setattr(_watch, "LOOK_SECONDS", 0.01)
    watch, protocol = Watch(), Protocol()
    watch.enter(protocol).pop(protocol, None)
    await asyncio.sleep(0.05)
    assert watch._loop is None
    running = watch.enter(protocol)
    await asyncio.sleep(0.05)
    assert (watch._loop, protocol.asked) == (asyncio.get_running_loop(), 1)
    running.pop(protocol, None)
    await asyncio.sleep(0.05)
    assert watch._loop is None
