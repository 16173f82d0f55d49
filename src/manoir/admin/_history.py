"""The page with what was done with an object: who, when, and which fields changed from what to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from manoir.admin import _responses as responses
from manoir.admin._authorize import authorize
from manoir.admin._keys import unquote
from manoir.admin._messages import differences_of, read_message
from manoir.admin._page_links import page_links
from manoir.admin.models import LogEntry
from manoir.auth import get_user_model
from manoir.contenttypes import ContentType
from manoir.http import HttpResponseBase
from manoir.i18n import gettext as _
from manoir.templates import TemplateResponse

PER_PAGE: Final = 50
MOST_ACTORS: Final = 100

ACTOR: Final = "actor"
PAGE: Final = "p"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the history, ready for a template.

    Attributes:
        log: the LogEntry.
        differences: what changed, by object and inline row.
    """

    log: Any
    differences: list[dict[str, Any]]


def history_view(admin: Any, request: Any, object_id: str, extra_context: Any) -> HttpResponseBase:
    """The body of `ModelAdmin.history_view`."""
    obj = admin.get_object(request, unquote(object_id))
    authorize(admin, request, "view", obj)
    if obj is None:
        return responses.missing(admin, request, unquote(object_id))
    kind = ContentType.objects.get_for_model(obj, for_concrete_model=False)
    entries: Any = LogEntry.objects.filter(object_id=str(obj.pk), content_type=kind).order_by("-action_time", "-pk")
    actors = known_actors(entries)
    chosen = request.GET.get(ACTOR, "")
    if chosen not in {str(actor.pk) for actor in actors}:
        chosen = ""
    if chosen:
        entries = entries.filter(user=chosen)
    paginator = admin.get_paginator(request, entries, PER_PAGE)
    page = paginator.get_page(request.GET.get(PAGE, "1"))
    options = admin.opts
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Change history: %s") % obj,
        "subtitle": None,
        "action_list": page,
        "entries": [shown(log) for log in page],
        "page_obj": page,
        "actors": actors,
        "actor": chosen,
        "page_var": PAGE,
        "module_name": str(options.verbose_name_plural),
        "object": obj,
        "opts": options,
        "app_label": options.app_label,
        "preserved_filters": admin.get_preserved_filters(request),
        "model_admin": admin,
        **page_links(admin, request, obj),
        **(extra_context or {}),
    }
    names = admin.object_history_template or [
        f"admin/{options.app_label}/{options.model_name}/object_history.html",
        f"admin/{options.app_label}/object_history.html",
        "admin/object_history.html",
    ]
    return TemplateResponse(request, names, context)


def known_actors(entries: Any) -> list[Any]:
    """The people of the history, by their key."""
    keys = list(entries.order_by().values_list("user", flat=True).distinct()[:MOST_ACTORS])
    return list(get_user_model()._default_manager.filter(pk__in=keys).order_by("pk")) if keys else []


def shown(log: Any) -> Entry:
    """An entry with its differences."""
    steps = read_message(log.change_message)
    return Entry(log, differences_of(steps) if steps else [])
