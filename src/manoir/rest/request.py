"""`Request`: an HTTP request with its parsed body, and who sent it."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from manoir.bridge import can_wait, spawn, wait
from manoir.exceptions import APIException, SynchronousOnlyOperation, UnsupportedMediaType
from manoir.http import HttpHeaders, HttpRequest, MultiValueDict, QueryDict
from manoir.rest._calls import is_ours
from manoir.rest._overrides import Override, without_own_fields
from manoir.rest.settings import api_settings

if TYPE_CHECKING:
    from manoir.http import UploadedFile

__all__ = ["Request"]

FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
UNSET: Any = object()


class Request:
    """What the handlers of an API get. Attributes of the HTTP request are there, too.

    Args:
        request: the HTTP request.
        parsers: what may read the body.
        authenticators: who may say whose request it is.
        negotiator: chooses among the parsers.
        parser_context: what parsers are told: `view`, `args`, `kwargs`.

    Attributes:
        accepted_renderer, accepted_media_type: what was negotiated.
        version, versioning_scheme: what `determine_version` found.

    Example:
        >>> Request(HttpRequest()).query_params
        <QueryDict: {}>
    """

    version: str | None = None
    versioning_scheme: Any = None
    accepted_renderer: Any = None
    accepted_media_type: str | None = None

    def __init__(
        self,
        request: HttpRequest,
        parsers: Sequence[Any] | None = None,
        authenticators: Sequence[Any] | None = None,
        negotiator: Any = None,
        parser_context: dict[str, Any] | None = None,
    ) -> None:
        if not isinstance(request, HttpRequest):
            raise TypeError(f"Request() wraps an HttpRequest, not {type(request).__name__}.")
        self._request = request
        self.parsers = list(parsers or ())
        self.authenticators = list(authenticators or ())
        self.negotiator = negotiator
        self._parser_context: dict[str, Any] = dict(parser_context or {})
        view = self._parser_context.pop("view", None)
        # The view holds its request: the other way round, both would wait for the garbage collector.
        self._view = None if view is None else weakref.ref(view)
        self.method: str = request.method
        self._data: Any = UNSET
        self._files: Any = UNSET
        self._user: Any = UNSET
        self._auth: Any = UNSET
        self._authenticator: Any = None
        self._override: Override | None = None
        forced_user = getattr(request, "_force_auth_user", None)
        forced_token = getattr(request, "_force_auth_token", None)
        if forced_user is not None or forced_token is not None:
            self.authenticators = [ForcedAuthentication(forced_user, forced_token)]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_request":
            raise AttributeError(name)
        return getattr(self._request, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.method} {self._request.get_full_path()!r}>"

    @property
    def parser_context(self) -> dict[str, Any]:
        """What parsers are told: `view`, `args`, `kwargs`, `request`, `encoding`; made anew each time."""
        told = {"encoding": "utf-8", **self._parser_context, "request": self}
        return told if self._view is None else {**told, "view": self._view()}

    @property
    def headers(self) -> HttpHeaders:
        """The headers, by name in any case."""
        return self._request.headers

    # -- what was sent ------------------------------------------------------------------------------------------------

    @property
    def query_params(self) -> QueryDict:
        """The fields of the query string."""
        return self._request.GET

    @property
    def content_type(self) -> str:
        """Media type of the body, without parameters; "" when none was sent."""
        override = self._override
        if override is not None and override.content is not None:
            return override.content_type.partition(";")[0].strip().lower()
        return self._request.content_type

    def override_by(self, override: Override) -> None:
        """Mean what a form of a page says in its hidden fields."""
        self._override = override
        self.method = override.method

    @property
    def data(self) -> Any:
        """The parsed body: what JSON says, or the fields and files of a form; an empty QueryDict without a body.

        Raises:
            ParseError: the body is malformed.
            UnsupportedMediaType: no parser of the view reads it.
            RequestDataTooBig: it is larger than settings.DATA_UPLOAD_MAX_MEMORY_SIZE.
        """
        if self._data is UNSET:
            self._load_data_and_files()
        return self._data

    @property
    def FILES(self) -> MultiValueDict[UploadedFile]:
        """The uploaded files."""
        if self._files is UNSET:
            self._load_data_and_files()
        return self._files

    @property
    def POST(self) -> QueryDict:
        """The fields of a form; empty for other media types."""
        data = self.data
        return data if isinstance(data, QueryDict) else QueryDict()

    @property
    def stream(self) -> Any:
        """The body as a file; None without one."""
        if self._override is not None and self._override.content is not None:
            return BytesIO(self._override.content)
        body = self._request.body_stream
        if body is None or not (body.received or body.content_length or not body.loaded):
            return None
        return self._request

    def _load_data_and_files(self) -> None:
        try:
            self._data, self._files = self._parse()
        except AttributeError as error:
            self._data, self._files = QueryDict(), MultiValueDict()
            raise RuntimeError(f"The parser failed with an error of its own: {error}") from error
        except BaseException:
            # Whoever asks again (the page that shows the error) sees an empty body instead of the error once more.
            self._data, self._files = QueryDict(), MultiValueDict()
            raise

    def _parse(self) -> tuple[Any, MultiValueDict[UploadedFile]]:
        stream = self.stream
        if stream is None:
            kind = self.content_type
            return (QueryDict() if not kind or kind in FORM_TYPES else {}), MultiValueDict()
        parser = self.negotiator.select_parser(self, self.parsers) if self.negotiator else None
        if parser is None:
            raise UnsupportedMediaType(self.content_type)
        coding = self._request.headers.raw.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity"):
            # Nothing unpacks bodies: limits count the bytes that arrive (H20).
            raise UnsupportedMediaType(self.content_type, f"Content-Encoding {coding[:40]!r} is not supported.")
        override = self._override
        sent = self._request.headers.raw.get("content-type", "")
        if override is not None and override.content is not None:
            sent = override.content_type
        parsed = parser.parse(stream, sent, self.parser_context)
        fields, files = getattr(parsed, "data", UNSET), getattr(parsed, "files", None)
        if fields is UNSET:
            fields = parsed
        if override is not None and isinstance(fields, QueryDict):
            fields = without_own_fields(fields)
        if not files:
            return fields, MultiValueDict()
        everything = fields.copy()
        everything.update(files)
        return everything, files

    # -- who sent it --------------------------------------------------------------------------------------------------

    @property
    def user(self) -> Any:
        """Who sent it; an AnonymousUser when nobody says so.

        Raises:
            AuthenticationFailed: the credentials are wrong.
            SynchronousOnlyOperation: in a coroutine before the view has authenticated: `await request.auser()`.
        """
        if self._user is UNSET:
            self._wait_for_authentication()
        return self._user

    @user.setter
    def user(self, value: Any) -> None:
        self._user = self._request.user = value

    @property
    def auth(self) -> Any:
        """What the authentication goes by: a token; None for sessions."""
        if self._auth is UNSET:
            self._wait_for_authentication()
        return self._auth

    @auth.setter
    def auth(self, value: Any) -> None:
        self._auth = value
        self._request.auth = value  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def successful_authenticator(self) -> Any:
        """The authenticator that knew the user; None when none did."""
        if self._user is UNSET:
            self._wait_for_authentication()
        return self._authenticator

    def _wait_for_authentication(self) -> None:
        if not can_wait():
            raise SynchronousOnlyOperation(
                "request.user was read in a coroutine before the view had authenticated the request. Write "
                "`await request.auser()`; a view does it in `perform_authentication`."
            )
        try:
            wait(self.aauthenticate())
        except AttributeError as error:
            # Python would take it for a missing attribute and ask the HTTP request instead, whose user nobody has
            # checked here.
            raise RuntimeError(f"Authentication failed with an error of its own: {error}") from error

    async def auser(self) -> Any:
        """Return who sent it; `request.user` is there from then on."""
        if self._user is UNSET:
            await self.aauthenticate()
        return self._user

    async def aauthenticate(self) -> None:
        """Ask the authenticators in order; the first that knows the user decides.

        Raises:
            AuthenticationFailed: one of them found wrong credentials.
        """
        # hot path: benchmarks/rest.py
        for authenticator in self.authenticators:
            try:
                found = await authenticator.aauthenticate(self)
            except APIException:
                self._not_authenticated()
                raise
            if found is not None:
                self._authenticator = authenticator
                self.user, self.auth = found
                return
        self._not_authenticated()

    def _not_authenticated(self) -> None:
        self._authenticator = None
        nobody, no_token = api_settings.UNAUTHENTICATED_USER, api_settings.UNAUTHENTICATED_TOKEN
        self.user = nobody() if nobody else None
        self.auth = no_token() if no_token else None

    async def adata(self) -> Any:
        """Return the parsed body; for parsers of a project that wait."""
        # hot path: benchmarks/rest.py
        if self._data is UNSET and not self._is_plain_json():
            return await spawn(getattr, self, "data")
        return self.data

    def _is_plain_json(self) -> bool:
        """Whether the body is here, and manoir's own parser of JSON reads it, which never waits."""
        body = self._request.body_stream
        if body is None or not body.loaded or not self.parsers or self._override is not None:
            return False
        first = self.parsers[0]
        named = first.media_type == self._request.content_type == "application/json"
        return named and is_ours(type(first)) and is_ours(type(self.negotiator))


class ForcedAuthentication:
    """Says what a test wants: `force_authenticate`."""

    def __init__(self, user: Any, token: Any) -> None:
        self.user, self.token = user, token

    async def aauthenticate(self, request: Request) -> tuple[Any, Any]:
        """Return the pair."""
        return self.user, self.token

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """Return the pair."""
        return self.user, self.token

    def authenticate_header(self, request: Request) -> None:
        """Ask for nothing."""
