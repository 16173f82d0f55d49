"""Whole pages in the cache: which requests may be answered from it, which answers may be kept, and under which key.

Only what was proven to be the same for everybody is kept (a page that read the session, the user, the CSRF token, a
nonce or the Authorization header is private by construction, and so is one that read cookies without varying on them),
and a page is found again only by all that it depends on: method, scheme, host, path and query, language, time zone, and
each header that its `Vary` names.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final, cast

from manoir.bridge import blocking
from manoir.cache import BaseCache, caches, hashed_key
from manoir.conf import settings
from manoir.http import HttpResponse, HttpResponseBase, get_max_age, patch_response_headers
from manoir.i18n import get_language
from manoir.middleware._base import GetResponse, MiddlewareMixin
from manoir.timezone import get_current_timezone_name

if TYPE_CHECKING:
    from manoir.http import HttpRequest

logger = logging.getLogger("manoir.cache")

NOT_STORED: Final = frozenset({"private", "no-store", "no-cache"})
MOST_VARY_HEADERS: Final = 20
LONGEST_BODY_BYTES: Final = 16_000_000


class Unset:
    """The argument was left out."""


UNSET: Final = Unset()


class PageCache:
    """Pages of a site in one of its caches.

    Args:
        timeout: seconds for which a page is kept; None: for ever; `UNSET`: CACHE_MIDDLEWARE_SECONDS, unless the answer
            has a `max-age` of its own.
        alias: which of CACHES; None: CACHE_MIDDLEWARE_ALIAS.
        prefix: is part of every key; None: CACHE_MIDDLEWARE_KEY_PREFIX.
    """

    def __init__(
        self, timeout: float | Unset | None = UNSET, alias: str | None = None, prefix: str | None = None
    ) -> None:
        self.timeout = timeout
        self.alias = alias
        self.prefix = prefix

    @property
    def cache(self) -> BaseCache:
        """The cache that pages are kept in."""
        return caches[self.alias or settings.CACHE_MIDDLEWARE_ALIAS]

    async def afetch(self, request: HttpRequest) -> HttpResponse | None:
        """Return the kept answer to a request, or None; mark the request so that `astore` knows what to do."""
        if not may_be_answered(request):
            request.__dict__["_cache_update_cache"] = False
            return None
        cache = self.cache
        request.__dict__["_cache_place"] = self.place(request)
        request.__dict__["_cache_knows_language"] = "_language" in request.__dict__
        varied: Any = await cache.aget(self.headers_key(request))
        page: Any = None if varied is None else await cache.aget(self.page_key(request, varied))
        request.__dict__["_cache_update_cache"] = page is None and request.method == "GET"
        return None if page is None else restored(page)

    fetch = blocking(afetch)

    async def astore(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Keep an answer, if it may be kept, and tell the caches on its way how long it holds; return it."""
        if not getattr(request, "_cache_update_cache", False):
            return response
        reason = reason_against(request, response)
        if reason is not None:
            shown = request.__dict__.get("logged_path") or request.path
            logger.debug("The page at %s is not kept: %s.", shown, reason)
            return response
        timeout = self.seconds(response)
        if timeout is not None and timeout <= 0:
            return response
        patch_response_headers(response, timeout if timeout is not None else 365 * 86_400)
        varied = deciding_headers(request, response)
        if len(varied) > MOST_VARY_HEADERS:
            return response
        cache = self.cache
        await cache.aset(self.headers_key(request), varied, timeout)
        await cache.aset(self.page_key(request, varied), kept(cast(HttpResponse, response)), timeout)
        return response

    store = blocking(astore)

    def seconds(self, response: HttpResponseBase) -> float | None:
        """Return for how long an answer is kept."""
        if not isinstance(self.timeout, Unset):
            return self.timeout
        own = get_max_age(response)
        return settings.CACHE_MIDDLEWARE_SECONDS if own is None else own

    def headers_key(self, request: HttpRequest) -> str:
        """Return the key of the names of the headers that the page at this address varies on."""
        return hashed_key("manoir.page.vary", *self.asked_place(request))

    def page_key(self, request: HttpRequest, varied: list[str]) -> str:
        """Return the key of the page for this request."""
        values: list[str | None] = [part for name in varied for part in (name, request.headers.raw.get(name))]
        return hashed_key("manoir.page", *self.asked_place(request), *values)

    def asked_place(self, request: HttpRequest) -> list[str | None]:
        """Return what `place` was when the page was asked for: when it is kept, the language may be another one again."""
        known: list[str | None] | None = getattr(request, "_cache_place", None)
        return self.place(request) if known is None else known

    def place(self, request: HttpRequest) -> list[str | None]:
        """Return all that every page depends on."""
        prefix = settings.CACHE_MIDDLEWARE_KEY_PREFIX if self.prefix is None else self.prefix
        return [
            prefix,
            request.scheme,
            request.get_host(),
            request.get_full_path(),
            get_language() if settings.USE_I18N else None,
            get_current_timezone_name() if settings.USE_TZ else None,
        ]


def may_be_answered(request: HttpRequest) -> bool:
    """Return whether a request may be answered with what was made for another one."""
    return request.method in ("GET", "HEAD") and "authorization" not in request.headers


