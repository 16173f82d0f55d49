"""The message: one task that was asked for, as every backend stores or sends it."""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid
from typing import Any, Final

import msgspec

from manoir.exceptions import TaskMessageError
from manoir.tasks._values import MAX_BYTES
from manoir.timezone import make_aware

VERSION: Final = 1
LONGEST_NAME: Final = 200
LONGEST_QUEUE: Final = 100
NAMESPACE: Final = uuid.UUID("6f6b3f6a-7a52-5a0f-9d0f-0f4c1b6c7a11")
"""Of the ids that follow from a schedule and its tick."""


class TaskMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One task that was asked for.

    Attributes:
        id: a UUID, in order of time; for a tick of a schedule it follows from both, so that one tick is one task.
        name: of the task in the registry.
        arguments: positional arguments and keyword arguments, as `_values` writes the pair.
        queue: where it waits.
        priority: -100 to 100; larger numbers run first.
        enqueued_at: when it was asked for, in UTC.
        run_at: not before this moment; None: at once.
        expires_at: not after this moment; None: however late.
        unique_key: while a task with this key waits, no other is added; None: any number.
        backend: alias in TASKS.
        schedule: name of the schedule whose tick this is; None: somebody asked for it.
        version: of this format.
    """

    id: str
    name: str
    arguments: str
    queue: str = "default"
    priority: int = 0
    enqueued_at: dt.datetime
    run_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    unique_key: str | None = None
    backend: str = "default"
    schedule: str | None = None
    version: int = VERSION

    def to_json(self) -> str:
        """Return the message as text, for a broker."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> TaskMessage:
        """Read a message that came out of a broker.

        Raises:
            TaskMessageError: the text is no message of this version, or too long.
        """
        if len(text) > 2 * MAX_BYTES:
            raise TaskMessageError(f"A message has {len(text):,} bytes, of at most {2 * MAX_BYTES:,}.")
        try:
            message = DECODER.decode(text)
            message.check()
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise TaskMessageError(f"A message cannot be read: {error}.") from error
        return message

    def check(self) -> None:
        """Refuse a message that no backend of this version wrote.

        Raises:
            TaskMessageError: a part is out of its bounds.
        """
        if self.version != VERSION:
            raise TaskMessageError(f"A message is of version {self.version}; this worker reads version {VERSION}.")
        if not 0 < len(self.name) <= LONGEST_NAME or not 0 < len(self.queue) <= LONGEST_QUEUE:
            raise TaskMessageError("A message has a name or a queue that is empty or too long.")
        if not -100 <= self.priority <= 100:
            raise TaskMessageError(f"A message has the priority {self.priority}, which is not between -100 and 100.")
        try:
            uuid.UUID(self.id)
        except ValueError:
            raise TaskMessageError("A message has an id that is no UUID.") from None
        for moment in (self.enqueued_at, self.run_at, self.expires_at):
            if moment is not None and moment.tzinfo is None:
                raise TaskMessageError("A message has a moment without a time zone.")


DECODER: Final[msgspec.json.Decoder[TaskMessage]] = msgspec.json.Decoder(TaskMessage)


# hot path: benchmarks/tasks.py
def new_id() -> uuid.UUID:
    """Return a UUID of version 7: ids of later messages are larger, which keeps indexes compact."""
    random = int.from_bytes(os.urandom(10), "big")
    high, low = random >> 68, random & ((1 << 62) - 1)
    return uuid.UUID(int=(time.time_ns() // 1_000_000 << 80) | (7 << 76) | (high << 64) | (2 << 62) | low)


def tick_id(schedule: str, tick: dt.datetime) -> uuid.UUID:
    """Return the id of the task that a tick of a schedule is: the same for every scheduler that sees the tick."""
    return uuid.uuid5(NAMESPACE, f"{schedule}\n{tick.astimezone(dt.UTC).isoformat()}")


def utc_now() -> dt.datetime:
    """Return the present moment, in UTC whatever USE_TZ says."""
    return dt.datetime.now(dt.UTC)


def as_utc(moment: dt.datetime | dt.timedelta | float, what: str) -> dt.datetime:
    """Return the moment that a datetime, or a span or seconds from now, means.

    Raises:
        TypeError: it is something else.
    """
    value: Any = moment
    if isinstance(value, dt.timedelta):
        return utc_now() + value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return utc_now() + dt.timedelta(seconds=value)
    if not isinstance(value, dt.datetime):
        raise TypeError(f"{what} has to be a datetime, a timedelta or seconds, not {type(value).__name__}.")
    if value.tzinfo is None:
        value = make_aware(value)
    return value.astimezone(dt.UTC)
