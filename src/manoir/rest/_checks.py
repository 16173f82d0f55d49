"""Checks of views of APIs: what `manoir check` names before anybody asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.bridge import hook_conflicts
from manoir.checks import CheckMessage, Error, Tags, Warning, register
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.rest._declared_filters import build_filters
from manoir.rest.views import is_guarded
from manoir.urls import URLResolver, get_resolver


@register(Tags.security)
def check_permissions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name views that nothing guards: everybody may use them (H03)."""
    return [
        Warning(
            f"{name_of(callback)} says nowhere who may use it, and REST_FRAMEWORK has no DEFAULT_PERMISSION_CLASSES.",
            hint="Write `permission_classes = [IsAuthenticated]`, or [AllowAny] where everybody may. With "
            "REST_FRAMEWORK['REQUIRE_PERMISSIONS'] = True such a view does not start.",
            obj=callback.cls,
            id="manoir.rest.W001",
        )
        for callback in views_of_apis()
        if not is_guarded(callback.cls, callback.initkwargs)
    ]


@register(Tags.security)
def check_list_sizes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name lists that are sent whole, however long they are (H56)."""
    found: list[CheckMessage] = []
    for callback in views_of_apis():
        cls: Any = callback.cls
        actions = getattr(callback, "actions", {"get": "list"})
        if not hasattr(cls, "list") or "list" not in actions.values() or pages_of(cls, callback.initkwargs):
            continue
        found.append(
            Warning(
                f"{name_of(callback)} sends its list whole: it has no pages.",
                hint="Set `pagination_class` and `page_size`, or DEFAULT_PAGINATION_CLASS and PAGE_SIZE in "
                "REST_FRAMEWORK.",
                obj=cls,
                id="manoir.rest.W002",
            )
        )
    return found


@register(Tags.async_support)
def check_hooks(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name permissions, throttles and their kin that override both colours of one hook."""
    return [
        Error(
            f"{owner.__qualname__} defines both {conflict.sync_name}() and {conflict.async_name}().",
            hint=f"Keep one: `def {conflict.sync_name}` or `async def {conflict.async_name}`; both colours work then.",
            obj=owner,
            id="manoir.rest.E001",
        )
        for owner in policies()
        for conflict in hook_conflicts(owner)
        if conflict.owner is owner
    ]


@register(Tags.urls)
def check_filters(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name filters that cannot be declared: unknown fields, secret columns, lookups that clients may not use (H37)."""
    found: list[CheckMessage] = []
    for callback in views_of_apis():
        cls: Any = callback.cls
        fields: Any = getattr(cls, "filterset_fields", None)
        model: Any = getattr(getattr(cls, "queryset", None), "model", None)
        if not fields or model is None:
            continue
        try:
            build_filters(model, fields, f"{cls.__qualname__}.filterset_fields")
        except ImproperlyConfigured as error:
            found.append(Error(str(error), obj=cls, id="manoir.rest.E002"))
    return found


def views_of_apis() -> Iterator[Any]:
    """Yield the view functions of APIs in ROOT_URLCONF that are the project's, each class once."""
    seen: set[Any] = set()
    for callback in callbacks_of_apis():
        if callback.cls not in seen:
            seen.add(callback.cls)
            yield callback


def callbacks_of_apis() -> Iterator[Any]:
    """Yield all view functions of APIs in ROOT_URLCONF that are the project's; a viewset has one for each address."""
    if not settings.ROOT_URLCONF:
        return
    try:
        waiting: list[Any] = list(get_resolver().url_patterns)
    except Exception:  # a URLconf that cannot be loaded is manoir.urls.E001
        return
    seen: set[Any] = set()
    while waiting:
        pattern = waiting.pop(0)
        if isinstance(pattern, URLResolver):
            waiting.extend(pattern.url_patterns)
            continue
        cls = getattr(pattern.callback, "cls", None)
        if cls is None or not hasattr(cls, "permission_classes") or cls.__module__.startswith("manoir."):
            continue
        if pattern.callback not in seen:
            seen.add(pattern.callback)
            yield pattern.callback


def policies() -> Iterator[type[Any]]:
    """Yield the project's permissions, authenticators, throttles, paginators and filters in use."""
    seen: set[Any] = set()
    for callback in views_of_apis():
        cls: Any = callback.cls
        listed = [
            *cls.permission_classes,
            *cls.authentication_classes,
            *cls.throttle_classes,
            *getattr(cls, "filter_backends", ()),
            getattr(cls, "pagination_class", None),
        ]
        for one in listed:
            if isinstance(one, type) and one not in seen and not one.__module__.startswith("manoir."):
                seen.add(one)
                yield one


def pages_of(cls: Any, initkwargs: dict[str, Any]) -> bool:
    """Tell whether lists of a view are cut into pages."""
    pagination = initkwargs.get("pagination_class", getattr(cls, "pagination_class", None))
    if pagination is None:
        return False
    sizes = [getattr(pagination, name) for name in ("page_size", "default_limit") if hasattr(pagination, name)]
    return any(sizes) if sizes else True


def name_of(callback: Any) -> str:
    return f"{callback.cls.__module__}.{callback.cls.__qualname__}"
