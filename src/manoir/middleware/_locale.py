"""LocaleMiddleware: the language a visitor wants, for the time of one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manoir import i18n
from manoir.conf import settings
from manoir.http import HttpResponseBase, has_vary_header, patch_vary_headers
from manoir.middleware._base import PureMiddleware

if TYPE_CHECKING:
    from manoir.http import HttpRequest


def wanted_language(request: HttpRequest) -> str:
    """The language that a visitor asks for; a page is kept by its language, so that reading the cookie is no secret."""
    cookie = request.peek_cookie(settings.LANGUAGE_COOKIE_NAME) or ""
    return i18n.preferred_language(cookie, request.headers.get("Accept-Language", ""))


class LocaleMiddleware(PureMiddleware):
    """Activates the language of the cookie or of Accept-Language, and says in Content-Language which one it was.

    Answers vary on both headers: a cache between here and the visitors would otherwise give the page that somebody's
    cookie chose to those who chose nothing, or another language.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language; `request.LANGUAGE_CODE` is its code."""
        language = i18n.override(wanted_language(request))
        language.__enter__()
        request._language = language  # type: ignore[attr-defined]
        request.LANGUAGE_CODE = i18n.get_language()  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Name the language, and go back to the one before."""
        response.headers.setdefault("Content-Language", i18n.get_language() or "")
        if not has_vary_header(response, "Cookie"):
            request._only_language_by_cookie = True  # type: ignore[attr-defined] - our own cache knows the language
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        language = request.__dict__.pop("_language", None)
        if language is not None:
            language.__exit__(None, None, None)
        return response
