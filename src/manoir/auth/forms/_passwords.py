"""A new password for an account that is there: typed twice, checked by the rules of the settings."""

from __future__ import annotations

from typing import Any

from manoir import forms
from manoir.auth._lockout import aconfirm
from manoir.auth._password_validation import password_validators_help_text_html, validate_password
from manoir.auth.forms._fields import UsablePasswordField, password_field
from manoir.bridge import hook, twin
from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy as _

MISMATCH = _("The two passwords differ.")


def check_new_password(form: Any, first: str, second: str, user: Any) -> None:
    """Add the errors of a password that was typed into two fields of a form.

    Args:
        form: the form, with its `cleaned_data`.
        first: name of the field.
        second: name of the field that repeats it; it gets the errors.
        user: whose password it will be.
    """
    password, repeated = form.cleaned_data.get(first), form.cleaned_data.get(second)
    if password is None or repeated is None:
        return
    if password != repeated:
        words = form.error_messages.get("password_mismatch", MISMATCH)
        form.add_error(second, ValidationError(words, code="password_mismatch"))
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        form.add_error(second, error)


def insist_on_password(form: Any, first: str, second: str) -> None:
    """Add an error for each of two fields that is empty; for fields that are needed only sometimes."""
    for name in (first, second):
        if name not in form.errors and not form.cleaned_data.get(name):
            form.add_error(name, form.fields[name].error("required"))


async def agive_password(user: Any, password: str | None, *, commit: bool) -> None:
    """Set a user's password, None for one that lets nobody in; and save it if `commit` says so."""
    await user.aset_password(password)
    if commit:
        await user.asave(update_fields=["password"])


class SetPasswordForm(forms.Form):
    """A new password for a user, without the old one.

    Args:
        user: whose password it will be.
    """

    error_messages: dict[str, Any] = {"password_mismatch": MISMATCH}
    new_password1 = password_field(_("New password"), "new-password")
    new_password2 = password_field(_("The same again"), "new-password")

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = password_validators_help_text_html()

    @hook
    def clean(self) -> dict[str, Any] | None:
        """Check the two fields."""
        check_new_password(self, "new_password1", "new_password2", self.user)
        return super().clean()

    @hook
    async def asave(self, commit: bool = True) -> Any:
        """Give the user the password, and save it if `commit` says so.

        Returns:
            The user.
        """
        await agive_password(self.user, self.cleaned_data["new_password1"], commit=commit)
        return self.user

    save = twin(asave)


class PasswordChangeForm(SetPasswordForm):
    """A new password for who knows the old one."""

    error_messages: dict[str, Any] = {
        **SetPasswordForm.error_messages,
        "password_incorrect": _("This is not your password."),
    }
    old_password = password_field(_("Old password"), "current-password")
    field_order = ["old_password", "new_password1", "new_password2"]

    async def aclean_old_password(self) -> str:
        """Check the old password; who took over a session may not guess it without end (H31)."""
        old: str = self.cleaned_data["old_password"]
        if not await aconfirm(self.user, old):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old


class AdminPasswordChangeForm(forms.Form):
    """A new password for somebody else, or none at all, so that only other backends let them in.

    Args:
        user: whose password it will be.
    """

    error_messages: dict[str, Any] = {"password_mismatch": MISMATCH}
    required_css_class = "required"
    usable_password = UsablePasswordField()
    password1 = password_field(_("New password"), "new-password", required=False)
    password2 = password_field(_("The same again"), "new-password", required=False)

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = password_validators_help_text_html()

    @hook
    def clean(self) -> dict[str, Any] | None:
        """Check the two fields, where there will be a password."""
        if self.cleaned_data.get("usable_password", True):
            insist_on_password(self, "password1", "password2")
            check_new_password(self, "password1", "password2", self.user)
        return super().clean()

    @property
    def changed_data(self) -> list[str]:
        """Return `["password"]` when there is a new password, or none from now on."""
        typed = {"password1", "password2"} <= set(super().changed_data)
        return ["password"] if typed or "usable_password" in super().changed_data else []

    @hook
    async def asave(self, commit: bool = True) -> Any:
        """Give the user the password, or take it away; and save it if `commit` says so.

        Returns:
            The user.
        """
        usable = self.cleaned_data["usable_password"]
        await agive_password(self.user, self.cleaned_data["password1"] if usable else None, commit=commit)
        return self.user

    save = twin(asave)
