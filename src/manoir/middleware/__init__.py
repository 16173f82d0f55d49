"""Middleware: the onion around every view, and the layers manoir brings.

The room's map:

- `_base`: how a middleware is written (functions with a colour, classes with hooks)
- `_onion`: `compose`, which builds the onion once; `_steps`: what it can put together of several layers
- `_security`, `_common`, `_conditional`, `_gzip`, `_frames`, `_csp`, `_locale`, `_broken_links`: one layer each
- `_cache`: whole pages in the cache, for the site and for `cache_page`; the keys they are kept under
- `_checks`: whether the policies of the settings can be sent

Middleware of higher rooms stands there: sessions, authentication, messages, CSRF (`manoir.security`).
"""

from __future__ import annotations

from manoir.exceptions import MiddlewareNotUsed
from manoir.middleware import _checks as _checks
from manoir.middleware._base import (
    GetResponse,
    MiddlewareMixin,
    PureMiddleware,
    async_only_middleware,
    sync_and_async_middleware,
    sync_only_middleware,
)
from manoir.middleware._broken_links import BrokenLinkEmailsMiddleware
from manoir.middleware._cache import (
    CacheMiddleware,
    FetchFromCacheMiddleware,
    PageCache,
    UpdateCacheMiddleware,
    aget_cache_key,
    alearn_cache_key,
    get_cache_key,
    learn_cache_key,
)
from manoir.middleware._common import CommonMiddleware
from manoir.middleware._conditional import ConditionalGetMiddleware
from manoir.middleware._csp import (
    CSP,
    ContentSecurityPolicyMiddleware,
    build_policy,
    csp_override,
    csp_report_only_override,
)
from manoir.middleware._frames import XFrameOptionsMiddleware
from manoir.middleware._gzip import GZipMiddleware
from manoir.middleware._locale import LocaleMiddleware
from manoir.middleware._onion import Onion, compose
from manoir.middleware._security import SecurityMiddleware
from manoir.middleware._steps import AddsHeaders, MakesLate, OwnStep

__all__ = [
    "CSP",
    "AddsHeaders",
    "BrokenLinkEmailsMiddleware",
    "CacheMiddleware",
    "CommonMiddleware",
    "ConditionalGetMiddleware",
    "ContentSecurityPolicyMiddleware",
    "FetchFromCacheMiddleware",
    "GZipMiddleware",
    "GetResponse",
    "LocaleMiddleware",
    "MakesLate",
    "MiddlewareMixin",
    "MiddlewareNotUsed",
    "Onion",
    "OwnStep",
    "PageCache",
    "PureMiddleware",
    "SecurityMiddleware",
    "UpdateCacheMiddleware",
    "XFrameOptionsMiddleware",
    "aget_cache_key",
    "alearn_cache_key",
    "async_only_middleware",
    "build_policy",
    "compose",
    "csp_override",
    "csp_report_only_override",
    "get_cache_key",
    "learn_cache_key",
    "sync_and_async_middleware",
    "sync_only_middleware",
]
