"""What an address may ask of a list: nothing but what the ModelAdmin declares (H37).

A filter is an oracle: whoever may ask "does the author's password begin with p?" reads the password letter by letter.
So a lookup out of an address must begin with a name of `list_filter` or `date_hierarchy`, end in a comparison that tells
no more than its list does, and never touch a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.admin._display import field_at
from manoir.exceptions import FieldDoesNotExist
from manoir.http import HttpRequest, QueryDict

ALL_VAR = "all"
ORDER_VAR = "o"
PAGE_VAR = "p"
SEARCH_VAR = "q"
ERROR_FLAG = "e"
IS_POPUP_VAR = "_popup"
TO_FIELD_VAR = "_to_field"
SOURCE_MODEL_VAR = "_source_model"
FACETS_VAR = "_facets"
PART_VAR = "_part"
CHANGELIST_FILTERS_VAR = "_changelist_filters"
AFTER_VAR = "_after"
BEFORE_VAR = "_before"
SELECTED = "_selected_action"
"""Name of the checkboxes that choose rows."""

IGNORED = (
    ALL_VAR,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
    ERROR_FLAG,
    IS_POPUP_VAR,
    TO_FIELD_VAR,
    SOURCE_MODEL_VAR,
    FACETS_VAR,
    PART_VAR,
    CHANGELIST_FILTERS_VAR,
    AFTER_VAR,
    BEFORE_VAR,
)
"""Parameters that are no filters."""

SAFE_LOOKUPS = frozenset(
    ["exact", "in", "isnull", "gt", "gte", "lt", "lte", "date", "year", "month", "day", "week", "quarter", "isempty"]
)
"""What may stand behind a declared name."""

LONGEST_ADDRESS = 4_000
"""Characters of kept filters; more is no address that this site made."""


def lookup_allowed(model_admin: Any, lookup: str, value: str, request: HttpRequest) -> bool:
    """Tell whether an address may filter by a lookup; see the module."""
    if touches_secret(model_admin.model, lookup):
        return False
    if any(lookup == name and str(value) == str(wanted) for name, wanted in limits(model_admin)):
        return True
    return any(continues(model_admin.model, name, lookup) for name in declared(model_admin, request))


def declared(model_admin: Any, request: HttpRequest) -> Iterator[str]:
    """Yield the names that a ModelAdmin lets people filter by."""
    if model_admin.date_hierarchy:
        yield model_admin.date_hierarchy
    for entry in model_admin.get_list_filter(request):
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, (list, tuple)):
            yield entry[0]
        elif isinstance(parameter := getattr(entry, "parameter_name", None), str):
            yield parameter


def continues(model: Any, name: str, lookup: str) -> bool:
    """Tell whether a lookup is a declared name, the key behind it if it is a relation, and a comparison."""
    if lookup == name:
        return True
    if not lookup.startswith(f"{name}__"):
        return False
    rest = lookup[len(name) + 2 :].split("__")
    try:
        field = field_at(model, name)
    except (FieldDoesNotExist, AttributeError):
        return False
    if field.is_relation and rest[0] in keys_of(field):
        rest = rest[1:]
    return all(word in SAFE_LOOKUPS for word in rest)


def keys_of(field: Any) -> set[str]:
    """Names by which the row that a relation leads to may be named: its key, and the field the relation points to."""
    names = {"pk", field.related_model._meta.pk.name}
    if field.concrete and not field.many_to_many:
        names.add(field.target_field.name)
    return names


def touches_secret(model: Any, lookup: str) -> bool:
    """Tell whether any field on the way of a lookup is a secret."""
    for part in lookup.split("__"):
        try:
            field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except (FieldDoesNotExist, AttributeError):
            return False
        if getattr(field, "secret", False):
            return True
        if not field.is_relation:
            return False
        model = field.related_model
    return False


def limits(model_admin: Any) -> Iterator[tuple[str, Any]]:
    """Yield the `limit_choices_to` of relations to this model: popups that choose for them filter by it."""
    for rel in model_admin.opts.all_rels:
        limit = getattr(rel, "limit_choices_to", None)
        limit = limit() if callable(limit) else limit
        if isinstance(limit, dict):
            for name, value in limit.items():
                yield name, ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def is_pointed_to(model_admin: Any, field: Any) -> bool:
    """Tell whether a relation of a registered model, or of its inlines, points to a field."""
    site = model_admin.admin_site
    registered = {*site._registry}
    for known in site._registry.values():
        registered.update(inline.model for inline in known.inlines)
    for rel in model_admin.opts.all_rels:
        owner = rel.related_model
        if owner in registered or any(issubclass(model, owner) for model in registered):
            if getattr(rel.field, "many_to_many", False):
                continue
            if getattr(rel.field, "target_field", None) is field:
                return True
    return False


def preserved(kept: str) -> str:
    """Return the filters that the address of a form carries for its list, as far as they can be an address.

    They come from outside: they are read and written again, so that nothing but names and values remains.
    """
    if not kept or len(kept) > LONGEST_ADDRESS:
        return ""
    return QueryDict(kept).urlencode()
