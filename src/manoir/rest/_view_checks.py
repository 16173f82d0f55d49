"""Checks of what views of APIs declare: what is missing, names that lead nowhere, attributes that mean nothing."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.exceptions import FieldError, ImproperlyConfigured, nearest
from manoir.models import Manager, QuerySet
from manoir.rest._calls import is_ours
from manoir.rest._checks import callbacks_of_apis, name_of, views_of_apis
from manoir.rest._declarations import similar
from manoir.rest._filter_kinds import Filter
from manoir.rest._filterset import FilterSet
from manoir.rest._paths import finds_many
from manoir.rest.filters import SearchFilter

READS_ROWS = ("list", "retrieve", "update", "destroy")
SHOWS_ROWS = ("list", "create", "retrieve", "update")
HANDLERS = {
    "list": ("get",), "retrieve": ("get",), "create": ("post",), "update": ("put", "patch"), "destroy": ("delete",),
}  # fmt: skip
"""The methods of generic views by the action that they call."""
ATTRIBUTES = (
    "queryset", "serializer_class", "lookup_field", "lookup_url_kwarg", "lookup_value_regex", "lookup_value_converter",
    "filter_backends", "filterset_fields", "filterset_class", "search_fields", "ordering_fields", "ordering",
    "pagination_class", "permission_classes", "authentication_classes", "throttle_classes", "throttle_scope",
    "renderer_classes", "parser_classes", "versioning_class", "metadata_class", "content_negotiation_class",
)  # fmt: skip
"""What views declare."""
SLIPS = {
    "filter_fields": "filterset_fields", "filter_class": "filterset_class", "filter_backend": "filter_backends",
    "permission_class": "permission_classes", "authentication_class": "authentication_classes",
    "throttle_class": "throttle_classes", "renderer_class": "renderer_classes", "parser_class": "parser_classes",
    "search_field": "search_fields", "ordering_field": "ordering_fields", "pagination_classes": "pagination_class",
    "model_serializer_class": "serializer_class", "paginate_by": "pagination_class",
}  # fmt: skip
"""What is often written instead, here or for older frameworks."""
SIMILAR = 0.92


@register(Tags.urls)
def check_what_is_needed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name views that answer by the framework's own actions without saying of which rows, or by which serializer."""
    found: dict[tuple[Any, str], CheckMessage] = {}
    for callback in callbacks_of_apis():
        for name, actions in missing_of(callback).items():
            message = Error(
                f"{name_of(callback)} has no {name}, which {', '.join(f'`{one}`' for one in actions)} needs.",
                hint=f"Set `{name}`, or write `def get_{name}(self)`.",
                obj=callback.cls,
                id="manoir.rest.E003",
            )
            found.setdefault((callback.cls, name), message)
    return list(found.values())


def missing_of(callback: Any) -> dict[str, list[str]]:
    """Return `queryset` and `serializer_class`, where a view lacks them, with its actions that need them."""
    cls: Any = callback.cls
    reading, showing = used(callback, READS_ROWS), used(callback, SHOWS_ROWS)
    if is_own(cls, "get_object", "aget_object"):
        reading = [name for name in reading if name == "list"]
    found: dict[str, list[str]] = {}
    if reading and value_of(callback, "queryset") is None and not is_own(cls, "get_queryset", "aget_queryset"):
        found["queryset"] = reading
    says_which = is_own(cls, "get_serializer_class", "get_serializer", "aserializer")
    if showing and value_of(callback, "serializer_class") is None and not says_which:
        found["serializer_class"] = showing
    return found


def used(callback: Any, names: Iterable[str]) -> list[str]:
    """Return the actions of the framework, as nobody has overridden them, that a view answers by."""
    cls: Any = callback.cls
    actions = getattr(callback, "actions", None)
    asked = None if actions is None else {name.removeprefix("partial_") for name in actions.values()}
    return [
        name
        for name in names
        if hasattr(cls, name)
        and is_ours(getattr(cls, name))
        and (is_called(cls, name) if asked is None else name in asked)
    ]


def is_called(cls: Any, action: str) -> bool:
    """Tell whether a generic view calls an action: by a handler that the project has not overridden."""
    return any(hasattr(cls, method) and is_ours(getattr(cls, method)) for method in HANDLERS[action])


def is_own(cls: Any, *names: str) -> bool:
    """Tell whether the project has written one of these methods."""
    return any(hasattr(cls, name) and not is_ours(getattr(cls, name)) for name in names)


def value_of(callback: Any, name: str) -> Any:
    """Return what a view function declares for an attribute."""
    return callback.initkwargs.get(name, getattr(callback.cls, name, None))


