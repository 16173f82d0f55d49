"""Where the pages of an object lead, and which buttons its form has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir.admin import _responses as responses
from manoir.admin._keys import quote
from manoir.admin._related_widgets import admin_url


def page_links(
    admin: Any, request: Any, obj: Any, *, popup: bool = False, to_field: str | None = None
) -> dict[str, Any]:
    """Addresses around an object, with the list's filters: for breadcrumbs, tools and buttons.

    Args:
        admin: the ModelAdmin.
        request: the request.
        obj: the object; None for a new one.
        popup: the page is one of a popup, and so are those it leads to.
        to_field: the field whose value the popup gives back.
    """
    options, site = admin.opts, admin.admin_site
    links: dict[str, Any] = {
        "index_url": responses.index(admin),
        "app_url": responses.app_page(admin),
        "listing_url": responses.listing(admin, request) if admin.has_view_or_change_permission(request) else None,
    }
    if obj is None or obj.pk is None:
        return links
    value = obj.serializable_value(to_field) if to_field else obj.pk
    for name, page in (("object_url", "change"), ("delete_url", "delete")):
        url = admin_url(site, options, page, quote(str(value)))
        if url is not None:
            links[name] = responses.with_filters(admin, request, url, popup=popup, to_field=to_field)
    history = admin_url(site, options, "history", quote(str(obj.pk)))
    if history is not None:
        links["history_url"] = responses.with_filters(admin, request, history)
    return links


def submit_buttons(context: Mapping[str, Any]) -> dict[str, bool]:
    """The buttons below a form, out of what its page knows; a page's own `show_…` variables win.

    Args:
        context: the variables of the page.
    """
    add, change, popup = context["add"], context["change"], context["is_popup"]
    may_add, may_change = context["has_add_permission"], context["has_change_permission"]
    may_save = (may_change and change) or (may_add and add)
    may_copy = not popup and may_add and change and context["save_as"] and may_change
    stays = not popup and may_save
    buttons = {
        "can_change": bool(may_change),
        "show_save": bool(may_save),
        "show_save_and_continue": bool(stays),
        "show_save_and_add_another": bool(stays and may_add and (not context["save_as"] or add)),
        "show_save_as_new": bool(may_copy),
        "show_delete_link": bool(context["has_delete_permission"] and change and context.get("show_delete", True)),
        "show_close": not may_save,
    }
    return {name: bool(context.get(name, shown)) and (shown or name not in LOCKED) for name, shown in buttons.items()}


LOCKED = frozenset({"show_save_as_new", "show_delete_link"})
"""Buttons that no variable of a page can show to who may not press them."""
