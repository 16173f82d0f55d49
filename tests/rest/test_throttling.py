"""Throttles: documented rates, atomic counts, and addresses that no header changes (H30)."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace

import pytest

from manoir import rest
from manoir.auth import User
from manoir.cache import LocMemCache, RedisCache, cache
from manoir.conf import settings
from manoir.db import DatabaseCache
from manoir.exceptions import ImproperlyConfigured
from manoir.rest.throttling import SimpleRateThrottle
from manoir.testing import APIRequestFactory, force_authenticate
from tests.services import require_redis

factory = APIRequestFactory()


class Clock:
    now = 3_600_000.0  # where slices of all windows begin

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def throttle(base, clock, rate, cache=None):
    members = {"timer": clock, "rate": rate}
    if cache is not None:
        members["cache"] = cache
    return type(base.__name__, (base,), members)


def view_with(*throttles, **members):
    class View(rest.APIView):
        permission_classes = [rest.AllowAny]
        authentication_classes = []
        throttle_classes = list(throttles)

        async def get(self, request):
            return rest.Response()

    for name, value in members.items():
        setattr(View, name, value)
    return View.as_view()


def test_the_rate_holds_within_its_window(clock):
    view = view_with(throttle(rest.AnonRateThrottle, clock, "3/min"))
    assert [view(factory.get("/")).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    clock.now += 59
    assert view(factory.get("/")).status_code == 429
    clock.now += 1
    assert [view(factory.get("/")).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_the_window_slides(clock):
    view = view_with(throttle(rest.AnonRateThrottle, clock, "2/min"))
    assert view(factory.get("/")).status_code == 200
    clock.now += 30
    assert view(factory.get("/")).status_code == 200
    assert view(factory.get("/")).status_code == 429
    clock.now += 30
    assert [view(factory.get("/")).status_code for _ in range(2)] == [200, 429]


def test_requests_leave_the_window_by_tenths_of_it(clock):
    view = view_with(throttle(rest.AnonRateThrottle, clock, "1/min"))
    clock.now += 5
    assert view(factory.get("/")).status_code == 200
    clock.now += 53
    assert view(factory.get("/")).status_code == 429
    clock.now += 2  # 55 seconds later the slice of the first request is out
    assert view(factory.get("/")).status_code == 200


def test_a_refusal_says_when_to_come_back(clock):
    view = view_with(throttle(rest.AnonRateThrottle, clock, "1/hour"))
    view(factory.get("/"))
    clock.now += 600
    refused = view(factory.get("/"))
    assert refused["Retry-After"] == "3000"
    assert refused.data["detail"].code == "throttled"
    assert "3000" in refused.data["detail"]


def test_users_are_counted_each_and_the_others_by_address(clock):
    view = view_with(throttle(rest.UserRateThrottle, clock, "1/day"))

    def ask(user=None, address="10.0.0.1"):
        request = factory.get("/", REMOTE_ADDR=address)
        if user is not None:
            force_authenticate(request, user)
        return view(request).status_code

    ann, bob = User(pk=1, username="ann"), User(pk=2, username="bob")
    assert [ask(ann), ask(bob), ask(), ask(address="10.0.0.2")] == [200] * 4
    assert [ask(ann, "10.0.0.9"), ask(bob), ask(), ask(address="10.0.0.2")] == [429] * 4


def test_a_user_called_as_an_address_does_not_count_for_it(clock):
    """H30: a key of the database that is text may look like an address."""
    view = view_with(throttle(rest.UserRateThrottle, clock, "1/day"))
    namesake = factory.get("/", REMOTE_ADDR="10.0.0.9")
    force_authenticate(namesake, User(pk="10.0.0.1", username="namesake"))
    assert view(namesake).status_code == 200
    assert [view(factory.get("/", REMOTE_ADDR="10.0.0.1")).status_code for _ in range(2)] == [200, 429]
    assert view(namesake).status_code == 429


def test_who_is_signed_in_passes_the_throttle_of_the_others(clock):
    view = view_with(throttle(rest.AnonRateThrottle, clock, "1/day"))
    for _ in range(3):
        request = factory.get("/")
        force_authenticate(request, User(pk=1, username="ann"))
        assert view(request).status_code == 200


def test_scopes_have_rates_of_their_own(clock):
    rates = {"DEFAULT_THROTTLE_RATES": {"contacts": "1/day", "uploads": "2/day"}}
    with settings.override(REST_FRAMEWORK=rates):
        scoped = type("Scoped", (rest.ScopedRateThrottle,), {"timer": clock})
        contacts = view_with(scoped, throttle_scope="contacts")
        uploads = view_with(scoped, throttle_scope="uploads")
        free = view_with(scoped)
        assert [contacts(factory.get("/")).status_code for _ in range(2)] == [200, 429]
        assert [uploads(factory.get("/")).status_code for _ in range(3)] == [200, 200, 429]
        assert [free(factory.get("/")).status_code for _ in range(3)] == [200] * 3
        with pytest.raises(ImproperlyConfigured, match="no rate for the scope 'nowhere'"):
            view_with(scoped, throttle_scope="nowhere")(factory.get("/"))


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "1.2.3.{n}"},
        {"x-real-ip": "1.2.3.{n}"},
        {"forwarded": "for=1.2.3.{n}"},
        {"client-ip": "1.2.3.{n}"},
        {"x-forwarded-for": "1.2.3.{n}, 4.5.6.7"},
        {"remote-addr": "1.2.3.{n}"},
    ],
)
def test_no_header_makes_a_new_client(clock, headers):
    """H30: spoof table; without a trusted proxy the peer's address counts."""
    view = view_with(throttle(rest.AnonRateThrottle, clock, "2/day"))
    statuses = [
        view(factory.get("/", headers={name: value.format(n=n) for name, value in headers.items()})).status_code
        for n in range(4)
    ]
    assert statuses == [200, 200, 429, 429]


