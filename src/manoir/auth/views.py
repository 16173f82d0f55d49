"""Views to sign in and out and to change one's password."""

from __future__ import annotations

from typing import Any, cast

from manoir.auth._access import LoginRequiredMixin
from manoir.auth._sign_in import alogin, alogout, aupdate_session_auth_hash
from manoir.auth.forms import AuthenticationForm, PasswordChangeForm
from manoir.conf import settings
from manoir.http import HttpResponseBase, HttpResponseRedirect, url_has_allowed_host_and_scheme
from manoir.shortcuts import resolve_url
from manoir.views import View
from manoir.views.decorators import method_decorator, never_cache
from manoir.views.generic import FormView, TemplateView

__all__ = [
    "LoginView",
    "LogoutView",
    "PasswordChangeDoneView",
    "PasswordChangeView",
    "RedirectURLMixin",
]


class RedirectURLMixin:
    """Where to go afterwards: the parameter `next`, if it leads to this site, else `next_page`, else the settings.

    Attributes:
        next_page: URL or name of a URL pattern.
        redirect_field_name: name of the parameter.
        success_url_allowed_hosts: further hosts that `next` may lead to.
    """

    next_page: str | None = None
    redirect_field_name: str = "next"
    success_url_allowed_hosts: frozenset[str] | set[str] = frozenset()
    request: Any

    def get_success_url(self) -> str:
        """Return where to go."""
        return self.get_redirect_url() or self.get_default_redirect_url()

    def get_redirect_url(self) -> str:
        """Return what `next` says, if that is a page of this site; else nothing (H13: no open redirect)."""
        request = self.request
        url = request.POST.get(self.redirect_field_name) or request.GET.get(self.redirect_field_name, "")
        hosts = {request.get_host(), *self.success_url_allowed_hosts}
        return url if url_has_allowed_host_and_scheme(url, hosts, require_https=request.is_secure()) else ""

    def get_default_redirect_url(self) -> str:
        """Return where to go without `next`."""
        return resolve_url(self.next_page or settings.LOGIN_REDIRECT_URL)


@method_decorator(never_cache, name="dispatch")
class LoginView(RedirectURLMixin, FormView):
    """Shows the form to sign in, and signs in.

    Attributes:
        redirect_authenticated_user: send who is signed in already away at once. Pages of other sites can find out by
            that whether somebody is signed in here.
        extra_context: further variables of the template.
    """

    form_class = AuthenticationForm
    template_name = "registration/login.html"
    redirect_authenticated_user: bool = False

    async def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show the form."""
        if self.redirect_authenticated_user and (await request.auser()).is_authenticated:
            return HttpResponseRedirect(self.get_success_url())
        return await cast(Any, super()).get(request, *args, **kwargs)

    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Give the form the request."""
        return {**await super().aget_form_kwargs(), "request": self.request}

    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Sign in, and go on."""
        await alogin(self.request, form.get_user())
        return HttpResponseRedirect(self.get_success_url())

    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables: `form`, `next`."""
        return {**await super().aget_context_data(**kwargs), self.redirect_field_name: self.get_redirect_url()}


@method_decorator(never_cache, name="dispatch")
class LogoutView(RedirectURLMixin, View):
    """Signs out, by POST only: a link or an image of another site cannot do it (M17)."""

    http_method_names = ["post", "options"]

    async def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign out, and go on."""
        await alogout(request)
        return HttpResponseRedirect(self.get_success_url())

    def get_default_redirect_url(self) -> str:
        """Return where to go without `next`."""
        return resolve_url(self.next_page or settings.LOGOUT_REDIRECT_URL or settings.LOGIN_URL)


class PasswordChangeView(LoginRequiredMixin, FormView):
    """Changes the password of who is signed in; all other browsers of the user are signed out by it."""

    form_class = PasswordChangeForm
    template_name = "registration/password_change_form.html"
    success_url = "password_change_done"

    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Give the form the user."""
        return {**await super().aget_form_kwargs(), "user": await self.request.auser()}

    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Save the password, keep this browser signed in, and go on."""
        await form.asave()
        await aupdate_session_auth_hash(self.request, form.user)
        return HttpResponseRedirect(resolve_url(self.success_url))


class PasswordChangeDoneView(LoginRequiredMixin, TemplateView):
    """Says that the password was changed."""

    template_name = "registration/password_change_done.html"
