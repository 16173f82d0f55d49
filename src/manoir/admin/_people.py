"""Users and groups in the admin, whatever AUTH_USER_MODEL is, and the history of all objects.

`autodiscover()` imports this module before the project's own `admin` modules, so a project may take out
(`admin.site.unregister(Group)`) or replace what is registered here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from manoir import messages
from manoir.admin import _responses as responses
from manoir.admin._authorize import authorize
from manoir.admin._colour import view_mode
from manoir.admin._forms import cells_of, flatten_fieldsets
from manoir.admin._keys import unquote
from manoir.admin._log_admin import LogEntryAdmin
from manoir.admin._model_admin import ModelAdmin
from manoir.admin._page_links import page_links
from manoir.admin._people_forms import PermissionChoices, within_own_rights
from manoir.admin._registry import default_site
from manoir.admin._related_widgets import IS_POPUP_VAR
from manoir.admin._rights import GRANTED, grantable, may_manage
from manoir.admin._sites import on
from manoir.admin.models import LogEntry
from manoir.auth import Group, get_user_model, update_session_auth_hash
from manoir.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from manoir.bridge import hook
from manoir.db import router, transaction
from manoir.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext as _
from manoir.i18n import gettext_lazy
from manoir.templates import TemplateResponse
from manoir.urls import path


def rights_options(db_field: Any, request: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Options of a field that gives rights: what may be given, and how permissions are named."""
    made = dict(options)
    if db_field.name not in GRANTED:
        return made
    if db_field.name != "groups":
        made.setdefault("form_class", PermissionChoices)
    if not request.user.is_superuser:
        made["queryset"] = grantable(request.user, db_field.name)
    return made


class GroupAdmin(ModelAdmin):
    """Groups with their permissions."""

    search_fields: Any = ("name",)
    ordering: Any = ("name",)
    filter_horizontal: Any = ("permissions",)

    @hook
    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name permissions with their models; offer those that the user has."""
        return super().formfield_for_manytomany(db_field, request, **rights_options(db_field, request, kwargs))

    @hook
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Let nobody give permissions that they lack."""
        return within_own_rights(super().get_form(request, obj, change, **kwargs), request.user)


