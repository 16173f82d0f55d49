"""Responses: status, checked headers, cookies, and content that is bytes before it leaves.

Nothing is allocated for what a response does not use: no cookie jar without a cookie, no list of closers without a
file. `header_items()` is what servers send.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

from manoir import signing
from manoir.conf import settings
from manoir.http._cookies import SameSite, cookie_header, signed_cookie_salt, write_cookie
from manoir.http._headers import ResponseHeaders, header_value
from manoir.http._media import parse_header_parameters

_known_types: dict[str, str] = {}
"""Content types that were checked, with their charset ("" without one); a few, as code names them, not clients."""

MOST_KNOWN_TYPES = 100

_reasons = {status.value: status.phrase for status in HTTPStatus}

logger = logging.getLogger("manoir.request")

_HTML = "text/html; charset="
_HTML_UTF_8 = "text/html; charset=utf-8"


class HttpResponseBase:
    """What all responses share; use `HttpResponse` or one of its kin.

    Args:
        content_type: media type with charset; `text/html; charset=<DEFAULT_CHARSET>` unless told here or in `headers`.
        status: HTTP status, 100 to 599; the class's own unless told.
        reason: text after the status; the usual one unless told.
        charset: charset of text content; from the content type unless told.
        headers: further headers.

    Raises:
        InvalidHeader: a header or the reason holds what HTTP does not allow.
        ValueError, TypeError: the status is no whole number from 100 to 599.
    """

    # The class attribute is what a subclass changes; an instance gets its own only when `status` is given.
    status_code: int = 200
    streaming = False
    is_rendered: bool = True
    """Whether the content is there; only template responses ever say no."""

    _charset: str | None = None
    _reason: str | None = None
    _cookies: SimpleCookie | None = None
    _closers: list[Callable[[], Any]] | None = None
    _follow_ups: list[Callable[[], Awaitable[object]]] | None = None
    closed = False
    xframe_options_exempt: bool = False
    """Whether the answer gets no X-Frame-Options."""
    _csp_config: Any = None
    _csp_ro_config: Any = None

    def __init__(
        self,
        content_type: str | None = None,
        status: int | None = None,
        reason: str | None = None,
        charset: str | None = None,
        headers: Mapping[str, object] | None = None,
    ) -> None:
        # hot path: benchmarks/http_objects.py
        self.headers = bag = ResponseHeaders(headers)
        if status is not None:
            self.status_code = _status(status)
        if reason is not None:
            self._reason = header_value(reason, "reason")
        if charset is not None:
            self._charset = charset
        if content_type is not None:
            if "content-type" in bag.raw:
                raise ValueError(
                    f"The type of the response is given twice, by headers and by content_type={content_type!r}: give it once."
                )
            known = type(content_type) is str and content_type in _known_types
            bag.raw["content-type"] = content_type if known else _checked_type(content_type)
        elif "content-type" not in bag.raw:
            charset = charset or settings.DEFAULT_CHARSET
            bag.raw["content-type"] = _HTML_UTF_8 if charset == "utf-8" else _checked_type(_HTML + charset)

    # -- status and headers -------------------------------------------------------------------------------------------

    @property
    def reason_phrase(self) -> str:
        """The text after the status; the usual one of the status unless it was set."""
        if self._reason is not None:
            return self._reason
        return _reasons.get(self.status_code, "Unknown Status Code")

    @reason_phrase.setter
    def reason_phrase(self, value: str) -> None:
        self._reason = header_value(value, "reason")

    @property
    def charset(self) -> str:
        """Charset in which text becomes bytes."""
        if self._charset is not None:
            return self._charset
        content_type = self.headers.raw.get("content-type", "")
        known = _known_types.get(content_type)
        return (_charset_of(content_type) if known is None else known) or settings.DEFAULT_CHARSET

    @charset.setter
    def charset(self, value: str) -> None:
        self._charset = value

    def __setitem__(self, header: str, value: object) -> None:
        self.headers[header] = value

    def __getitem__(self, header: str) -> str:
        return self.headers[header]

    def __delitem__(self, header: str) -> None:
        del self.headers[header]

    def has_header(self, header: str) -> bool:
        """Return whether a header is set, its name in any case."""
        return header in self.headers

    __contains__ = has_header

    def get(self, header: str, alternate: Any = None) -> Any:
        """Return the value of a header, `alternate` without it."""
        return self.headers.get(header, alternate)

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names and values of the headers, cookies left out."""
        return self.headers.items()

    def setdefault(self, key: str, value: object) -> None:
        """Set a header unless it is set."""
        self.headers.setdefault(key, value)

    def header_items(self) -> list[tuple[str, str]]:
        """Return what a server sends: pairs of lower-case name and value, one `set-cookie` for each cookie."""
        # hot path: benchmarks/http_objects.py
        items = list(self.headers.raw.items())
        if self._cookies:
            items += [("set-cookie", cookie_header(morsel)) for morsel in self._cookies.values()]
        return items

    def serialize_headers(self) -> bytes:
        """Return the headers as HTTP/1.1 writes them."""
        return b"\r\n".join(f"{name}: {value}".encode("latin-1") for name, value in self.headers.items())

    # -- cookies ------------------------------------------------------------------------------------------------------

    @property
    def cookies(self) -> SimpleCookie:
        """The cookies this response sets."""
        if self._cookies is None:
            self._cookies = SimpleCookie()
        return self._cookies

    @cookies.setter
    def cookies(self, value: SimpleCookie) -> None:
        self._cookies = value

    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: float | timedelta | None = None,
        expires: str | datetime | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: SameSite = None,
    ) -> None:
        """Set a cookie.

        Args:
            key: its name.
            value: its value.
            max_age: seconds it lives, or a timedelta; None until the browser closes.
            expires: when it ends, as a datetime (UTC when naive) or `"Wdy, DD Mon YYYY HH:MM:SS GMT"`.
            path: paths it is sent to.
            domain: domain whose subdomains get it too; None for this host only.
            secure: send it over HTTPS only.
            httponly: hide it from scripts.
            samesite: `"Lax"`, `"Strict"` or `"None"`.

        Raises:
            InvalidHeader: a name or attribute holds `;`, controls or characters outside ASCII.
            ValueError: `samesite` is unknown, or a `__Host-`/`__Secure-` name lacks what browsers demand.
        """
        write_cookie(self.cookies, key, value, max_age, expires, path, domain, secure, httponly, samesite)

    def set_signed_cookie(self, key: str, value: str, salt: str = "", **kwargs: Any) -> None:
        """Set a cookie that cannot be changed unnoticed; read it by `request.get_signed_cookie()`.

        Args:
            key: its name.
            value: its value.
            salt: tells cookies of one name but several purposes apart.
            **kwargs: as for `set_cookie()`.
        """
        signed = signing.TimestampSigner(salt=signed_cookie_salt(key, salt)).sign(value)
        self.set_cookie(key, signed, **kwargs)

    def delete_cookie(
        self, key: str, path: str | None = "/", domain: str | None = None, samesite: SameSite = None
    ) -> None:
        """Tell the browser to forget a cookie; `path` and `domain` as they were when it was set."""
        secure = key.startswith(("__Secure-", "__Host-")) or (samesite or "").lower() == "none"
        expires = "Thu, 01 Jan 1970 00:00:00 GMT"
        write_cookie(self.cookies, key, "", 0, expires, path, domain, secure, samesite=samesite)

    # -- content ------------------------------------------------------------------------------------------------------

    def make_bytes(self, value: object) -> bytes:
        """Return `value` as the bytes that are sent."""
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value)
        return str(value).encode(self.charset)

    def conclude(self, request: Any) -> HttpResponseBase:
        """Return the answer to this very request, after all middleware: where ranges and conditions are applied.

        Args:
            request: the HttpRequest that is answered.
        """
        return self

    def add_closer(self, closer: Callable[[], Any]) -> None:
        """Have `closer` called by `close()`."""
        if self._closers is None:
            self._closers = []
        self._closers.append(closer)

    def add_follow_up(self, work: Callable[[], Awaitable[object]]) -> None:
        """Have `work` awaited once the answer was sent: what takes time and changes nothing about the answer.

        It runs in the same process, after the middleware and outside of the request's transaction. What it raises is
        logged. What must not be lost when the process ends belongs into a queue.

        Args:
            work: a function without arguments, `async def`.

        Example:
            >>> response = HttpResponse("We have sent you a mail.")
            >>> response.add_follow_up(send_the_mail)  # doctest: +SKIP
        """
        if self._follow_ups is None:
            self._follow_ups = []
        self._follow_ups.append(work)

    async def afollow_up(self) -> None:
        """Do what `add_follow_up()` asked for; servers call it when the answer was sent."""
        works, self._follow_ups = self._follow_ups, None
        for work in works or ():
            try:
                await work()
            except Exception:
                logger.exception("What follows an answer failed: %r.", work)

    def close(self) -> None:
        """Free what the response holds; servers call it when the answer was sent, or could not be."""
        closers, self._closers = self._closers, None
        self.closed = True
        for closer in closers or ():
            closer()

    async def aclose(self) -> None:
        """Free what the response holds, async iterators included."""
        self.close()

    def write(self, content: object) -> None:
        """Add content; only for responses whose content is kept."""
        raise OSError(f"This {type(self).__name__} cannot be written to.")

    def flush(self) -> None:
        """Do nothing: content leaves when the view has returned."""

    def tell(self) -> int:
        """Return the position; only for responses whose content is kept."""
        raise OSError(f"This {type(self).__name__} has no position.")

    def readable(self) -> bool:
        """Responses are not read as files."""
        return False

    def seekable(self) -> bool:
        """Responses are not files with positions."""
        return False

    def writable(self) -> bool:
        """Whether `write()` works."""
        return False

    def __repr__(self) -> str:
        kind = self.headers.raw.get("content-type")
        shown = f', "{kind}"' if kind else ""
        return f"<{type(self).__name__} status_code={self.status_code}{shown}>"


