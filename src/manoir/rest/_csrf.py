"""The check of requests that change something, for views of APIs: the middleware's, with a reason instead of a page."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import APIPermissionDenied
from manoir.rest.permissions import SAFE_METHODS
from manoir.security import CsrfViewMiddleware, origin_verdict


class CSRFCheck(CsrfViewMiddleware):
    """The check of the middleware; what it returns is the reason of a refusal instead of a page."""

    async def areject(self, request: Any, reason: str) -> Any:
        """Return the reason."""
        return reason


def unmarked_view(request: Any) -> None:
    """Stand for a view that is not exempt."""


_check = CSRFCheck(unmarked_view)  # pyright: ignore[reportArgumentType]


def refuse_foreign(request: Any) -> None:
    """Refuse what a browser sent for a page of another site, with credentials that it adds by itself (H07).

    A password that was typed once, or what the server in front asks for, goes along with whatever another site's form sends
    here. Browsers say where such a request comes from; programs that say nothing are no browsers.

    Raises:
        PermissionDenied: it comes from elsewhere.
    """
    http_request = request._request
    headers = http_request.headers.raw
    if http_request.method in SAFE_METHODS or not ("origin" in headers or "sec-fetch-site" in headers):
        return
    if getattr(http_request, "_dont_enforce_csrf_checks", False):
        return
    certain, reason = origin_verdict(http_request)
    if reason is not None and not certain:
        raise APIPermissionDenied(f"CSRF: {reason}")


async def aenforce_csrf(request: Any) -> None:
    """Refuse what another site sent (H07).

    Raises:
        PermissionDenied: it comes from elsewhere, or lacks the token.
    """
    reason: Any = await _check.process_view(request._request, unmarked_view)
    if reason is not None:
        raise APIPermissionDenied(f"CSRF: {reason}")
