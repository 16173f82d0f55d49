from __future__ import annotations

import datetime as dt
import time as clock
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manoir import timezone
from manoir.timezone import (
    duration_iso_string,
    duration_string,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
)

EXAMPLES = settings(max_examples=100, derandomize=True, deadline=None)


@given(st.dates(min_value=dt.date(1000, 1, 1)))
@EXAMPLES
def test_dates_are_read_back(value: dt.date):
    assert parse_date(value.isoformat()) == value


@given(st.times())
@EXAMPLES
def test_times_are_read_back(value: dt.time):
    assert parse_time(value.isoformat()) == value


offsets = st.integers(-1439, 1439).map(timezone.get_fixed_timezone)


@given(st.datetimes(timezones=st.one_of(st.none(), st.just(dt.UTC), offsets), min_value=dt.datetime(1000, 1, 1)))
@EXAMPLES
def test_datetimes_are_read_back(value: dt.datetime):
    assert parse_datetime(value.isoformat()) == value
    assert parse_datetime(value.isoformat(" ")) == value


@given(st.timedeltas())
@EXAMPLES
def test_durations_are_read_back(value: dt.timedelta):
    assert parse_duration(duration_string(value)) == value
    assert parse_duration(duration_iso_string(value)) == value


@given(st.text(max_size=80))
@EXAMPLES
def test_any_text_is_none_a_value_or_a_value_error(text: str):
    for parse in (parse_date, parse_time, parse_datetime, parse_duration):
        with suppress(ValueError):
            parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-22T12:00", dt.datetime(2026, 11, 22, 12)),
        ("2026-11-22 12:00:01.5Z", dt.datetime(2026, 11, 22, 12, 0, 1, 500_000, tzinfo=dt.UTC)),
        ("2026-1-2 3:04:05+0530", dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.get_fixed_timezone(330))),
        ("2026-11-22T12:00:00-08", dt.datetime(2026, 11, 22, 12, tzinfo=timezone.get_fixed_timezone(-480))),
        ("2026-11-22", None),
        ("2026-11-22T12:00\n", None),
        ("2026-11-22T12:00 x", None),
        ("٢٠٢٦-11-22T12:00", None),
        ("2026-11-22T12:00:00.123456789012345", None),
    ],
)
def test_datetimes(text: str, value: Any):
    assert parse_datetime(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_date, "2026-02-30"),
        (parse_time, "25:00"),
        (parse_datetime, "2026-13-01T00:00"),
        (parse_duration, "P9999999999D"),
    ],
)
def test_what_has_the_form_but_is_impossible_is_a_value_error(parse: Callable[[str], Any], text: str):
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "value"), [("08:30", dt.time(8, 30)), ("8:30:01,5", dt.time(8, 30, 1, 500_000)), ("08:30Z", None)]
)
def test_times(text: str, value: Any):
    assert parse_time(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30", dt.timedelta(seconds=30)),
        ("15:30", dt.timedelta(minutes=15, seconds=30)),
        ("10:15:30", dt.timedelta(hours=10, minutes=15, seconds=30)),
        ("4 10:15:30.1", dt.timedelta(days=4, hours=10, minutes=15, seconds=30, milliseconds=100)),
        ("4 days, 10:15:30", dt.timedelta(days=4, hours=10, minutes=15, seconds=30)),
        ("-1 day 00:00:01", dt.timedelta(days=-1, seconds=1)),
        ("-00:00:01.5", dt.timedelta(seconds=-1.5)),
        ("P4DT1H15M20S", dt.timedelta(days=4, hours=1, minutes=15, seconds=20)),
        ("-P1DT1H", dt.timedelta(days=-1, hours=-1)),
        ("P1W", dt.timedelta(weeks=1)),
        ("PT0.5S", dt.timedelta(milliseconds=500)),
        ("PT1,5H", dt.timedelta(hours=1.5)),
        ("3 days 04:05:06", dt.timedelta(days=3, hours=4, minutes=5, seconds=6)),
        ("1 day -00:00:01", dt.timedelta(days=1, seconds=-1)),
        ("-2 days +01:00:00.25", dt.timedelta(days=-2, hours=1, milliseconds=250)),
        ("3 days", dt.timedelta(days=3)),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1Y", None),
        ("P1M", None),
        ("", None),
        ("1 week", None),
        ("1:2:3:4", None),
    ],
)
def test_durations(text: str, value: Any):
    assert parse_duration(text) == value


@pytest.mark.parametrize("parse", [parse_date, parse_time, parse_datetime, parse_duration])
@pytest.mark.parametrize("piece", ["1", "1:", "-1", " ", "P1D", "1 days", "0."])
def test_long_texts_cost_nothing(parse: Callable[[str], Any], piece: str):
    text = piece * 1_000_000
    start = clock.process_time()
    assert parse(text) is None
    assert clock.process_time() - start < 0.5
