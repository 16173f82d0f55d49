"""Where people find themselves after they saved or deleted something, and what they are told."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from manoir import messages
from manoir.admin._keys import quote
from manoir.admin._related_widgets import IS_POPUP_VAR, TO_FIELD_VAR, admin_url
from manoir.http import HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext as _
from manoir.templates import SafeString, TemplateResponse, format_html
from manoir.urls import NoReverseMatch, reverse


def with_filters(admin: Any, request: Any, url: str, *, popup: bool = False, to_field: str | None = None) -> str:
    """Return an address with the list's filters, and with what marks a popup, in its query string."""
    parts = urlsplit(url)
    query = dict(parse_qsl(admin.get_preserved_filters(request)))
    if popup:
        query[IS_POPUP_VAR] = "1"
    if to_field:
        query[TO_FIELD_VAR] = to_field
    query.update(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode(query)))


def listing(admin: Any, request: Any) -> str:
    """The list as it was filtered when the user left it."""
    url = admin_url(admin.admin_site, admin.opts, "changelist")
    kept = dict(parse_qsl(admin.get_preserved_filters(request))).get("_changelist_filters", "")
    return f"{url}?{kept}" if kept and url is not None else url or index(admin)


def index(admin: Any) -> str:
    """The first page of the site."""
    return reverse("admin:index", current_app=admin.admin_site.name)


def app_page(admin: Any) -> str | None:
    """The page of the model's app; None where the site has none."""
    try:
        return reverse("admin:app_list", args=[admin.opts.app_label], current_app=admin.admin_site.name)
    except NoReverseMatch:
        return None


def named(admin: Any, request: Any, obj: Any, url: str | None = None) -> SafeString:
    """An object in a message: a link to its page for whoever may open it."""
    if url is None or not admin.has_view_or_change_permission(request, obj):
        return format_html("{} “{}”", admin.opts.verbose_name, str(obj))
    return format_html('{} “<a href="{}">{}</a>”', admin.opts.verbose_name, url, str(obj))


def tell(admin: Any, request: Any, text: str, name: SafeString) -> None:
    """Tell the user that something was done; `text` has `{}` for the name of the object."""
    admin.message_user(request, format_html(text, name), messages.SUCCESS, fail_silently=True)


def own_page(admin: Any, obj: Any) -> str:
    """Address of the page of an object."""
    url = admin_url(admin.admin_site, admin.opts, "change", quote(str(obj.pk)))
    return url or index(admin)


def added(admin: Any, request: Any, obj: Any, post_url_continue: str | None) -> HttpResponseBase:
    """The answer once an object was added."""
    if IS_POPUP_VAR in request.POST:
        return popup_response(admin, request, {"value": to_field_value(request, obj), "obj": str(obj)})
    page = own_page(admin, obj)
    stays = "_continue" in request.POST or ("_saveasnew" in request.POST and admin.save_as_continue)
    if stays and admin.has_change_permission(request, obj):
        tell(admin, request, _("The {} was added. You may edit it again below."), named(admin, request, obj, page))
        return HttpResponseRedirect(with_filters(admin, request, post_url_continue or page))
    if "_addanother" in request.POST:
        tell(admin, request, _("The {} was added. You may add another below."), named(admin, request, obj, page))
        return HttpResponseRedirect(with_filters(admin, request, request.path))
    tell(admin, request, _("The {} was added."), named(admin, request, obj, page))
    return admin.response_post_save_add(request, obj)


def stay(admin: Any, request: Any, obj: Any, post_url_continue: str | None) -> HttpResponseBase:
    """The answer once an object was added of which more is to be filled in."""
    page = own_page(admin, obj)
    if not admin.has_view_or_change_permission(request, obj):
        return added(admin, request, obj, post_url_continue)
    tell(admin, request, _("The {} was added. You may edit it again below."), named(admin, request, obj, page))
    return HttpResponseRedirect(with_filters(admin, request, post_url_continue or page))


def changed(admin: Any, request: Any, obj: Any) -> HttpResponseBase:
    """The answer once an object was changed."""
    if IS_POPUP_VAR in request.POST:
        match = request.resolver_match
        before = match.kwargs.get("object_id", obj.pk) if match is not None else obj.pk
        data = {"action": "change", "value": str(before), "obj": str(obj), "new_value": to_field_value(request, obj)}
        return popup_response(admin, request, data)
    page = own_page(admin, obj)
    name = named(admin, request, obj, page)
    if "_continue" in request.POST:
        tell(admin, request, _("The {} was changed. You may edit it again below."), name)
        return HttpResponseRedirect(with_filters(admin, request, request.path))
    if "_addanother" in request.POST:
        tell(admin, request, _("The {} was changed. You may add another below."), name)
        add = admin_url(admin.admin_site, admin.opts, "add") or index(admin)
        return HttpResponseRedirect(with_filters(admin, request, add))
    tell(admin, request, _("The {} was changed."), name)
    return admin.response_post_save_change(request, obj)


def deleted(admin: Any, request: Any, obj_display: str, obj_id: Any) -> HttpResponseBase:
    """The answer once an object was deleted."""
    if IS_POPUP_VAR in request.POST:
        return popup_response(admin, request, {"action": "delete", "value": str(obj_id)})
    name = format_html("{} “{}”", admin.opts.verbose_name, obj_display)
    tell(admin, request, _("The {} was deleted."), name)
    return after_save(admin, request)


def after_save(admin: Any, request: Any) -> HttpResponseBase:
    """To the list, for whoever may see it; else to the first page."""
    if admin.has_view_or_change_permission(request):
        return HttpResponseRedirect(listing(admin, request))
    return HttpResponseRedirect(index(admin))


def to_field_value(request: Any, obj: Any) -> str:
    """What stands for an object in the field of the page that opened the popup."""
    name = request.POST.get(TO_FIELD_VAR)
    # The name was checked by to_field_allowed when the page began.
    attname = obj._meta.get_field(name).attname if name else obj._meta.pk.attname
    return str(obj.serializable_value(attname))


def popup_response(admin: Any, request: Any, data: dict[str, str]) -> HttpResponseBase:
    """The page of a popup that has done its work: a script hands the data to the page that opened it."""
    options = admin.opts
    templates = admin.popup_response_template or [
        f"admin/{options.app_label}/{options.model_name}/popup_response.html",
        f"admin/{options.app_label}/popup_response.html",
        "admin/popup_response.html",
    ]
    # "action" is absent where something was added, as documented templates expect.
    context = {"popup_response_data": json.dumps(data), "answer": data}
    return TemplateResponse(request, templates, context)


def missing(admin: Any, request: Any, object_id: str) -> HttpResponseBase:
    """Tell that there is no such object, and lead to the first page."""
    text = _("There is no {} with the key “{}”. Perhaps it was deleted?")
    told = format_html(text, admin.opts.verbose_name, object_id[:100])
    admin.message_user(request, told, messages.WARNING, fail_silently=True)
    return HttpResponseRedirect(index(admin))
