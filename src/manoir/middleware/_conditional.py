"""ConditionalGetMiddleware: 304 for what the client already has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from manoir.http import HttpResponseBase, get_conditional_response, parse_http_date, set_response_etag
from manoir.middleware._base import PureMiddleware

if TYPE_CHECKING:
    from manoir.http import HttpRequest


class ConditionalGetMiddleware(PureMiddleware):
    """Answers conditional GET requests by ETag and Last-Modified; makes an ETag of content that has none."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return 304 or 412 where the request asks for it."""
        if request.method != "GET" or response.status_code == 304:
            return response
        if self.needs_etag(response) and "etag" not in response.headers.raw:
            set_response_etag(response)
        raw = response.headers.raw
        if "etag" not in raw and "last-modified" not in raw:
            return response
        changed = raw.get("last-modified")
        moment = parse_http_date(changed) if changed else None
        return get_conditional_response(request, raw.get("etag"), moment, response) or response

    def needs_etag(self, response: HttpResponseBase) -> bool:
        """Return whether an ETag should be made: unless Cache-Control says `no-store`."""
        directives = response.headers.raw.get("cache-control", "").lower().split(",")
        return all(directive.strip() != "no-store" for directive in directives)
