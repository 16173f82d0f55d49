"""What a view declares, looked at when its function is made: a slip of the pen is told at import, not at a request."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from manoir.exceptions import nearest
from manoir.models import Model
from manoir.rest.settings import FromSettings

LISTS = (
    "renderer_classes", "parser_classes", "authentication_classes", "permission_classes", "throttle_classes",
    "filter_backends",
)  # fmt: skip
SINGLE = (
    "serializer_class", "pagination_class", "versioning_class", "metadata_class", "content_negotiation_class",
    "filterset_class",
)  # fmt: skip
BUILDERS = (
    "get_serializer_class", "get_serializer", "get_serializer_context", "get_permissions", "get_authenticators",
    "get_throttles", "get_renderers", "get_parsers", "get_content_negotiator", "get_paginated_response",
    "get_success_headers", "determine_version", "perform_content_negotiation", "initialize_request",
    "permission_denied", "throttled", "get_view_name", "get_view_description",
)  # fmt: skip
"""Methods of views that have one colour."""


def refuse_unknown(cls: type[Any], initkwargs: dict[str, Any]) -> None:
    """Refuse arguments of `as_view()` that are no attributes of the class, and attributes that cannot work.

    Raises:
        TypeError: says which, and what to write instead.
    """
    for name in initkwargs:
        if name in cls.http_method_names:
            raise TypeError(f"{cls.__name__}.as_view() takes no argument {name!r}: it is the name of a method.")
        if not hasattr(cls, name):
            hint = nearest(name, [one for one in dir(cls) if not one.startswith("_")])
            raise TypeError(f"{cls.__name__}.as_view() received {name!r}, which is no attribute of the class.{hint}")
    for name in BUILDERS:
        if inspect.iscoroutinefunction(getattr(cls, name, None)):
            raise TypeError(
                f"{cls.__name__}.{name} is `async def`, and only says which: write `def {name}`. Sync queries may wait there."
            )
    for name in LISTS:
        refuse_no_list(cls, name, declared(cls, initkwargs, name))
    for name in SINGLE:
        refuse_no_class(f"{cls.__name__}.{name}", declared(cls, initkwargs, name))
    queryset = declared(cls, initkwargs, "queryset")
    if inspect.isclass(queryset) and issubclass(queryset, Model):
        raise TypeError(
            f"{cls.__name__}.queryset is the class {queryset.__name__}: write {queryset.__name__}.objects.all()."
        )


def declared(cls: type[Any], initkwargs: dict[str, Any], name: str) -> Any:
    """Return what a view says itself of an attribute; None where it follows the settings, or is worked out later."""
    value = initkwargs[name] if name in initkwargs else inspect.getattr_static(cls, name, None)
    return None if isinstance(value, FromSettings) or (hasattr(value, "__get__") and not callable(value)) else value


def refuse_no_list(cls: type[Any], name: str, value: Any) -> None:
    """Refuse a policy that is no list of classes."""
    if value is None:
        return
    whose = f"{cls.__name__}.{name}"
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset)):
        raise TypeError(f"{whose} is a list of classes: write [{name_of(value)}].")
    for one in value:  # pyright: ignore[reportUnknownVariableType]
        refuse_no_class(whose, one)


def refuse_no_class(whose: str, value: Any) -> None:
    """Refuse an instance, or a text, where a class is needed."""
    if isinstance(value, str):
        raise TypeError(f"{whose} holds the text {value!r}: give the class itself; only settings name classes by text.")
    if value is not None and not callable(value):
        raise TypeError(f"{whose} holds an instance of {name_of(value)}: give the class, without parentheses.")


def similar(name: str, known: Sequence[str], cutoff: float) -> str | None:
    """Return the word that is written nearly so; None where none is."""
    from difflib import get_close_matches  # a millisecond at each start, for what only a check needs

    return next(iter(get_close_matches(name, known, n=1, cutoff=cutoff)), None)


def name_of(value: Any) -> str:
    """Return the name of a class, or of the class of an instance."""
    return value.__name__ if inspect.isclass(value) else type(value).__name__
