"""The page of caches: which there are, and how often each had what was asked for.

It is registered on `admin.site`; another site gets it by `register_cache_page(site)`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from manoir import messages
from manoir.admin._registry import default_site
from manoir.bridge import spawn
from manoir.cache import BaseCache, CacheStats, LocMemCache, caches
from manoir.conf import settings
from manoir.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext as _
from manoir.i18n import gettext_lazy
from manoir.templates import TemplateResponse

TROUBLE = (OSError, ConnectionError, TimeoutError)


def register_cache_page(site: Any) -> None:
    """Add the page of caches to a site; superusers see it."""

    async def cache(request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST":
            await empty(request)
            return HttpResponseRedirect(request.path)
        around = await spawn(site.each_context, request)
        found = [await describe(alias) for alias in settings.CACHES]
        return TemplateResponse(request, "admin/cache.html", {**around, "title": _("Caches"), "caches": found})

    site.register_page("cache/", cache, "cache", gettext_lazy("Caches"))


async def empty(request: HttpRequest) -> None:
    """Empty the cache that was named, which is one of CACHES."""
    alias = request.POST.get("alias", "")
    if alias not in settings.CACHES or request.POST.get("action") != "empty":
        messages.error(request, _("Nothing was done: there is no such cache."))
        return
    try:
        await caches[alias].aclear()
    except Exception as error:
        if not is_trouble(error):
            raise
        messages.error(request, _("The cache %s does not answer.") % alias)
        return
    messages.success(request, _("The cache %s is empty.") % alias)


async def describe(alias: str) -> dict[str, Any]:
    """Return what the page says of a cache; one that does not answer says so."""
    cache = caches[alias]
    found: dict[str, Any] = {"alias": alias, "kind": type(cache).__name__, "place": place_of(cache), "answers": True}
    try:
        stats = await cache.ashared_stats()
    except Exception as error:
        if not is_trouble(error):
            raise
        stats, found["answers"] = CacheStats(cache.stats.hits, cache.stats.misses), False
    ratio = stats.hit_ratio
    shared = cache.is_shared and found["answers"]
    return {**found, "stats": stats, "percent": None if ratio is None else round(ratio * 100), "shared": shared}


def is_trouble(error: Exception) -> bool:
    """Tell whether an error means that a cache cannot be reached, whatever client it comes from."""
    return isinstance(error, TROUBLE) or type(error).__module__.partition(".")[0] in ("redis", "asyncpg", "sqlite3")


def place_of(cache: BaseCache) -> str:
    """Return where a cache keeps its values, without passwords."""
    if isinstance(cache, LocMemCache):
        return ""
    locations = cache.location if isinstance(cache.location, (list, tuple)) else [cache.location]
    return ", ".join(without_password(str(one)) for one in locations)


def without_password(location: str) -> str:
    """Return an address without what stands before its host (M11)."""
    if "://" not in location:
        return location
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


register_cache_page(default_site)
