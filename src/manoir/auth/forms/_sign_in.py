"""`AuthenticationForm`: name and password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from manoir import forms, models
from manoir.auth._lockout import locked_until
from manoir.auth._sign_in import aauthenticate
from manoir.auth.forms._fields import UsernameField, password_field
from manoir.auth.models import get_user_model
from manoir.exceptions import ValidationError
from manoir.i18n import gettext, gettext_noop, ngettext
from manoir.i18n import gettext_lazy as _
from manoir.timezone import now

NAMES = (gettext_noop("Username"), gettext_noop("Email address"))
"""What people usually sign in with, for the catalogues: the models of users have their names untranslated."""


class AuthenticationForm(forms.Form):
    """Name and password. A valid form has the user in `get_user()`.

    One answer stands for all failures: an unknown name, a wrong password and an inactive user look the same.

    Args:
        request: the request that brought the data; None without one.
    """

    username = UsernameField(max_length=254)
    password = password_field(_("Password"), "current-password")

    error_messages: dict[str, Any] = {
        "invalid_login": _("This %(username)s and password do not fit together. Mind capitals and small letters."),
        "inactive": _("This account is closed."),
        "locked": _("There were too many failed attempts. Wait %(wait)s, then try again."),
    }

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.user_cache: Any = None
        super().__init__(*args, **kwargs)
        model = get_user_model()
        field = model._meta.get_field(model.USERNAME_FIELD)
        self.username_field = field
        name = self.fields["username"]
        name.label = gettext(str(field.verbose_name).capitalize())
        name.widget.attrs.setdefault("autofocus", True)
        if isinstance(field, models.EmailField) and type(name.widget) is forms.TextInput:
            name.widget.input_type = "email"  # phones show the keyboard for it

    async def aclean(self) -> Any:
        """Ask the backends."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name is not None and password:
            self.user_cache = await aauthenticate(self.request, username=name, password=password)
            if self.user_cache is None:
                raise self.get_locked_error() or self.get_invalid_login_error()
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
        return ValidationError(
            self.error_messages["invalid_login"],
            code="invalid_login",
            params={"username": str(self.username_field.verbose_name)},
        )

    def get_locked_error(self) -> ValidationError | None:
        """Return the error of an attempt that nobody looked at because of those before; None for another one.

        It says nothing of the account: names that nobody has are locked as well.
        """
        until = locked_until(self.request)
        if until is None:
            return None
        return ValidationError(self.error_messages["locked"], code="locked", params={"wait": in_words(until - now())})


def in_words(wait: timedelta) -> str:
    """Return a time in words, rounded up to whole minutes.

    Example:
        >>> in_words(timedelta(seconds=61)), in_words(timedelta(seconds=2))
        ('2 minutes', 'a minute')
    """
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return ngettext("a minute", "%(count)d minutes", minutes) % {"count": minutes}
