"""Rehearsals: whether the reader of a page might use another method of its view, asked of the view itself (H03)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from manoir.exceptions import APIException, Http404, PermissionDenied

OBJECT_METHODS = ("PUT", "PATCH", "DELETE")


@dataclass(slots=True)
class Stage:
    """What a rehearsal found.

    Attributes:
        allowed: whether the permissions agree.
        instance: the object that the method would change; None without one.
    """

    allowed: bool
    instance: Any = None


@contextmanager
def rehearsed(view: Any, request: Any, method: str) -> Generator[Stage]:
    """Let a view be asked as if the request had another method; inside of the block it still is."""
    before, action = view.request, getattr(view, "action", None)
    view.request = with_method(request, method)
    if hasattr(view, "action_map"):
        view.action = (view.action_map or {}).get(method.lower()) if method != "OPTIONS" else "metadata"
    try:
        yield rehearse(view, method)
    finally:
        view.request = before
        if hasattr(view, "action_map"):
            view.action = action


def rehearse(view: Any, method: str) -> Stage:
    try:
        view.check_permissions(view.request)
        if method in OBJECT_METHODS and names_object(view):
            return Stage(True, view.get_object())
    except (APIException, Http404, PermissionDenied):
        return Stage(False)
    return Stage(True)


def names_object(view: Any) -> bool:
    """Tell whether the address of a view names an object."""
    if not hasattr(view, "get_object"):
        return False
    name = getattr(view, "lookup_url_kwarg", None) or getattr(view, "lookup_field", None)
    return name in getattr(view, "kwargs", {})


def with_method(request: Any, method: str) -> Any:
    """Return a copy of a request that has another method; its user is known already."""
    twin: Any = object.__new__(type(request))
    vars(twin).update(vars(request))
    twin.method = method
    return twin
