"""How a middleware is written: functions with a colour, and classes with hooks."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from manoir import bridge

if TYPE_CHECKING:
    from manoir.http import HttpRequest, HttpResponseBase

GetResponse: TypeAlias = Callable[[Any], Any]
"""The next layer: takes a request, returns a response, or a coroutine of one."""

RequestHook: TypeAlias = "Callable[[HttpRequest], HttpResponseBase | None]"
ResponseHook: TypeAlias = "Callable[[HttpRequest, HttpResponseBase], HttpResponseBase | Awaitable[HttpResponseBase]]"

F = TypeVar("F", bound=Callable[..., Any])


def sync_only_middleware(func: F) -> F:
    """Mark a middleware factory whose middleware is `def`; it runs in a thread."""
    return _mark(func, sync_capable=True, async_capable=False)


def async_only_middleware(func: F) -> F:
    """Mark a middleware factory whose middleware is `async def`."""
    return _mark(func, sync_capable=False, async_capable=True)


def sync_and_async_middleware(func: F) -> F:
    """Mark a middleware factory that answers with the colour of the `get_response` it is given.

    Example:
        >>> @sync_and_async_middleware
        ... def timing(get_response):
        ...     if inspect.iscoroutinefunction(get_response):
        ...
        ...         async def middleware(request):
        ...             return await get_response(request)
        ...     else:
        ...
        ...         def middleware(request):
        ...             return get_response(request)
        ...
        ...     return middleware
    """
    return _mark(func, sync_capable=True, async_capable=True)


def _mark(func: F, *, sync_capable: bool, async_capable: bool) -> F:
    func.sync_capable = sync_capable  # type: ignore[attr-defined]
    func.async_capable = async_capable  # type: ignore[attr-defined]
    return func


class MiddlewareMixin:
    """Base of middleware with the hooks `process_request(request)` and `process_response(request, response)`.

    Either hook may be `def` (it runs where blocking is allowed) or `async def`. `process_request` returns None to go
    on, or a response that ends the way in. `process_view`, `process_exception` and `process_template_response` are
    found by the handler.

    Args:
        get_response: the next layer.

    Raises:
        ValueError: `get_response` is None.

    Example:
        >>> class Stamp(MiddlewareMixin):
        ...     def process_response(self, request, response):
        ...         response["X-Stamp"] = "1"
        ...         return response
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        if get_response is None:
            raise ValueError(f"{type(self).__name__} needs get_response, the next layer.")
        self.get_response = get_response
        self.async_mode = is_async(get_response)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} get_response={getattr(self.get_response, '__qualname__', self.get_response)}>"

    def __call__(self, request: HttpRequest) -> Any:
        """Answer `request`; a coroutine when the next layer is one."""
        if self.async_mode:
            return self.__acall__(request)
        response = self._run("process_request", request)
        response = response or self.get_response(request)
        if hasattr(self, "process_response"):
            response = self._run("process_response", request, response)
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer `request` without blocking."""
        response = await self._arun("process_request", request)
        response = response or await self.get_response(request)
        if hasattr(self, "process_response"):
            response = await self._arun("process_response", request, response)
        return response

    def _run(self, name: str, *args: Any) -> Any:
        hook = getattr(self, name, None)
        if hook is None:
            return None
        return bridge.wait(hook(*args)) if is_async(hook) else hook(*args)

    async def _arun(self, name: str, *args: Any) -> Any:
        hook = getattr(self, name, None)
        if hook is None:
            return None
        return await hook(*args) if is_async(hook) else await bridge.run_sync(hook, *args)


class PureMiddleware(MiddlewareMixin):
    """Base of middleware whose `def` hooks never wait: no query, no file, no network.

    Such hooks are called on the loop, and neighbours of this kind share one coroutine, so a layer costs little more
    than its hooks. A hook may be `async def`, or return a coroutine for the requests that have to wait. All of manoir's
    own middleware that can be pure is.
    """

    def active_hooks(self) -> tuple[RequestHook | None, ResponseHook | None]:
        """Return `process_request` and `process_response` as the present settings need them.

        A composed stack asks again after a setting changed. So a layer may leave out a hook that has nothing to do, or
        put a cheaper function in its place; it must not do so for a hook that a subclass has written anew.
        """
        return getattr(self, "process_request", None), getattr(self, "process_response", None)

    def is_own(self, owner: type, name: str) -> bool:
        """Tell whether the hook `name` is the one that the class `owner` wrote."""
        return getattr(type(self), name) is owner.__dict__[name]

    async def _arun(self, name: str, *args: Any) -> Any:
        hook = getattr(self, name, None)
        found = None if hook is None else hook(*args)
        return await found if inspect.iscoroutine(found) else found


def is_async(function: object) -> bool:
    """Return whether calling `function` gives a coroutine, for functions, instances, and instances marked as such."""
    if inspect.iscoroutinefunction(function):
        return True
    if inspect.isfunction(function) or inspect.ismethod(function):
        return False
    if isinstance(function, MiddlewareMixin):
        return function.async_mode
    # The marks of inspect.markcoroutinefunction (Python 3.12) and of asgiref.
    marked = hasattr(function, "_is_coroutine_mark") or hasattr(function, "_is_coroutine")
    return marked or inspect.iscoroutinefunction(getattr(type(function), "__call__", None))  # noqa: B004
