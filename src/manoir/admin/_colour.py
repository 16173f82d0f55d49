"""Where the views of a ModelAdmin run: on the event loop, or in a thread because of foreign sync code.

manoir's own bodies wait only for manoir, so they run under `bridge.spawn` on the loop. A project's `def` may really
block (it may call `requests.get`), so a ModelAdmin with one runs as any `def` view does: in a thread, unless
SYNC_VIEWS says "loop".
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from manoir.bridge import spawn
from manoir.exceptions import PermissionDenied

LOOP: Literal["loop"] = "loop"


def view_mode(model_admin: Any) -> Literal["loop"] | None:
    """Tell how the views of a ModelAdmin run: "loop", or None where SYNC_VIEWS decides.

    Args:
        model_admin: a ModelAdmin; its class, inlines, forms, and the functions in its options are looked at.
    """
    return None if any(blocks(part) for part in parts_of(model_admin)) else LOOP


def site_mode(site: Any) -> Literal["loop"] | None:
    """Tell the same of a site's own pages."""
    parts = [type(site), *(getattr(site, name) for name in ("login_form", "password_change_form"))]
    return None if any(blocks(part) for part in parts if part is not None) else LOOP


def parts_of(model_admin: Any) -> Iterator[Any]:
    """Yield the classes and functions whose code may run while a page of this ModelAdmin is made."""
    yield type(model_admin)
    yield from (getattr(model_admin, name, None) for name in ("form", "formset", "paginator"))
    for option in ("list_display", "list_filter", "actions", "readonly_fields"):
        yield from functions_in(getattr(model_admin, option, None) or ())
    for inline in getattr(model_admin, "inlines", ()):
        yield from (inline, getattr(inline, "form", None), getattr(inline, "formset", None))
        yield from functions_in(getattr(inline, "readonly_fields", ()))
    yield type(model_admin.admin_site)
    yield from getattr(model_admin.admin_site, "_global_actions", {}).values()


def functions_in(option: Any) -> Iterator[Any]:
    """Yield the functions and classes in an option; names are methods of the class, which is looked at anyway."""
    entries: Iterable[Any] = option if isinstance(option, (list, tuple, set)) else ()
    for entry in entries:
        if isinstance(entry, (list, tuple)):
            yield from functions_in(entry)
        elif not isinstance(entry, str):
            yield entry


def blocks(part: Any) -> bool:
    """Tell whether a class or function is a project's own sync code."""
    if isinstance(part, type):
        return any(foreign(base) and any(map(is_sync, vars(base).values())) for base in part.__mro__[:-1])
    return callable(part) and foreign(part) and is_sync(part)


def foreign(part: Any) -> bool:
    """Tell whether something was written outside of manoir and the standard library."""
    package = str(getattr(part, "__module__", "")).partition(".")[0]
    return package != "manoir" and package not in sys.stdlib_module_names


def is_sync(member: Any) -> bool:
    """Tell whether a member is a `def`, or a property; the derived sync colour of an `async def` hook only waits."""
    member = getattr(member, "__func__", member)
    if isinstance(member, property):
        return True
    if not inspect.isfunction(member) or inspect.iscoroutinefunction(member):
        return False
    return not inspect.iscoroutinefunction(getattr(member, "__wrapped__", None))


def guard(view: Callable[..., Any], allowed: Callable[[Any], bool]) -> Callable[..., Any]:
    """Return a view that asks for a permission first, in its own colour.

    Args:
        view: the view.
        allowed: a function of the request.
    """

    def check(request: Any) -> None:
        if not allowed(request):
            raise PermissionDenied("This account may not see this page.")

    if inspect.iscoroutinefunction(view):

        @functools.wraps(view)
        async def guarded_async(request: Any, *args: Any, **kwargs: Any) -> Any:
            await spawn(check, request)
            return await view(request, *args, **kwargs)

        return guarded_async

    @functools.wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        check(request)
        return view(request, *args, **kwargs)

    return guarded


def on(mode: str | None, view: Callable[..., Any]) -> Callable[..., Any]:
    """Return a bound method as a function that carries where it runs."""

    def run(request: Any, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    run.__name__ = getattr(view, "__name__", "view")
    run.__qualname__ = getattr(view, "__qualname__", run.__name__)
    run.__module__ = view.__module__
    vars(run).update(getattr(view, "__dict__", {}))
    if mode is not None:
        vars(run).setdefault("sync_view_mode", mode)
    return run
