"""Decorators: registering a model, describing a column, describing an action."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from manoir.admin._registry import default_site
from manoir.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type)


def register(*models: Any, site: AdminSite | None = None) -> Callable[[C], C]:
    """Register a ModelAdmin class for one model or several.

    Args:
        *models: model classes.
        site: the site; None: `admin.site`.

    Raises:
        ValueError: no model is given, `site` is no AdminSite, or the class is no ModelAdmin.

    Example:
        >>> @register(Book)
        ... class BookAdmin(ModelAdmin):
        ...     list_display = ["title", "author"]
    """

    def decorate(admin_class: C) -> C:
        if not models:
            raise ValueError("@register takes at least one model: write @register(Book).")
        target: Any = site if site is not None else default_site
        if not hasattr(target, "register"):
            raise ValueError(f"@register(site=…) takes an AdminSite, not {type(target).__name__}.")
        if not hasattr(admin_class, "get_list_display"):
            raise ValueError(f"@register decorates subclasses of ModelAdmin, which {admin_class.__name__} is not.")
        target.register(models, admin_class=admin_class)
        return admin_class

    return decorate


@overload
def action(function: F, /) -> F: ...
@overload
def action(
    function: None = None, *, permissions: Iterable[str] | None = None, description: Any = None
) -> Callable[[F], F]: ...
def action(function: Any = None, *, permissions: Iterable[str] | None = None, description: Any = None) -> Any:
    """Describe an action of the change list.

    Args:
        function: a function `(modeladmin, request, queryset)`, or a method of a ModelAdmin, of either colour.
        permissions: what a user must be allowed: "view" asks `has_view_permission(request)`, and so on. One is enough.
        description: what the menu says; None makes it of the name. `%(verbose_name_plural)s` is filled in.

    Example:
        >>> @action(description="Publish the chosen %(verbose_name_plural)s", permissions=["change"])
        ... def publish(modeladmin, request, queryset):
        ...     queryset.update(published=True)
    """

    def decorate(func: F) -> F:
        if permissions is not None:
            if isinstance(permissions, str):
                raise ImproperlyConfigured(
                    f"@action(permissions={permissions!r}): a list is needed, write [{permissions!r}]."
                )
            func.allowed_permissions = list(permissions)  # pyright: ignore[reportFunctionMemberAccess]
        if description is not None:
            func.short_description = description  # pyright: ignore[reportFunctionMemberAccess]
        return func

    return decorate if function is None else decorate(function)


@overload
def display(function: F, /) -> F: ...
@overload
def display(
    function: None = None,
    *,
    boolean: bool | None = None,
    ordering: Any = None,
    description: Any = None,
    empty_value: Any = None,
) -> Callable[[F], F]: ...
def display(
    function: Any = None,
    *,
    boolean: bool | None = None,
    ordering: Any = None,
    description: Any = None,
    empty_value: Any = None,
) -> Any:
    """Describe a function that computes a column or a read-only value.

    Args:
        function: a method of a ModelAdmin or a model, or a function of the object. With `property`, `@property` stands
            above this decorator.
        boolean: show a sign for yes, no and unknown.
        ordering: name of a field, `"-name"`, or an expression by which the column sorts; None: it does not sort.
        description: the heading.
        empty_value: shown for None and ""; may not be combined with `boolean`.

    Raises:
        ValueError: both `boolean` and `empty_value` are given.

    Example:
        >>> @display(description="Name", ordering="last_name")
        ... def full_name(person):
        ...     return f"{person.first_name} {person.last_name}"
    """
    if boolean is not None and empty_value is not None:
        raise ValueError("@display takes either boolean or empty_value: a sign for yes and no is never empty.")
    given = {
        "boolean": boolean,
        "admin_order_field": ordering,
        "short_description": description,
        "empty_value_display": empty_value,
    }

    def decorate(func: F) -> F:
        for name, value in given.items():
            if value is not None:
                setattr(func, name, value)
        return func

    return decorate if function is None else decorate(function)
