"""`APIView`: a class whose methods answer HTTP methods with data."""

from __future__ import annotations

import inspect
import re
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

from manoir.bridge import atwin, hook, spawn, twin
from manoir.exceptions import (
    APIException,
    APIPermissionDenied,
    ImproperlyConfigured,
    MethodNotAllowed,
    NotAuthenticated,
    Throttled,
)
from manoir.http import HttpRequest, HttpResponseBase, patch_vary_headers
from manoir.rest._calls import build, call_handler, is_ours
from manoir.rest._csrf import aenforce_csrf
from manoir.rest._declarations import refuse_unknown
from manoir.rest._errors import exception_handler, set_rollback
from manoir.rest._overrides import override_of
from manoir.rest.permissions import AllowAny
from manoir.rest.request import Request
from manoir.rest.response import Response
from manoir.rest.settings import FromSettings, api_settings
from manoir.views import View, answers

__all__ = ["APIView", "exception_handler", "get_view_description", "get_view_name", "set_rollback"]


def get_view_name(view: APIView) -> str:
    """Return the name of a view for people: `BookList` and `book_list` are "Book List"; viewsets have a suffix behind it."""
    name = getattr(view, "name", None)
    if name is not None:
        return str(name)
    words = type(view).__name__
    for ending in ("View", "ViewSet"):
        words = words.removesuffix(ending) or words
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", words).replace("_", " ").split()
    spaced = " ".join(part[:1].upper() + part[1:] for part in parts)
    suffix = getattr(view, "suffix", None)
    return f"{spaced} {suffix}" if suffix else spaced


def get_view_description(view: APIView, html: bool = False) -> str:
    """Return what a view says about itself: its `description`, else its docstring."""
    described = getattr(view, "description", None)
    # Docstrings of manoir's own classes explain the class, not the project's view.
    text = described if described is not None else (type(view).__doc__ if not is_ours(type(view)) else "")
    return inspect.cleandoc(str(text or ""))


