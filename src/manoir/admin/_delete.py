"""The page that asks before an object is deleted, and what goes with it, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manoir.admin import _responses as responses
from manoir.admin._authorize import authorize
from manoir.admin._change_form import check_to_field, protected_words
from manoir.admin._deleted_objects import DeletedObjects, Node, chosen_rows
from manoir.admin._keys import quote, unquote
from manoir.admin._page_links import page_links
from manoir.admin._related_widgets import IS_POPUP_VAR, TO_FIELD_VAR, admin_url
from manoir.db import router, transaction
from manoir.exceptions import PermissionDenied, ProtectedError, RestrictedError
from manoir.http import HttpResponseBase
from manoir.i18n import gettext as _
from manoir.templates import SafeString, TemplateResponse, format_html


def get_deleted_objects(
    objs: Any, request: Any, admin_site: Any
) -> tuple[list[Any], dict[str, int], set[Any], list[Any]]:
    """Find out what goes with objects, for people.

    Args:
        objs: a queryset or a list of objects of one model.
        request: the request.
        admin_site: the site whose ModelAdmins know what the user may delete.

    Returns:
        A nested list of the objects as HTML (a list follows the entry it belongs to), the number of objects of each
        model by its name, the names of models of which the user may not delete the rows, and the rows that forbid the
        deletion, as HTML.
    """
    rows, using, more = chosen_rows(objs)
    found = DeletedObjects(rows, using)
    needed = missing_permissions(found, request, admin_site)
    counts: dict[str, int] = {}
    for model, count in found.counts.items():
        name = str(model._meta.verbose_name_plural)
        counts[name] = counts.get(name, 0) + count
    if more and rows:
        name = str(rows[0]._meta.verbose_name_plural)
        counts[name] = counts.get(name, 0) + more
    nested = tree(found.roots, request, admin_site)
    protected = [entry(row, request, admin_site) for row in found.protected]
    return nested, counts, needed, protected


def missing_permissions(found: DeletedObjects, request: Any, admin_site: Any) -> set[Any]:
    """Names of models of which the user may not delete the rows that would go.

    A ModelAdmin is asked for each row that was read. Rows of a model without one go with what they belong to, as rows do
    that only connect two others: register a model whose rows need a permission of their own.
    """
    needed: set[Any] = set()
    for model, rows in found.samples.items():
        if model._meta.auto_created:
            continue
        admin = admin_site._registry.get(model)
        if admin is not None and not getattr(admin, "deleted_with_others", False):
            allowed = all(admin.has_delete_permission(request, row) for row in rows)
            if not allowed:
                needed.add(model._meta.verbose_name)
    return needed


def tree(nodes: Sequence[Node], request: Any, admin_site: Any) -> list[Any]:
    """Rows as a nested list: what goes with a row follows it as a list."""
    found: list[Any] = []
    for node in nodes:
        if node.row._meta.auto_created:
            continue  # a row that only connects two others has no name; it is counted
        found.append(entry(node.row, request, admin_site))
        below = tree(node.children, request, admin_site)
        below += [
            format_html("… {} {}", count, _("more: %s") % model._meta.verbose_name_plural)
            for model, count in node.hidden.items()
            if not model._meta.auto_created
        ]
        if below:
            found.append(below)
    return found


def entry(row: Any, request: Any, admin_site: Any) -> SafeString:
    """Kind and name of a row, as a link to its page for whoever may open it."""
    options = row._meta
    kind = str(options.verbose_name)
    kind = kind[:1].upper() + kind[1:]
    admin = admin_site._registry.get(type(row))
    url = None
    if admin is not None and admin.has_view_or_change_permission(request, row):
        url = admin_url(admin_site, options, "change", quote(str(row.pk)))
    if url is None:
        return format_html("{}: {}", kind, str(row))
    return format_html('{}: <a href="{}">{}</a>', kind, url, str(row))


def delete_view(admin: Any, request: Any, object_id: str, extra_context: Any) -> HttpResponseBase:
    """The body of `ModelAdmin.delete_view`."""
    check_to_field(admin, request)
    if request.method != "POST":
        return answer(admin, request, object_id, extra_context)
    with transaction.atomic(using=router.db_for_write(admin.model)):
        return answer(admin, request, object_id, extra_context)


def answer(admin: Any, request: Any, object_id: str, extra_context: Any) -> HttpResponseBase:
    """Ask whether the user may, then ask the user, then delete."""
    to_field = request.POST.get(TO_FIELD_VAR) or request.GET.get(TO_FIELD_VAR) or None
    obj = admin.get_object(request, unquote(object_id), to_field)
    authorize(admin, request, "delete", obj)
    if obj is None:
        return responses.missing(admin, request, unquote(object_id))
    nested, counts, needed, protected = admin.get_deleted_objects([obj], request)
    notice = ""
    if request.method == "POST" and not protected:
        if needed:
            raise PermissionDenied(f"This account may not delete {', '.join(sorted(str(name) for name in needed))}.")
        try:
            return delete(admin, request, obj)
        except (ProtectedError, RestrictedError) as error:
            notice = protected_words(error)  # somebody added a row since the page was made
    options = admin.opts
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Cannot delete %s") % options.verbose_name if protected or needed else _("Delete?"),
        "subtitle": None,
        "object_name": str(options.verbose_name),
        "object": obj,
        "deleted_objects": nested,
        "model_count": list(counts.items()),
        "perms_lacking": sorted(str(name) for name in needed),
        "protected": protected,
        "notice": notice,
        "opts": options,
        "app_label": options.app_label,
        "preserved_filters": admin.get_preserved_filters(request),
        "is_popup": IS_POPUP_VAR in request.POST or IS_POPUP_VAR in request.GET,
        "to_field": to_field or "",
        "is_popup_var": IS_POPUP_VAR,
        "to_field_var": TO_FIELD_VAR,
        "model_admin": admin,
        **page_links(admin, request, obj, to_field=to_field),
        **(extra_context or {}),
    }
    response: HttpResponseBase = admin.render_delete_form(request, context)
    return response


def delete(admin: Any, request: Any, obj: Any) -> HttpResponseBase:
    """Log, delete and answer; all or nothing."""
    display = str(obj)
    name = request.POST.get(TO_FIELD_VAR)
    key = str(obj.serializable_value(obj._meta.get_field(name).attname if name else obj._meta.pk.attname))
    with transaction.atomic(using=router.db_for_write(admin.model)):
        admin.log_deletions(request, [obj])
        admin.delete_model(request, obj)
    response: HttpResponseBase = admin.response_delete(request, display, key)
    return response


def render(admin: Any, request: Any, context: dict[str, Any]) -> HttpResponseBase:
    """The body of `ModelAdmin.render_delete_form`."""
    options = admin.opts
    names = admin.delete_confirmation_template or [
        f"admin/{options.app_label}/{options.model_name}/delete_confirmation.html",
        f"admin/{options.app_label}/delete_confirmation.html",
        "admin/delete_confirmation.html",
    ]
    return TemplateResponse(request, names, context)
