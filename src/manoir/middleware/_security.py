"""SecurityMiddleware: HTTPS, and the headers that make browsers careful."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from manoir.conf import settings
from manoir.http import HeaderBlock, HttpResponseBase, HttpResponsePermanentRedirect
from manoir.middleware._base import PureMiddleware
from manoir.middleware._steps import AddsHeaders

if TYPE_CHECKING:
    from manoir.http import HttpRequest


class SecurityMiddleware(PureMiddleware):
    """Sets what the SECURE_* settings ask for, and sends http to https with SECURE_SSL_REDIRECT.

    Headers that a view has set are left alone: Strict-Transport-Security (only over HTTPS), X-Content-Type-Options,
    Referrer-Policy, Cross-Origin-Opener-Policy.
    """

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        """Redirect to HTTPS where the settings want it."""
        if not settings.SECURE_SSL_REDIRECT or request.is_secure():
            return None
        path = request.path.lstrip("/")
        if any(re.search(pattern, path) for pattern in settings.SECURE_REDIRECT_EXEMPT):
            return None
        host = settings.SECURE_SSL_HOST or request.get_host()
        return HttpResponsePermanentRedirect(f"https://{host}/{request.get_full_path().lstrip('/')}")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers that are missing."""
        response.headers.add_missing(_header_block(secure=bool(settings.SECURE_HSTS_SECONDS) and request.is_secure()))
        return response

    def active_hooks(self) -> tuple[Any, Any]:
        """Leave out the redirect where SECURE_SSL_REDIRECT is off; work the headers out once."""
        before, after = super().active_hooks()
        if not settings.SECURE_SSL_REDIRECT and self.is_own(SecurityMiddleware, "process_request"):
            before = None
        if not settings.SECURE_HSTS_SECONDS and self.is_own(SecurityMiddleware, "process_response"):
            after = AddsHeaders(_header_block(secure=False).items)
        return before, after


def _header_block(*, secure: bool) -> HeaderBlock:
    policy = settings.SECURE_REFERRER_POLICY
    return _headers(
        settings.SECURE_CONTENT_TYPE_NOSNIFF,
        policy if policy is None or isinstance(policy, str) else ", ".join(policy),
        settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        settings.SECURE_HSTS_SECONDS if secure else 0,
        settings.SECURE_HSTS_INCLUDE_SUBDOMAINS,
        settings.SECURE_HSTS_PRELOAD,
    )


@lru_cache(maxsize=32)  # keyed by settings
def _headers(
    nosniff: bool, referrer: str | None, opener: str | None, hsts: int, subdomains: bool, preload: bool
) -> HeaderBlock:
    headers: dict[str, Any] = {}
    if hsts:
        extra = ("; includeSubDomains" if subdomains else "") + ("; preload" if preload else "")
        headers["Strict-Transport-Security"] = f"max-age={hsts}{extra}"
    if nosniff:
        headers["X-Content-Type-Options"] = "nosniff"
    if referrer:
        headers["Referrer-Policy"] = ", ".join(part.strip() for part in referrer.split(","))
    if opener:
        headers["Cross-Origin-Opener-Policy"] = opener
    return HeaderBlock(headers)
