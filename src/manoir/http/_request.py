"""The request: a frozen head, a body stream, and attributes that are worked out when they are first read."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from manoir import signing
from manoir.bridge import can_wait, wait
from manoir.conf import settings
from manoir.exceptions import (
    BadRequest,
    BadSignature,
    DisallowedHost,
    ImproperlyConfigured,
    SynchronousOnlyOperation,
)
from manoir.http._body import RequestBody
from manoir.http._content import RequestContent
from manoir.http._cookies import parse_cookie, signed_cookie_salt
from manoir.http._head import RequestHead, split_peer
from manoir.http._headers import HttpHeaders
from manoir.http._hosts import (
    KNOWN_HOSTS,
    allowed_hosts,
    client_and_hops,
    forwarded_values,
    is_allowed_host,
    remember_host,
    split_host,
)
from manoir.http._media import MediaType, acceptance, parse_accept, parse_header_parameters, preferred_type
from manoir.http._meta import Meta
from manoir.http._querydict import QueryDict, known_charset
from manoir.http._uri import escape_uri_path, iri_to_uri

_BAD_PATH = re.compile(r"[\x00-\x1f\x7f\ufffd]")
_REQUEST_ID = re.compile(r"[A-Za-z0-9\-._:+/=@]{1,128}")
_RAISE: Any = object()


MISSING_LAYERS = {
    "session": " Put manoir.sessions.SessionMiddleware into MIDDLEWARE.",
    "auser": " Put manoir.auth.AuthenticationMiddleware into MIDDLEWARE, after manoir.sessions.SessionMiddleware.",
}
"""What to do about attributes that middleware sets."""


class HttpRequest(RequestContent):
    """A request of a client, with Django's documented attributes.

    Args:
        head: what the server knows before the body; None makes an empty request, for tests.
        body: the body; None for none.

    Attributes:
        method: the verb, in capitals.
        path: full path of the page, decoded, without host and query.
        path_info: the part of `path` after the prefix under which the application is mounted.
        script_name: that prefix, without a slash at its end: the server's, or settings.FORCE_SCRIPT_NAME.
        resolver_match: which pattern and view the path led to; None until it is resolved.
        urlconf: set by middleware to use another URL configuration for this request; None uses ROOT_URLCONF.
        logged_path: set by a view whose address holds a secret: what the log shows instead of the address.
        session: set by the session middleware.
        user: set by the authentication middleware.

    Example:
        >>> request = HttpRequest(RequestHead(raw_path="/search/", query_string="q=tea"))
        >>> request.method, request.path, request.GET["q"]
        ('GET', '/search/', 'tea')
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_accepted",
        "_claimed",
        "_client",
        "_content",
        "_cookies",
        "_csp_nonce",
        "_encoding",
        "_files",
        "_get",
        "_head",
        "_headers",
        "_host",
        "_id",
        "_late",
        "_meta",
        "_open_answer",
        "_post",
        "_scheme",
        "_stream",
        "body_stream",
        "method",
        "path",
        "path_info",
        "resolver_match",
        "script_name",
        "urlconf",
        "user",
    )

    method: str
    path: str
    path_info: str
    script_name: str
    resolver_match: Any
    urlconf: Any
    logged_path: str
    session: Any
    user: Any
    auser: Any
    csrf: Any = None
    _open_answer: Any

    def __init__(self, head: RequestHead | None = None, body: RequestBody | None = None) -> None:
        self._head = head = head or RequestHead()
        path = head.path
        if not path:
            path = head.raw_path
            if "%" in path or not path.isascii():
                path = unquote_to_bytes(path).decode("utf-8", "replace")
        self._begin(head.method, path, head.root_path, body, None)

    def _begin(self, method: str, path: str, root_path: str, body: RequestBody | None, host: str | None) -> None:
        """Fill a new request; `host` is the one Host header, None where it is still to be looked for."""
        # hot path: benchmarks/http_objects.py
        self.method = method
        self.body_stream = body
        self._claimed = host
        self.path_info = path
        forced = settings.FORCE_SCRIPT_NAME
        prefix = root_path if forced is None else forced
        self.script_name = prefix = prefix.rstrip("/") if prefix else ""
        self.path = prefix + path if prefix else path
        self.resolver_match = self.urlconf = None
        self._get = self._post = self._files = self._cookies = self._headers = self._meta = self._host = None
        self._accepted = self._client = self._content = self._csp_nonce = self._encoding = self._late = None
        self._id = self._open_answer = self._scheme = self._stream = None

    def make_late(self, name: str, make: Callable[[HttpRequest], Any]) -> None:
        """Have an attribute made when it is first read, as middleware does, whose requests mostly touch none of it.

        Args:
            name: of the attribute; it is not there yet.
            make: called with the request, gives the value; it sets the attribute itself if the value is to stay.
        """
        self.make_all_late({name: make})

    def make_all_late(self, makers: Mapping[str, Callable[[HttpRequest], Any]]) -> None:
        """Have several attributes made when they are read; the mapping may be one for all requests, and is not changed."""
        # hot path: benchmarks/web.py
        self._late = makers if self._late is None else {**self._late, **makers}

    def has(self, name: str) -> bool:
        """Tell whether an attribute is there, or would be made when it is read."""
        return (self._late is not None and name in self._late) or name in self.__dict__

    def __getattr__(self, name: str) -> Any:
        """Make what is made late, and read the user at the first touch; called for attributes that nobody set."""
        if name == "user":
            return self._wait_for_user()
        late = None if name == "_late" else self._late
        if late is None or name not in late:
            raise AttributeError(f"This request has no attribute {name!r}.{MISSING_LAYERS.get(name, '')}")
        return late[name](self)

    def _wait_for_user(self) -> Any:
        load = self.auser
        if not can_wait():
            raise SynchronousOnlyOperation(
                "request.user was read in a coroutine before it was loaded, where it cannot wait for the database. "
                "Write `user = await request.auser()`; from then on request.user is there, too."
            )
        self.user = user = wait(load())
        return user

    def __copy__(self) -> Self:
        """Return a twin with the same session and whatever else is made late; the user is not read for it."""
        for name in self._late or ():
            getattr(self, name)
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for kind in type(self).__mro__:
            for name in kind.__dict__.get("__slots__", ()):
                with suppress(AttributeError):  # nobody has set it yet
                    if not name.startswith("__"):
                        setattr(twin, name, object.__getattribute__(self, name))
        return twin

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.method} {self.get_full_path()!r}>"

    # -- head ---------------------------------------------------------------------------------------------------------

    @property
    def head(self) -> RequestHead:
        """What the server knew before the body."""
        return self._head

    @property
    def headers(self) -> HttpHeaders:
        """The headers, by name in any case."""
        headers = self._headers
        if headers is None:
            headers = self._headers = HttpHeaders(self.head.headers)
        return headers

    @property
    def META(self) -> Meta:
        """The CGI names of the request, read-only."""
        if self._meta is None:
            self._meta = Meta(self.head, self.headers, self.path_info, self.script_name)
        return self._meta

    @property
    def COOKIES(self) -> dict[str, str]:
        """The cookies, by name. A page for which they were read is kept for nobody else, unless it varies on Cookie."""
        self.headers.cookie_read = True
        return self._parsed_cookies()

    @property
    def cookies_used(self) -> bool:
        """Whether cookies were read: as `COOKIES`, or as the header of `headers` and `META`."""
        return self._headers is not None and self._headers.cookie_read

    def _parsed_cookies(self) -> dict[str, str]:
        if self._cookies is None:
            self._cookies = parse_cookie(self.headers.raw.get("cookie", ""))
        return self._cookies

    def peek_cookie(self, name: str) -> str | None:
        """Return a cookie without counting as a reader of `COOKIES`; None where it was not sent.

        For layers that say in another way what the page depends on, as sessions do by `session.accessed`.
        """
        return self._parsed_cookies().get(name)

    @COOKIES.setter
    def COOKIES(self, value: dict[str, str]) -> None:
        self._cookies = value

    @property
    def GET(self) -> QueryDict:
        """The fields of the query string.

        Raises:
            TooManyFieldsSent: more than settings.DATA_UPLOAD_MAX_NUMBER_FIELDS.
        """
        if self._get is None:
            self._get = QueryDict(self.head.query_string, encoding=self._encoding)
        return self._get

    @GET.setter
    def GET(self, value: QueryDict) -> None:
        self._get = value

    @property
    def content_type(self) -> str:
        """Media type of the body, in lower case and without parameters; "" when none was sent."""
        return self._content_header()[0]

    @property
    def content_params(self) -> Mapping[str, str]:
        """Parameters of the Content-Type header."""
        return self._content_header()[1]

    def _content_header(self) -> tuple[str, dict[str, str]]:
        if self._content is None:
            self._content = parse_header_parameters(self.headers.raw.get("content-type", ""))
        return self._content

    @property
    def encoding(self) -> str | None:
        """Charset used for the fields; None means settings.DEFAULT_CHARSET. Setting it reads GET and POST anew."""
        if self._encoding is None and (charset := self.content_params.get("charset")):
            self._encoding = known_charset(charset)
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = None if value is None else known_charset(value)
        self._get = self._post = self._files = None

    @property
    def accepted_types(self) -> list[MediaType]:
        """The media types the client accepts, best first."""
        if self._accepted is None:
            self._accepted = parse_accept(self.headers.raw.get("accept", "*/*"))
        return self._accepted

    def accepts(self, media_type: str) -> bool:
        """Return whether the Accept header allows `media_type`.

        Example:
            >>> HttpRequest(RequestHead(headers=[("accept", "text/*")])).accepts("text/html")
            True
        """
        return acceptance(self.accepted_types, media_type)[0] > 0

    def get_preferred_type(self, media_types: Sequence[str]) -> str | None:
        """Return the member of `media_types` that the client likes best, None when it accepts none of them."""
        return preferred_type(self.accepted_types, media_types)

    # -- host, scheme, address ----------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Refuse a request whose path or host cannot be trusted; the handler calls this before any middleware.

        Raises:
            BadRequest: the path does not start with a slash, is no UTF-8, or holds control characters.
            DisallowedHost: the host is none of ALLOWED_HOSTS.
        """
        # hot path: benchmarks/http_objects.py
        path = self.path_info
        if path[:1] != "/" or (not (path.isascii() and path.isprintable()) and _BAD_PATH.search(path)):
            raise BadRequest("The path of this request is not UTF-8 text that starts with a slash.")
        if not settings.USE_X_FORWARDED_HOST:
            # A host that was allowed before is allowed: no other header needs to be read.
            self._host = KNOWN_HOSTS.get(self._claimed)  # type: ignore[arg-type]
        if self._host is None:
            self.get_host()

    def get_host(self) -> str:
        """Return host and port as the client addressed them.

        Raises:
            DisallowedHost: the host is malformed or none of ALLOWED_HOSTS.
        """
        if self._host is None:
            self._host = self._validated_host(self._claimed_host())
        return self._host

    def _claimed_host(self) -> str:
        headers = self.headers.raw
        if settings.USE_X_FORWARDED_HOST and "x-forwarded-host" in headers:
            forwarded = self._forwarded(headers["x-forwarded-host"])
            if forwarded is not None:
                return forwarded
        host = headers.get("host")
        if host is not None:
            return host
        address, port = split_peer(self.head.server)
        host = f"[{address}]" if ":" in address else address or "localhost"
        return host if port in (0, 443 if self.is_secure() else 80) else f"{host}:{port}"

    def _validated_host(self, claimed: str) -> str:
        known = KNOWN_HOSTS.get(claimed)
        if known is not None:
            return known
        name, port = split_host(claimed)
        if name and is_allowed_host(name, allowed_hosts()):
            host = f"{name}:{port}" if port else name
            remember_host(claimed, host)
            return host
        if not name:
            raise DisallowedHost(f"{claimed[:100]!r} is no valid host (RFC 1034, 1035).")
        raise DisallowedHost(f"The host {name!r} is not allowed. Add it to ALLOWED_HOSTS if this site answers to it.")

    def get_port(self) -> str:
        """Return the port the client addressed."""
        forwarded = self.headers.raw.get("x-forwarded-port") if settings.USE_X_FORWARDED_PORT else None
        value = self._forwarded(forwarded) if forwarded is not None else None
        if value is not None and value.isascii() and value.isdecimal() and len(value) <= 5:
            return value
        return str(split_peer(self.head.server)[1])

    def _forwarded(self, header: str) -> str | None:
        """Return the member of a forwarded header that the outermost trusted proxy wrote; None from other peers."""
        values = forwarded_values(header)
        if not settings.TRUSTED_PROXIES:
            return values[-1]
        hops = self._client_and_hops()[1]
        return values[-min(hops, len(values))] if hops else None

    def _client_and_hops(self) -> tuple[str, int]:
        if self._client is None:
            peer = split_peer(self.head.client)[0]
            self._client = client_and_hops(peer, self.headers.raw.get("x-forwarded-for"))
        return self._client

    @property
    def client_ip(self) -> str:
        """Address of the client; read from X-Forwarded-For only as far as settings.TRUSTED_PROXIES vouch for it."""
        return self._client_and_hops()[0]

    @property
    def is_from_trusted_proxy(self) -> bool:
        """Whether the peer that sent this request is one of settings.TRUSTED_PROXIES, so that its headers count."""
        return self._client_and_hops()[1] > 0

    @property
    def id(self) -> str:
        """Name of this request in logs: X-Request-ID of a trusted proxy, otherwise a new random one."""
        if self._id is None:
            given = self.headers.raw.get("x-request-id", "")
            if given and settings.TRUSTED_PROXIES and self._client_and_hops()[1] and _REQUEST_ID.fullmatch(given):
                self._id = given
            else:
                self._id = secrets.token_hex(16)
        return self._id

    @property
    def scheme(self) -> str:
        """`"http"` or `"https"`, as the client sees it (settings.SECURE_PROXY_SSL_HEADER)."""
        if self._scheme is None:
            self._scheme = self._seen_scheme() if settings.SECURE_PROXY_SSL_HEADER else self.head.scheme
        return self._scheme

    def _seen_scheme(self) -> str:
        try:
            name, secure_value = settings.SECURE_PROXY_SSL_HEADER  # type: ignore[misc]
        except (TypeError, ValueError):
            raise ImproperlyConfigured(
                "SECURE_PROXY_SSL_HEADER is a tuple of two: ('HTTP_X_FORWARDED_PROTO', 'https')."
            ) from None
        header = self.headers.raw.get(name.removeprefix("HTTP_").lower().replace("_", "-"))
        if header is None:
            return self.head.scheme
        # Documented for a single proxy: the first member counts. Behind known proxies it is the outermost one's.
        value = self._forwarded(header) if settings.TRUSTED_PROXIES else header.partition(",")[0].strip()
        if value is None:
            return self.head.scheme
        return "https" if value == secure_value else "http"

    def is_secure(self) -> bool:
        """Return whether the client speaks HTTPS."""
        return self.scheme == "https"

    @property
    def csp_nonce(self) -> str:
        """The nonce of this answer's Content-Security-Policy; made when it is first read, so an unused one costs nothing."""
        if self._csp_nonce is None:
            self._csp_nonce = secrets.token_urlsafe(18)
        return self._csp_nonce

    @property
    def csp_nonce_used(self) -> str | None:
        """The nonce, when something has read it; None otherwise."""
        return self._csp_nonce

    # -- addresses ----------------------------------------------------------------------------------------------------

    def get_full_path(self, force_append_slash: bool = False) -> str:
        """Return path and query string, percent-encoded.

        Args:
            force_append_slash: end the path with a slash.
        """
        return self._full_path(self.path, force_append_slash)

    def get_full_path_info(self, force_append_slash: bool = False) -> str:
        """Return `path_info` and query string, percent-encoded."""
        return self._full_path(self.path_info, force_append_slash)

    def _full_path(self, path: str, force_append_slash: bool) -> str:
        query = self.head.query_string
        slash = "/" if force_append_slash and not path.endswith("/") else ""
        return f"{escape_uri_path(path)}{slash}{'?' + (iri_to_uri(query) or '') if query else ''}"

    def build_absolute_uri(self, location: str | None = None) -> str:
        """Return the full address of `location`.

        Args:
            location: a path, relative path or address; None means this page with its query string.

        Raises:
            DisallowedHost: the host of this request is not allowed.

        Example:
            >>> request = HttpRequest(RequestHead(scheme="https", headers=[("host", "shop.example")]))
            >>> request.build_absolute_uri("/books/")
            'https://shop.example/books/'
        """
        if location is None:
            # Two leading slashes would read as a host.
            location = "/" + self.get_full_path().lstrip("/")
        location = str(location)
        parts = urlsplit(location)
        if not (parts.scheme and parts.netloc):
            base = f"{self.scheme}://{self.get_host()}"
            plain = location.startswith("/") and not location.startswith("//") and "/." not in location
            location = base + location if plain else urljoin(f"{base}{escape_uri_path(self.path)}", location)
        return iri_to_uri(location) or ""

    # -- signed cookies -----------------------------------------------------------------------------------------------

    def get_signed_cookie(self, key: str, default: Any = _RAISE, salt: str = "", max_age: Any = None) -> Any:
        """Return the value of a cookie set by `response.set_signed_cookie()`.

        Args:
            key: name of the cookie.
            default: returned instead of an error when the cookie is missing, forged or too old.
            salt: the same as when it was set.
            max_age: oldest acceptable age, in seconds or as a timedelta; None accepts any.

        Raises:
            KeyError: the cookie is missing and there is no `default`.
            BadSignature: the cookie was changed. SignatureExpired: it is older than `max_age`.
        """
        try:
            signed = self.COOKIES[key]
            return signing.TimestampSigner(salt=signed_cookie_salt(key, salt)).unsign(signed, max_age=max_age)
        except (KeyError, BadSignature):
            if default is _RAISE:
                raise
            return default
