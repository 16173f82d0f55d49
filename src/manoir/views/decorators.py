"""Decorators for views of either colour: which methods, which headers, which conditions, where sync code runs.

Each works on `def` and `async def` views alike; put one on a class's method with `method_decorator`.
"""

from __future__ import annotations

import datetime as dt
import functools
import inspect
import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from manoir import bridge
from manoir.http import (
    FileUploadHandler,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    add_never_cache_headers,
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
    quote_etag,
)
from manoir.middleware import PageCache, csp_override, csp_report_only_override
from manoir.uploads import bytes_of
from manoir.views._layers import (
    conditional_page,
    decorator_from_middleware,
    decorator_from_middleware_with_args,
    gzip_page,
    no_append_slash,
)

__all__ = [
    "cache_control",
    "cache_page",
    "condition",
    "conditional_page",
    "csp_override",
    "csp_report_only_override",
    "decorator_from_middleware",
    "decorator_from_middleware_with_args",
    "etag",
    "gzip_page",
    "last_modified",
    "loop_view",
    "max_body_size",
    "method_decorator",
    "never_cache",
    "no_append_slash",
    "non_atomic_requests",
    "require_GET",
    "require_POST",
    "require_http_methods",
    "require_safe",
    "thread_view",
    "upload_handlers",
    "vary_on_cookie",
    "vary_on_headers",
    "xframe_options_deny",
    "xframe_options_exempt",
    "xframe_options_sameorigin",
]

View = TypeVar("View", bound=Callable[..., Any])

logger = logging.getLogger("manoir.request")


def around(
    view: View,
    *,
    before: Callable[..., HttpResponseBase | None] | None = None,
    after: Callable[[HttpRequest, Any], Any] | None = None,
) -> View:
    """Wrap a view of either colour: `before` may answer instead of it, `after` sees and may replace its response."""
    if inspect.iscoroutinefunction(view):

        @functools.wraps(view)
        async def wrapped_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            early = before(request, *args, **kwargs) if before else None
            response = early if early is not None else await view(request, *args, **kwargs)
            return after(request, response) or response if after else response

        return wrapped_async  # pyright: ignore[reportReturnType]

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        early = before(request, *args, **kwargs) if before else None
        response = early if early is not None else view(request, *args, **kwargs)
        if inspect.iscoroutine(response):  # a view of either colour, called in a coroutine
            return finished(request, response, after)
        return after(request, response) or response if after else response

    return wrapped  # pyright: ignore[reportReturnType]


async def finished(request: HttpRequest, response: Any, after: Callable[[HttpRequest, Any], Any] | None) -> Any:
    """Await a response, then let `after` see it."""
    response = await response
    return after(request, response) or response if after else response


# -- methods ----------------------------------------------------------------------------------------------------------


def require_http_methods(request_method_list: Sequence[str]) -> Callable[[View], View]:
    """Answer 405 to every method that is not in the list.

    Args:
        request_method_list: HTTP methods in capitals.

    Example:
        >>> @require_http_methods(["GET", "POST"])
        ... async def book(request): ...
    """
    allowed = [method.upper() for method in request_method_list]

    def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase | None:
        if request.method in allowed:
            return None
        logger.warning(
            "Method Not Allowed (%s): %s", request.method, request.path, extra={"status_code": 405, "request": request}
        )
        return HttpResponseNotAllowed(allowed)

    return lambda view: around(view, before=check)


require_GET = require_http_methods(["GET"])
require_POST = require_http_methods(["POST"])
require_safe = require_http_methods(["GET", "HEAD"])


# -- conditions -------------------------------------------------------------------------------------------------------


def condition(
    etag_func: Callable[..., Any] | None = None,
    last_modified_func: Callable[..., Any] | None = None,
) -> Callable[[View], View]:
    """Answer 304 or 412 without calling the view, where the client's conditions allow.

    Args:
        etag_func: gets what the view gets and returns its ETag, with or without quotes; None for unknown. `def`
            (which an async view runs in a thread, unless `SYNC_VIEWS = "loop"`) or `async def`.
        last_modified_func: returns when the resource changed last, as a datetime; None for unknown.

    Example:
        >>> @condition(etag_func=lambda request, pk: f"book-{pk}")
        ... async def book(request, pk): ...
    """

    def facts(request: HttpRequest, *args: Any, **kwargs: Any) -> tuple[str | None, int | None]:
        etag: Any = etag_func(request, *args, **kwargs) if etag_func else None
        changed: Any = last_modified_func(request, *args, **kwargs) if last_modified_func else None
        etag, changed = now(etag), now(changed)
        if changed is not None and changed.tzinfo is None:
            changed = changed.replace(tzinfo=dt.UTC)
        return quote_etag(etag) if etag is not None else None, int(changed.timestamp()) if changed else None

    def finish(request: HttpRequest, response: HttpResponseBase, etag: str | None, changed: int | None) -> Any:
        if request.method in ("GET", "HEAD"):
            if changed is not None and "Last-Modified" not in response.headers:
                moment = dt.datetime.fromtimestamp(changed, dt.UTC)
                response.headers["Last-Modified"] = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
            if etag is not None:
                response.headers.setdefault("ETag", etag)
        return response

    def decorate(view: View) -> View:
        @functools.wraps(view)
        async def wrapped_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            etag, changed = await bridge.run_sync(facts, request, *args, **kwargs)
            response: Any = get_conditional_response(request, etag=etag, last_modified=changed)
            if response is None:
                response = view(request, *args, **kwargs)
                response = await response if inspect.isawaitable(response) else response
            return finish(request, response, etag, changed)

        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not bridge.can_wait():  # a view of either colour, called in a coroutine
                return wrapped_async(request, *args, **kwargs)
            etag, changed = facts(request, *args, **kwargs)
            response = get_conditional_response(request, etag=etag, last_modified=changed)
            if response is None:
                response = now(view(request, *args, **kwargs))
            return finish(request, response, etag, changed)

        return wrapped_async if inspect.iscoroutinefunction(view) else wrapped  # pyright: ignore[reportReturnType]

    return decorate


