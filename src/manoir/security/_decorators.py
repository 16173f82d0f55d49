"""Decorators for single views, of either colour: exempt, protect, send the cookie, work without checking."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from manoir import bridge
from manoir.security._middleware import CsrfViewMiddleware
from manoir.security._tokens import aget_token

F = TypeVar("F", bound=Callable[..., Any])


class _WithoutCheck(CsrfViewMiddleware):
    """Makes tokens work, refuses nothing."""

    async def areject(self, request: Any, reason: str) -> Any:
        return None


class _WithCookie(CsrfViewMiddleware):
    """Sends the cookie whether a token was made or not, refuses nothing."""

    async def areject(self, request: Any, reason: str) -> Any:
        return None

    async def process_view(self, request: Any, view: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = await super().process_view(request, view, args, kwargs)
        await aget_token(request)
        return answer


def csrf_exempt(view_func: F) -> F:
    """Leave a view out of the CSRF check: for callbacks of other systems that prove themselves by a signature.

    Example:
        >>> @csrf_exempt
        ... async def payment_callback(request): ...
    """
    wrapper: Any = _same_colour(view_func)
    wrapper.csrf_exempt = True
    return wrapper


def csrf_protect(view_func: F) -> F:
    """Check a view even where `CsrfViewMiddleware` is not in MIDDLEWARE."""
    return _within(CsrfViewMiddleware, view_func)


def requires_csrf_token(view_func: F) -> F:
    """Make `{% csrf_token %}` work in a view that refuses nothing, such as an error page."""
    return _within(_WithoutCheck, view_func)


def ensure_csrf_cookie(view_func: F) -> F:
    """Send the CSRF cookie with every answer of a view, for pages whose scripts send it back."""
    return _within(_WithCookie, view_func)


def _same_colour(view: Any) -> Any:
    if inspect.iscoroutinefunction(view):

        @wraps(view)
        async def answer_async(*args: Any, **kwargs: Any) -> Any:
            return await view(*args, **kwargs)

        return answer_async

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return answer


def _within(kind: type[CsrfViewMiddleware], view: Any) -> Any:
    layer = kind(view)

    @wraps(view)
    async def answer_async(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = await layer.process_view(request, view, args, kwargs)
        if response is None:
            response = view(request, *args, **kwargs)
        return _finished(layer, request, await response if inspect.isawaitable(response) else response)

    @wraps(view)
    def answer(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not bridge.can_wait():  # a view of either colour, called in a coroutine
            return answer_async(request, *args, **kwargs)
        refused = bridge.wait(layer.process_view(request, view, args, kwargs))
        response = view(request, *args, **kwargs) if refused is None else refused
        return _finished(layer, request, response)

    return answer_async if inspect.iscoroutinefunction(view) else answer


def _finished(layer: CsrfViewMiddleware, request: Any, response: Any) -> Any:
    if getattr(response, "is_rendered", True) is False:
        # Its template may still ask for a token, so the cookie is decided when it is rendered.
        response.add_post_render_callback(lambda rendered: layer.process_response(request, rendered))
        return response
    return layer.process_response(request, response)
