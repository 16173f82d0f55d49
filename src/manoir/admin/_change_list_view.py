"""The page of a list: showing it, running actions, saving rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from manoir import messages
from manoir.admin import _changed_rows, _list_context
from manoir.admin import _lookups as lookups
from manoir.admin import _responses as responses
from manoir.admin._change_list import ChangeList
from manoir.exceptions import DisallowedModelAdminLookup, IncorrectLookupParameters, PermissionDenied
from manoir.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext as _
from manoir.templates import TemplateResponse

security_log = logging.getLogger("manoir.security.DisallowedModelAdminLookup")


def instance(model_admin: Any, request: HttpRequest) -> ChangeList:
    """Make the list that a request asks for."""
    return model_admin.get_changelist(request)(request, model_admin.model, model_admin)


def changelist_view(
    model_admin: Any, request: HttpRequest, extra_context: Mapping[str, Any] | None = None
) -> HttpResponseBase:
    """Answer a request for the list.

    Raises:
        PermissionDenied: the user may not see these rows.
    """
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied(_("This account may not see %s.") % model_admin.opts.verbose_name_plural)
    try:
        changelist = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return without_filters(model_admin, request)
    except DisallowedModelAdminLookup as error:
        return refused(model_admin, request, error)
    if request.GET.get(lookups.PART_VAR) == "facets":
        return filters_alone(model_admin, request, changelist)
    if request.method == "POST":
        answer = handle(model_admin, request, changelist)
        if answer is not None:
            return answer
    if changelist.formset is None and editable(model_admin, request, changelist):
        _changed_rows.attach(changelist, model_admin, request)
    return show(model_admin, request, changelist, extra_context)


def editable(model_admin: Any, request: HttpRequest, changelist: ChangeList) -> bool:
    return bool(changelist.list_editable and changelist.result_list and model_admin.has_change_permission(request))


def handle(model_admin: Any, request: HttpRequest, changelist: ChangeList) -> HttpResponseBase | None:
    """Do what a form of the list asks for; None: the list is shown again."""
    if "_save" in request.POST:
        return _changed_rows.save(changelist, model_admin, request) if changelist.list_editable else None
    if "action" in request.POST:
        # Without `index` it comes from the page of an action that asks again: it names action and rows itself.
        answer = model_admin.response_action(request, changelist.queryset)
        return answer if answer is not None else HttpResponseRedirect(request.get_full_path())
    return None


def without_filters(model_admin: Any, request: HttpRequest) -> HttpResponseBase:
    """Lead to the whole list, once: a list that cannot be shown even so is a mistake of the project."""
    if lookups.ERROR_FLAG in request.GET:
        raise IncorrectLookupParameters(
            f"The list of {model_admin.opts.label} cannot be read, even without filters. Look at get_queryset() and at "
            "the defaults of its filters."
        )
    model_admin.message_user(
        request, _("The address had a filter or page that cannot be; this is the whole list."), messages.WARNING,
        fail_silently=True,
    )  # fmt: skip
    return HttpResponseRedirect(f"{request.path}?{lookups.ERROR_FLAG}=1")


def refused(model_admin: Any, request: Any, error: DisallowedModelAdminLookup) -> HttpResponseBase:
    """Say that the list offers no such filter (H37): the same words for every name, whether there is such a field or not."""
    security_log.error("%s", error, extra={"status_code": error.status, "request": request})
    request.current_app = model_admin.admin_site.name
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("This list cannot be shown like that"),
        "opts": model_admin.opts,
        "app_url": responses.app_page(model_admin),
        "listing_url": request.path,
    }
    return TemplateResponse(request, "admin/refused.html", context, status=error.status)


def filters_alone(model_admin: Any, request: Any, changelist: ChangeList) -> HttpResponseBase:
    """Draw the filters with the numbers of rows, which the page asks for once it is there."""
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/filters.html", _list_context.facets(changelist, model_admin, request))


def show(
    model_admin: Any, request: Any, changelist: ChangeList, extra_context: Mapping[str, Any] | None
) -> HttpResponseBase:
    """Draw the list."""
    request.current_app = model_admin.admin_site.name
    context = {**_list_context.page(changelist, model_admin, request), **(extra_context or {})}
    options = model_admin.opts
    names = [
        f"admin/{options.app_label}/{options.model_name}/change_list.html",
        f"admin/{options.app_label}/change_list.html",
        "admin/change_list.html",
    ]
    return TemplateResponse(request, model_admin.change_list_template or names, context)