@register(Tags.urls)
def check_names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name fields to search, to order and to look up by that the rows of a view do not have."""
    return [
        Error(f"{name_of(callback)}.{name}: {words}", hint=hint, obj=callback.cls, id="manoir.rest.E004")
        for callback in views_of_apis()
        for name, words, hint in wrong_names(callback)
    ]


def wrong_names(callback: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the attribute, what is wrong with it, and a hint."""
    rows = rows_of(callback)
    if rows is None:
        return
    hint = "Name fields of the model, or values that the queryset computes."
    for path in listed(value_of(callback, "search_fields")):
        try:
            SearchFilter().construct_search(path, rows)
        except ImproperlyConfigured as error:
            yield "search_fields", str(error), hint
    for name in ("ordering_fields", "ordering"):
        for path in listed(value_of(callback, name)):
            try:
                rows.order_by(path)
            except FieldError as error:
                yield name, str(error), hint
    lookup: Any = value_of(callback, "lookup_field")
    options = rows.model._meta
    if isinstance(lookup, str) and lookup.partition("__")[0] not in {"pk", *options.names, *rows._query.annotations}:
        yield "lookup_field", f"{options.object_name} has no field {lookup!r}.{nearest(lookup, options.names)}", hint


def rows_of(callback: Any) -> Any:
    """Return the queryset of a view; None where it says its rows at each request."""
    queryset = value_of(callback, "queryset")
    if is_own(callback.cls, "get_queryset", "aget_queryset") or not isinstance(queryset, (QuerySet, Manager)):
        return None
    return queryset.all()  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]


def listed(value: Any) -> list[str]:
    """Return the names of a list, of pairs of name and label the names; none of anything else."""
    if isinstance(value, str):
        return [] if value == "__all__" else [value]
    names = [one[0] if isinstance(one, tuple) and one else one for one in value or ()] if is_list(value) else []
    return [name for name in names if isinstance(name, str)]


def is_list(value: Any) -> bool:
    return value is None or isinstance(value, (list, tuple, set, frozenset))


@register(Tags.urls)
def check_filter_sets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name filters of filter sets that lead nowhere (H37)."""
    return [
        Error(str(error), obj=callback.cls, id="manoir.rest.E002")
        for callback in views_of_apis()
        for error in wrong_filters(callback)
    ]


def wrong_filters(callback: Any) -> Iterator[Exception | str]:
    declared, rows = value_of(callback, "filterset_class"), rows_of(callback)
    if declared is None:
        return
    if not (inspect.isclass(declared) and issubclass(declared, FilterSet)):
        yield f"{name_of(callback)}.filterset_class is a FilterSet, not {declared!r:.60}."
        return
    model: Any = getattr(declared.Meta, "model", None)
    if rows is None and model is None:
        return
    rows = model._default_manager.all() if rows is None else rows
    try:
        filters = declared({}, rows).filters
    except ImproperlyConfigured as error:
        yield error
        return
    if rows_of(callback) is None:
        return  # a field may be a value that its queryset computes
    for name, one in filters.items():
        if isinstance(one, Filter) and one.method is None:
            try:
                finds_many(rows, str(one.field_name))
            except ImproperlyConfigured as error:
                yield f"{declared.__qualname__}.{name}: {error}"


@register(Tags.security)
def check_attributes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name attributes of views that mean nothing and look like others that do: `permission_class` lets everybody in."""
    return [
        Warning(
            f"{owner.__module__}.{owner.__qualname__}.{name} means nothing to a view.",
            hint=f"Did you mean `{meant}`?",
            obj=owner,
            id="manoir.rest.W003",
        )
        for owner in bases_of_apis()
        for name, meant in slips(owner)
    ]


def bases_of_apis() -> Iterator[type[Any]]:
    """Yield the project's classes that views of APIs are made of, each once."""
    seen: set[Any] = set()
    for callback in views_of_apis():
        for base in callback.cls.__mro__:
            if base not in seen and base is not object and not is_ours(base):
                seen.add(base)
                yield base


def slips(owner: type[Any]) -> Iterator[tuple[str, str]]:
    """Yield attributes of a class's own body that mean nothing, with what they look like."""
    for name, value in vars(owner).items():
        if name.startswith("_") or name in ATTRIBUTES or inspect.isroutine(value) or is_map(value):
            continue
        meant = SLIPS.get(name) or similar(name, ATTRIBUTES, SIMILAR)
        is_several = name == f"{meant}s" and name not in SLIPS  # a list of one's own, as a documented mixin has
        if meant is not None and not is_several:
            yield name, meant


def is_map(value: Any) -> bool:
    """Whether a value is a choice of its own, such as serializers by action."""
    return isinstance(value, (dict, property))
