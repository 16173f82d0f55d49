"""A new password by mail, in four steps: ask for it, look into the mail, choose it, done.

What a visitor sees and how long it takes is the same whether an account has the address or not: accounts are looked
for, and mails sent, after the answer left (H32, H33).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from manoir.auth._links import decoded_key
from manoir.auth._lockout import aclear_failures
from manoir.auth._sign_in import alogin
from manoir.auth._tokens import LONGEST_TOKEN, default_token_generator
from manoir.auth.forms import PasswordResetForm, SetPasswordForm
from manoir.auth.models import get_user_model
from manoir.auth.views._base import MailingFormMixin, TitleMixin, open_to_all, private
from manoir.conf import settings
from manoir.db import transaction
from manoir.exceptions import ValidationError
from manoir.http import HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext_lazy as _
from manoir.shortcuts import resolve_url
from manoir.views import View
from manoir.views.generic import FormView, TemplateView

TOKEN_SESSION_KEY: Final = "_password_reset_token"  # noqa: S105 - a name


@open_to_all
class PasswordResetView(TitleMixin, MailingFormMixin, FormView):
    """Asks for an address, and mails a link to the accounts that have it.

    Attributes:
        subject_template_name: template of the mail's subject.
        email_template_name: template of its text.
        html_email_template_name: template of the text as HTML; None sends none.
        extra_email_context: further variables of these templates.
        from_email: who sends it; None is DEFAULT_FROM_EMAIL.
        token_generator: makes the tokens.
        success_url: where to go then.
    """

    form_class = PasswordResetForm
    template_name = "registration/password_reset_form.html"
    title = _("Forgot your password?")
    subject_template_name: str = "registration/password_reset_subject.txt"
    email_template_name: str = "registration/password_reset_email.html"
    html_email_template_name: str | None = None
    extra_email_context: Mapping[str, Any] | None = None
    from_email: str | None = None
    token_generator: Any = default_token_generator
    success_url = "password_reset_done"

    def mail_options(self, protocol: str, domain: str) -> dict[str, Any]:
        """Return what the form is told about the mail."""
        return {
            "domain_override": domain,
            "use_https": protocol == "https",
            "subject_template_name": self.subject_template_name,
            "email_template_name": self.email_template_name,
            "html_email_template_name": self.html_email_template_name,
            "extra_email_context": self.extra_email_context,
            "from_email": self.from_email,
            "token_generator": self.token_generator,
            "request": self.request,
        }


@open_to_all
class PasswordResetDoneView(TitleMixin, TemplateView):
    """Says that a mail is on its way, if there is an account."""

    template_name = "registration/password_reset_done.html"
    title = _("Look into your mail")


@open_to_all
class PasswordResetConfirmView(TitleMixin, FormView):
    """Takes the link of the mail and asks for a new password.

    The token goes into the session and the browser to an address without it: neither the history, a log nor the
    Referer of a later page shows it (H34).

    Attributes:
        token_generator: checks the tokens.
        reset_url_token: what stands in the URL instead of the token.
        post_reset_login: sign in at once.
        post_reset_login_backend: dotted path of the backend that knows the user, for `post_reset_login`.
        success_url: where to go then.
        validlink: whether the link is worth something.
        user: whose link it is, None when it is worth nothing.
    """

    form_class = SetPasswordForm
    template_name = "registration/password_reset_confirm.html"
    title = _("Choose a new password")
    token_generator: Any = default_token_generator
    reset_url_token: str = "set-password"  # noqa: S105 - a part of the address
    post_reset_login: bool = False
    post_reset_login_backend: str | None = None
    success_url = "password_reset_complete"
    validlink: bool = False
    user: Any = None

    async def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hide the token, then show the form."""
        user, token = await self.aget_user(kwargs["uidb64"]), kwargs["token"]
        hidden = request.logged_path = request.path.replace(token, self.reset_url_token)
        if token != self.reset_url_token and self.token_generator.check_token(user, token):
            await request.session.aset(TOKEN_SESSION_KEY, token)
            return private(HttpResponseRedirect(hidden))
        await self.aopen(user, token)
        return private(await self.arender_to_response(await self.aget_context_data()))

    async def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save the password that was chosen."""
        await self.aopen(await self.aget_user(kwargs["uidb64"]), kwargs["token"])
        if not self.validlink:
            return private(await self.arender_to_response(await self.aget_context_data()))
        form = await self.aget_form()
        if not await form.ais_valid():
            return private(await self.aform_invalid(form))
        try:
            return private(await self.aform_valid(form))
        except LinkUsed:
            self.validlink, self.user = False, None
            return private(await self.arender_to_response(await self.aget_context_data()))

    put = View.http_method_not_allowed

    async def aget_user(self, uidb64: str) -> Any:
        """Return the active user of a link, None for nobody; for a place in the URL that is no key, too."""
        key = decoded_key(uidb64)
        model = get_user_model()
        if key is None:
            return None
        try:
            user = await model._default_manager.aget(pk=model._meta.pk.to_python(key))
        except (ValidationError, ValueError, TypeError, OverflowError, model.DoesNotExist):
            return None
        return user if user.is_active else None

    async def aopen(self, user: Any, token: str) -> None:
        """Find out whether the link is worth something: the token of the session has to fit the user of the URL."""
        hidden = await self.request.session.aget(TOKEN_SESSION_KEY, "") if token == self.reset_url_token else ""
        fits = isinstance(hidden, str) and len(hidden) <= LONGEST_TOKEN
        self.validlink = fits and self.token_generator.check_token(user, hidden)
        self.user = user if self.validlink else None

    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Give the form the user."""
        return {**await super().aget_form_kwargs(), "user": self.user}

    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Save the password, and go on. All browsers of the user are signed out by it."""
        session = self.request.session
        token = await session.aget(TOKEN_SESSION_KEY, "")
        async with transaction.atomic(using=self.user._state.db):
            # Of two that hold the link, one comes first: the other finds another password, which the token is not of.
            row = type(self.user)._base_manager.using(self.user._state.db).select_for_update()
            form.user = await row.aget(pk=self.user.pk)
            if not self.token_generator.check_token(form.user, token):
                raise LinkUsed
            user = await form.asave()
        await session.apop(TOKEN_SESSION_KEY, None)
        await aclear_failures(account=user.get_username())  # who reads the account's mail is its owner
        if self.post_reset_login:
            await alogin(self.request, user, self.post_reset_login_backend)
        return HttpResponseRedirect(resolve_url(self.success_url))

    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables: `form` (None when the link is worth nothing) and `validlink`."""
        if not self.validlink:
            kwargs = {"form": None, "title": _("This link does not work"), **kwargs}
        return {**await super().aget_context_data(**kwargs), "validlink": self.validlink}


@open_to_all
class PasswordResetCompleteView(TitleMixin, TemplateView):
    """Says that the new password is set."""

    template_name = "registration/password_reset_complete.html"
    title = _("Your password was changed")

    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables, `login_url` among them."""
        return {"login_url": resolve_url(settings.LOGIN_URL), **await super().aget_context_data(**kwargs)}


class LinkUsed(Exception):
    """Somebody else used the link first."""
