"""`ModelAdmin`: how one model looks and behaves in the admin; the work is done by the modules that it delegates to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from manoir import messages
from manoir.admin import _actions, _change_list_view, _changed_rows, _export, _lookups, _search
from manoir.admin._base import BaseModelAdmin
from manoir.admin._change_list import ChangeList
from manoir.admin._colour import view_mode
from manoir.admin._facets import ShowFacets
from manoir.admin._form_hooks import FormHooks
from manoir.admin._paginator import LargeTablePaginator
from manoir.bridge import atwin, hook
from manoir.exceptions import FieldDoesNotExist
from manoir.forms import BaseModelFormSet
from manoir.http import HttpRequest, HttpResponseBase, QueryDict
from manoir.models import Model, QuerySet
from manoir.urls import path
from manoir.views.generic import RedirectView

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite

View = Callable[..., Any]


class ModelAdmin(FormHooks, BaseModelAdmin):
    """Options and hooks of a model in the admin. Those of the form are explained at `BaseModelAdmin`.

    Args:
        model: the model.
        admin_site: the site it is registered with.

    Attributes:
        list_display: columns of the list: names of fields, paths such as "author__name", methods, properties,
            functions of the object, `"__str__"`.
        list_display_links: columns that lead to the form; (): the first one; None: none.
        list_filter: names of fields, paths, filter classes, or `(name, filter class)`.
        list_select_related: relations to read by a join; lists need none of them, since relations load for all rows at
            once.
        list_per_page: rows of a page.
        list_max_show_all: most rows that "show all" shows.
        list_editable: columns that can be changed in the list.
        search_fields: names that the search box looks in, with a prefix `^` (starts), `=` (equals), `@` (words), or a
            lookup.
        search_help_text: shown below the search box.
        date_hierarchy: name of a date by which people can drill down.
        save_as: offer to save a changed object as a new one; `save_as_continue` shows it again afterwards.
        save_on_top: show the buttons above the form too.
        paginator: class that divides the list into pages.
        preserve_filters: come back to the filtered list after an object was saved.
        show_facets: count the rows of each choice of the filters: a `ShowFacets`.
        inlines: rows of other models on the form.
        actions: what can be done with chosen rows: functions, or names of methods; None: nothing at all.
        actions_on_top: where the menu of actions is; `actions_on_bottom` likewise.
        actions_selection_counter: say how many rows are chosen.
        export_fields: columns of the CSV export; None: those of the list; (): no export.
        empty_value_display: shown for None and ""; None: the site's.
        icon: drawn beside the model's name in the navigation: a symbol of `admin/icons.svg` such as "globe", or of a
            static file such as "shop/icons.svg#book"; None: none.
        add_form_template: template of the form to add; and so on for the other pages.

    Example:
        >>> class BookAdmin(ModelAdmin):
        ...     list_display = ["title", "author", "price"]
        ...     list_filter = ["author", "tags"]
        ...     search_fields = ["title", "author__name"]
    """

    list_display: Any = ("__str__",)
    list_display_links: Any = ()
    list_filter: Any = ()
    list_select_related: Any = False
    list_per_page: int = 100
    list_max_show_all: int = 200
    list_editable: Any = ()
    search_fields: Any = ()
    search_help_text: Any = None
    date_hierarchy: str | None = None
    save_as: bool = False
    save_as_continue: bool = True
    save_on_top: bool = False
    paginator: Any = LargeTablePaginator
    preserve_filters: bool = True
    show_facets: ShowFacets = ShowFacets.ALLOW
    inlines: Any = ()
    empty_value_display: Any = None
    export_fields: Any = None
    icon: str | None = None

    add_form_template: str | None = None
    change_form_template: str | None = None
    change_list_template: str | None = None
    delete_confirmation_template: str | None = None
    delete_selected_confirmation_template: str | None = None
    object_history_template: str | None = None
    popup_response_template: str | None = None

    actions: Any = ()
    action_form: Any = _actions.ActionForm
    actions_on_top: bool = True
    actions_on_bottom: bool = False
    actions_selection_counter: bool = True

    def __init__(self, model: type[Model], admin_site: AdminSite) -> None:
        self.model = model
        self.opts = model._meta
        self.admin_site = admin_site
        super().__init__()

    def __str__(self) -> str:
        return f"{self.opts.app_label}.{type(self).__name__}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: model={self.model.__qualname__} site={self.admin_site!r}>"

    # -- URLs ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Return the patterns of this model; a subclass puts its own in front of them."""
        mode = view_mode(self)

        def wrap(view: View) -> View:
            def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                return view(request, *args, **kwargs)

            run.__name__, run.__module__ = view.__name__, view.__module__
            run.__qualname__ = f"{type(self).__name__}.{view.__name__}"
            vars(run).update(model_admin=self, **({"sync_view_mode": mode} if mode else {}))
            return self.admin_site.admin_view(run)

        info = f"{self.opts.app_label}_{self.opts.model_name}"
        changed = RedirectView.as_view(pattern_name=f"{self.admin_site.name}:{info}_change")
        return [
            path("", wrap(self.changelist_view), name=f"{info}_changelist"),
            path("add/", wrap(self.add_view), name=f"{info}_add"),
            path("export/", wrap(self.export_view), name=f"{info}_export"),
            path("<path:object_id>/history/", wrap(self.history_view), name=f"{info}_history"),
            path("<path:object_id>/delete/", wrap(self.delete_view), name=f"{info}_delete"),
            path("<path:object_id>/change/", wrap(self.change_view), name=f"{info}_change"),
            path("<path:object_id>/", self.admin_site.admin_view(changed)),
        ]

    @property
    def urls(self) -> list[Any]:
        """The patterns of this model."""
        return self.get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponseBase:
        """Show the list, run an action on chosen rows, or save what was changed in the list."""
        return _change_list_view.changelist_view(self, request, extra_context)

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send the list, as it is filtered and sorted, as CSV."""
        return _export.export_view(self, request)

    # -- permissions ---------------------------------------------------------------------------------------------

    @hook
    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Return what the user may do with this model: `add`, `change`, `delete`, `view`."""
        return {
            "add": self.has_add_permission(request),
            "change": self.has_change_permission(request),
            "delete": self.has_delete_permission(request),
            "view": self.has_view_permission(request),
        }

    aget_model_perms = atwin(get_model_perms, waits=True)

    # -- the list ------------------------------------------------------------------------------------------------

    @hook
    def get_list_display(self, request: HttpRequest) -> Any:
        """Return the columns of the list."""
        return self.list_display

    aget_list_display = atwin(get_list_display, waits=True)

    @hook
    def get_list_display_links(self, request: HttpRequest, list_display: Sequence[Any]) -> Any:
        """Return the columns that lead to the form: `list_display_links`, else the first; None or []: none.

        Args:
            request: the request.
            list_display: the columns.
        """
        if self.list_display_links or self.list_display_links is None or not list_display:
            return self.list_display_links
        return list(list_display)[:1]

    aget_list_display_links = atwin(get_list_display_links, waits=True)

    @hook
    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters."""
        return self.list_filter

    aget_list_filter = atwin(get_list_filter, waits=True)

    @hook
    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Return True for all relations in columns, False, or the names of relations."""
        return self.list_select_related

    aget_list_select_related = atwin(get_list_select_related, waits=True)

    @hook
    def get_search_fields(self, request: HttpRequest) -> Any:
        """Return the names that the search box looks in."""
        return self.search_fields

    aget_search_fields = atwin(get_search_fields, waits=True)

    @hook
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any, Any], search_term: str
    ) -> tuple[QuerySet[Any, Any], bool]:
        """Return the rows that are found, and whether rows may come twice.

        Args:
            request: the request.
            queryset: the rows to search.
            search_term: what was typed: words, all of which must be found; quotes keep several words together.
        """
        return _search.search(queryset, self.get_search_fields(request), search_term)

    aget_search_results = atwin(get_search_results, waits=True)

    @hook
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the class of the list."""
        return ChangeList

    aget_changelist = atwin(get_changelist, waits=True)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list that a request asks for.

        Raises:
            IncorrectLookupParameters: a filter in the address cannot be.
        """
        return _change_list_view.instance(self, request)

    @hook
    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the ModelForm of a row in the list."""
        return _changed_rows.form_class(self, request, **kwargs)

    aget_changelist_form = atwin(get_changelist_form, waits=True)

    @hook
    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> type[BaseModelFormSet]:
        """Return the class of the forms of all rows in the list."""
        return _changed_rows.formset_class(self, request, **kwargs)

    aget_changelist_formset = atwin(get_changelist_formset, waits=True)

    @hook
    def get_paginator(
        self,
        request: HttpRequest,
        queryset: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Any:
        """Return what divides the rows into pages."""
        return self.paginator(queryset, per_page, orphans, allow_empty_first_page)

    aget_paginator = atwin(get_paginator, waits=True)

    def get_preserved_filters(self, request: HttpRequest) -> str:
        """Return the list's filters as a query string for the address of a form; "" when they are not kept."""
        match: Any = request.resolver_match
        if not self.preserve_filters or match is None:
            return ""
        info = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        if match.url_name == info:
            kept = request.GET.urlencode()
        else:
            kept = _lookups.preserved(request.GET.get("_changelist_filters", ""))
        return QueryDict(mutable=True).fromkeys(["_changelist_filters"], kept).urlencode() if kept else ""

    @hook
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Tell whether an address may filter the list by a lookup: only by what `list_filter` and `date_hierarchy` name.

        Args:
            lookup: such as "author__name__startswith".
            value: what is looked for.
            request: the request.
        """
        return _lookups.lookup_allowed(self, lookup, value, request)

    alookup_allowed = atwin(lookup_allowed, waits=True)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Tell whether a popup may give back the value of a field: the key, and what registered relations point to."""
        try:
            field = self.opts.get_field(to_field)
        except FieldDoesNotExist:
            return False
        if field.primary_key:
            return True
        return _lookups.is_pointed_to(self, field)

    # -- actions -------------------------------------------------------------------------------------------------

    @hook
    def get_actions(self, request: HttpRequest) -> dict[str, tuple[View, str, Any]]:
        """Return the actions that the user may run: name to function, name and description."""
        return _actions.actions_for(self, request)

    aget_actions = atwin(get_actions, waits=True)

    def get_action_choices(
        self, request: HttpRequest, default_choices: Any = _actions.NOTHING
    ) -> list[tuple[str, Any]]:
        """Return the menu of actions."""
        return _actions.choices(self, request, default_choices)

    def get_action(self, action: Any) -> tuple[View, str, Any] | None:
        """Return function, name and description of an action; None when there is none of that name."""
        return _actions.found(self, action)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any, Any]) -> HttpResponseBase | None:
        """Run the action that a form of the list asks for; None when it asks for nothing that can be done."""
        return _actions.run(self, request, queryset)

    # -- around --------------------------------------------------------------------------------------------------

    def message_user(
        self,
        request: HttpRequest,
        message: Any,
        level: int | str = messages.INFO,
        extra_tags: str = "",
        fail_silently: bool = False,
    ) -> None:
        """Tell the user something on the next page.

        Args:
            request: the request.
            message: the text; it is escaped.
            level: a level of `manoir.messages`, or its name: "success".
            extra_tags: further CSS classes.
            fail_silently: do nothing where there is no MessageMiddleware.

        Raises:
            ValueError: there is no such level.
        """
        if isinstance(level, str):
            number = messages.DEFAULT_LEVELS.get(level.upper())
            if number is None:
                known = ", ".join(name.lower() for name in messages.DEFAULT_LEVELS)
                raise ValueError(f"There is no level {level!r} of messages; write one of {known}.")
            level = number
        messages.add_message(request, level, message, extra_tags=extra_tags, fail_silently=fail_silently)
