"""Celery's application, made of the settings of a backend; and the one way by which messages reach the broker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from manoir.bridge import to_thread
from manoir.exceptions import ImproperlyConfigured
from manoir.tasks._celery._outbox import Parcel

if TYPE_CHECKING:
    from celery import Celery

T = TypeVar("T")

STEPS: Final = 10
"""Levels of priority that the brokers keep apart."""
BATCH: Final = 100
"""Messages that are handed to the broker between two words with the database."""
ANSWER_SECONDS: Final = 2.0
"""How long anybody waits for the broker: to connect, for its next word, and for a whole batch."""
PAUSE_SECONDS: Final = 5.0
"""How long nobody tries to publish after the broker did not answer; the relay goes on trying."""


def make_app(broker: str, changes: Mapping[str, Any]) -> Celery:
    """Return a Celery application that acknowledges late, speaks JSON only, and tells monitors what happens.

    Args:
        broker: URL of the broker.
        changes: further settings of Celery.

    Raises:
        ImproperlyConfigured: Celery is not installed.
    """
    try:
        from celery import Celery
    except ImportError as error:
        raise ImproperlyConfigured("manoir.tasks.CeleryBackend needs Celery: pip install 'manoir[celery]'.") from error
    app = Celery("manoir", broker=broker, set_as_current=False)
    redis = broker.partition("+")[0].startswith(("redis", "rediss", "valkey"))
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue="default",
        task_queue_max_priority=None if redis else STEPS - 1,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=redis,  # what a process reserved on Redis would be lost with it for an hour
        worker_send_task_events=True,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=True,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=ANSWER_SECONDS,
        broker_transport_options=transport_options(redis=redis),
    )
    app.conf.update(changes)
    return app


def transport_options(*, redis: bool) -> dict[str, Any]:
    """Return options of the way to the broker: publishing waits for its word, and gives up soon."""
    soon = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    if not redis:
        return {**soon, "confirm_publish": True}
    steps = {"priority_steps": list(range(STEPS)), "queue_order_strategy": "priority"}
    return {**soon, **steps, "socket_connect_timeout": ANSWER_SECONDS}


class Broker:
    """Sends messages, and waits for the broker no longer than `ANSWER_SECONDS`, whatever it does.

    Args:
        app: Celery's application.
        prefix: stands before the names of queues in the broker.

    Attributes:
        reason: why the latest attempt failed; None: it did not.
    """

    def __init__(self, app: Celery, prefix: str = "") -> None:
        self.app = app
        self.prefix = prefix
        self.redis = app.conf.task_queue_max_priority is None
        self.reason: Exception | None = None
        self.silent_until = 0.0

    @property
    def answers(self) -> bool:
        """Whether the broker did not just fail."""
        return time.monotonic() >= self.silent_until

    def turn(self) -> bool:
        """Tell whether to try: while it answers, anybody; after it failed and a pause, one, who tells the others."""
        if not self.answers:
            return False
        if self.reason is not None:
            self.silent_until = time.monotonic() + PAUSE_SECONDS
        return True

    @cached_property
    def producers(self) -> Any:
        """Connections to write on, each of whose waits ends: those of a worker may wait for messages for ever."""
        from kombu.pools import producers

        names = ("socket_timeout",) if self.redis else ("read_timeout", "write_timeout")
        options = {**dict.fromkeys(names, ANSWER_SECONDS), **self.app.conf.broker_transport_options}
        return producers[self.app.connection_for_write(transport_options=options)]

    async def asend(self, parcels: Sequence[Parcel]) -> int:
        """Hand messages to the broker, in order; return how many it is known to have, fewer when it fails.

        What it may have got without saying so is sent again by the relay: the message that comes second has nothing to
        say then.
        """
        return await self.in_time(lambda: self.send(parcels), 0)

    async def adepth(self, queue: str) -> int | None:
        """Return how many messages wait in a queue; None: the broker does not say."""
        return await self.in_time(lambda: self.depth(queue), None)

    async def in_time(self, ask: Callable[[], T], otherwise: T) -> T:
        """Ask the broker from a thread; the answer is `otherwise` when it comes too late.

        The thread is left to itself then: it ends when the sockets' own limits do, or a name server answers.
        """
        asking = asyncio.ensure_future(to_thread(ask))
        done, _ = await asyncio.wait([asking], timeout=ANSWER_SECONDS)
        if done:
            return asking.result()
        self.failed(TimeoutError(f"It said nothing for {ANSWER_SECONDS:g} seconds."))
        return otherwise

    def send(self, parcels: Sequence[Parcel]) -> int:
        """Do what `asend` does, in a thread."""
        sent, deadline = 0, time.monotonic() + ANSWER_SECONDS
        try:
            with self.producers.acquire(block=True, timeout=ANSWER_SECONDS) as producer:
                for parcel in parcels:
                    self.send_one(parcel, producer)
                    sent += 1
                    if time.monotonic() > deadline and sent < len(parcels):
                        raise TimeoutError(f"It took {sent} messages in {ANSWER_SECONDS:g} seconds.")
        except Exception as error:  # each driver has its own, which share nothing
            self.failed(error)
        else:
            self.reason, self.silent_until = None, 0.0
        return sent

    def failed(self, reason: Exception) -> None:
        """Note that the broker does not answer."""
        self.reason = reason
        self.silent_until = time.monotonic() + PAUSE_SECONDS

    def send_one(self, parcel: Parcel, producer: Any) -> None:
        """Hand one message to the broker."""
        self.app.send_task(
            parcel.name,
            args=[parcel.id, parcel.lease],
            task_id=parcel.id,
            queue=self.prefix + parcel.queue,
            priority=self.priority(parcel.priority),
            producer=producer,
            retry=False,
            ignore_result=True,
            argsrepr=f"({parcel.id})",
            kwargsrepr="{}",
        )

    def depth(self, queue: str) -> int | None:
        """Do what `adepth` does, in a thread."""
        try:
            with self.producers.acquire(block=True, timeout=ANSWER_SECONDS) as producer:
                connection = producer.connection
                channel = connection.channel()
                try:
                    return channel.queue_declare(queue=self.prefix + queue, passive=True).message_count
                except connection.channel_errors:  # there is no such queue, so nothing waits in it
                    return 0
                finally:
                    with contextlib.suppress(Exception):  # a failed question closes a channel of RabbitMQ
                        channel.close()
        except Exception:  # each driver has its own, which share nothing
            return None

    def priority(self, priority: int) -> int:
        """Return a priority as the broker counts: RabbitMQ from 0 up to 9, Redis from 9 down to 0."""
        step = round((priority + 100) / 200 * (STEPS - 1))
        return STEPS - 1 - step if self.redis else step
