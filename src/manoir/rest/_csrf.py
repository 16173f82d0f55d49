"""The check of requests that change something, for views of APIs: the middleware's, with a reason instead of a page."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import APIPermissionDenied
from manoir.security import CsrfViewMiddleware


class CSRFCheck(CsrfViewMiddleware):
    """The check of the middleware; what it returns is the reason of a refusal instead of a page."""

    async def areject(self, request: Any, reason: str) -> Any:
        """Return the reason."""
        return reason


def unmarked_view(request: Any) -> None:
    """Stand for a view that is not exempt."""


_check = CSRFCheck(unmarked_view)  # pyright: ignore[reportArgumentType]


async def aenforce_csrf(request: Any) -> None:
    """Refuse what another site sent (H07).

    Raises:
        PermissionDenied: it comes from elsewhere, or lacks the token.
    """
    reason: Any = await _check.process_view(request._request, unmarked_view)
    if reason is not None:
        raise APIPermissionDenied(f"CSRF: {reason}")