def _status(status: Any) -> int:
    try:
        number = int(status)
    except (TypeError, ValueError):
        raise TypeError(f"The status of a response is a whole number, not {status!r}.") from None
    if not 100 <= number <= 599:
        raise ValueError(f"The status of a response is a whole number from 100 to 599, not {number}.")
    return number


def _checked_type(content_type: object) -> str:
    text = header_value(content_type, "Content-Type")
    if len(_known_types) < MOST_KNOWN_TYPES:
        _known_types[text] = _charset_of(text)
    return text


def _charset_of(content_type: str) -> str:
    return parse_header_parameters(content_type)[1].get("charset", "") if "charset" in content_type else ""


class HttpResponse(HttpResponseBase):
    """An answer whose content is known as a whole.

    Args:
        content: text, bytes, or an iterable of both, which is read at once.
        content_type, status, reason, charset, headers: see `HttpResponseBase`.

    Example:
        >>> response = HttpResponse("Here you are", headers={"X-Shop": "tea"})
        >>> response.content, response.status_code, response["X-Shop"]
        (b'Here you are', 200, 'tea')
    """

    _content: bytes = b""

    def __init__(
        self,
        content: object = b"",
        content_type: str | None = None,
        status: int | None = None,
        reason: str | None = None,
        charset: str | None = None,
        headers: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(content_type, status, reason, charset, headers)
        self.content = content

    @property
    def content(self) -> bytes:
        """The bytes that are sent; set it to text, bytes or an iterable."""
        return self._content

    @content.setter
    def content(self, value: object) -> None:
        if type(value) is bytes:
            self._content = value
        elif isinstance(value, str):
            self._content = value.encode(self.charset)
        else:
            self._content = self._joined(value)

    def _joined(self, value: object) -> bytes:
        if isinstance(value, (bytes, bytearray, memoryview)) or not hasattr(value, "__iter__"):
            return self.make_bytes(value)
        iterable: Any = value
        content = b"".join([self.make_bytes(chunk) for chunk in iterable])
        if hasattr(iterable, "close"):
            iterable.close()
        return content

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode(self.charset)

    def __iter__(self) -> Iterator[bytes]:
        return iter((self.content,))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content

    def write(self, content: object) -> None:
        """Add content at the end."""
        self.content = self.content + self.make_bytes(content)

    def writelines(self, lines: Iterable[object]) -> None:
        """Add several pieces of content at the end."""
        self.content = self.content + b"".join(self.make_bytes(line) for line in lines)

    def tell(self) -> int:
        """Return the length of the content."""
        return len(self.content)

    def getvalue(self) -> bytes:
        """Return the content."""
        return self.content

    def writable(self) -> bool:
        """Content can be added."""
        return True

    def serialize(self) -> bytes:
        """Return headers and content as HTTP/1.1 writes them."""
        return self.serialize_headers() + b"\r\n\r\n" + self.content

    __bytes__ = serialize


# -- by status --------------------------------------------------------------------------------------------------------


class HttpResponseNotModified(HttpResponse):
    """304: the client's copy is still good; has no content."""

    status_code = 304

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self["content-type"]

    @HttpResponse.content.setter
    def content(self, value: object) -> None:  # type: ignore[override]
        """Refuse any content."""
        if value:
            raise AttributeError("A 304 response has no content.")


class HttpResponseBadRequest(HttpResponse):
    """400: the request cannot be understood."""

    status_code = 400


class HttpResponseForbidden(HttpResponse):
    """403: whoever asks may not do this."""

    status_code = 403


class HttpResponseNotFound(HttpResponse):
    """404: nothing is here."""

    status_code = 404


class HttpResponseNotAllowed(HttpResponse):
    """405: this verb is not offered.

    Args:
        permitted_methods: the verbs that are.
        *args: as for HttpResponse.
        **kwargs: as for HttpResponse.

    Example:
        >>> HttpResponseNotAllowed(["GET", "POST"])["Allow"]
        'GET, POST'
    """

    status_code = 405

    def __init__(self, permitted_methods: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self["Allow"] = ", ".join(permitted_methods)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self['Allow']}] status_code={self.status_code}>"


class HttpResponseGone(HttpResponse):
    """410: it was here and will not come back."""

    status_code = 410


class HttpResponseServerError(HttpResponse):
    """500: the server failed."""

    status_code = 500
