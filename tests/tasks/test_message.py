from __future__ import annotations

import datetime as dt

import pytest

from manoir.exceptions import TaskMessageError
from manoir.tasks import TaskMessage, tick_id
from manoir.tasks._message import new_id, utc_now


def a_message(**parts):
    given = {"id": str(new_id()), "name": "shop.tasks.send", "arguments": "[[],{}]", "enqueued_at": utc_now()} | parts
    return TaskMessage(**given)


def test_a_message_goes_through_a_broker():
    sent = a_message(priority=5, run_at=utc_now(), unique_key="k", schedule="s")
    assert TaskMessage.from_json(sent.to_json()) == sent


@pytest.mark.parametrize(
    "parts",
    [
        {"name": ""}, {"name": "x" * 201}, {"queue": ""}, {"queue": "x" * 101}, {"priority": 101}, {"priority": -101},
        {"id": "7"}, {"id": "../../etc"}, {"version": 2}, {"enqueued_at": dt.datetime(2026, 1, 1)},
    ],
)  # fmt: skip
def test_parts_out_of_bounds_are_refused(parts):
    """H46, H56: whatever a broker gives."""
    with pytest.raises(TaskMessageError):
        TaskMessage.from_json(a_message(**parts).to_json())


@pytest.mark.parametrize(
    "raw",
    [
        "", "null", "[]", "{}", "x", b"\x80\x04\x95", "[" * 100_000, '{"id":1}', " " * 3_000_000,
        a_message().to_json().replace('"name"', '"callable"'), a_message().to_json()[:-1] + ',"extra":1}',
        a_message().to_json().replace('"arguments":"', '"arguments":["') + "x",
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(raw):
    """C09, H46: pickles, foreign and missing keys, wrong types."""
    with pytest.raises(TaskMessageError):
        TaskMessage.from_json(raw)


def test_ids_follow_time():
    first = new_id()
    while new_id().int >> 80 == first.int >> 80:  # until the next millisecond
        pass
    assert first < new_id()
    assert first.version == 7
    assert len({new_id() for _ in range(1_000)}) == 1_000


def test_the_id_of_a_tick_follows_from_schedule_and_moment():
    tick = dt.datetime(2026, 11, 30, 3, tzinfo=dt.UTC)
    elsewhere = tick.astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert tick_id("nightly", tick) == tick_id("nightly", elsewhere)
    assert len({tick_id("nightly", tick), tick_id("weekly", tick), tick_id("nightly", tick + dt.timedelta(1))}) == 3
