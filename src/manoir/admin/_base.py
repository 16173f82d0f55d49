"""`BaseModelAdmin`: what ModelAdmin and inlines share: documented options, permissions, the rows they work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from manoir.admin._checks import check_options
from manoir.admin._formfields import FormFieldHooks
from manoir.auth import get_permission_codename
from manoir.bridge import TwoColours, atwin, hook
from manoir.forms import Media
from manoir.http import HttpRequest
from manoir.models import Model, Options, QuerySet

if TYPE_CHECKING:
    from collections.abc import Callable

    from manoir.admin._sites import AdminSite


class BaseModelAdmin(FormFieldHooks, TwoColours):
    """Options and hooks of one model in the admin, of a page of its own or of an inline.

    Options of the form are explained at `FormFieldHooks`.

    Attributes:
        ordering: names by which rows are sorted; None: the model's.
        sortable_by: columns that people may sort by; None: all that can.
        view_on_site: whether `get_absolute_url` gets a link; or a function of the object that returns the address.
        show_full_result_count: count all rows beside those found.
    """

    ordering: Any = None
    sortable_by: Any = None
    view_on_site: bool | Callable[[Any], str] = True
    show_full_result_count: bool = True

    checks: ClassVar[Callable[..., list[Any]]] = check_options

    model: type[Model]
    admin_site: AdminSite
    opts: Options

    def check(self, **kwargs: Any) -> list[Any]:
        """Return what is wrong with the options, as messages of `manoir check`."""
        return type(self).checks(self)

    @property
    def media(self) -> Media:
        """Style sheets and scripts of this class: those of an inner class `Media`, after those of its bases.

        `extend = False` there leaves those of the bases out.
        """
        found = Media()
        for cls in reversed(type(self).__mro__):
            declared: Any = vars(cls).get("Media")
            if isinstance(declared, type):
                found = found + Media(declared) if getattr(declared, "extend", True) else Media(declared)
        return found

    # -- rows ----------------------------------------------------------------------------------------------------

    @hook
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        """Return the rows that this user may see at all; every page reads from it and from nowhere else."""
        queryset: Any = self.model._default_manager.get_queryset()
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    aget_queryset = atwin(get_queryset, waits=True)

    @hook
    def get_ordering(self, request: HttpRequest) -> Any:
        """Return the names by which rows are sorted; empty: the model's order."""
        return self.ordering or ()

    aget_ordering = atwin(get_ordering, waits=True)

    # -- permissions ---------------------------------------------------------------------------------------------

    def _has(self, request: HttpRequest, action: str) -> bool:
        options = self._permission_options()
        user: Any = request.user
        return bool(user.has_perm(f"{options.app_label}.{get_permission_codename(action, options)}"))

    def _permission_options(self) -> Options:
        """Options of the model whose permissions count: of a table made for a relation, the one it belongs to."""
        options = self.opts
        if options.auto_created:
            for field in options.fields:
                if field.remote_field is not None and field.remote_field.model is not options.auto_created:
                    return field.remote_field.model._meta
        return options

    @hook
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may see an object; None: whether they may see any. To change includes to see."""
        return self._has(request, "view") or self._has(request, "change")

    ahas_view_permission = atwin(has_view_permission, waits=True)

    @hook
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may add an object."""
        return self._has(request, "add")

    ahas_add_permission = atwin(has_add_permission, waits=True)

    @hook
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may change an object; None: whether they may change any."""
        return self._has(request, "change")

    ahas_change_permission = atwin(has_change_permission, waits=True)

    @hook
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may delete an object; None: whether they may delete any."""
        return self._has(request, "delete")

    ahas_delete_permission = atwin(has_delete_permission, waits=True)

    @hook
    def has_view_or_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the user may see or change an object."""
        return self.has_view_permission(request, obj) or self.has_change_permission(request, obj)

    ahas_view_or_change_permission = atwin(has_view_or_change_permission, waits=True)

    @hook
    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user sees the app of this model in the navigation."""
        user: Any = request.user
        return bool(user.has_module_perms(self.opts.app_label))

    ahas_module_permission = atwin(has_module_permission, waits=True)

    # -- choices of subclasses -----------------------------------------------------------------------------------

    @hook
    def get_empty_value_display(self) -> Any:
        """Return what is shown for None and ""."""
        own = getattr(self, "empty_value_display", None)
        return own if own is not None else self.admin_site.empty_value_display

    aget_empty_value_display = atwin(get_empty_value_display)

    @hook
    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Return the columns that people may sort by; None: all that can be sorted."""
        return self.sortable_by

    aget_sortable_by = atwin(get_sortable_by, waits=True)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Return the address of an object on the site itself; None: it has none."""
        if obj is None or not self.view_on_site:
            return None
        if callable(self.view_on_site):
            return self.view_on_site(obj)
        return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else None