class APIView(View):
    """Base of all views of an API.

    Methods `get`, `post` … answer HTTP methods, `def` or `async def`, with a `Request`, and return a `Response`. Before
    them the view negotiates the media type, authenticates, asks its permissions and its throttles.

    Attributes:
        renderer_classes, parser_classes, authentication_classes, throttle_classes, permission_classes: its policies;
            those of REST_FRAMEWORK unless it has its own.
        content_negotiation_class, metadata_class, versioning_class: likewise.
        settings: the options of REST_FRAMEWORK.
        schema: how it is described; None leaves it out of the schema.

    Example:
        >>> class Hello(APIView):
        ...     permission_classes = [AllowAny]
        ...
        ...     async def get(self, request):
        ...         return Response({"hello": "world"})
    """

    renderer_classes: Any = FromSettings("DEFAULT_RENDERER_CLASSES")
    parser_classes: Any = FromSettings("DEFAULT_PARSER_CLASSES")
    authentication_classes: Any = FromSettings("DEFAULT_AUTHENTICATION_CLASSES")
    throttle_classes: Any = FromSettings("DEFAULT_THROTTLE_CLASSES")
    permission_classes: Any = FromSettings("DEFAULT_PERMISSION_CLASSES")
    content_negotiation_class: Any = FromSettings("DEFAULT_CONTENT_NEGOTIATION_CLASS")
    metadata_class: Any = FromSettings("DEFAULT_METADATA_CLASS")
    versioning_class: Any = FromSettings("DEFAULT_VERSIONING_CLASS")
    settings: ClassVar[Any] = api_settings
    schema: Any = FromSettings("DEFAULT_SCHEMA_CLASS")
    has_begun = False
    """Whether a handler was called, so that there may be something to roll back when the answer is an error."""

    view_is_async: Any = True  # handlers of both colours may stand side by side
    request: Any
    format_kwarg: str | None = None
    headers: dict[str, str]
    _negotiator: Any = None
    _response: Any = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Make the view function of this class; it answers in the colour of its caller, and checks CSRF itself.

        Raises:
            TypeError: a name is no attribute of the class, or one of its attributes cannot be what it is.
            ImproperlyConfigured: REQUIRE_PERMISSIONS is set, and nothing says who may use the view.
        """
        refuse_unguarded(cls, initkwargs)
        refuse_unknown(cls, initkwargs)
        return function_of(cls, initkwargs, None)

    # -- what a request meets, in order -------------------------------------------------------------------------------

    @answers
    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a request: prepare it, ask everybody, call the handler, choose the form."""
        # hot path: benchmarks/rest.py
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        cls = type(self)
        make = self.initialize_request
        made = make(request, *args, **kwargs) if is_ours(make) else await spawn(make, request, *args, **kwargs)
        wrapped = self.request = made
        try:
            await self.ainitial(wrapped, *args, **kwargs)
            handler = self.find_handler(wrapped)
            self.has_begun = True
            response = await call_handler(handler, wrapped, *args, **self.handler_kwargs(handler))
        except Exception as error:
            response = await self.ahandle_exception(error)
        if cls.finalize_response is APIView.finalize_response and cls.afinalize_response is APIView.afinalize_response:
            response = self.finalize_response(wrapped, response, *args, **kwargs)
        else:
            response = await self.afinalize_response(wrapped, response, *args, **kwargs)
        self._response = weakref.ref(response)
        return response

    @property
    def response(self) -> Any:
        """The answer, once there is one. It holds the view for its renderer, so the view does not hold it."""
        return None if self._response is None else self._response()

    def find_handler(self, request: Request) -> Callable[..., Any]:
        """Return the method of a request's HTTP method, out of the closed set that the view answers."""
        name = request.method.lower()
        if name in self.http_method_names:
            return getattr(self, name, self.http_method_not_allowed)
        return self.http_method_not_allowed

    def handler_kwargs(self, handler: Callable[..., Any]) -> dict[str, Any]:
        """Return what a handler is called with: the format of the address only where the handler takes it."""
        name = api_settings.FORMAT_SUFFIX_KWARG
        if name in self.kwargs and not takes(handler, name):
            return {key: value for key, value in self.kwargs.items() if key != name}
        return self.kwargs

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Return the request that handlers get."""
        wrapped = Request(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )
        override = override_of(request, self.renderer_classes) if request.method == "POST" else None
        if override is not None:
            wrapped.override_by(override)
        return wrapped

    @hook
    async def ainitial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Do what comes before a handler: negotiate, find the version, authenticate, ask permissions and throttles."""
        # hot path: benchmarks/rest.py (what is manoir's own is called without a coroutine around it)
        self.format_kwarg = self.get_format_suffix(**kwargs)
        choose, find = self.perform_content_negotiation, self.determine_version
        chosen = choose(request) if is_ours(choose) else await spawn(choose, request)
        request.accepted_renderer, request.accepted_media_type = chosen
        found = find(request, *args, **kwargs) if is_ours(find) else await spawn(find, request, *args, **kwargs)
        request.version, request.versioning_scheme = found
        if getattr(request, "_override", None) is not None:
            await aenforce_csrf(request)
        await self.aperform_authentication(request)
        await self.acheck_permissions(request)
        await self.acheck_throttles(request)

    initial = twin(ainitial)

    @hook
    async def aperform_authentication(self, request: Request) -> None:
        """Find out who asks; an override that does nothing leaves it to the first look at `request.user`."""
        await request.auser()

    perform_authentication = twin(aperform_authentication)

    @hook
    async def acheck_permissions(self, request: Request) -> None:
        """Ask each permission for the request.

        Raises:
            NotAuthenticated, PermissionDenied: one of them says no.
        """
        if self._asks_nobody("get_permissions", self.permission_classes):
            return
        for permission in await build(self.get_permissions):
            if not await permission.ahas_permission(request, self):
                await self.arefuse(request, permission)

    check_permissions = twin(acheck_permissions)

    @hook
    async def acheck_object_permissions(self, request: Request, obj: Any) -> None:
        """Ask each permission for one object; `get_object()` does.

        Raises:
            NotAuthenticated, PermissionDenied: one of them says no.
        """
        for permission in await build(self.get_permissions):
            if not await permission.ahas_object_permission(request, self, obj):
                await self.arefuse(request, permission)

    check_object_permissions = twin(acheck_object_permissions)

    async def arefuse(self, request: Request, permission: Any) -> None:
        """Refuse in the words of a permission."""
        await build(
            self.permission_denied,
            request,
            message=getattr(permission, "message", None),
            code=getattr(permission, "code", None),
        )

    @hook
    async def acheck_throttles(self, request: Request) -> None:
        """Ask each throttle; all are asked, so that each counts the request.

        Raises:
            Throttled: one of them says no; the longest wait counts.
        """
        if self._asks_nobody("get_throttles", self.throttle_classes):
            return
        waits: list[Any] = [
            await build(throttle.wait)
            for throttle in await build(self.get_throttles)
            if not await throttle.aallow_request(request, self)
        ]
        if waits:
            await build(
                self.throttled, request, max((seconds for seconds in waits if seconds is not None), default=None)
            )

    check_throttles = twin(acheck_throttles)

    def _asks_nobody(self, getter: str, classes: Any) -> bool:
        """Whether a policy lets everybody through: none of its classes ever says no, and the view has no other ones."""
        if classes and not (type(classes) is list and len(classes) == 1 and classes[0] is AllowAny):
            return False
        return getattr(type(self), getter) is getattr(APIView, getter) and getter not in self.__dict__

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Return the renderer and the media type of the answer; `force` takes the first instead of refusing."""
        renderers = self.get_renderers()
        try:
            return self.get_content_negotiator().select_renderer(request, renderers, self.format_kwarg)
        except Exception:
            if not force:
                raise
            return renderers[0], renderers[0].media_type

    def determine_version(self, request: Request, *args: Any, **kwargs: Any) -> tuple[str | None, Any]:
        """Return the version that is asked for, and the scheme that found it."""
        if self.versioning_class is None:
            return None, None
        scheme = self.versioning_class()
        return scheme.determine_version(request, *args, **kwargs), scheme

    # -- afterwards ---------------------------------------------------------------------------------------------------

    @hook
    def handle_exception(self, exc: Exception) -> Any:
        """Return the answer to an exception, or raise it again."""
        if isinstance(exc, (NotAuthenticated, APIException)) and exc.status_code == 401:
            self._ask_for_credentials(exc)
        handler: Callable[..., Any] = self.get_exception_handler()
        response = handler(exc, self.get_exception_handler_context())
        if response is None:
            return self.raise_uncaught_exception(exc)
        response.exception = True
        return response

    ahandle_exception = atwin(handle_exception, waits=True)

    def _ask_for_credentials(self, exc: Any) -> None:
        """Say by which scheme to authenticate; where no scheme has a challenge, 401 makes no sense and 403 is meant."""
        header = self.get_authenticate_header(self.request)
        if header:
            exc.auth_header = header
        else:
            exc.status_code = 403

    @hook
    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell the response who writes it and which headers it has.

        Raises:
            AssertionError: the handler returned no response.
        """
        if not isinstance(response, HttpResponseBase):
            cure = "is a `return` missing?" if response is None else "write `return Response(…)` around it."
            raise AssertionError(
                f"{type(self).__name__}.{request.method.lower()}() returned {type(response).__name__} where a Response is "
                f"needed: {cure}"
            )
        if isinstance(response, Response):
            if request.accepted_renderer is None:
                chosen = self.perform_content_negotiation(request, force=True)
                request.accepted_renderer, request.accepted_media_type = chosen
            response.accepted_renderer = request.accepted_renderer
            response.accepted_media_type = request.accepted_media_type or ""
            response.renderer_context = self.get_renderer_context()
        for name, value in self.headers.items():
            if name == "Vary" and name in response:
                patch_vary_headers(response, [one.strip() for one in value.split(",")])
            else:
                response[name] = value
        return response

    afinalize_response = atwin(finalize_response)

    def raise_uncaught_exception(self, exc: Exception) -> None:
        """Raise what no answer was found for; with DEBUG, the page of the error is plain text for scripts."""
        raise exc

    # -- refusing -----------------------------------------------------------------------------------------------------

    def permission_denied(self, request: Request, message: Any = None, code: str | None = None) -> None:
        """Refuse: 401 for who did not authenticate and could, 403 otherwise.

        Raises:
            NotAuthenticated, PermissionDenied: always.
        """
        if request.authenticators and not request.successful_authenticator:
            raise NotAuthenticated
        raise APIPermissionDenied(message, code)

    def throttled(self, request: Request, wait: float | None) -> None:
        """Refuse for now.

        Raises:
            Throttled: always.
        """
        raise Throttled(wait)

    @answers
    async def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer 405."""
        raise MethodNotAllowed(request.method)

    @answers
    async def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer OPTIONS with what the view says about itself."""
        if self.metadata_class is None:
            return await self.http_method_not_allowed(request, *args, **kwargs)
        return Response(await self.metadata_class().adetermine_metadata(request, self))

    # -- builders -----------------------------------------------------------------------------------------------------

    @property
    def allowed_methods(self) -> list[str]:  # type: ignore[override]  # documented as a property here
        """The HTTP methods that this view answers, in capitals."""
        return [name.upper() for name in self.http_method_names if hasattr(self, name)]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Headers of every answer."""
        headers = {"Allow": ", ".join(self.allowed_methods)}
        if len(self.renderer_classes) > 1:
            headers["Vary"] = "Accept"
        return headers

    def get_authenticate_header(self, request: Request) -> str | None:
        """Return the challenge of the first authenticator: the value of WWW-Authenticate; None without one."""
        authenticators = self.get_authenticators()
        return authenticators[0].authenticate_header(request) if authenticators else None

    def get_parser_context(self, http_request: HttpRequest) -> dict[str, Any]:
        """Return what parsers are told."""
        return {"view": self, "args": self.args, "kwargs": self.kwargs}

    def get_renderer_context(self) -> dict[str, Any]:
        """Return what renderers are told."""
        return {"view": self, "args": self.args, "kwargs": self.kwargs, "request": self.request}

    def get_exception_handler_context(self) -> dict[str, Any]:
        """Return what the exception handler is told."""
        return {"view": self, "args": self.args, "kwargs": self.kwargs, "request": self.request}

    def get_view_name(self) -> str:
        """Return the view's name for people."""
        return api_settings.VIEW_NAME_FUNCTION(self)

    def get_view_description(self, html: bool = False) -> str:
        """Return what the view says about itself."""
        return api_settings.VIEW_DESCRIPTION_FUNCTION(self, html)

    def get_format_suffix(self, **kwargs: Any) -> str | None:
        """Return the format that the address ends with; None without one."""
        name = api_settings.FORMAT_SUFFIX_KWARG
        return kwargs.get(name) if name else None

    def get_renderers(self) -> list[Any]:
        """Return renderers, in the order of preference."""
        return [renderer() for renderer in self.renderer_classes]

    def get_parsers(self) -> list[Any]:
        """Return parsers."""
        return [parser() for parser in self.parser_classes]

    def get_authenticators(self) -> list[Any]:
        """Return authenticators, in the order they are asked."""
        return [authenticator() for authenticator in self.authentication_classes]

    def get_permissions(self) -> list[Any]:
        """Return permissions, all of which have to agree."""
        return [permission() for permission in self.permission_classes]

    def get_throttles(self) -> list[Any]:
        """Return throttles."""
        return [throttle() for throttle in self.throttle_classes]

    def get_content_negotiator(self) -> Any:
        """Return who chooses parsers and renderers."""
        if self._negotiator is None:
            self._negotiator = self.content_negotiation_class()
        return self._negotiator

    def get_exception_handler(self) -> Callable[..., Any]:
        """Return the function that answers exceptions."""
        return api_settings.EXCEPTION_HANDLER


