"""Decorators that do for one view what a layer of MIDDLEWARE does for all."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from manoir import bridge
from manoir.http import HttpRequest
from manoir.middleware import ConditionalGetMiddleware, GZipMiddleware, MiddlewareMixin

View = TypeVar("View", bound=Callable[..., Any])


async def next_layer(request: HttpRequest) -> Any:
    """Stand where the next layer would: the hooks of a layer never ask it."""
    raise NotImplementedError("A layer around one view is asked by its hooks only.")


def decorator_from_middleware_with_args(middleware_class: Any) -> Callable[..., Callable[[View], View]]:
    """Return what makes decorators for views of a class of middleware with hooks.

    Args:
        middleware_class: derives from MiddlewareMixin; it is made with the arguments of the decorator.

    Raises:
        TypeError: it has no hooks, as a function has none.

    Example:
        >>> compressed = decorator_from_middleware_with_args(GZipMiddleware)
        >>> @compressed()
        ... async def report(request): ...
    """
    if not (inspect.isclass(middleware_class) and issubclass(middleware_class, MiddlewareMixin)):
        raise TypeError(
            f"A decorator is made of a class of middleware with hooks (MiddlewareMixin), not of {middleware_class!r}."
        )

    def make(*args: Any, **kwargs: Any) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            return within(middleware_class(next_layer, *args, **kwargs), view)

        return decorate

    return make


def decorator_from_middleware(middleware_class: Any) -> Callable[[View], View]:
    """Return a decorator for views of a class of middleware with hooks.

    Example:
        >>> @decorator_from_middleware(ConditionalGetMiddleware)
        ... async def report(request): ...
    """
    return decorator_from_middleware_with_args(middleware_class)()


def within(layer: Any, view: View) -> View:
    """Return the view within a layer, in the view's colour."""

    async def before(request: HttpRequest, args: Any, kwargs: Any) -> Any:
        response = await layer._arun("process_request", request)
        return response or await layer._arun("process_view", request, view, args, kwargs)

    async def after(request: HttpRequest, response: Any) -> Any:
        if response.is_rendered:
            return await layer._arun("process_response", request, response) or response
        response = await layer._arun("process_template_response", request, response) or response
        response.add_post_render_callback(lambda rendered: bridge.wait(after(request, rendered)))
        return response

    @functools.wraps(view)
    async def wrapped_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = await before(request, args, kwargs)
        if response is None:
            try:
                response = view(request, *args, **kwargs)
                response = await response if inspect.isawaitable(response) else response
            except Exception as error:
                response = await layer._arun("process_exception", request, error)
                if response is None:
                    raise
        return await after(request, response)

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not bridge.can_wait():  # a view of either colour, called in a coroutine
            return wrapped_async(request, *args, **kwargs)
        response = bridge.wait(before(request, args, kwargs))
        if response is None:
            try:
                response = view(request, *args, **kwargs)
                response = bridge.wait(response) if inspect.iscoroutine(response) else response
            except Exception as error:
                response = bridge.wait(layer._arun("process_exception", request, error))
                if response is None:
                    raise
        return bridge.wait(after(request, response))

    return wrapped_async if inspect.iscoroutinefunction(view) else wrapped  # pyright: ignore[reportReturnType]


def conditional_page(view: View) -> View:
    """Answer 304 where the client has the page already, as ConditionalGetMiddleware does for all pages."""
    return decorator_from_middleware(ConditionalGetMiddleware)(view)


def gzip_page(view: View) -> View:
    """Compress the answers of a view for clients that accept gzip, as GZipMiddleware does for all."""
    return decorator_from_middleware(GZipMiddleware)(view)


def no_append_slash(view: View) -> View:
    """Have nobody redirected to a view who forgot the slash at the end of its address, whatever APPEND_SLASH says."""
    view.should_append_slash = False  # pyright: ignore[reportFunctionMemberAccess]
    return view
