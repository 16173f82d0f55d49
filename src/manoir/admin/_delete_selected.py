"""The action that deletes chosen rows, after a page that shows what goes with them."""

from __future__ import annotations

from typing import Any

from manoir import messages
from manoir.admin._authorize import may
from manoir.admin._lookups import SELECTED
from manoir.db import router, transaction
from manoir.exceptions import PermissionDenied, ProtectedError, RestrictedError
from manoir.http import HttpRequest, HttpResponseBase
from manoir.i18n import gettext as _
from manoir.i18n import ngettext
from manoir.models import QuerySet
from manoir.templates import TemplateResponse

MOST_ROWS = 10_000
"""Rows that are deleted at once: each is asked about and logged."""


def delete_chosen(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any, Any]) -> HttpResponseBase | None:
    """Ask, then delete; GET never reaches this, and without the answer of the page nothing is written.

    Raises:
        PermissionDenied: the user may not delete one of the rows, or of what goes with them.
    """
    queryset = queryset.order_by("pk")
    number = queryset.count()
    if number > MOST_ROWS:
        text = _("%(count)s rows are too many to delete at once; choose %(most)s at most.")
        values = {"count": number, "most": MOST_ROWS}
        model_admin.message_user(request, text % values, messages.ERROR, fail_silently=True)
        return None
    nested, counts, needed, protected = model_admin.get_deleted_objects(queryset, request)
    if request.POST.get("post") and not protected:
        with transaction.atomic(using=router.db_for_write(model_admin.model)):
            return delete(model_admin, request, queryset, needed)
    return confirmation(model_admin, request, queryset, number, (nested, counts, needed, protected))


def delete(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any, Any], needed: Any) -> None:
    """Log and delete; all or nothing. The rows are locked in by their keys: what joined them meanwhile stays."""
    rows = list(queryset)
    if needed or not all(may(model_admin, request, "delete", row) for row in rows):
        raise PermissionDenied(_("This account may not delete all of these rows."))
    if not rows:
        return
    chosen = queryset.filter(pk__in=[row.pk for row in rows])
    model_admin.log_deletions(request, rows)
    try:
        with transaction.atomic(using=router.db_for_write(model_admin.model)):
            model_admin.delete_queryset(request, chosen)
    except (ProtectedError, RestrictedError) as error:
        raise PermissionDenied(_("Other rows, which came meanwhile, forbid that.")) from error
    options = model_admin.opts
    name = options.verbose_name if len(rows) == 1 else options.verbose_name_plural
    text = _("%(count)s %(name)s deleted.") % {"count": len(rows), "name": name}
    model_admin.message_user(request, text, messages.SUCCESS, fail_silently=True)


def confirmation(
    model_admin: Any, request: Any, queryset: QuerySet[Any, Any], number: int, found: Any
) -> TemplateResponse:
    """The page that shows what would go."""
    nested, counts, needed, protected = found
    options = model_admin.opts
    name = str(options.verbose_name if number == 1 else options.verbose_name_plural)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Cannot delete %s") % name
        if protected or needed
        else ngettext("Delete this row?", "Delete these rows?", number),
        "subtitle": None,
        "objects_name": name,
        "number": number,
        "deletable_objects": [nested],
        "deleted_objects": nested,
        "model_count": list(counts.items()),
        "queryset": queryset,
        "keys": list(queryset.values_list("pk", flat=True)),
        "perms_lacking": sorted(str(one) for one in needed),
        "protected": protected,
        "opts": options,
        "app_label": options.app_label,
        "action_checkbox_name": SELECTED,
        "model_admin": model_admin,
        "media": model_admin.media,
    }
    request.current_app = model_admin.admin_site.name
    names = [
        f"admin/{options.app_label}/{options.model_name}/delete_selected_confirmation.html",
        f"admin/{options.app_label}/delete_selected_confirmation.html",
        "admin/delete_selected_confirmation.html",
    ]
    return TemplateResponse(request, model_admin.delete_selected_confirmation_template or names, context)