def reason_against(request: HttpRequest, response: HttpResponseBase) -> str | None:
    """Return why an answer may not be kept; None where it is the same for everybody who asks alike."""
    if response.status_code != 200:
        return f"its status is {response.status_code}"
    if response.streaming or not isinstance(response, HttpResponse):
        return "it is streamed"
    private = private_reason(request)
    if private is not None:
        return private
    varied = own_vary_names(request, response)
    if request.cookies_used and "cookie" not in varied:
        return "it read cookies and does not vary on them, see vary_on_cookie"
    if response.cookies or "set-cookie" in response.headers:
        return "it sets a cookie"
    if "*" in varied:
        return "it varies on everything"
    directives = {
        part.partition("=")[0].strip().lower() for part in response.headers.get("Cache-Control", "").split(",")
    }
    if directives & NOT_STORED:
        return f"its Cache-Control says {', '.join(sorted(directives & NOT_STORED))}"
    return None if len(response.content) <= LONGEST_BODY_BYTES else f"it has more than {LONGEST_BODY_BYTES:,} bytes"


def private_reason(request: HttpRequest) -> str | None:
    """Return what of one visitor was read for the answer: session, user, CSRF token or nonce; None for nothing."""
    session = getattr(request, "session", None)
    csrf = getattr(request, "csrf", None)
    if csrf is not None and csrf.used:
        return "it has a CSRF token"
    if request.csp_nonce_used is not None:
        return "it has a nonce"
    if session is not None and session.accessed:
        return "the session was read, perhaps for the user or messages in a template"
    return "the user is known" if is_somebodys(request) else None


def is_somebodys(request: HttpRequest) -> bool:
    """Return whether the user of a request is known, by a session or otherwise: a key or a proxy's header, say."""
    try:
        user = object.__getattribute__(request, "user")  # reading it otherwise would load it
    except AttributeError:
        return False
    return user is not None and bool(getattr(user, "is_authenticated", True))


def vary_names(response: HttpResponseBase) -> list[str]:
    """Return the names in Vary, in lower case and in order."""
    return sorted({name for part in response.headers.get("Vary", "").split(",") if (name := part.strip().lower())})


def own_vary_names(request: HttpRequest, response: HttpResponseBase) -> list[str]:
    """Return the names in Vary without the cookie, where that only chose the language, which is part of a page's place."""
    names = vary_names(response)
    only_language = getattr(request, "_only_language_by_cookie", False)
    return [name for name in names if name != "cookie"] if only_language else names


def deciding_headers(request: HttpRequest, response: HttpResponseBase) -> list[str]:
    """Return the names of the headers by which a page is kept."""
    # Where the language was chosen after the look into the cache, it is no part of the place.
    knows_language = getattr(request, "_cache_knows_language", False)
    return own_vary_names(request, response) if knows_language else vary_names(response)


async def aget_cache_key(
    request: HttpRequest, key_prefix: str | None = None, method: str = "GET", cache: BaseCache | None = None
) -> str | None:
    """Return the key under which the page for a request is kept, so that it can be deleted.

    Args:
        request: a request for the page: its address, host and scheme count, the active language and time zone, and the
            headers that the page varies on.
        key_prefix: that of the decorator; None: CACHE_MIDDLEWARE_KEY_PREFIX.
        method: GET or HEAD; both have one page.
        cache: the cache that has the page; None: that of CACHE_MIDDLEWARE_ALIAS.

    Returns:
        The key; None where no page is kept at this address.

    Example:
        >>> from manoir.testing import RequestFactory
        >>> get_cache_key(RequestFactory().get("/nowhere/")) is None
        True
    """
    pages = PageCache(prefix=key_prefix)
    varied: Any = await (cache or pages.cache).aget(pages.headers_key(request))
    return None if varied is None else pages.page_key(request, varied)


get_cache_key = blocking(aget_cache_key)


async def alearn_cache_key(
    request: HttpRequest,
    response: HttpResponseBase,
    cache_timeout: float | None = None,
    key_prefix: str | None = None,
    cache: BaseCache | None = None,
) -> str:
    """Remember the headers that an answer varies on, and return the key to keep it under.

    Args:
        request: what was asked.
        response: the answer.
        cache_timeout: seconds; None: CACHE_MIDDLEWARE_SECONDS.
        key_prefix: is part of the key; None: CACHE_MIDDLEWARE_KEY_PREFIX.
        cache: where pages are kept; None: the cache of CACHE_MIDDLEWARE_ALIAS.

    Returns:
        The key, which `get_cache_key` gives for requests that are alike.
    """
    pages = PageCache(prefix=key_prefix)
    varied = deciding_headers(request, response)
    seconds = settings.CACHE_MIDDLEWARE_SECONDS if cache_timeout is None else cache_timeout
    await (cache or pages.cache).aset(pages.headers_key(request), varied, seconds)
    return pages.page_key(request, varied)


learn_cache_key = blocking(alearn_cache_key)


def kept(response: HttpResponse) -> dict[str, Any]:
    """Return what the cache keeps of an answer."""
    headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-length"]
    return {"headers": headers, "content": bytes(response.content), "made": time.time()}


def restored(page: dict[str, Any]) -> HttpResponse:
    """Return an answer that was kept, with its age in seconds (RFC 9111, section 5.1)."""
    headers = dict(page["headers"])
    headers["Age"] = str(max(0, int(time.time() - page["made"])))
    return HttpResponse(page["content"], headers=headers)


class UpdateCacheMiddleware(MiddlewareMixin):
    """Keeps answers for FetchFromCacheMiddleware. Stands first in MIDDLEWARE, so that it sees finished answers."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.pages = PageCache()

    async def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Keep the answer where that is right."""
        return await self.pages.astore(request, response)


class FetchFromCacheMiddleware(MiddlewareMixin):
    """Answers out of the cache. Stands last in MIDDLEWARE, so that what stands before it sees the request."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.pages = PageCache()

    async def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Answer with what is kept."""
        return await self.pages.afetch(request)


class CacheMiddleware(UpdateCacheMiddleware):
    """Both in one layer, for a site whose other middleware changes nothing about its pages."""

    async def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Answer with what is kept."""
        return await self.pages.afetch(request)
