"""The page people see when a form was refused: plain, small, without scripts, and telling them what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from manoir.conf import settings
from manoir.exceptions import TemplateDoesNotExist
from manoir.http import HttpResponse, HttpResponseForbidden
from manoir.templates import Engine, Template, get_template

if TYPE_CHECKING:
    from manoir.http import HttpRequest

TEMPLATE_NAME = "403_csrf.html"

_pages: dict[str, Template] = {}


def csrf_failure(
    request: HttpRequest, reason: str = "", template_name: str = TEMPLATE_NAME, **kwargs: Any
) -> HttpResponse:
    """Answer a request that was refused: 403, with a page that explains it; the reason is shown with DEBUG only.

    Args:
        request: the refused request.
        reason: why it was refused.
        template_name: a template of the project that is shown instead, if there is one; it gets `reason`, empty
            without DEBUG.
        **kwargs: ignored; for views that take this one's place and pass more.

    Raises:
        TemplateDoesNotExist: `template_name` was given, and there is no such template.
    """
    shown = reason if settings.DEBUG else ""
    try:
        own = get_template(template_name)
    except TemplateDoesNotExist:
        if template_name != TEMPLATE_NAME:
            raise
        return _default_page(request, shown)
    content = own.render({"reason": shown}, request)
    return HttpResponseForbidden(content, headers={"Cache-Control": "no-store"})


def _default_page(request: HttpRequest, reason: str) -> HttpResponse:
    page = _pages.get("csrf")
    if page is None:
        page = _pages["csrf"] = Engine(dirs=[Path(__file__).parent / "pages"], debug=False).get_template("csrf.html")
    content = page.render({"reason": reason, "nonce": request.csp_nonce})
    policy = f"default-src 'none'; style-src 'nonce-{request.csp_nonce}'; frame-ancestors 'none'; base-uri 'none'"
    return HttpResponseForbidden(content, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})
