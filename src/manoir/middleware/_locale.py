"""LocaleMiddleware: the language a visitor wants, for the time of one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manoir import i18n
from manoir.conf import settings
from manoir.http import HttpResponseBase, patch_vary_headers
from manoir.middleware._base import PureMiddleware

if TYPE_CHECKING:
    from manoir.http import HttpRequest


def wanted_language(request: HttpRequest) -> str:
    """The language that a visitor asks for; a page is kept by its language, so that reading the cookie is no secret."""
    cookie = request.peek_cookie(settings.LANGUAGE_COOKIE_NAME) or ""
    return i18n.preferred_language(cookie, request.headers.get("Accept-Language", ""))


class LocaleMiddleware(PureMiddleware):
    """Activates the language of the cookie or of Accept-Language, and says in Content-Language which one it was."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language; `request.LANGUAGE_CODE` is its code."""
        language = i18n.override(wanted_language(request))
        language.__enter__()
        request._language = language  # type: ignore[attr-defined]
        request.LANGUAGE_CODE = i18n.get_language()  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Name the language, and go back to the one before."""
        response.headers.setdefault("Content-Language", i18n.get_language() or "")
        patch_vary_headers(response, ["Accept-Language"])
        language = request.__dict__.pop("_language", None)
        if language is not None:
            language.__exit__(None, None, None)
        return response
