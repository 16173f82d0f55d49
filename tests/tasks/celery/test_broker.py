"""Brokers that take connections and say nothing, for ever or for a while: nobody waits for them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from manoir.tasks import CeleryBackend
from manoir.tasks._celery import _broker
from manoir.tasks._celery._outbox import Parcel
from manoir.tasks._celery._relay import Relay
from manoir.tasks.models import QueuedTask
from tests.tasks.celery.conftest import PATIENCE
from tests.tasks.effects import write_plainly


class Gate:
    """A TCP server before a broker: it passes on what comes while it is open, and takes it and says nothing while not.

    Args:
        url: of the broker.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.broker = (parts.hostname, parts.port)
        self.open = False
        self.sockets: list[socket.socket] = []
        self.server = socket.create_server(("127.0.0.1", 0), backlog=50)
        place = f"{parts.username}:{parts.password}@127.0.0.1" if parts.username else "127.0.0.1"
        self.url = parts._replace(netloc=f"{place}:{self.server.getsockname()[1]}").geturl()
        self.threads = [self.start(self.serve)]

    def start(self, func: Callable[..., None], *args: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=func, args=args, daemon=True)
        thread.start()
        return thread

    def serve(self) -> None:
        """Take every connection."""
        with suppress(OSError):
            while True:
                client, _ = self.server.accept()
                self.sockets.append(client)
                if self.open:
                    broker = socket.create_connection(self.broker)
                    self.sockets.append(broker)
                    self.threads += [self.start(self.pass_on, client, broker), self.start(self.pass_on, broker, client)]

    def pass_on(self, source: socket.socket, target: socket.socket) -> None:
        """Pass on what comes, or lose it."""
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.open:
                    target.sendall(data)

    def close(self) -> None:
        """End all connections and threads."""
        self.end(self.server)
        self.threads[0].join(5)  # one that it took at this very moment is among the sockets now
        for one in self.sockets:
            self.end(one)
        for thread in self.threads:
            thread.join(5)

    def end(self, one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@pytest.fixture
def gate(celery_backend: CeleryBackend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A gate before the broker of `celery_backend`, closed at first; nobody has much patience, or forgets soon."""
    monkeypatch.setattr(_broker, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(_broker, "PAUSE_SECONDS", 600.0)
    with closing(Gate(celery_backend.options["BROKER"])) as gate:
        monkeypatch.setitem(celery_backend.options, "BROKER", gate.url)
        yield gate


def statuses() -> list[str]:
    return list(QueuedTask.objects.order_by("id").values_list("status", flat=True))


async def astatuses() -> list[str]:
    return [status async for status in QueuedTask.objects.order_by("id").values_list("status", flat=True)]


@pytest.fixture
def attempts(celery_backend: CeleryBackend, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many messages each attempt to publish had."""
    made: list[int] = []
    send = celery_backend.broker.send

    def counted(parcels: Sequence[Parcel]) -> int:
        made.append(len(parcels))
        return send(parcels)

    monkeypatch.setattr(celery_backend.broker, "send", counted)
    return made


async def test_a_broker_that_never_answers_holds_nobody_up(celery_backend: CeleryBackend, attempts: list[int]) -> None:
    """The tasks wait in the outbox; after the first, nobody even tries for a while."""
    async with asyncio.timeout(PATIENCE):
        await write_plainly.aenqueue(1)
        await write_plainly.aenqueue(2)
    assert (attempts, await astatuses()) == ([1], ["OUTBOX", "OUTBOX"])


def test_nor_sync_code(celery_backend: CeleryBackend, attempts: list[int]) -> None:
    write_plainly.enqueue(1)
    assert not celery_backend.broker.answers
    write_plainly.enqueue(2)
    assert (attempts, statuses()) == ([1], ["OUTBOX", "OUTBOX"])


async def test_many_at_once_wait_together(celery_backend: CeleryBackend, gate: Gate) -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(write_plainly.aenqueue(number) for number in range(20)))
    assert await astatuses() == ["OUTBOX"] * 20


async def test_a_name_that_is_never_resolved_holds_nobody_up(
    celery_backend: CeleryBackend, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No limit of a socket ends that: the thread is left to itself."""
    resolved = threading.Event()
    monkeypatch.setattr(celery_backend.broker, "send", lambda parcels: resolved.wait(60) and 0)
    try:
        async with asyncio.timeout(PATIENCE):
            await write_plainly.aenqueue(1)
        assert not celery_backend.broker.answers
        assert await astatuses() == ["OUTBOX"]
    finally:
        resolved.set()


async def test_after_a_pause_one_attempt_tells_whether_it_answers_again(
    celery_backend: CeleryBackend, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []
    monkeypatch.setattr(celery_backend.broker, "send", lambda parcels: attempts.append(len(parcels)) or 0)
    celery_backend.broker.failed(OSError("It was down."))
    celery_backend.broker.silent_until = 0.0
    await asyncio.gather(*(write_plainly.aenqueue(number) for number in range(5)))
    assert attempts == [1]


async def test_a_broker_that_falls_silent_and_answers_again_gets_all(
    celery_backend: CeleryBackend, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a connection; what is left of it is not used again."""
    monkeypatch.setattr(_broker, "PAUSE_SECONDS", 0.05)
    gate.open = True
    await write_plainly.aenqueue(0)
    async with asyncio.timeout(PATIENCE):  # a busy machine is silent, too, now and then
        while await astatuses() != ["PUBLISHED"]:
            await celery_backend.apublish()
    monkeypatch.setattr(_broker, "PAUSE_SECONDS", 600.0)
    gate.open = False
    for number in (1, 2):
        celery_backend.broker.silent_until = 0.0
        await write_plainly.aenqueue(number)
        assert not celery_backend.broker.answers
    assert await celery_backend.broker.adepth("default") is None
    gate.open = True
    relay = Relay(celery_backend, "relay", schedules=False)
    async with asyncio.timeout(PATIENCE):
        while relay.published < 2:
            await relay.publish()
            await asyncio.sleep(0.05)
        answered = celery_backend.broker.answers
        while (await celery_backend.broker.adepth("default") or 0) < 3:  # and those that it took and did not confirm
            await asyncio.sleep(0.05)
    assert (answered, await astatuses()) == (True, ["PUBLISHED"] * 3)
    await asyncio.to_thread(empty, celery_backend)


def empty(backend: CeleryBackend) -> None:
    """Take the queue out of the broker: other tests count what is in it."""
    with backend.broker.app.connection_for_write() as connection:
        connection.channel().queue_purge(backend.broker.prefix + "default")
