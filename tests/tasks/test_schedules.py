from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from manoir.conf import settings
from manoir.tasks import TaskRegistry, _clock, cron, every, task, task_backends, tick_id
from manoir.tasks._clock import Clock
from manoir.tasks._planned import planned
from tests.tasks import effects
from tests.tasks.conftest import tasks_settings

UTC = dt.UTC
NOOP = "tests.tasks.effects.noop"


def moments(schedule, start, count):
    found = [start]
    for _ in range(count):
        found.append(schedule.after(found[-1]))
    return [one.strftime("%d %H:%M") for one in found[1:]]


def test_a_line_of_cron():
    start = dt.datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
    assert moments(cron("30 3 * * *"), start, 2) == ["28 03:30", "29 03:30"]
    assert moments(cron("*/20 8-9 * * MON-FRI"), start, 3) == ["30 08:00", "30 08:20", "30 08:40"]
    assert moments(cron("0 0 1 * *"), start, 1) == ["01 00:00"]


def test_time_zones_and_changed_clocks():
    """In Paris clocks are turned forward on 29 March and back on 25 October 2026."""
    nightly = cron("30 2 * * *", tz="Europe/Paris")
    spring = nightly.between(dt.datetime(2026, 3, 27, 12, tzinfo=UTC), dt.datetime(2026, 3, 31, tzinfo=UTC))
    assert [one.strftime("%d %H:%M") for one in spring] == ["28 01:30", "29 01:00", "30 00:30"]
    autumn = nightly.between(dt.datetime(2026, 10, 23, 12, tzinfo=UTC), dt.datetime(2026, 10, 27, tzinfo=UTC))
    assert [one.strftime("%d %H:%M") for one in autumn] == ["24 00:30", "25 00:30", "26 01:30"]
    with settings.override(TIME_ZONE="Asia/Tokyo"):
        assert cron("0 9 * * *").after(dt.datetime(2026, 1, 1, tzinfo=UTC)).hour == 0


def test_intervals_are_counted_from_one_moment_for_all():
    five = every(minutes=5)
    assert moments(five, dt.datetime(2026, 1, 1, 12, 1, tzinfo=UTC), 2) == ["01 12:05", "01 12:10"]
    assert moments(every(300, offset=60), dt.datetime(2026, 1, 1, 12, 2, tzinfo=UTC), 1) == ["01 12:06"]


@pytest.mark.parametrize(
    "wrong", ["", "* * * *", "61 * * * *", "0 0 31 2 *", "every day", "* * * * * * *", "x" * 1_000]
)
def test_lines_that_cannot_be_read(wrong):
    with pytest.raises(ValueError, match="five fields"):
        cron(wrong)


def test_other_mistakes():
    with pytest.raises(ValueError, match="IANA"):
        cron("0 3 * * *", tz="Europe/Atlantis")
    with pytest.raises(ValueError, match="second or more"):
        every(seconds=0.5)
    with pytest.raises(ValueError, match="second or more"):
        every()


@pytest.mark.parametrize(
    "schedule",
    [
        cron("*/7 * * * *"),
        cron("30 2 * * *", tz="Europe/Paris"),
        cron("* * * * *", tz="Europe/Paris"),
        every(420, offset=7),
    ],
    ids=str,
)
def test_the_tick_before_a_moment_is_the_last_of_those_after_an_earlier_one(schedule):
    for day in (28, 29, 30):
        for hour in range(0, 24, 5):
            moment = dt.datetime(2026, 3, day, hour, 14, 3, tzinfo=UTC)
            assert schedule.before(moment) == schedule.between(moment - dt.timedelta(days=2), moment)[-1]
            tick = schedule.before(moment)
            assert schedule.before(tick) == tick


# -- the clock --------------------------------------------------------------------------------------------------------


@pytest.fixture
def at(monkeypatch):
    """Set the time that the clock sees."""

    def set_time(text: str) -> dt.datetime:
        moment = dt.datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr(_clock, "utc_now", lambda: moment)
        return moment

    return set_time


@pytest.fixture
def planned_backend(backend, queue_database):
    plan = {"minutely": {"task": NOOP, "cron": "* * * * *", "queue": "mail", "priority": 5}}
    with settings.override(TASKS={"default": tasks_settings()["default"] | {"SCHEDULES": plan}}):
        yield task_backends["default"]


async def ticks(backend) -> list[str]:
    rows = await backend.store.connection.fetch("SELECT id FROM manoir_task WHERE schedule = 'minutely'")
    return sorted(backend.store.to_id(row[0]) for row in rows)


def ids(*texts):
    return sorted(
        str(tick_id("minutely", dt.datetime.fromisoformat(f"2026-11-30 {text}").replace(tzinfo=UTC))) for text in texts
    )


