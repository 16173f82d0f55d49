"""Forms to sign in, to sign up, and to change a password."""

from __future__ import annotations

from typing import Any

from manoir import forms
from manoir.auth._hashers import LONGEST_PASSWORD
from manoir.auth._password_validation import password_validators_help_text_html, validate_password
from manoir.auth._sign_in import aauthenticate
from manoir.auth.models import get_user_model
from manoir.exceptions import ValidationError

__all__ = [
    "AuthenticationForm",
    "PasswordChangeForm",
    "SetPasswordForm",
    "UsernameField",
]


def password_field(label: str, autocomplete: str, **options: Any) -> forms.CharField:
    """Return a field for a password: never stripped, never shown again, of bounded length."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=LONGEST_PASSWORD, widget=widget, **options)


class UsernameField(forms.CharField):
    """A name to sign in with, in its one form (NFKC)."""

    def to_python(self, value: Any) -> Any:
        """Return the normalised text."""
        return get_user_model().normalize_username(super().to_python(value))

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        """Say what kind of text it is, so that keyboards and password managers help."""
        return {**super().widget_attrs(widget), "autocapitalize": "none", "autocomplete": "username"}


class AuthenticationForm(forms.Form):
    """Name and password. A valid form has the user in `get_user()`.

    One answer stands for all failures: an unknown name, a wrong password and an inactive user look the same.

    Args:
        request: the request that brought the data; None without one.
    """

    username = UsernameField(max_length=254)
    password = password_field("Password", "current-password")

    error_messages = {
        "invalid_login": "This name and password do not fit together. Mind capitals and small letters.",
        "inactive": "This account is closed.",
    }

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user_cache: Any = None
        super().__init__(*args, **kwargs)
        model = get_user_model()
        field = model._meta.get_field(model.USERNAME_FIELD)
        self.username_field = field
        self.fields["username"].label = str(field.verbose_name).capitalize()

    async def aclean(self) -> Any:
        """Ask the backends."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name is not None and password:
            self.user_cache = await aauthenticate(self.request, username=name, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse users who may not sign in by this form: inactive ones, unless overridden."""
        if not user.is_active:
            raise ValidationError(self.error_messages["inactive"], code="inactive")

    def get_user(self) -> Any:
        """Return the user; None before the form was found valid."""
        return self.user_cache

    def get_invalid_login_error(self) -> ValidationError:
        """Return the one error of all failures."""
        return ValidationError(self.error_messages["invalid_login"], code="invalid_login")


class NewPassword(forms.Form):
    """Two fields for a new password, which have to agree and to keep the rules of the settings."""

    error_messages = {"password_mismatch": "The two passwords differ."}
    first_name_of_field = "new_password1"
    second_name_of_field = "new_password2"

    def checked_password(self, user: Any) -> str | None:
        """Return the new password, after adding the errors that it has."""
        data = self.cleaned_data
        first, second = data.get(self.first_name_of_field), data.get(self.second_name_of_field)
        if first is None or second is None:
            return None
        if first != second:
            error = ValidationError(self.error_messages["password_mismatch"], code="password_mismatch")
            self.add_error(self.second_name_of_field, error)
            return None
        try:
            validate_password(first, user)
        except ValidationError as error:
            self.add_error(self.second_name_of_field, error)
            return None
        return first


class SetPasswordForm(NewPassword):
    """A new password for a user, without the old one.

    Args:
        user: whose password it will be.
    """

    new_password1 = password_field("New password", "new-password")
    new_password2 = password_field("The same again", "new-password")

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = password_validators_help_text_html()

    def clean(self) -> Any:
        """Check the two fields."""
        self.checked_password(self.user)
        return self.cleaned_data

    async def asave(self, commit: bool = True) -> Any:
        """Give the user the password, and save the user if `commit` says so."""
        await self.user.aset_password(self.cleaned_data["new_password1"])
        if commit:
            await self.user.asave(update_fields=["password"])
        return self.user


class PasswordChangeForm(SetPasswordForm):
    """A new password for who knows the old one."""

    error_messages = {
        **SetPasswordForm.error_messages,
        "password_incorrect": "This is not your password.",
    }
    old_password = password_field("Old password", "current-password")
    field_order = ["old_password", "new_password1", "new_password2"]

    async def aclean_old_password(self) -> str:
        """Check the old password."""
        old: str = self.cleaned_data["old_password"]
        if not await self.user.acheck_password(old):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old
