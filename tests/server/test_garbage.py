"""What a worker has loaded is set aside from the garbage collector at its start, and once more after its first requests."""

import gc

import pytest

from manoir.server import ASGIApplication, RSGIApplication, _asgi, _garbage, _rsgi
from manoir.server._garbage import set_aside_after_requests, set_aside_what_is_loaded


@pytest.fixture
def unsettled(monkeypatch):
    monkeypatch.setattr(_garbage.Settling, "has_begun", False)
    callbacks = list(gc.callbacks)
    gc.callbacks[:] = [one for one in callbacks if one is not set_aside_after_requests]
    yield
    gc.callbacks[:] = callbacks
    gc.unfreeze()


def test_what_is_loaded_is_set_aside_at_the_start_and_after_the_first_full_collection(unsettled):
    set_aside_what_is_loaded()
    loaded = gc.get_freeze_count()
    assert loaded > 10_000
    kept = [{"number": [number]} for number in range(1000)]
    gc.collect(1)
    assert gc.get_freeze_count() <= loaded
    gc.collect()
    assert gc.get_freeze_count() >= loaded + len(kept)
    assert set_aside_after_requests not in gc.callbacks


def test_a_second_application_in_a_process_does_not_begin_anew(unsettled):
    set_aside_what_is_loaded()
    loaded = gc.get_freeze_count()
    kept = [{"number": [number]} for number in range(1000)]
    set_aside_what_is_loaded()
    assert gc.get_freeze_count() <= loaded
    assert gc.callbacks.count(set_aside_after_requests) == 1
    assert kept


@pytest.mark.parametrize("protocol", ["rsgi", "asgi"])
async def test_a_worker_does_it_when_everything_is_loaded(monkeypatch, protocol):
    done = []
    monkeypatch.setattr(_rsgi, "set_aside_what_is_loaded", lambda: done.append("rsgi"))
    monkeypatch.setattr(_asgi, "set_aside_what_is_loaded", lambda: done.append("asgi"))
    application = RSGIApplication() if protocol == "rsgi" else ASGIApplication()
    monkeypatch.setattr(application.handler, "load", lambda: done.append("loaded"))
    monkeypatch.setattr(application.lifespan, "start", lambda loop: None)
    if protocol == "rsgi":
        application.__rsgi_init__(None)
    else:
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive():
            return next(messages)

        async def send(message):
            pass

        async def shutdown():
            pass

        monkeypatch.setattr(application.lifespan, "shutdown", shutdown)
        await application.live(receive, send)
    assert done == ["loaded", protocol]
