"""The page people see when a form was refused: plain, small, without scripts, and telling them what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from manoir.conf import settings
from manoir.http import HttpResponse, HttpResponseForbidden
from manoir.templates import Engine, Template

if TYPE_CHECKING:
    from manoir.http import HttpRequest

_pages: dict[str, Template] = {}


def csrf_failure(request: HttpRequest, reason: str = "", **kwargs: Any) -> HttpResponse:
    """Answer a request that was refused: 403, with a page that explains it; the reason is shown with DEBUG only.

    Args:
        request: the refused request.
        reason: why it was refused.
        **kwargs: ignored; for views that take this one's place and pass more.
    """
    page = _pages.get("csrf")
    if page is None:
        page = _pages["csrf"] = Engine(dirs=[Path(__file__).parent / "pages"], debug=False).get_template("csrf.html")
    content = page.render({"reason": reason if settings.DEBUG else "", "nonce": request.csp_nonce})
    policy = f"default-src 'none'; style-src 'nonce-{request.csp_nonce}'; frame-ancestors 'none'; base-uri 'none'"
    return HttpResponseForbidden(content, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})
