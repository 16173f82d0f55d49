"""Forms to sign up: an address first, then name and password."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from manoir import forms, signing
from manoir.auth._links import amail
from manoir.auth._names import folded, mixes_scripts
from manoir.auth.forms._fields import password_field
from manoir.auth.forms._lookalikes import lookalikes
from manoir.auth.forms._reset import LONGEST_ADDRESS, MOST_ACCOUNTS
from manoir.auth.forms._users import NAME, UserCreationForm
from manoir.auth.models import BaseUserManager, get_user_model
from manoir.bridge import hook, twin
from manoir.exceptions import ImproperlyConfigured, ValidationError
from manoir.i18n import gettext_lazy as _

logger = logging.getLogger("manoir.auth")


class SignUpAddressForm(forms.Form):
    """Asks for an address, and mails a link to it; to the owner of an account, that there is one.

    Attributes:
        purpose: what the tokens of the links are for; tokens of another purpose never fit.
    """

    purpose: ClassVar[str] = "manoir.auth.signup"
    email = forms.EmailField(
        label=_("Email address"),
        max_length=LONGEST_ADDRESS,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def clean_email(self) -> str:
        """Return the address in the form in which it is stored; refuse one that mixes scripts (C15)."""
        email = BaseUserManager.normalize_email(self.cleaned_data["email"])
        if mixes_scripts(email):
            raise ValidationError(UserCreationForm.error_messages["mixed_scripts"], code="mixed_scripts")
        return email

    @classmethod
    async def aknown(cls, email: str) -> list[Any]:
        """Return the accounts that have an address, or one that looks the same.

        Raises:
            ImproperlyConfigured: the user model has no address.
        """
        model = get_user_model()
        field = model.get_email_field_name()
        if field not in {known.name for known in model._meta.fields}:
            raise ImproperlyConfigured(
                f"{model._meta.label} has no field {field!r}, so nobody can sign up by mail. Set EMAIL_FIELD."
            )
        return [user async for user in model._default_manager.filter(lookalikes(field, email))[:MOST_ACCOUNTS]]

    @classmethod
    async def ais_known(cls, email: str) -> bool:
        """Tell whether an account has an address, or one that looks the same."""
        return bool(await cls.aknown(email))

    @hook
    async def asave(
        self,
        *,
        protocol: str,
        domain: str,
        subject_template_name: str = "registration/signup_subject.txt",
        email_template_name: str = "registration/signup_email.html",
        known_subject_template_name: str = "registration/signup_known_subject.txt",
        known_email_template_name: str = "registration/signup_known_email.html",
        from_email: str | None = None,
    ) -> None:
        """Mail the link; or, to the stored address of an account that is there, that it is there (C15).

        Args:
            protocol: scheme of links.
            domain: host of links.
            subject_template_name: template of the subject for somebody new.
            email_template_name: template of the text for somebody new.
            known_subject_template_name: template of the subject for who has an account.
            known_email_template_name: template of the text for who has an account.
            from_email: who sends it; None is DEFAULT_FROM_EMAIL.
        """
        email: str = self.cleaned_data["email"]
        context: dict[str, Any] = {"protocol": protocol, "domain": domain, "site_name": domain, "email": email}
        known = await self.aknown(email)
        if not known:
            context["token"] = signing.dumps(email, salt=self.purpose)
            await self.asend_mail(subject_template_name, email_template_name, context, from_email, email)
            return
        field = get_user_model().get_email_field_name()
        for user in known:
            stored = str(getattr(user, field))
            if user.is_active and folded(stored) == folded(email):
                own = {**context, "email": stored, "user": user}
                await self.asend_mail(known_subject_template_name, known_email_template_name, own, from_email, stored)

    save = twin(asave)

    @hook
    async def asend_mail(
        self, subject_template_name: str, email_template_name: str, context: Any, from_email: str | None, to_email: str
    ) -> None:
        """Send one mail; what goes wrong is logged (H33)."""
        try:
            await amail(subject_template_name, email_template_name, context, from_email, to_email)
        except Exception:
            logger.exception("A mail to sign up could not be sent.")

    send_mail = twin(asend_mail)


class SignUpForm(UserCreationForm):
    """Asks for the name to sign in with, unless that is the address, and for a password."""

    password1 = password_field(_("Password"), "new-password")
    password2 = password_field(_("The same again"), "new-password")

    class Meta(UserCreationForm.Meta):
        """The name, unless it is the address, which the link has proved."""

        fields: Any = () if UserCreationForm.Meta.model.get_email_field_name() == NAME else (NAME,)
