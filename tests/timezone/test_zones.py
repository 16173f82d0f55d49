from __future__ import annotations

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from manoir import timezone
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def paris():
    with settings.override(TIME_ZONE="Europe/Paris", USE_TZ=True):
        yield
    timezone.deactivate()


def test_now_is_aware_utc_with_use_tz_and_naive_without():
    assert timezone.now().tzinfo is dt.UTC
    with settings.override(USE_TZ=False):
        assert timezone.now().tzinfo is None


def test_the_settings_zone_is_the_default():
    assert timezone.get_default_timezone() is PARIS
    assert timezone.get_default_timezone_name() == "Europe/Paris"
    with settings.override(TIME_ZONE="Asia/Tokyo"):
        assert timezone.get_current_timezone_name() == "Asia/Tokyo"


def test_activate_override_and_deactivate():
    timezone.activate("Asia/Tokyo")
    assert timezone.get_current_timezone_name() == "Asia/Tokyo"
    with timezone.override(dt.UTC):
        assert timezone.get_current_timezone_name() == "UTC"
        with timezone.override(None):
            assert timezone.get_current_timezone_name() == "Europe/Paris"
    assert timezone.get_current_timezone_name() == "Asia/Tokyo"
    timezone.deactivate()
    assert timezone.get_current_timezone() is PARIS


def test_override_is_a_decorator():
    @timezone.override("Asia/Tokyo")
    def name() -> str:
        return timezone.get_current_timezone_name()

    assert (name(), timezone.get_current_timezone_name()) == ("Asia/Tokyo", "Europe/Paris")


async def test_each_task_has_its_own_zone():
    async def zone_after(name: str) -> str:
        timezone.activate(name)
        await asyncio.sleep(0)
        return timezone.get_current_timezone_name()

    names = ["Asia/Tokyo", "America/Lima", "Europe/Oslo"]
    assert await asyncio.gather(*map(zone_after, names)) == names
    assert timezone.get_current_timezone() is PARIS


@pytest.mark.parametrize("name", ["Europe/Pari", "../etc/passwd", "", "x" * 10_000, "\x00"])
def test_unknown_zones_are_refused(name: str):
    with pytest.raises(ValueError, match="is no time zone of the IANA database"):
        timezone.activate(name)


def test_a_mistyped_zone_is_corrected():
    with pytest.raises(ValueError, match="Did you mean 'Europe/Paris'"):
        timezone.activate("Europe/Pariss")
    with (
        settings.override(TIME_ZONE="Europe/Pariss"),
        pytest.raises(ImproperlyConfigured, match=r"TIME_ZONE: .*Europe/Paris"),
    ):
        timezone.get_default_timezone()


def test_localtime_and_localdate():
    moment = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert timezone.localtime(moment) == moment
    assert timezone.localtime(moment).hour == 0
    assert timezone.localdate(moment) == dt.date(2027, 1, 1)
    assert timezone.localdate(moment, dt.UTC) == dt.date(2026, 12, 31)
    assert timezone.is_aware(timezone.localtime())
    with pytest.raises(ValueError, match=r"naive datetime.*make_aware"):
        timezone.localtime(dt.datetime(2026, 1, 1))


def test_make_aware_and_make_naive():
    naive = dt.datetime(2026, 7, 1, 12)
    aware = timezone.make_aware(naive)
    assert aware.utcoffset() == dt.timedelta(hours=2)
    assert timezone.make_naive(aware) == naive
    assert timezone.make_naive(aware, dt.UTC) == dt.datetime(2026, 7, 1, 10)
    with pytest.raises(ValueError, match="expects a naive datetime"):
        timezone.make_aware(aware)
    with pytest.raises(ValueError, match="naive already"):
        timezone.make_naive(naive)


def test_fold_decides_where_clocks_are_turned_back():
    first = timezone.make_aware(dt.datetime(2026, 10, 25, 2, 30))
    second = timezone.make_aware(dt.datetime(2026, 10, 25, 2, 30, fold=1))
    assert (first.utcoffset(), second.utcoffset()) == (dt.timedelta(hours=2), dt.timedelta(hours=1))


def test_fixed_zones():
    assert timezone.get_fixed_timezone(-90).tzname(None) == "-0130"
    assert timezone.get_fixed_timezone(dt.timedelta(hours=2)).utcoffset(None) == dt.timedelta(hours=2)
    with pytest.raises(ValueError, match="less than a day"):
        timezone.get_fixed_timezone(1440)


def test_template_localtime():
    moment = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    assert timezone.template_localtime(moment).hour == 14
    assert timezone.template_localtime(moment, use_tz=False) is moment
    naive = dt.datetime(2026, 7, 1)
    assert timezone.template_localtime(naive) is naive
    assert timezone.template_localtime("text") == "text"


def test_a_zone_of_marked_text_has_a_plain_name():
    """Python keeps one object for each zone, so the first name that is asked for is everybody's."""
    with timezone.override(Markup("Pacific/Chatham")):
        assert type(timezone.get_current_timezone_name()) is str