def now(value: Any) -> Any:
    """The value itself, or what a coroutine gives."""
    return bridge.wait(value) if inspect.iscoroutine(value) else value


def etag(etag_func: Callable[..., Any]) -> Callable[[View], View]:
    """Short for `condition(etag_func=…)`."""
    return condition(etag_func=etag_func)


def last_modified(last_modified_func: Callable[..., Any]) -> Callable[[View], View]:
    """Short for `condition(last_modified_func=…)`."""
    return condition(last_modified_func=last_modified_func)


# -- headers ----------------------------------------------------------------------------------------------------------


def vary_on_headers(*headers: str) -> Callable[[View], View]:
    """Add names to the `Vary` header of the response."""

    def after(request: HttpRequest, response: Any) -> None:
        patch_vary_headers(response, headers)

    return lambda view: around(view, after=after)


vary_on_cookie = vary_on_headers("Cookie")


def cache_control(**directives: Any) -> Callable[[View], View]:
    """Set directives of `Cache-Control`: `cache_control(private=True, max_age=3600)`."""

    def after(request: HttpRequest, response: Any) -> None:
        patch_cache_control(response, **directives)

    return lambda view: around(view, after=after)


def cache_page(
    timeout: float | None, *, cache: str | None = None, key_prefix: str | None = None
) -> Callable[[View], View]:
    """Keep the answers of a view in the cache and give them to everybody who asks alike.

    Kept are answers to GET with status 200 that are the same for everybody: a view that reads the session, the user,
    the CSRF token, the CSP nonce or the Authorization header, or that sets a cookie, is called every time. So is one that
    reads `request.COOKIES`, unless `vary_on_cookie` says that there is a page for each visitor's cookies.

    Args:
        timeout: seconds; None: for ever.
        cache: alias in CACHES; None: CACHE_MIDDLEWARE_ALIAS.
        key_prefix: is part of the keys; None: CACHE_MIDDLEWARE_KEY_PREFIX.

    Example:
        >>> @cache_page(60 * 15)
        ... async def prices(request): ...
    """
    if callable(timeout):
        raise TypeError("cache_page needs its seconds: write @cache_page(60 * 15), with parentheses, above the view.")
    pages = PageCache(timeout, cache, key_prefix)

    def when_rendered(request: HttpRequest, response: Any) -> None:
        response.add_post_render_callback(lambda rendered: pages.store(request, rendered))

    async def finish(request: HttpRequest, response: Any) -> Any:
        response = await response if inspect.isawaitable(response) else response
        if response.is_rendered:
            return await pages.astore(request, response)
        return when_rendered(request, response) or response

    def decorate(view: View) -> View:
        @functools.wraps(view)
        async def wrapped_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            found = await pages.afetch(request)
            return found if found is not None else await finish(request, view(request, *args, **kwargs))

        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not bridge.can_wait():  # a view of either colour, called in a coroutine
                return wrapped_async(request, *args, **kwargs)
            found = pages.fetch(request)
            return found if found is not None else bridge.wait(finish(request, view(request, *args, **kwargs)))

        return wrapped_async if inspect.iscoroutinefunction(view) else wrapped  # pyright: ignore[reportReturnType]

    return decorate


def never_cache(view: View) -> View:
    """Tell every cache to keep no copy of the response."""

    def after(request: HttpRequest, response: Any) -> None:
        add_never_cache_headers(response)

    return around(view, after=after)


def xframe_options_deny(view: View) -> View:
    """Let nobody show the response in a frame."""
    return around(view, after=lambda request, response: response.headers.setdefault("X-Frame-Options", "DENY") and None)


def xframe_options_sameorigin(view: View) -> View:
    """Let pages of the same origin show the response in a frame."""
    return around(
        view, after=lambda request, response: response.headers.setdefault("X-Frame-Options", "SAMEORIGIN") and None
    )


def xframe_options_exempt(view: View) -> View:
    """Let everybody show the response in a frame: XFrameOptionsMiddleware leaves it alone."""
    return around(view, after=lambda request, response: setattr(response, "xframe_options_exempt", True))


# -- where a view runs ------------------------------------------------------------------------------------------------