async def test_each_tick_enqueues_its_task_once(planned_backend, at):
    clock = Clock(planned_backend, "one")
    at("2026-11-30 12:00:30")
    wait = await clock.tick()
    assert await ticks(planned_backend) == []  # a schedule that is new begins with its next tick
    assert 0 < wait <= 5
    at("2026-11-30 12:01:00")
    await clock.tick()
    await clock.tick()
    at("2026-11-30 12:01:59")
    await clock.tick()
    assert await ticks(planned_backend) == ids("12:01")
    (state,) = await planned_backend.store.find(await ticks(planned_backend))
    assert (state.message.queue, state.message.priority, state.message.schedule) == ("mail", 5, "minutely")


async def test_two_schedulers_make_one_tick(planned_backend, at):
    """H47: even if both lead, which a pause of the first can bring about."""
    at("2026-11-30 12:00:30")
    clocks = [Clock(planned_backend, f"clock {number}") for number in range(4)]
    for clock in clocks:
        clock.backend.store.lead = everybody  # type: ignore[method-assign]
    await clocks[0].tick()
    at("2026-11-30 12:03:10")
    await asyncio.gather(*(clock.tick() for clock in clocks))
    assert await ticks(planned_backend) == ids("12:01", "12:02", "12:03")
    del planned_backend.store.lead


async def everybody(holder: str, seconds: float) -> bool:
    return True


async def test_one_leads_and_another_takes_over(planned_backend, at):
    at("2026-11-30 12:00:30")
    first, second = Clock(planned_backend, "first", lead_seconds=60), Clock(planned_backend, "second", lead_seconds=60)
    await first.tick()
    await second.tick()
    assert (first.leads, second.leads) == (True, False)
    old = "2000-01-01 00:00:00.000000+00" if planned_backend.store.connection.vendor == "postgresql" else "2000-01-01"
    await planned_backend.store.connection.execute(f"UPDATE manoir_task_leader SET until = '{old}'")
    await second.tick()
    await first.tick()
    assert (first.leads, second.leads) == (False, True)


async def test_missed_ticks_are_made_up_for(planned_backend, at):
    """All of the last ten minutes; of an outage before that, the latest."""
    clock = Clock(planned_backend, "one")
    at("2026-11-30 08:00:30")
    await clock.tick()
    at("2026-11-30 08:05:30")
    await clock.tick()
    assert await ticks(planned_backend) == ids("08:01", "08:02", "08:03", "08:04", "08:05")
    at("2026-11-30 12:02:30")
    await clock.tick()
    assert len(await ticks(planned_backend)) == 5 + 10


async def test_a_nightly_tick_that_was_slept_through_runs_once(backend, at):
    plan = {"nightly": {"task": NOOP, "cron": "0 3 * * *"}}
    with settings.override(TASKS={"default": tasks_settings()["default"] | {"SCHEDULES": plan}}):
        clock = Clock(task_backends["default"], "one")
        at("2026-11-27 08:00:00")
        await clock.tick()
        at("2026-11-30 09:00:00")
        await clock.tick()
        rows = await backend.store.connection.fetch("SELECT id FROM manoir_task WHERE schedule = 'nightly'")
        assert len(rows) == 1


def test_settings_replace_and_remove_the_schedule_of_a_task(backend, monkeypatch):
    made = TaskRegistry()
    for module in ("_decorators", "_planned"):
        monkeypatch.setattr(f"manoir.tasks.{module}.registry", made)
    for name in ("a", "b", "c"):
        task(name=name, schedule=every(hours=1))(effects.numbers)
    plans = {"a": {"task": "a", "every": 60}, "b": None, "d": {"task": "a", "cron": "0 0 * * *"}}
    with settings.override(TASKS={"default": tasks_settings()["default"] | {"SCHEDULES": plans}}):
        found = {one.name: str(one.schedule) for one in planned(task_backends["default"])}
    assert found == {"a": "every 0:01:00 +0:00:00", "c": "every 1:00:00 +0:00:00", "d": "cron 0 0 * * * UTC"}


async def test_a_schedule_that_was_rewritten_begins_anew(planned_backend, at):
    at("2026-11-30 12:00:30")
    await Clock(planned_backend, "one").tick()
    plan = {"minutely": {"task": NOOP, "every": 3600}}
    with settings.override(TASKS={"default": tasks_settings()["default"] | {"SCHEDULES": plan}}):
        at("2026-11-30 13:30:00")
        backend = task_backends["default"]
        await Clock(backend, "one").tick()
        assert await ticks(backend) == []
        at("2026-11-30 14:00:00")
        await Clock(backend, "one").tick()
        assert len(await ticks(backend)) == 1
