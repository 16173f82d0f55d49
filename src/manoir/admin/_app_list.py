"""The apps and models that somebody may see, for the navigation and the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manoir.apps import apps
from manoir.staticfiles import static
from manoir.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite


def app_list(site: AdminSite, request: Any, app_label: str | None = None) -> list[dict[str, Any]]:
    """Return apps by name, each with its models by name, as documented for `get_app_list`.

    Args:
        site: the site.
        request: the request.
        app_label: only this app; None: all.
    """
    found: dict[str, dict[str, Any]] = {}
    for model, model_admin in site._registry.items():
        label = model._meta.app_label
        if app_label is not None and label != app_label:
            continue
        if not model_admin.has_module_permission(request):
            continue
        perms = model_admin.get_model_perms(request)
        if not any(perms.values()):
            continue
        app = found.get(label)
        if app is None:
            app = found[label] = new_app(site, label)
        app["models"].append({**entry(site, model, perms), "icon": icon_of(model_admin)})
    for app in found.values():
        app["models"].sort(key=lambda known: str(known["name"]).casefold())
    return sorted(found.values(), key=lambda known: str(known["name"]).casefold())


def new_app(site: AdminSite, label: str) -> dict[str, Any]:
    return {
        "name": str(apps.get_app_config(label).verbose_name),
        "app_label": label,
        "app_url": reverse("admin:app_list", kwargs={"app_label": label}, current_app=site.name),
        "has_module_perms": True,
        "models": [],
    }


def entry(site: AdminSite, model: Any, perms: dict[str, bool]) -> dict[str, Any]:
    options = model._meta
    info = f"admin:{options.app_label}_{options.model_name}"
    seen = perms.get("change") or perms.get("view")
    name = str(options.verbose_name_plural)
    return {
        "model": model,
        "name": name[:1].upper() + name[1:],
        "object_name": options.object_name,
        "perms": perms,
        "admin_url": address(site, f"{info}_changelist") if seen else None,
        "add_url": address(site, f"{info}_add") if perms.get("add") else None,
        "view_only": not perms.get("change"),
    }


def icon_of(model_admin: Any) -> str | None:
    """Return the address of a ModelAdmin's icon: a symbol of its own file, or of the admin's."""
    icon = model_admin.icon
    if not icon:
        return None
    file, _, symbol = icon.rpartition("#")
    return f"{static(file or 'admin/icons.svg')}#{symbol}"


def address(site: AdminSite, name: str) -> str | None:
    """Return the address of a page; None where a ModelAdmin left it out of its URLs."""
    try:
        return reverse(name, current_app=site.name)
    except NoReverseMatch:
        return None
