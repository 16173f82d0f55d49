"""The dashboard: models with their numbers of rows, what one did last, and how much was done lately."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from manoir.admin._counts import count_tables
from manoir.admin._list_context import grouped
from manoir.apps import apps
from manoir.conf import settings
from manoir.exceptions import Http404
from manoir.i18n import gettext as _
from manoir.i18n import gettext_lazy
from manoir.models import Count
from manoir.models.functions import TruncDate
from manoir.templates import TemplateResponse
from manoir.timezone import localtime, now

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite

DAYS = 30
RECENT = 10


def index(site: AdminSite, request: Any, extra: Mapping[str, Any] | None) -> TemplateResponse:
    """Answer with the dashboard."""
    app_list = site.get_app_list(request)
    context = {
        **site.each_context(request),
        "title": site.index_title,
        "subtitle": None,
        "app_list": app_list,
        **recent(site, request),
        **(extra or {}),
    }
    add_counts(site, request, app_list)
    request.current_app = site.name
    return TemplateResponse(request, site.index_template or "admin/index.html", context)


def app_index(site: AdminSite, request: Any, app_label: str, extra: Mapping[str, Any] | None) -> TemplateResponse:
    """Answer with the models of one app.

    Raises:
        Http404: the user sees none of them.
    """
    app_list = site.get_app_list(request, app_label)
    if not app_list:
        raise Http404(_("There is nothing here."))
    context = {
        **site.each_context(request),
        "title": app_list[0]["name"],
        "subtitle": None,
        "app_list": app_list,
        "app_label": app_label,
        **(extra or {}),
    }
    add_counts(site, request, app_list)
    request.current_app = site.name
    names = [f"admin/{app_label}/app_index.html", "admin/app_index.html"]
    return TemplateResponse(request, site.app_index_template or names, context)


def add_counts(site: AdminSite, request: Any, app_list: list[dict[str, Any]]) -> None:
    """Add to each model how many rows of it the user may see: `count`, as text; large tables are estimated.

    All models are counted by one statement for each database.
    """
    entries = [model for app in app_list for model in app["models"] if model["admin_url"]]
    querysets = [site.get_model_admin(entry["model"]).get_queryset(request) for entry in entries]
    for entry, counted in zip(entries, count_tables(querysets), strict=True):
        entry["count"] = grouped(counted.number) if counted.exact else f"≈ {grouped(counted.number)}"


def recent(site: AdminSite, request: Any) -> dict[str, Any]:
    """What the user did last, and the actions of each of the last thirty days; nothing without the log."""
    if not apps.is_installed("manoir.admin"):
        return {"recent_actions": [], "chart": None}
    log: Any = site.get_log_entries(request)
    entries = list(log.order_by("-action_time")[:RECENT])
    return {
        "recent_actions": [{"entry": entry, **described(site, request, entry)} for entry in entries],
        "chart": chart(log) if entries else None,
    }


KINDS = {1: "added", 2: "changed", 3: "deleted"}
NAMES = {"added": gettext_lazy("added"), "changed": gettext_lazy("changed"), "deleted": gettext_lazy("deleted")}


def described(site: AdminSite, request: Any, entry: Any) -> dict[str, Any]:
    """How an entry is shown; a link only to what still is there and may be seen."""
    kind = KINDS.get(entry.action_flag, "changed")
    model: Any = entry.content_type.model_class() if entry.content_type_id else None
    url = None
    there = kind != "deleted" and model is not None and site.is_registered(model)
    if there and model is not None and site.get_model_admin(model).has_view_or_change_permission(request):
        url = entry.get_admin_url()
    return {
        "kind": kind,
        "kind_name": NAMES[kind],
        "url": url,
        "object_repr": entry.object_repr,
        "action_time": entry.action_time,
        "model_name": str(model._meta.verbose_name) if model is not None else "",
    }


# -- the chart --------------------------------------------------------------------------------------------------------

BAR, GAP, HEIGHT = 8, 2, 56


def chart(log: Any) -> dict[str, Any]:
    """The actions of each of the last thirty days as bars of an SVG, drawn on the server without any style.

    Returns:
        `bars` (x, y, height, title), `width`, `height`, `total`, and a text that says the same.
    """
    today = (localtime(now()) if settings.USE_TZ else dt.datetime.now()).date()  # noqa: DTZ005  # the project has no zones
    first = today - dt.timedelta(days=DAYS - 1)
    since = now() - dt.timedelta(days=DAYS + 1)
    rows = log.order_by().filter(action_time__gte=since).annotate(day=TruncDate("action_time"))
    numbers = dict(rows.values("day").annotate(actions=Count("pk")).values_list("day", "actions"))
    days = [(first + dt.timedelta(days=number)) for number in range(DAYS)]
    most = max((numbers.get(day, 0) for day in days), default=0)
    bars: list[dict[str, Any]] = []
    for place, day in enumerate(days):
        number = numbers.get(day, 0)
        height = round(number / most * HEIGHT) if most else 0
        height = max(height, 2) if number else 1
        bars.append(
            {
                "x": place * (BAR + GAP),
                "y": HEIGHT - height,
                "height": height,
                "width": BAR,
                "day": day,
                "number": number,
                "empty": not number,
            }
        )
    total = sum(numbers.get(day, 0) for day in days)
    return {
        "bars": bars,
        "width": DAYS * (BAR + GAP) - GAP,
        "height": HEIGHT,
        "total": total,
        "first": first,
        "last": today,
        "most": most,
    }
