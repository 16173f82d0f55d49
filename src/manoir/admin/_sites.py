"""`AdminSite`: which models there are, who may come in, and the pages that belong to no model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from manoir.admin import _app_list, _dashboard, _pages
from manoir.admin._actions import delete_selected, export_as_csv
from manoir.admin._autocomplete import AutocompleteJsonView
from manoir.admin._colour import on, site_mode
from manoir.admin._model_admin import ModelAdmin
from manoir.admin._pages import Page
from manoir.admin._registry import all_sites
from manoir.apps import apps
from manoir.auth import login_not_required, redirect_to_login
from manoir.bridge import TwoColours, atwin, hook
from manoir.exceptions import (
    AlreadyRegistered,
    Http404,
    ImproperlyConfigured,
    NotRegistered,
    nearest,
)
from manoir.http import HttpRequest, HttpResponsePermanentRedirect, HttpResponseRedirect
from manoir.i18n import gettext_lazy
from manoir.models import Model
from manoir.security import csrf_protect
from manoir.templates import TemplateResponse
from manoir.urls import include, path, re_path, reverse
from manoir.views.decorators import never_cache

View = Callable[..., Any]


class AdminSite(TwoColours):
    """A set of models, with pages to see and change them. A project may have several.

    Every page asks `has_permission` first, is protected against forged requests, and is never cached.

    Args:
        name: instance namespace of its URLs; each site of a project has its own.

    Attributes:
        site_title: end of each page's title.
        site_header: name shown at the top of each page, and when signing in.
        index_title: heading of the dashboard.
        site_url: where "View site" leads; None hides it.
        enable_nav_sidebar: show all models at the side.
        empty_value_display: shown for None and "" in lists.
        final_catch_all_view: send who is not signed in to sign in, whatever address they asked for, so that nobody
            finds out which models there are.
        login_form: form to sign in; None: `AdminAuthenticationForm`.
        password_change_form: form to change a password; None: auth's.
        index_template: template of the dashboard; the others of the same kind: `app_index_template`,
            `login_template`, `logout_template`, `password_change_template`, `password_change_done_template`.

    Example:
        >>> staff = AdminSite(name="staff")
        >>> urlpatterns = [path("staff/", staff.urls)]
    """

    site_title: Any = gettext_lazy("Administration")
    site_header: Any = gettext_lazy("Administration")
    index_title: Any = gettext_lazy("Overview")
    site_url: str | None = "/"
    enable_nav_sidebar: bool = True
    empty_value_display: Any = "-"
    final_catch_all_view: bool = True
    login_form: Any = None
    password_change_form: Any = None
    index_template: str | None = None
    app_index_template: str | None = None
    login_template: str | None = None
    logout_template: str | None = None
    password_change_template: str | None = None
    password_change_done_template: str | None = None

    def __init__(self, name: str = "admin") -> None:
        self.name = name
        self._registry: dict[type[Model], Any] = {}
        self._pages: dict[str, Page] = {}
        self._actions: dict[str, View] = {"delete_selected": delete_selected, "export_as_csv": export_as_csv}
        self._global_actions: dict[str, View] = dict(self._actions)
        all_sites.add(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    # -- models --------------------------------------------------------------------------------------------------

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register a model, or several.

        Args:
            model_or_iterable: the model or models.
            admin_class: their ModelAdmin; None: ModelAdmin itself.
            **options: attributes of a ModelAdmin, over those of `admin_class`.

        Raises:
            ImproperlyConfigured: a model is abstract.
            AlreadyRegistered: a model is registered here.
        """
        admin_class = admin_class or ModelAdmin
        for model in models_in(model_or_iterable):
            if model._meta.abstract:
                raise ImproperlyConfigured(
                    f"{model.__name__} is abstract and has no rows; register the models that inherit from it."
                )
            if model in self._registry and not getattr(self._registry[model], "is_automatic", False):
                known = type(self._registry[model])
                raise AlreadyRegistered(
                    f"{model._meta.label} is registered with {self.name!r} already, by {known.__module__}."
                    f"{known.__qualname__}. Call unregister({model.__name__}) first to replace it."
                )
            if model._meta.swapped:
                continue
            chosen = type(f"{model.__name__}Admin", (admin_class,), dict(options)) if options else admin_class
            self._registry[model] = chosen(model, self)

    def unregister(self, model_or_iterable: Any) -> None:
        """Take a model, or several, out.

        Raises:
            NotRegistered: a model is not registered here.
        """
        for model in models_in(model_or_iterable):
            if model not in self._registry:
                raise self._unknown(model)
            del self._registry[model]

    def is_registered(self, model: type[Model]) -> bool:
        """Tell whether a model is registered here."""
        return model in self._registry

    def get_model_admin(self, model: type[Model]) -> Any:
        """Return the ModelAdmin of a model.

        Raises:
            NotRegistered: it has none here.
        """
        try:
            return self._registry[model]
        except KeyError:
            raise self._unknown(model) from None

    def _unknown(self, model: type[Model]) -> NotRegistered:
        known = sorted(known._meta.label for known in self._registry)
        hint = nearest(model._meta.label, known)
        return NotRegistered(
            f"{model._meta.label} is not registered with the site {self.name!r}.{hint} Registered: "
            f"{', '.join(known) or 'nothing'}."
        )

    # -- actions -------------------------------------------------------------------------------------------------

    def add_action(self, action: View, name: str | None = None) -> None:
        """Offer an action for all models.

        Args:
            action: a function `(modeladmin, request, queryset)`.
            name: its name; None: the function's.
        """
        name = name or action.__name__
        self._actions[name] = action
        self._global_actions[name] = action

    def disable_action(self, name: str) -> None:
        """Offer an action nowhere but where a ModelAdmin names it.

        Raises:
            KeyError: there is no such action.
        """
        if name not in self._actions:
            raise KeyError(
                f"There is no action {name!r}.{nearest(name, self._actions)} Actions: {list(self._actions)}."
            )
        del self._actions[name]

    def get_action(self, name: str) -> View:
        """Return an action of the site, disabled or not.

        Raises:
            KeyError: there is no such action.
        """
        return self._global_actions[name]

    @property
    def actions(self) -> Iterable[tuple[str, View]]:
        """Name and function of each action that is offered for all models."""
        return self._actions.items()

    # -- pages of others -----------------------------------------------------------------------------------------

    def register_page(
        self,
        route: str,
        view: View,
        name: str,
        title: Any,
        *,
        section: Any = None,
        has_permission: Callable[[Any], bool] | None = None,
    ) -> None:
        """Add a page to the site and to its navigation.

        The page asks `has_permission` of the site first, as every page does; give `each_context(request)` to its
        template, which extends "admin/base.html".

        Args:
            route: route below the site's address, such as "cache/".
            view: a function of the request, of either colour.
            name: name for `reverse("admin:<name>")`.
            title: name in the navigation.
            section: heading above it there; None: "System".
            has_permission: who sees it, as a function of the request; None: superusers.

        Raises:
            ImproperlyConfigured: the name is taken.
        """
        if name in self._pages:
            raise ImproperlyConfigured(
                f"The site {self.name!r} has a page {name!r} already: {self._pages[name].route}."
            )
        self._pages[name] = Page(
            route, view, name, title, section or gettext_lazy("System"), has_permission or superusers_only
        )

    # -- who may come in -----------------------------------------------------------------------------------------

    @hook
    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user of a request may see any page: active and staff."""
        user: Any = request.user
        return bool(user.is_active and user.is_staff)

    ahas_permission = atwin(has_permission, waits=True)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Wrap a view of this site: whoever may not come in is sent to sign in; nothing is cached.

        Args:
            view: a function `(request, …)` of either colour.
            cacheable: leave it to the view whether the page may be kept.

        Example:
            >>> def get_urls(self):
            ...     return [path("report/", self.admin_view(self.report)), *super().get_urls()]
        """
        if inspect.iscoroutinefunction(view):

            async def inner_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                if not await self.ahas_permission(request):
                    return self._to_login(request)
                return await view(request, *args, **kwargs)

            inner: View = inner_async
        else:

            def inner_sync(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                if not self.has_permission(request):
                    return self._to_login(request)
                return view(request, *args, **kwargs)

            inner = inner_sync
        vars(inner).update(getattr(view, "__dict__", {}))
        inner.__name__ = getattr(view, "__name__", "view")
        inner.__qualname__ = getattr(view, "__qualname__", inner.__name__)
        inner.__module__ = view.__module__
        return self._guarded(inner, cacheable)

    def _guarded(self, view: View, cacheable: bool = False) -> View:
        if not cacheable:
            view = never_cache(view)
        if not getattr(view, "csrf_exempt", False):
            view = csrf_protect(view)
        return login_not_required(view)  # this site asks for itself, and sends people to its own page

    def _to_login(self, request: HttpRequest) -> HttpResponseRedirect:
        if request.path == reverse("admin:logout", current_app=self.name):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        return redirect_to_login(request.get_full_path(), reverse("admin:login", current_app=self.name))

    # -- URLs ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Return the patterns of the site; a subclass may put its own in front."""
        mode = site_mode(self)

        def wrap(view: View, cacheable: bool = False) -> View:
            return self.admin_view(on(mode, view), cacheable)

        patterns: list[Any] = [
            path("", wrap(self.index), name="index"),
            path("login/", self._guarded(on(mode, self.login)), name="login"),
            path("logout/", wrap(self.logout), name="logout"),
            path("password_change/", wrap(self.password_change), name="password_change"),
            path("password_change/done/", wrap(self.password_change_done), name="password_change_done"),
            path("autocomplete/", wrap(self.autocomplete_view), name="autocomplete"),
        ]
        patterns += [
            path(page.route, self.admin_view(_pages.checked(page)), name=page.name) for page in self._pages.values()
        ]
        labels: list[str] = []
        for model, model_admin in self._registry.items():
            options = model._meta
            patterns.append(path(f"{options.app_label}/{options.model_name}/", include(model_admin.urls)))
            if options.app_label not in labels:
                labels.append(options.app_label)
        if labels:
            patterns.append(re_path(rf"^(?P<app_label>{'|'.join(labels)})/$", wrap(self.app_index), name="app_list"))
        if self.final_catch_all_view:
            patterns.append(re_path(r"(?P<url>.*)$", wrap(self.catch_all_view)))
        return patterns

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """What goes into a URLconf: `path("admin/", admin.site.urls)`."""
        return self.get_urls(), "admin", self.name

    # -- what all pages know -------------------------------------------------------------------------------------

    @hook
    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the variables of every page: titles, who is there, and what they may see."""
        return _pages.each_context(self, request)

    aeach_context = atwin(each_context, waits=True)

    @hook
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return the apps and models that the user may see, by name.

        Args:
            request: the request.
            app_label: only this app; None: all.
        """
        return _app_list.app_list(self, request, app_label)

    aget_app_list = atwin(get_app_list, waits=True)

    @hook
    def get_log_entries(self, request: HttpRequest) -> Any:
        """Return the entries of the log that the dashboard shows: what this user did."""
        user: Any = request.user
        return apps.get_model("admin", "LogEntry").objects.filter(user_id=user.pk)

    aget_log_entries = atwin(get_log_entries, waits=True)

    # -- pages ---------------------------------------------------------------------------------------------------

    def index(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> TemplateResponse:
        """Show the dashboard."""
        return _dashboard.index(self, request, extra_context)

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: Mapping[str, Any] | None = None
    ) -> TemplateResponse:
        """Show one app."""
        return _dashboard.app_index(self, request, app_label, extra_context)

    def login(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> Any:
        """Show the form to sign in, and sign in."""
        return _pages.login(self, request, extra_context)

    def logout(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> Any:
        """Sign out, by POST only."""
        return _pages.logout(self, request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> Any:
        """Let people change their own password."""
        return _pages.password_change(self, request, extra_context)

    def password_change_done(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> Any:
        """Say that the password was changed."""
        return _pages.password_change_done(self, request, extra_context)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        """Answer with rows for an autocomplete field."""
        return AutocompleteJsonView.as_view(admin_site=self)(request)

    def catch_all_view(self, request: HttpRequest, url: str) -> Any:
        """Answer 404, or lead to the address with a slash, for addresses that nothing answers.

        Raises:
            Http404: nothing answers.
        """
        slashed = _pages.with_slash(request)
        if slashed is not None:
            return HttpResponsePermanentRedirect(slashed)
        raise Http404

    def check(self, app_configs: Any = None) -> list[Any]:
        """Return what is wrong with the ModelAdmins of this site."""
        wanted = None if app_configs is None else set(app_configs)
        return [
            message
            for model, model_admin in self._registry.items()
            if wanted is None or model._meta.app_config in wanted
            for message in model_admin.check()
        ]


def models_in(model_or_iterable: Any) -> Iterator[type[Model]]:
    """Yield the models of an argument that is one model or several."""
    if isinstance(model_or_iterable, type):
        yield cast("type[Model]", model_or_iterable)
    else:
        yield from model_or_iterable


def superusers_only(request: Any) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)
