"""`PasswordResetForm`: a link by mail for who forgot the password."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from manoir import forms
from manoir.auth._links import amail, encoded_key, site_of
from manoir.auth._names import folded
from manoir.auth._tokens import default_token_generator
from manoir.auth.models import get_user_model
from manoir.bridge import hook, spawn, twin
from manoir.exceptions import ImproperlyConfigured
from manoir.i18n import gettext_lazy as _

LONGEST_ADDRESS: Final = 254
MOST_ACCOUNTS: Final = 10
"""Accounts that may share an address and get a mail each; more are left out, so that nobody is flooded."""

logger = logging.getLogger("manoir.auth")


class PasswordResetForm(forms.Form):
    """Asks for an address, and mails a link to the accounts that have it.

    What it says and does in front of the visitor is the same whether an account has the address or not.
    """

    email = forms.EmailField(
        label=_("Email address"),
        max_length=LONGEST_ADDRESS,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    @hook
    async def aget_users(self, email: str) -> list[Any]:
        """Return the active users who sign in by a password and have this address.

        A database may take other letters for the same: only addresses that are the same without case count (C15).

        Raises:
            ImproperlyConfigured: the user model has no address.
        """
        model = get_user_model()
        field, known = model.get_email_field_name(), {known.name for known in model._meta.fields}
        if field not in known:
            raise ImproperlyConfigured(
                f"{model._meta.label} has no field {field!r}, so nobody can be sent a link. Set EMAIL_FIELD."
            )
        rows = model._default_manager.filter(**{f"{field}__iexact": email})
        if "is_active" in known:
            rows = rows.filter(is_active=True)
        return [
            user
            async for user in rows.order_by("pk")[:MOST_ACCOUNTS]
            if folded(str(getattr(user, field))) == folded(email) and user.is_active and user.has_usable_password()
        ]

    get_users = twin(aget_users)

    @hook
    async def asend_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: Mapping[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Send one mail. What goes wrong is logged and told to nobody: it would tell that there is an account (H33)."""
        try:
            await amail(
                subject_template_name, email_template_name, context, from_email, to_email, html_email_template_name
            )
        except Exception:
            logger.exception("A mail to reset a password could not be sent to user %s.", context["user"].pk)

    send_mail = twin(asend_mail)

    @hook
    async def asave(
        self,
        domain_override: str | None = None,
        subject_template_name: str = "registration/password_reset_subject.txt",
        email_template_name: str = "registration/password_reset_email.html",
        use_https: bool = False,
        token_generator: Any = default_token_generator,
        from_email: str | None = None,
        request: Any = None,
        html_email_template_name: str | None = None,
        extra_email_context: Mapping[str, Any] | None = None,
    ) -> None:
        """Mail a one-use link to each account that has the address, and to the address that the account has.

        Args:
            domain_override: host in the links; None takes SITE_URL, or a host that ALLOWED_HOSTS names.
            subject_template_name: template of the subject line.
            email_template_name: template of the text.
            use_https: scheme in the links, where the host is not SITE_URL's.
            token_generator: makes the tokens.
            from_email: who sends it; None is DEFAULT_FROM_EMAIL.
            request: the request that asked.
            html_email_template_name: template of the text as HTML, besides.
            extra_email_context: further variables of the templates.

        Raises:
            ImproperlyConfigured: nothing says under which host this site is known.
        """
        protocol, domain = site_of(request, domain_override, use_https)
        model = get_user_model()
        for user in await spawn(list, await self.aget_users(self.cleaned_data["email"])):
            address = str(getattr(user, model.get_email_field_name()))
            context = {
                "email": address,
                "domain": domain,
                "site_name": domain,
                "uid": encoded_key(user),
                "user": user,
                "token": token_generator.make_token(user),
                "protocol": protocol,
                **(extra_email_context or {}),
            }
            await self.asend_mail(
                subject_template_name, email_template_name, context, from_email, address, html_email_template_name
            )

    save = twin(asave)
