"""The admin: pages to see and change the rows of models, made of what the models say.

The room's map. *The site*: `_sites` (`AdminSite`), `_registry`, `_autodiscover`, `apps`, `_pages` and `_sign_in` (signing
in, one's password, pages of others), `_app_list`, `_dashboard`, `_colour` (where views run), `_checks`. *A model*: `_base`,
`_model_admin` (options and hooks), `_authorize`. *The list*: `_change_list_view`, `_change_list`, `_list_context`, `_result_page`, `_keyset`,
`_columns`, `_display`, `_search`, `_lookups`, `_filters`, `_field_filters`, `_value_filters`, `_filters_of`, `_facets`, `_date_hierarchy`, `_paginator`,
`_counts`, `_changed_rows`, `_actions`, `_delete_selected`, `_export`. *The form*: `_form_hooks`, `_formfields`, `_forms`,
`_change_form`, `_inlines`, `_responses`, `_differences`, `_history`, `_delete`, `_deleted_objects`, `_widgets`,
`_related_widgets`, `_autocomplete`; `models` has the log; `_people` the pages of users and groups.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from manoir.admin import _checks as _checks  # registers the checks of this room
from manoir.admin._actions import ACTION_CHECKBOX_NAME, ActionForm, delete_selected, export_as_csv
from manoir.admin._autodiscover import autodiscover
from manoir.admin._change_list import ChangeList
from manoir.admin._decorators import action, display, register
from manoir.admin._facets import ShowFacets
from manoir.admin._field_filters import FieldListFilter, RelatedFieldListFilter, RelatedOnlyFieldListFilter
from manoir.admin._filters import ListFilter, SimpleListFilter
from manoir.admin._formfields import HORIZONTAL, VERTICAL
from manoir.admin._inlines import (
    GenericInlineModelAdmin,
    GenericStackedInline,
    GenericTabularInline,
    InlineModelAdmin,
    StackedInline,
    TabularInline,
)
from manoir.admin._model_admin import ModelAdmin
from manoir.admin._paginator import LargeTablePaginator
from manoir.admin._registry import default_site as site
from manoir.admin._sites import AdminSite
from manoir.admin._value_filters import (
    AllValuesFieldListFilter,
    BooleanFieldListFilter,
    ChoicesFieldListFilter,
    DateFieldListFilter,
    EmptyFieldListFilter,
)
from manoir.admin.models import LogEntry
from manoir.exceptions import AlreadyRegistered, NotRegistered

if TYPE_CHECKING:
    from manoir.admin._log_admin import LogEntryAdmin
    from manoir.admin._people import GroupAdmin, UserAdmin
    from manoir.admin._sign_in import AdminAuthenticationForm

__all__ = [
    "ACTION_CHECKBOX_NAME",
    "HORIZONTAL",
    "VERTICAL",
    "ActionForm",
    "AdminAuthenticationForm",
    "AdminSite",
    "AllValuesFieldListFilter",
    "AlreadyRegistered",
    "BooleanFieldListFilter",
    "ChangeList",
    "ChoicesFieldListFilter",
    "DateFieldListFilter",
    "EmptyFieldListFilter",
    "FieldListFilter",
    "GenericInlineModelAdmin",
    "GenericStackedInline",
    "GenericTabularInline",
    "GroupAdmin",
    "InlineModelAdmin",
    "LargeTablePaginator",
    "ListFilter",
    "LogEntry",
    "LogEntryAdmin",
    "ModelAdmin",
    "NotRegistered",
    "RelatedFieldListFilter",
    "RelatedOnlyFieldListFilter",
    "ShowFacets",
    "SimpleListFilter",
    "StackedInline",
    "TabularInline",
    "UserAdmin",
    "action",
    "autodiscover",
    "delete_selected",
    "display",
    "export_as_csv",
    "register",
    "site",
]

LATE = {
    "AdminAuthenticationForm": "manoir.admin._sign_in",
    "GroupAdmin": "manoir.admin._people",
    "LogEntryAdmin": "manoir.admin._log_admin",
    "UserAdmin": "manoir.admin._people",
}
"""Names that need the user model, which is there once the apps are loaded; this room is imported before that."""


def __getattr__(name: str) -> Any:
    if name in LATE:
        return getattr(import_module(LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
