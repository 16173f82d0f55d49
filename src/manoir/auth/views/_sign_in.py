"""Views to sign in and out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from manoir.auth._lockout import locked_until
from manoir.auth._places import remember_device
from manoir.auth._sign_in import alogin, alogout, logout
from manoir.auth.forms import AuthenticationForm
from manoir.auth.views._base import RedirectURLMixin, TitleMixin, open_to_all
from manoir.conf import settings
from manoir.http import HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from manoir.i18n import gettext_lazy as _
from manoir.shortcuts import resolve_url
from manoir.timezone import now
from manoir.views.generic import FormView, TemplateView


@open_to_all
class LoginView(RedirectURLMixin, TitleMixin, FormView):
    """Shows the form to sign in, and signs in.

    Attributes:
        authentication_form: class of the form, the same as `form_class`.
        redirect_authenticated_user: send who is signed in already away at once. Pages of other sites can find out by
            that whether somebody is signed in here.
        extra_context: further variables of the template.
    """

    form_class = AuthenticationForm
    authentication_form: Any = None
    template_name = "registration/login.html"
    title = _("Sign in")
    redirect_authenticated_user: bool = False

    async def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show the form."""
        if self.redirect_authenticated_user and (await request.auser()).is_authenticated:
            url = self.get_success_url()
            if url == request.path:
                raise ValueError(
                    f"{type(self).__name__} would send who is signed in already from {url!r} to itself: let "
                    "LOGIN_REDIRECT_URL lead to another page."
                )
            return HttpResponseRedirect(url)
        return await cast(Any, super()).get(request, *args, **kwargs)

    async def aget_form_class(self) -> Any:
        """Return the class of the form."""
        return self.authentication_form or await super().aget_form_class()

    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Give the form the request."""
        return {**await super().aget_form_kwargs(), "request": self.request}

    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Sign in, make the browser a familiar place of the account, and go on."""
        await alogin(self.request, form.get_user())
        response = HttpResponseRedirect(self.get_success_url())
        remember_device(response, form.get_user())
        return response

    async def aform_invalid(self, form: Any) -> HttpResponseBase:
        """Show the form again; with 429 where too many attempts failed."""
        response = await super().aform_invalid(form)
        until = locked_until(self.request)
        if until is not None:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response.headers["Retry-After"] = str(max(1, int((until - now()).total_seconds())))
        return response

    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables: `form`, `next`, `site_name`."""
        return {**await super().aget_context_data(**kwargs), self.redirect_field_name: self.get_redirect_url()}


@open_to_all
class LogoutView(RedirectURLMixin, TitleMixin, TemplateView):
    """Signs out, by POST only: a link or an image of another site cannot do it (M17).

    Where neither `next`, `next_page` nor LOGOUT_REDIRECT_URL says where to go, a page says that it is done.
    """

    http_method_names = ["post", "options"]
    template_name = "registration/logged_out.html"
    title = _("Signed out")

    async def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign out, and go on."""
        await alogout(request)
        url = self.get_success_url()
        if url:
            return HttpResponseRedirect(url)
        return await self.arender_to_response(await self.aget_context_data(**kwargs))

    def get_default_redirect_url(self) -> str:
        """Return where to go without `next`; empty for nowhere."""
        page = self.next_page or settings.LOGOUT_REDIRECT_URL
        return resolve_url(page) if page else ""


def logout_then_login(request: Any, login_url: str | None = None) -> HttpResponseBase:
    """Sign out, then go to the page to sign in; a view, for POST only.

    Args:
        request: the request.
        login_url: URL or name of the page; None: LOGIN_URL.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    logout(request)
    return HttpResponseRedirect(resolve_url(login_url or settings.LOGIN_URL))
