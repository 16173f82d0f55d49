"""How a view of either colour is called: coroutines on the loop, sync code in a thread or in a greenlet."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from manoir import bridge
from manoir.conf import settings
from manoir.db import connections, transaction
from manoir.http import HttpRequest, HttpResponseBase


def is_async(view: Callable[..., Any]) -> bool:
    """Tell whether calling `view` gives a coroutine."""
    return inspect.iscoroutinefunction(view) or inspect.iscoroutinefunction(getattr(view, "__call__", None))  # noqa: B004


def runs_on_loop(view: Callable[..., Any]) -> bool:
    """Tell whether a `def` view may run on the event loop: by its own mark, else by SYNC_VIEWS."""
    mark = getattr(view, "sync_view_mode", None)
    return (mark or settings.SYNC_VIEWS) == "loop"


async def call_view(
    view: Callable[..., Any], request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call a view, inside a transaction for each database that asks for it by ATOMIC_REQUESTS.

    Returns:
        What the view returned.
    """
    for alias in atomic_aliases(view):
        view = transaction.atomic(using=alias)(view)
    if is_async(view):
        return await view(request, *args, **kwargs)
    run = bridge.spawn if runs_on_loop(view) else bridge.to_thread
    response = await run(view, request, *args, **kwargs)
    # A `def` wrapper around an `async def` view returns its coroutine.
    return await response if inspect.isawaitable(response) else response


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
        raise ValueError(
            f"The view {name} didn't return an HttpResponse object. It returned None instead: is a `return` missing?"
        )
    if inspect.iscoroutine(response):
        response.close()
        raise ValueError(
            f"The view {name} didn't return an HttpResponse object. It returned an unawaited coroutine: add an `await` "
            f"in the view, or make the view `async def`."
        )
    raise ValueError(
        f"The view {name} didn't return an HttpResponse object. It returned {type(response).__name__}: wrap it in "
        f"HttpResponse, or in JsonResponse for data."
    )
