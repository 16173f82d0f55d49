"""The pages that belong to no model: signing in and out, one's password, pages of others; what all pages know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from manoir import messages
from manoir.admin._colour import guard
from manoir.auth import logout as sign_out
from manoir.bridge import wait
from manoir.conf import settings
from manoir.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from manoir.i18n import gettext as _
from manoir.templates import TemplateResponse
from manoir.urls import is_valid_path, reverse

if TYPE_CHECKING:
    from manoir.admin._sites import AdminSite

Extra = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page that an app adds to a site by `AdminSite.register_page`.

    Attributes:
        route: its route below the site's address.
        view: the view.
        name: its name for `reverse`.
        title: its name in the navigation.
        section: the heading above it there.
        has_permission: who sees it.
    """

    route: str
    view: Callable[..., Any]
    name: str
    title: Any
    section: Any
    has_permission: Callable[[Any], bool]


def checked(page: Page) -> Callable[..., Any]:
    """Return the view of a page, which asks for its permission first; it keeps its colour."""
    return guard(page.view, page.has_permission)


def each_context(site: AdminSite, request: HttpRequest) -> dict[str, Any]:
    """Return the variables of every page of a site."""
    welcome = site.has_permission(request)
    script = request.META.get("SCRIPT_NAME", "")
    return {
        "site_title": site.site_title,
        "site_header": site.site_header,
        "site_url": script if site.site_url == "/" and script else site.site_url,
        "site_name": site.name,
        "has_permission": welcome,
        "available_apps": site.get_app_list(request) if welcome else [],
        "available_pages": pages_for(site, request) if welcome else [],
        "user": request.user if welcome else None,
        "messages": messages.get_messages(request),
        "is_popup": False,
        "is_nav_sidebar_enabled": site.enable_nav_sidebar,
        "index_url": reverse("admin:index", current_app=site.name),
    }


def pages_for(site: AdminSite, request: HttpRequest) -> list[dict[str, Any]]:
    """Return the pages of others that the user sees, by section: `{"name", "pages": [{"title", "url"}]}`."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for page in site._pages.values():
        if page.has_permission(request):
            url = reverse(f"admin:{page.name}", current_app=site.name)
            sections.setdefault(str(page.section), []).append({"title": page.title, "url": url})
    return [{"name": name, "pages": pages} for name, pages in sections.items()]


def respond(site: AdminSite, request: Any, template: Any, context: dict[str, Any]) -> TemplateResponse:
    """Answer with a page of a site; `{% url %}` in it means this site."""
    request.current_app = site.name
    return TemplateResponse(request, template, context)


# -- signing in and out -----------------------------------------------------------------------------------------------


def sign_in() -> Any:
    """The module of forms and views of people.

    It is imported when it is first needed: they ask for the user model while they are imported, and this room is
    imported while apps are still loaded.
    """
    return import_module("manoir.admin._sign_in")


def login(site: AdminSite, request: Any, extra: Extra) -> Any:
    """Show the form to sign in, and sign in; who may come in already is sent on."""
    home = reverse("admin:index", current_app=site.name)
    if request.method == "GET" and site.has_permission(request):
        return HttpResponseRedirect(home)
    request.current_app = site.name
    view = sign_in().AdminLogin.as_view(
        authentication_form=site.login_form or sign_in().AdminAuthenticationForm,
        template_name=site.login_template or "admin/login.html",
        next_page=home,
        extra_context={
            **site.each_context(request),
            "title": _("Sign in"),
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra or {}),
        },
    )
    return called(view, request)


def logout(site: AdminSite, request: Any, extra: Extra) -> Any:
    """Sign out, by POST only (M17)."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    sign_out(request)
    context = {**site.each_context(request), "title": _("Signed out"), "has_permission": False, **(extra or {})}
    return respond(site, request, site.logout_template or "admin/logged_out.html", context)


def password_change(site: AdminSite, request: Any, extra: Extra) -> Any:
    """Let people change their own password."""
    request.current_app = site.name
    view = sign_in().AdminPasswordChange.as_view(
        template_name=site.password_change_template or "admin/password_change_form.html",
        success_url=reverse("admin:password_change_done", current_app=site.name),
        extra_context={**site.each_context(request), "title": _("Change your password"), **(extra or {})},
        **({"form_class": site.password_change_form} if site.password_change_form else {}),
    )
    return called(view, request)


def password_change_done(site: AdminSite, request: Any, extra: Extra) -> Any:
    """Say that the password was changed."""
    context = {**site.each_context(request), "title": _("Your password was changed"), **(extra or {})}
    return respond(site, request, site.password_change_done_template or "admin/password_change_done.html", context)


def called(view: Callable[..., Any], request: Any) -> Any:
    """Call a view of either colour from sync code."""
    answer = view(request)
    return wait(answer) if hasattr(answer, "__await__") else answer


def with_slash(request: Any) -> str | None:
    """Return the address with a slash at its end where only that is missing; None otherwise."""
    if not settings.APPEND_SLASH or request.path_info.endswith("/"):
        return None
    if not is_valid_path(f"{request.path_info}/"):
        return None
    return request.get_full_path(force_append_slash=True)
