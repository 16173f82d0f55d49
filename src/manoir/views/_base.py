"""`View`: methods of a class as the handlers of HTTP methods, in either colour."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar, cast

from manoir import bridge
from manoir.bridge import TwoColours
from manoir.exceptions import ImproperlyConfigured
from manoir.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")

EITHER_COLOUR = "__manoir_either_colour__"
"""Marks handlers that answer in the colour of their caller."""

logger = logging.getLogger("manoir.request")

P = ParamSpec("P")
V = TypeVar("V")


def answers(
    handler: Callable[Concatenate[V, P], Coroutine[Any, Any, HttpResponseBase]],
) -> Callable[Concatenate[V, P], Any]:
    """Let a handler of manoir's own views answer in the colour of its caller.

    A sync override that calls `super().get(…)` gets the response; an `async def` one awaits it.
    """

    @functools.wraps(handler)
    def answer(self: V, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        coroutine = handler(self, *args, **kwargs)
        return bridge.wait(coroutine) if bridge.can_wait() else coroutine

    # `wraps` would lend it the coroutine's look; whoever asks sees a plain function.
    del answer.__wrapped__  # pyright: ignore[reportAttributeAccessIssue]
    setattr(answer, EITHER_COLOUR, True)
    return answer


def answers_in_either_colour(function: Callable[..., Any]) -> bool:
    """Tell whether calling `function` answers in the colour of its caller: a response in sync code, else an awaitable."""
    return hasattr(function, EITHER_COLOUR)


class View(TwoColours):
    """Base of all class-based views.

    A subclass has a method for each HTTP method it answers: `get`, `post` … `def` or `async def`, each with the request
    and what the URL captured. `as_view()` makes the function that goes into a URL pattern. Every request gets an
    instance of its own, with `self.request`, `self.args` and `self.kwargs`.

    Code of manoir's own views is written for the event loop and runs there. As soon as a subclass adds sync methods of
    its own, which may really block, the view runs in a worker thread like any `def` view, unless `SYNC_VIEWS = "loop"`.
    Called directly, as tests do, a view without handlers of its own answers in the colour of the caller: the response
    in sync code, an awaitable in a coroutine.

    Attributes:
        http_method_names: names of the HTTP methods that the view may answer.

    Example:
        >>> class Hello(View):
        ...     async def get(self, request):
        ...         return HttpResponse("Hello")
        >>> Hello.view_is_async
        True
    """

    http_method_names: ClassVar[list[str] | tuple[str, ...]] = list(HTTP_METHODS)

    request: HttpRequest
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            setattr(self, name, value)

    class _ViewIsAsync:
        def __get__(self, instance: View | None, owner: type[View]) -> bool:
            return handlers_are_async(owner)

    view_is_async = _ViewIsAsync()
    """True when the class's handlers are `async def`. A mixture is a mistake and raises ImproperlyConfigured."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Make the view function of this class.

        Args:
            **initkwargs: values of attributes that the class has, for every instance.

        Raises:
            TypeError: a name is an HTTP method, or no attribute of the class.

        Example:
            >>> TemplateView.as_view(template_name="about.html").__name__
            'TemplateView'
        """
        for name in initkwargs:
            if name in cls.http_method_names:
                raise TypeError(f"{cls.__name__}.as_view() takes no argument {name!r}: it is the name of a method.")
            if not hasattr(cls, name):
                raise TypeError(
                    f"{cls.__name__}.as_view({name}=…) would set what the class does not have: declare {name!r} in it first."
                )
        return make_view(cls, initkwargs)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Keep the request and the arguments; a subclass that overrides this calls `super().setup()`."""
        if hasattr(self, "get") and not hasattr(self, "head"):
            self.head = self.get  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        self.request = request
        self.args = args
        self.kwargs = kwargs

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Call the handler of the request's method, or answer 405."""
        name = (request.method or "").lower()
        # Verbs come out of a closed set, never out of the class's attributes.
        if name in HTTP_METHODS and name in self.http_method_names:
            handler = getattr(self, name, self.http_method_not_allowed)
        else:
            handler = self.http_method_not_allowed
        return handler(request, *args, **kwargs)

    @answers
    async def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer 405 with the methods that are there."""
        logger.warning(
            "Method Not Allowed (%s): %s", request.method, request.path, extra={"status_code": 405, "request": request}
        )
        return HttpResponseNotAllowed(self.allowed_methods())

    @answers
    async def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer OPTIONS with the methods that are there."""
        return HttpResponse(headers={"Allow": ", ".join(self.allowed_methods()), "Content-Length": "0"})

    def allowed_methods(self) -> list[str]:
        """Return the HTTP methods that this view answers, in capitals."""
        return [name.upper() for name in self.http_method_names if hasattr(self, name)]


def handlers_are_async(cls: type[View]) -> bool:
    """Tell the colour of a class's handlers; a class without handlers of its own counts as sync."""
    handlers = [getattr(cls, name) for name in cls.http_method_names if name != "options" and hasattr(cls, name)]
    if not handlers:
        return False
    colours = {inspect.iscoroutinefunction(handler) for handler in handlers if not hasattr(handler, EITHER_COLOUR)}
    if len(colours) > 1:
        raise ImproperlyConfigured(
            f"{cls.__qualname__}: the HTTP handlers must all be `async def` or all be `def`, not a mixture."
        )
    return colours == {True}


def is_ours(function: Any) -> bool:
    """Tell whether a function or class was written in this package: it waits for nothing but manoir."""
    module = str(getattr(function, "__module__", ""))
    return module == "manoir" or module.startswith("manoir.")


def runs_foreign_sync_code(cls: type[View]) -> bool:
    """Tell whether a subclass outside of manoir adds sync methods, which may really block."""
    for base in cls.__mro__:
        if base is object or is_ours(base):
            continue
        for member in vars(base).values():
            member = getattr(member, "__func__", member)
            if isinstance(member, property) or is_sync_function(member):
                return True
    return False


def is_sync_function(member: Any) -> bool:
    """Tell whether a member is a `def`; the sync colour of an `async def` hook only waits for that."""
    if not inspect.isfunction(member) or inspect.iscoroutinefunction(member):
        return False
    return not inspect.iscoroutinefunction(getattr(member, "__wrapped__", None))


def make_view(cls: type[View], initkwargs: dict[str, Any]) -> Callable[..., Any]:
    """Build the function of the right colour around a class."""

    def run(request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self = cls(**initkwargs)
        self.setup(request, *args, **kwargs)
        if not hasattr(self, "request"):
            raise AttributeError(
                f"{cls.__name__}.setup() left this view without its request: call super().setup(request, *args, **kwargs) in it."
            )
        return self.dispatch(request, *args, **kwargs)

    def sync_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return run(request, args, kwargs)

    async def async_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return await settle(run(request, args, kwargs))

    is_async = handlers_are_async(cls)
    view: Callable[..., Any] = async_view if is_async else sync_view
    view.__name__ = view.__qualname__ = cls.__name__
    view.__doc__ = cls.__doc__
    view.__module__ = cls.__module__
    vars(view).update(vars(cls.dispatch))
    if not is_async and not runs_foreign_sync_code(cls):
        vars(view).setdefault("sync_view_mode", "loop")  # nothing in it blocks
    view.view_class = cls  # pyright: ignore[reportFunctionMemberAccess]
    view.view_initkwargs = initkwargs  # pyright: ignore[reportFunctionMemberAccess]
    return view


async def settle(response: Any) -> HttpResponseBase:
    """Await a handler's answer when it is awaitable."""
    if inspect.isawaitable(response):
        return await cast("Awaitable[HttpResponseBase]", response)
    return response