def mark(view: View, mode: Literal["loop", "thread"]) -> View:
    view.sync_view_mode = mode  # pyright: ignore[reportFunctionMemberAccess]
    return view


def loop_view(view: View) -> View:
    """Run a `def` view on the event loop in a greenlet, whatever SYNC_VIEWS says.

    Much faster than a thread. For code that waits for nothing but manoir: no `requests.get`, no `time.sleep`, no locks
    held across a query.
    """
    return mark(view, "loop")


def thread_view(view: View) -> View:
    """Run a `def` view in a worker thread, whatever SYNC_VIEWS says."""
    return mark(view, "thread")


def max_body_size(size: int | str) -> Callable[[View], View]:
    """Limit the body of one view, uploads included, instead of DATA_UPLOAD_MAX_BODY_SIZE.

    A larger body is answered 413 as soon as its length is announced, or as soon as so many bytes have come. Forms and raw
    bodies keep their limit DATA_UPLOAD_MAX_MEMORY_SIZE.

    Args:
        size: bytes, or text such as `"20MB"`.

    Raises:
        ValueError: it is no size.

    Example:
        >>> @max_body_size("20MB")
        ... async def upload(request): ...
    """
    most = bytes_of(size)

    def decorate(view: View) -> View:
        view.max_body_size = most  # pyright: ignore[reportFunctionMemberAccess]
        return view

    return decorate


def upload_handlers(*factories: Callable[[HttpRequest], FileUploadHandler]) -> Callable[[View], View]:
    """Put upload handlers before those of FILE_UPLOAD_HANDLERS, for one view.

    The body is read before a view is called, so a view cannot choose its handlers itself, unless it is marked with
    `streams_body = True` and reads the body with `await request.aload()`.

    Args:
        *factories: classes of handlers, or functions that make one of the request.

    Example:
        >>> from manoir.http import FileUploadHandler
        >>> class Quota(FileUploadHandler): ...
        >>> @upload_handlers(Quota)
        ... async def upload(request): ...
    """

    def decorate(view: View) -> View:
        view.upload_handlers = factories  # pyright: ignore[reportFunctionMemberAccess]
        return view

    return decorate


def non_atomic_requests(using: str | Callable[..., Any] | None = None) -> Any:
    """Leave a view out of ATOMIC_REQUESTS, for one database or for `default`.

    Example:
        >>> @non_atomic_requests
        ... async def export(request): ...
    """
    if callable(using):
        return _exempt(using, "default")
    return lambda view: _exempt(view, using or "default")


def _exempt(view: View, alias: str) -> View:
    exempt: set[str] = set(getattr(view, "_non_atomic_requests", ()))
    view._non_atomic_requests = exempt | {alias}  # pyright: ignore[reportFunctionMemberAccess]
    return view


def method_decorator(decorator: Any, name: str = "") -> Callable[[Any], Any]:
    """Put a decorator for functions on a method, or on the method `name` of a class.

    Args:
        decorator: a decorator, or a list of decorators: the first is the outermost.
        name: name of the method, where a class is decorated.

    Raises:
        ValueError: a class is decorated without `name`.
        TypeError: the class has no such method.

    Example:
        >>> @method_decorator(never_cache, name="dispatch")
        ... class Fresh(TemplateView): ...
    """
    decorators = list(decorator) if isinstance(decorator, (list, tuple)) else [decorator]

    def decorate(target: Any) -> Any:
        if not isinstance(target, type):
            return _decorate_method(decorators, target)
        if not name:
            raise ValueError(
                f"@method_decorator on the class {target.__name__} needs to know the method: give it name='dispatch', for example."
            )
        method = getattr(target, name, None)
        if not callable(method):
            raise TypeError(f"{target.__name__} has no method {name!r} to decorate.")
        setattr(target, name, _decorate_method(decorators, method))
        return target

    return decorate


def _decorate_method(decorators: list[Any], method: Any) -> Any:
    if inspect.iscoroutinefunction(method):

        async def method_async(self: Any, *args: Any, **kwargs: Any) -> Any:
            async def bound(*inner: Any, **named: Any) -> Any:
                return await method(self, *inner, **named)

            return await _apply(decorators, functools.wraps(method)(bound))(*args, **kwargs)

        async def nothing_async() -> None: ...

        functools.wraps(method)(method_async)
        return _carry_marks(decorators, nothing_async, method_async)

    def method_sync(self: Any, *args: Any, **kwargs: Any) -> Any:
        def bound(*inner: Any, **named: Any) -> Any:
            return method(self, *inner, **named)

        return _apply(decorators, functools.wraps(method)(bound))(*args, **kwargs)

    functools.wraps(method)(method_sync)
    return _carry_marks(decorators, lambda: None, method_sync)


def _carry_marks(decorators: list[Any], function: Any, method: Any) -> Any:
    """Put the marks that decorators leave on functions (`csrf_exempt`) on a method, where `as_view()` finds them."""
    marks = vars(_apply(decorators, function))
    vars(method).update({name: mark for name, mark in marks.items() if name != "__wrapped__"})
    return method


def _apply(decorators: list[Any], function: Any) -> Any:
    for decorator in reversed(decorators):
        function = decorator(function)
    return function
