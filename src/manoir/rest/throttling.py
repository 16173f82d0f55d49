"""Throttles: how often a client may ask.

Time is cut into ten slices for each window, and each slice is one counter in the cache, changed by an atomic increment:
concurrent requests cannot get past a limit together, whatever process they meet. A request counts if the sum of the last
ten slices, itself included, is within the limit; one that is refused is taken back. So a limit holds for nine tenths of its
window at least, wherever that begins.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar, Final

from manoir.bridge import TwoColours, hook, twin
from manoir.cache import DEFAULT_CACHE_ALIAS, caches
from manoir.exceptions import ImproperlyConfigured
from manoir.http import network_of
from manoir.rest.settings import api_settings

__all__ = [
    "AnonRateThrottle",
    "BaseThrottle",
    "ScopedRateThrottle",
    "SimpleRateThrottle",
    "UserRateThrottle",
]

CACHE: Final = "throttles"
"""Alias in CACHES of where throttles count; without it they count in the default cache."""
SLICES = 10
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class BaseThrottle(TwoColours):
    """Says whether a request comes too soon; override `allow_request` in the colour that suits you."""

    @hook
    async def aallow_request(self, request: Any, view: Any) -> bool:
        """Tell whether the request may go on."""
        raise NotImplementedError(f"{type(self).__name__} needs allow_request(request, view).")

    allow_request = twin(aallow_request)

    def get_ident(self, request: Any) -> str:
        """Return the address of the client, as the framework has settled it: no header of the client decides (H30).

        Of IPv6 it is the network of 64 bits: one client has all of its addresses, and could use a new one each time.
        """
        address: str = request.client_ip
        try:
            return network_of(address)
        except ValueError:  # the peer of a Unix socket has none
            return address

    def wait(self) -> float | None:
        """Return the seconds until the next request is answered; None when nobody knows."""
        return None


class CountingCache:
    """Gives a throttle the cache it counts in: `CACHES["throttles"]`, else the default one, as they are at the moment."""

    def __get__(self, throttle: Any, owner: Any = None) -> Any:
        return caches[CACHE if CACHE in caches else DEFAULT_CACHE_ALIAS]


class SimpleRateThrottle(BaseThrottle):
    """Counts the requests of each cache key; a subclass says which key a request has.

    Attributes:
        cache: where it counts: the cache `"throttles"` of CACHES, else the default one.
        timer: the clock, in seconds.
        rate: `"100/day"`; None takes the rate of `scope`.
        scope: a key of THROTTLE_RATES.
        cache_format: form of the cache's keys.
        THROTTLE_RATES: rates by scope; those of REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] unless it has its own.

    Raises:
        ImproperlyConfigured: nothing says the rate, or it cannot be read.
    """

    cache: ClassVar[Any] = CountingCache()
    timer: Any = time.time
    cache_format = "throttle_%(scope)s_%(ident)s"
    scope: str | None = None
    rate: str | None = None
    THROTTLE_RATES: Any = None

    def __init__(self) -> None:
        self.rate = self.rate or self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        self.key: str | None = None
        self._seconds: float | None = None

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """Return the key that counts a request; None leaves it alone."""
        raise NotImplementedError(f"{type(self).__name__} needs get_cache_key(request, view).")

    def get_rate(self) -> str | None:
        """Return the rate of the scope.

        Raises:
            ImproperlyConfigured: the scope is not there.
        """
        if not self.scope:
            raise ImproperlyConfigured(f"{type(self).__name__} needs a `rate` or a `scope`.")
        rates = api_settings.DEFAULT_THROTTLE_RATES if self.THROTTLE_RATES is None else self.THROTTLE_RATES
        try:
            return rates[self.scope]
        except KeyError:
            raise ImproperlyConfigured(
                f"REST_FRAMEWORK['DEFAULT_THROTTLE_RATES'] has no rate for the scope {self.scope!r}."
            ) from None

    def parse_rate(self, rate: str | None) -> tuple[int | None, int | None]:
        """Return number and seconds of `"100/day"`; None and None for no limit.

        Raises:
            ImproperlyConfigured: it is no rate.
        """
        if rate is None:
            return None, None
        number, _, period = rate.partition("/")
        seconds = SECONDS.get(period[:1].lower())
        if not number.isdecimal() or seconds is None:
            raise ImproperlyConfigured(
                f"{rate!r} is no rate: write '<number>/<second, minute, hour or day>', as '100/day'."
            )
        return int(number), seconds

    @hook
    async def aallow_request(self, request: Any, view: Any) -> bool:
        """Count the request, and tell whether it may go on."""
        if self.num_requests is None or self.duration is None:
            return True
        self.key = self.get_cache_key(request, view)
        if self.key is None:
            return True
        now, width = int(self.timer() * 1000), max(1, self.duration * 1000 // SLICES)
        current = now // width
        slices = [f"{self.key}:{number}" for number in range(current - SLICES + 1, current)]
        mine = await self.acount(f"{self.key}:{current}")
        earlier = await self.cache.aget_many(slices)
        counts = [*(earlier.get(name, 0) for name in slices), mine]
        if sum(counts) <= self.num_requests:
            return self.throttle_success()
        await self.ataken_back(f"{self.key}:{current}")
        counts[-1] -= 1
        self._seconds = self.seconds_left(counts, now, current, width)
        return self.throttle_failure()

    async def acount(self, name: str) -> int:
        """Add one to a slice, atomically, and return its count."""
        assert self.duration is not None
        try:
            return await self.cache.aincr(name)
        except ValueError:
            await self.cache.aadd(name, 0, self.duration + self.duration / SLICES)
            return await self.cache.aincr(name)

    async def ataken_back(self, name: str) -> None:
        """Take one back: a refused request does not count."""
        try:
            await self.cache.adecr(name)
        except ValueError:  # it is older than its window by now
            return

    def seconds_left(self, counts: list[int], now: int, current: int, width: int) -> float:
        """Return when so many old requests have left the window that one more fits."""
        assert self.num_requests is not None
        left = sum(counts)
        for position, count in enumerate(counts):
            left -= count
            if left < self.num_requests:
                leaves = (current - SLICES + 1 + position + SLICES) * width
                return max(0.0, (leaves - now) / 1000)
        return float(self.duration or 0)

    def throttle_success(self) -> bool:
        """Let the request go on."""
        return True

    def throttle_failure(self) -> bool:
        """Refuse the request."""
        return False

    def wait(self) -> float | None:
        """Return the seconds until the next request is answered."""
        return self._seconds


class AnonRateThrottle(SimpleRateThrottle):
    """Limits who is not signed in, by address; scope `anon`."""

    scope = "anon"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """Return the key of the address; None for who is signed in."""
        if request.user and request.user.is_authenticated:
            return None
        return key_of_client(self, request)


class UserRateThrottle(SimpleRateThrottle):
    """Limits each user, and who is not signed in by address; scope `user`."""

    scope = "user"

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """Return the key of the user or of the address."""
        return key_of_client(self, request)


class ScopedRateThrottle(SimpleRateThrottle):
    """Limits the views that have a `throttle_scope`, each scope by itself.

    Attributes:
        scope_attr: name of that attribute.
    """

    scope_attr = "throttle_scope"

    def __init__(self) -> None:
        # The view, which is known later, says the scope.
        self.key = None
        self._seconds = None

    @hook
    async def aallow_request(self, request: Any, view: Any) -> bool:
        """Count the request in the view's scope; views without one are free."""
        self.scope = getattr(view, self.scope_attr, None)
        if not self.scope:
            return True
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return await super().aallow_request(request, view)

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """Return the key of the user or of the address."""
        return key_of_client(self, request)


def key_of_client(throttle: SimpleRateThrottle, request: Any) -> str:
    """Return a key for the user; for the address, where nobody is signed in.

    It says which of the two it is: a user whose key in the database is text could else be called as an address (H30).
    """
    user = request.user
    known = user and user.is_authenticated
    ident = f"user:{user.pk}" if known else f"address:{throttle.get_ident(request)}"
    return throttle.cache_format % {"scope": throttle.scope, "ident": ident}
