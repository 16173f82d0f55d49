"""How a view of either colour is called: coroutines on the loop, sync code in a thread or in a greenlet."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from manoir import bridge
from manoir.conf import settings
from manoir.db import connections, transaction
from manoir.http import HttpRequest, HttpResponseBase
from manoir.views import answers_in_either_colour


def is_async(view: Callable[..., Any]) -> bool:
    """Tell whether calling `view` gives a coroutine."""
    return inspect.iscoroutinefunction(view) or inspect.iscoroutinefunction(getattr(view, "__call__", None))  # noqa: B004


def runs_on_loop(view: Callable[..., Any]) -> bool:
    """Tell whether a `def` view may run on the event loop: by its own mark, else by SYNC_VIEWS."""
    mark = getattr(view, "sync_view_mode", None)
    return (mark or settings.SYNC_VIEWS) == "loop"


Runner: TypeAlias = Callable[..., Awaitable[Any]]
"""`await runner(request, *args, **kwargs)` calls a view in its colour and returns what it returned."""


def runner_of(view: Callable[..., Any]) -> Runner:
    """Decide once how a view is called: its colour, where sync code runs, which transactions are around it.

    A view runs inside a transaction of each database that asks for it by ATOMIC_REQUESTS.
    """
    aliases = atomic_aliases(view)
    if answers_in_either_colour(view):
        if not aliases:
            return view
        function = awaiting(view)
    else:
        function = view
    for alias in aliases:
        function = transaction.atomic(using=alias)(function)
    if is_async(function):
        return function
    run: Callable[..., Awaitable[Any]] = bridge.spawn if runs_on_loop(view) else bridge.run_sync

    async def call(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = await called_by(run, function, request, *args, **kwargs)
        # A `def` wrapper around an `async def` view returns its coroutine.
        return await response if inspect.isawaitable(response) else response

    return call


async def called_by(run: Callable[..., Awaitable[Any]], view: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Have sync code called by `run`; an answer that nobody takes, because the client left meanwhile, is closed."""
    made: list[Any] = []

    def call() -> Any:
        made.append(view(*args, **kwargs))
        return made[0]

    try:
        return await run(call)
    except asyncio.CancelledError:
        for response in made:
            if isinstance(response, HttpResponseBase):
                response.close()
        raise


def awaiting(view: Callable[..., Any]) -> Runner:
    """Make a coroutine function of a view that answers in the colour of its caller."""

    async def call(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return await view(request, *args, **kwargs)

    return call


def atomic_aliases(view: Callable[..., Any]) -> list[str]:
    """Return the databases in whose transaction the view runs."""
    exempt = getattr(view, "_non_atomic_requests", ())
    return [
        alias
        for alias, options in connections.settings.items()
        if options.get("ATOMIC_REQUESTS") and alias not in exempt
    ]


def check_response(response: Any, view: Callable[..., Any]) -> HttpResponseBase:
    """Return `response`, or raise for a view that returned something else."""
    if isinstance(response, HttpResponseBase):
        return response
    name = f"{getattr(view, '__module__', '')}.{getattr(view, '__qualname__', type(view).__qualname__)}"
    if response is None:
        raise ValueError(f"The view {name} answered None where a response is needed: is a `return` missing?")
    if inspect.iscoroutine(response):
        response.close()
        raise ValueError(
            f"The view {name} answered an unawaited coroutine: add an `await` "
            f"in the view, or make the view `async def`."
        )
    raise ValueError(
        f"The view {name} answered {type(response).__name__} where a response is needed: wrap it in "
        f"HttpResponse, or in JsonResponse for data."
    )