def function_of(cls: type[Any], initkwargs: dict[str, Any], actions: dict[str, str] | None) -> Callable[..., Any]:
    """Make the view function of a class; a viewset's with the HTTP methods that its actions answer."""

    @answers
    async def answer(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_ours(type(self).dispatch):
            return await self.dispatch(request, *args, **kwargs)
        return await call_handler(self.dispatch, request, *args, **kwargs)

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self = cls(**initkwargs)
        if actions is not None:
            self.bind_actions(actions)
        self.setup(request, *args, **kwargs)
        return answer(self, request, *args, **kwargs)

    view.__name__ = view.__qualname__ = cls.__name__
    view.__doc__ = cls.__doc__
    view.__module__ = cls.__module__
    vars(view).update(vars(answer))
    view.cls = view.view_class = cls  # pyright: ignore[reportFunctionMemberAccess]
    view.initkwargs = view.view_initkwargs = initkwargs  # pyright: ignore[reportFunctionMemberAccess]
    view.csrf_exempt = True  # pyright: ignore[reportFunctionMemberAccess]  # sessions are checked by SessionAuthentication
    view.login_required = False  # pyright: ignore[reportFunctionMemberAccess]  # permissions decide
    return view


def takes(function: Callable[..., Any], name: str) -> bool:
    """Tell whether a function takes a keyword argument."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def refuse_unguarded(cls: type[APIView], initkwargs: dict[str, Any]) -> None:
    """Refuse a view that nothing guards, where REQUIRE_PERMISSIONS says so (H03)."""
    if api_settings.REQUIRE_PERMISSIONS and not is_guarded(cls, initkwargs):
        raise ImproperlyConfigured(
            f"{cls.__module__}.{cls.__qualname__} says nowhere who may use it, and REST_FRAMEWORK['REQUIRE_PERMISSIONS'] "
            "is set. Write `permission_classes = [IsAuthenticated]` (or [AllowAny]), or set DEFAULT_PERMISSION_CLASSES."
        )


def is_guarded(cls: type[Any], initkwargs: dict[str, Any] | None = None) -> bool:
    """Tell whether a view, a class it is made of, or the project says who may use it."""
    if is_ours(cls):  # the root of a router, the description: they show what their reader may use
        return True
    if "permission_classes" in (initkwargs or {}) or api_settings.says("DEFAULT_PERMISSION_CLASSES"):
        return True
    names = ("permission_classes", "get_permissions", "check_permissions", "acheck_permissions")
    return any(name in vars(base) for base in cls.__mro__ if not is_ours(base) for name in names)
