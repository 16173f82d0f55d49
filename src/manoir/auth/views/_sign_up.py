"""Sign-up in three steps: an address, the mail, name and password. `manoir.auth.signup_urls` has the URLs.

An account is made when the link of the mail was followed, so every address is one whose owner wanted the account, and
nothing is stored before. The first step answers the same whether an account has the address or not, and looks for one
after the answer left; the owner of an account gets a mail that says so. What the last step tells, to the reader of a
mailbox, is that a name to sign in with is taken, where that is no address.
"""

from __future__ import annotations

from typing import Any, Final, cast

from manoir import signing
from manoir.auth._lockout import aclaim, arelease
from manoir.auth._sign_in import alogin
from manoir.auth.forms import SignUpAddressForm, SignUpForm
from manoir.auth.models import get_user_model
from manoir.auth.views._base import MailingFormMixin, TitleMixin, open_to_all, private
from manoir.conf import settings
from manoir.exceptions import BadSignature, ImproperlyConfigured
from manoir.http import HttpResponseBase, HttpResponseRedirect
from manoir.i18n import gettext_lazy as _
from manoir.shortcuts import resolve_url
from manoir.views import View
from manoir.views.generic import FormView, TemplateView

TOKEN_SESSION_KEY: Final = "_sign_up_token"  # noqa: S105 - a name
LONGEST_TOKEN: Final = 1_000
MODEL_BACKEND: Final = "manoir.auth.ModelBackend"


@open_to_all
class SignUpView(TitleMixin, MailingFormMixin, FormView):
    """Asks for an address, and mails a link to it.

    Attributes:
        subject_template_name, email_template_name: templates of the mail to somebody new.
        known_subject_template_name, known_email_template_name: templates of the mail to who has an account.
        from_email: who sends it; None is DEFAULT_FROM_EMAIL.
        success_url: where to go then.
    """

    form_class = SignUpAddressForm
    template_name = "registration/signup_form.html"
    title = _("Sign up")
    subject_template_name: str = "registration/signup_subject.txt"
    email_template_name: str = "registration/signup_email.html"
    known_subject_template_name: str = "registration/signup_known_subject.txt"
    known_email_template_name: str = "registration/signup_known_email.html"
    from_email: str | None = None
    success_url = "signup_done"

    def mail_options(self, protocol: str, domain: str) -> dict[str, Any]:
        """Return what the form is told about the mail."""
        return {
            "protocol": protocol,
            "domain": domain,
            "subject_template_name": self.subject_template_name,
            "email_template_name": self.email_template_name,
            "known_subject_template_name": self.known_subject_template_name,
            "known_email_template_name": self.known_email_template_name,
            "from_email": self.from_email,
        }


@open_to_all
class SignUpDoneView(TitleMixin, TemplateView):
    """Says that a mail is on its way."""

    template_name = "registration/signup_done.html"
    title = _("Look into your mail")


@open_to_all
class SignUpConfirmView(TitleMixin, FormView):
    """Takes the link of the mail, asks for name and password, makes the account and signs in.

    As with a new password, the token goes into the session and the browser to an address without it.

    Attributes:
        signup_url_token: what stands in the URL instead of the token.
        backend: dotted path of the backend that knows the new user; None takes `manoir.auth.ModelBackend`, or the
            first of AUTHENTICATION_BACKENDS.
        success_url: where to go then; None: LOGIN_REDIRECT_URL.
        email: the address of the link, None when it is worth nothing.
    """

    form_class = SignUpForm
    template_name = "registration/signup_confirm.html"
    title = _("Welcome")
    signup_url_token: str = "welcome"  # noqa: S105 - a part of the address
    backend: str | None = None
    success_url = None
    email: str | None = None

    async def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hide the token, then show the form."""
        token = kwargs["token"]
        hidden = request.logged_path = request.path.replace(token, self.signup_url_token)
        if token != self.signup_url_token and await self.aread(token) is not None:
            await request.session.aset(TOKEN_SESSION_KEY, token)
            return private(HttpResponseRedirect(hidden))
        await self.aopen(token)
        return private(await self.arender_to_response(await self.aget_context_data()))

    async def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Make the account."""
        await self.aopen(kwargs["token"])
        if self.email is None:
            return private(await self.arender_to_response(await self.aget_context_data()))
        return private(await cast(Any, super()).post(request, *args, **kwargs))

    put = View.http_method_not_allowed

    async def aopen(self, token: str) -> None:
        """Read the token of the session."""
        hidden = await self.request.session.aget(TOKEN_SESSION_KEY) if token == self.signup_url_token else None
        self.email = await self.aread(hidden) if isinstance(hidden, str) else None

    async def aread(self, token: str) -> str | None:
        """Return the address of a token; None when it was not made here, is too old, or was used."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            email = signing.loads(token, salt=SignUpAddressForm.purpose, max_age=settings.PASSWORD_RESET_TIMEOUT)
        except BadSignature:
            return None
        return email if isinstance(email, str) and not await SignUpAddressForm.ais_known(email) else None

    async def aget_form_kwargs(self) -> dict[str, Any]:
        """Give the form a user with the address of the link: nobody types it a second time."""
        model = get_user_model()
        user = model(**{model.get_email_field_name(): self.email})
        return {**await super().aget_form_kwargs(), "instance": user}

    async def aform_valid(self, form: Any) -> HttpResponseBase:
        """Make the account, sign in, and go on."""
        assert self.email is not None
        if not await aclaim(self.email):  # somebody has sent the same link at the same moment
            self.email = None
            return await self.arender_to_response(await self.aget_context_data())
        try:
            user = await form.asave()
        except BaseException:
            await arelease(self.email)
            raise
        await self.request.session.apop(TOKEN_SESSION_KEY, None)
        await alogin(self.request, user, self.get_backend())
        return HttpResponseRedirect(resolve_url(self.success_url or settings.LOGIN_REDIRECT_URL))

    def get_backend(self) -> str:
        """Return the path of the backend that knows the new user."""
        known = list(settings.AUTHENTICATION_BACKENDS)
        if self.backend is None:
            return MODEL_BACKEND if MODEL_BACKEND in known else known[0]
        if self.backend not in known:
            raise ImproperlyConfigured(f"{type(self).__name__}.backend is {self.backend!r}, none of {known}.")
        return self.backend

    async def aget_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the template's variables: `form` (None when the link is worth nothing), `email`, `validlink`."""
        if self.email is None:
            kwargs = {"form": None, "title": _("This link does not work"), **kwargs}
        return {**await super().aget_context_data(**kwargs), "email": self.email, "validlink": self.email is not None}
