"""Conditional requests (RFC 9110, 13): entity tags, dates, and the answers 304 and 412."""

from __future__ import annotations

import hashlib
from email.utils import formatdate, mktime_tz, parsedate_tz
from typing import TYPE_CHECKING

from manoir.http._response import HttpResponse, HttpResponseBase, HttpResponseNotModified

if TYPE_CHECKING:
    from manoir.http._request import HttpRequest

MAX_CONDITION = 4_096
MAX_TAGS = 50
_KEPT_ON_304 = ("cache-control", "content-location", "date", "etag", "expires", "last-modified", "vary")


def http_date(epoch_seconds: float | None = None) -> str:
    """Return a moment as HTTP writes it; now unless told.

    Example:
        >>> http_date(0)
        'Thu, 01 Jan 1970 00:00:00 GMT'
    """
    return formatdate(epoch_seconds, usegmt=True)


def parse_http_date(date: str) -> int | None:
    """Return the seconds since 1970 of a date in a header; None when it is none."""
    if len(date) > 64:
        return None
    try:
        parsed = parsedate_tz(date)
        return None if parsed is None else int(mktime_tz(parsed))
    except (TypeError, ValueError, OverflowError):
        return None


def quote_etag(etag: str) -> str:
    """Return `etag` in quotes, unless it is quoted already.

    Example:
        >>> quote_etag("v1"), quote_etag('W/"v1"')
        ('"v1"', 'W/"v1"')
    """
    if etag[:2] in ('W/"', "W/") and etag[2:3] == '"' and etag[-1:] == '"':
        return etag
    return etag if len(etag) > 1 and etag[0] == etag[-1] == '"' else f'"{etag}"'


def parse_etags(header: str) -> list[str]:
    """Return the entity tags of If-Match or If-None-Match, at most 50; `["*"]` for any."""
    text = header[:MAX_CONDITION].strip()
    if text == "*":
        return ["*"]
    tags: list[str] = []
    position = 0
    while len(tags) < MAX_TAGS:
        start = text.find('"', position)
        end = text.find('"', start + 1)
        if start < 0 or end < 0:
            break
        weak = "W/" if text[position:start].endswith("W/") else ""
        tags.append(weak + text[start : end + 1])
        position = end + 1
    return tags


def set_response_etag(response: HttpResponseBase) -> HttpResponseBase:
    """Set ETag from the content of a response that is not streamed and not empty."""
    if isinstance(response, HttpResponse) and response.content:
        digest = hashlib.md5(response.content, usedforsecurity=False).hexdigest()
        response.headers.raw["etag"] = f'"{digest}"'
    return response


def get_conditional_response(
    request: HttpRequest,
    etag: str | None = None,
    last_modified: int | None = None,
    response: HttpResponseBase | None = None,
) -> HttpResponseBase | None:
    """Return the answer to a request with conditions: 304, 412, or `response` itself when it is to be sent.

    Args:
        request: the request.
        etag: entity tag of what would be sent, quoted.
        last_modified: when it last changed, in seconds since 1970.
        response: what would be sent; None asks only whether it would.

    Returns:
        `response`, or what replaces it. One that is no success is sent whatever the conditions say (RFC 9110, 13.2.1).
    """
    if response is not None and not 200 <= response.status_code < 300:
        return response
    headers = request.headers.raw
    safe = request.method in ("GET", "HEAD")
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match is not None:
        if not _any_strong(etag, parse_etags(match)):
            return _failed(response)
    elif last_modified is not None and (since := headers.get("if-unmodified-since")) is not None:
        moment = parse_http_date(since)
        if moment is not None and last_modified > moment:
            return _failed(response)
    if none_match is not None:
        if _any_weak(etag, parse_etags(none_match)):
            return _not_modified(response) if safe else _failed(response)
    elif safe and last_modified is not None and (since := headers.get("if-modified-since")) is not None:
        moment = parse_http_date(since)
        if moment is not None and last_modified <= moment:
            return _not_modified(response)
    return response


def _any_strong(etag: str | None, candidates: list[str]) -> bool:
    if etag is None or etag.startswith("W/"):
        return False
    return "*" in candidates or etag in candidates


def _any_weak(etag: str | None, candidates: list[str]) -> bool:
    if etag is None:
        return False
    plain = etag.removeprefix("W/")
    return "*" in candidates or any(candidate.removeprefix("W/") == plain for candidate in candidates)


def _failed(response: HttpResponseBase | None) -> HttpResponseBase:
    if response is not None:
        response.close()
    return HttpResponse(status=412)


def _not_modified(response: HttpResponseBase | None) -> HttpResponseBase:
    answer = HttpResponseNotModified()
    if response is not None:
        answer.headers.raw.update(
            {name: response.headers.raw[name] for name in _KEPT_ON_304 if name in response.headers}
        )
        answer.cookies = response.cookies
        response.close()
    return answer