def test_a_client_with_a_network_of_addresses_is_one_client(clock):
    """H30: each try from another address of the same 64 bits of IPv6."""
    view = view_with(throttle(rest.AnonRateThrottle, clock, "2/day"))
    own = [view(factory.get("/", REMOTE_ADDR=f"2001:db8:1:2::{n:x}")).status_code for n in range(1, 5)]
    others = [view(factory.get("/", REMOTE_ADDR=address)).status_code for address in ("2001:db8:1:3::1", "192.0.2.1")]
    assert (own, others) == ([200, 200, 429, 429], [200, 200])


def test_behind_a_trusted_proxy_its_client_counts(clock):
    view = view_with(throttle(rest.AnonRateThrottle, clock, "1/day"))
    with settings.override(TRUSTED_PROXIES=["127.0.0.1"]):

        def ask(forwarded):
            return view(factory.get("/", headers={"x-forwarded-for": forwarded})).status_code

        assert [ask("1.1.1.1"), ask("2.2.2.2"), ask("1.1.1.1")] == [200, 200, 429]
        assert ask("9.9.9.9, 1.1.1.1") == 429  # what the client wrote itself is not believed


@pytest.mark.parametrize("rate", ["", "x", "3", "3/", "/min", "3/fortnight", "-1/min", "1.5/min"])
def test_what_is_no_rate_is_told(rate):
    with pytest.raises(ImproperlyConfigured, match=r"is no rate: write|needs a `rate`"):
        type("T", (SimpleRateThrottle,), {"rate": rate, "scope": None})()


@pytest.mark.parametrize(("rate", "parsed"), [("3/s", (3, 1)), ("3/sec", (3, 1)), ("4/minute", (4, 60)), ("5/h", (5, 3600)), ("6/day", (6, 86400)), (None, (None, None))])  # fmt: skip
def test_rates(rate, parsed):
    assert SimpleRateThrottle.parse_rate(object.__new__(SimpleRateThrottle), rate) == parsed


def test_no_rate_is_no_limit():
    view = view_with(rest.AnonRateThrottle)
    assert [view(factory.get("/")).status_code for _ in range(3)] == [200] * 3


def test_throttles_of_either_colour():
    class Sync(rest.BaseThrottle):
        def allow_request(self, request, view):
            return False

        def wait(self):
            return 7

    class Async(rest.BaseThrottle):
        async def aallow_request(self, request, view):
            return False

    refused = view_with(Sync, Async)(factory.get("/"))
    assert (refused.status_code, refused["Retry-After"]) == (429, "7")
    assert view_with(Async)(factory.get("/")).has_header("Retry-After") is False


async def flood(cache, clock, number):
    limited = throttle(rest.AnonRateThrottle, clock, "10/min", cache)

    class Request:
        user = None
        client_ip = "10.0.0.1"

    found = await asyncio.gather(*(limited().aallow_request(Request(), None) for _ in range(number)))
    return sum(found)


async def test_concurrent_requests_cannot_pass_together_in_memory(clock):
    assert await flood(LocMemCache("throttles", {}), clock, 200) == 10


async def test_concurrent_requests_cannot_pass_together_on_redis(clock):
    cache = RedisCache(require_redis(), {"KEY_PREFIX": f"rest-throttles-{os.getpid()}"})
    try:
        allowed = await flood(cache, clock, 100)
    finally:
        await cache.adelete_many([f"throttle_anon_address:10.0.0.1:{int(clock.now * 1000) // 6000}"])
        await cache.aclose()
    assert allowed == 10


async def test_concurrent_requests_cannot_pass_together_in_the_database(committing_database, clock):
    cache = DatabaseCache("throttle_cache", {})
    await cache.acreate_table()
    assert await flood(cache, clock, 30) == 10


def test_counts_stay_while_others_fill_the_default_cache():
    """H30: where pages and values of visitors are kept, whoever asks for many of them pushes out what was counted."""
    caches = {
        "default": {"BACKEND": "manoir.cache.LocMemCache"},
        "throttles": {"BACKEND": "manoir.cache.LocMemCache", "LOCATION": "counts of throttles"},
    }
    with settings.override(CACHES=caches):
        throttle = type("T", (rest.AnonRateThrottle,), {"rate": "2/hour"})
        request = SimpleNamespace(user=None, client_ip="192.0.2.1")
        assert [throttle().allow_request(request, None) for _ in range(3)] == [True, True, False]
        for number in range(400):
            cache.set(f"page-{number}", 1)
        assert throttle().allow_request(request, None) is False