class UserAdmin(ModelAdmin):
    """Users: made with a password, shown without its hash, changed by nobody who has fewer rights.

    It works for any user model: fields that the model does not have are left out of the options below, and `username`
    stands for what people sign in with. A project subclasses it for a user model of its own:

    Attributes:
        add_fieldsets: fieldsets of the page that adds a user.
        add_form: form of that page.
        change_password_form: form of the page that sets a password.
        change_user_password_template: template of that page; None: "admin/auth/user/change_password.html".

    Example:
        >>> @register(Member)  # doctest: +SKIP
        ... class MemberAdmin(UserAdmin):
        ...     fieldsets = (*UserAdmin.fieldsets, ("Membership", {"fields": ["since"]}))
    """

    add_form_template: str | None = None
    change_user_password_template: str | None = None
    fieldsets: Any = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Personal info"), {"fields": ("first_name", "last_name", "email")}),
        (
            gettext_lazy("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (gettext_lazy("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets: Any = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2")}),
    )
    form: Any = UserChangeForm
    add_form: Any = AdminUserCreationForm
    change_password_form: Any = AdminPasswordChangeForm
    list_display: Any = ("username", "email", "first_name", "last_name", "is_staff")
    list_filter: Any = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields: Any = ("username", "first_name", "last_name", "email")
    ordering: Any = ("username",)
    filter_horizontal: Any = ("groups", "user_permissions")

    SHIPPED: ClassVar[frozenset[str]] = frozenset(
        {
            "username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser", "groups",
            "user_permissions", "last_login", "date_joined",
        }
    )  # fmt: skip
    """Names that the options above bring along; only these are left out where a model has no such field."""

    def __init__(self, model: Any, admin_site: Any) -> None:
        super().__init__(model, admin_site)
        self._names = {field.name for field in (*self.opts.fields, *self.opts.many_to_many)}
        for option in ("list_display", "list_filter", "search_fields", "ordering", "filter_horizontal"):
            setattr(self, option, self._known(getattr(self, option)))
        own = type(self).fieldsets is UserAdmin.fieldsets
        self.fieldsets = self._known_fieldsets(self.fieldsets)
        self.add_fieldsets = self._known_fieldsets(self.add_fieldsets)
        if own:
            self.fieldsets = [*self.fieldsets, *self._others()]
        if type(self).add_fieldsets is UserAdmin.add_fieldsets:
            self.add_fieldsets = [*self.add_fieldsets, *self._required()]

    # -- fields of any model ----------------------------------------------------------------------------------------

    def _known(self, names: Sequence[Any]) -> list[Any]:
        """Names that the model has, `username` for what people sign in with, each once."""
        found: list[Any] = []
        for name in names:
            if name == "username" and name not in self._names:
                name = str(getattr(self.model, "USERNAME_FIELD", name))
            missing = isinstance(name, str) and name in self.SHIPPED and name not in self._names
            if not missing and name not in found:
                found.append(name)
        return found

    def _known_fieldsets(self, fieldsets: Any) -> list[Any]:
        seen: list[str] = []
        found: list[Any] = []
        for title, options in fieldsets or ():
            names = [name for name in self._known(options["fields"]) if isinstance(name, tuple) or name not in seen]
            seen += [name for name in names if isinstance(name, str)]
            if names:
                found.append((title, {**options, "fields": names}))
        return found

    def _editable(self) -> list[Any]:
        fields = [*self.opts.concrete_fields, *self.opts.many_to_many]
        return [one for one in fields if one.editable and not one.primary_key and not getattr(one, "secret", False)]

    def _others(self) -> list[Any]:
        """A group of the fields that a model of the project adds."""
        shown = set(flatten_fieldsets(self.fieldsets))
        rest = [field.name for field in self._editable() if field.name not in shown]
        return [(_("More"), {"fields": rest})] if rest else []

    def _required(self) -> list[Any]:
        """A group of what cannot be left out when a user is added."""
        shown = set(flatten_fieldsets(self.add_fieldsets))
        names = [
            field.name
            for field in self._editable()
            if field.name not in shown and not field.many_to_many and not (field.blank or field.has_default())
        ]
        return [(None, {"classes": ("wide",), "fields": names})] if names else []

    @hook
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Return other fields for a new user."""
        return self.add_fieldsets if obj is None else super().get_fieldsets(request, obj)

    @hook
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return another form for a new user; nobody gives rights that they lack."""
        if obj is None:
            kwargs.setdefault("form", self.add_form)
        return within_own_rights(super().get_form(request, obj, change, **kwargs), request.user)

    @hook
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Only superusers give superuser status."""
        fields = super().get_readonly_fields(request, obj)
        user: Any = request.user
        locked = "is_superuser" in self._names and not user.is_superuser and "is_superuser" not in fields
        return [*fields, "is_superuser"] if locked else fields

    @hook
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give nobody but superusers a field for superuser status, on any page."""
        user: Any = request.user
        if db_field.name == "is_superuser" and not user.is_superuser:
            return None
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @hook
    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name permissions with their models; offer those, and those groups, that the user has in full."""
        return super().formfield_for_manytomany(db_field, request, **rights_options(db_field, request, kwargs))

    @hook
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse to filter by passwords, whatever the model calls their field."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    # -- who may ----------------------------------------------------------------------------------------------------

    @hook
    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who adds users has to be allowed to change them too: a page to add one tells which names are taken."""
        return super().has_add_permission(request) and super().has_change_permission(request)

    @hook
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a user who has rights that they lack."""
        return super().has_change_permission(request, obj) and may_manage(request.user, obj)

    @hook
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a user who has rights that they lack."""
        return super().has_delete_permission(request, obj) and may_manage(request.user, obj)

    # -- saving -----------------------------------------------------------------------------------------------------

    @hook
    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponseBase:
        """After a user was added the rest of its fields can be filled in, unless another one is to be added."""
        if "_addanother" in request.POST or IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return responses.stay(self, request, obj, post_url_continue)

    # -- passwords --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Return the patterns of this model, with the page that sets a password."""
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        view = on(view_mode(self), self.user_change_password)
        own = path("<path:object_id>/password/", self.admin_site.admin_view(view), name=f"{info}_password_change")
        return [own, *super().get_urls()]

    def user_change_password(self, request: HttpRequest, object_id: str, form_url: str = "") -> HttpResponseBase:
        """Answer the page that sets a user's password, or takes it away; it never shows the stored one."""
        user = self.get_object(request, unquote(object_id))
        authorize(self, request, "change", user)
        if user is None:
            return responses.missing(self, request, unquote(object_id))
        form: Any = self.change_password_form(user, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            with transaction.atomic(using=router.db_for_write(self.model)):
                form.save()
                self.log_change(request, user, [{"changed": {"fields": ["password"]}}])
            signed_in: Any = request.user
            if signed_in.pk == user.pk:
                update_session_auth_hash(request, user)
            usable = user.has_usable_password()
            text = _("The password was changed.") if usable else _("This user has no password any more.")
            self.message_user(request, text, messages.SUCCESS, fail_silently=True)
            return HttpResponseRedirect(responses.own_page(self, user))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Change password: %s") % user.get_username()
            if user.has_usable_password()
            else _("Set password: %s") % user.get_username(),
            "form": form,
            "cells": cells_of(form),
            "form_url": form_url,
            "original": user,
            "object": user,
            "opts": self.opts,
            "is_popup": False,
            "model_admin": self,
            **page_links(self, request, user),
        }
        template = self.change_user_password_template or "admin/auth/user/change_password.html"
        return TemplateResponse(request, template, context)


def register_people() -> None:
    """Register users, groups and the history with the default site, as long as nobody else did."""
    for model, admin_class in ((Group, GroupAdmin), (get_user_model(), UserAdmin), (LogEntry, LogEntryAdmin)):
        if not default_site.is_registered(model):
            default_site.register(model, admin_class)
            default_site.get_model_admin(model).is_automatic = True


register_people()
