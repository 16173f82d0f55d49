"""Fields of people: a password to type, a name to sign in with, a stored password in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from manoir import forms
from manoir.auth._hashers import LONGEST_PASSWORD, identify_hasher, is_password_usable
from manoir.auth.models import get_user_model
from manoir.i18n import gettext_lazy as _

ENABLED: Final = "true"
DISABLED: Final = "false"


def password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
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


class UsablePasswordField(forms.ChoiceField):
    """Whether an account has a password at all: `True` or `False`; what was not sent means yes."""

    widget = forms.RadioSelect

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=[(ENABLED, _("By a password")), (DISABLED, _("Not by a password"))],
            required=False,
            initial=ENABLED,
            label=_("Signing in"),
            help_text=_("Without a password, only other backends, such as single sign-on, can let this user in."),
            **options,
        )

    def clean(self, value: Any) -> bool:
        """Return whether there is a password."""
        return super().clean(str(value).lower() if isinstance(value, bool) else value) != DISABLED


class ReadOnlyPasswordHashWidget(forms.Widget):
    """Says how a password is stored, without the hash, its salt or any part of them.

    Attributes:
        change_url: where the password is changed, relative to the page; None shows no link.
    """

    template_name = "auth/widgets/read_only_password_hash.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None, change_url: str | None = None) -> None:
        super().__init__(attrs)
        self.change_url = change_url

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the variables of the template; nothing among them is made of the hash itself (H38)."""
        context = super().get_context(name, None, attrs)
        usable, summary = password_summary(value)
        context["widget"] |= {"summary": summary, "has_password": usable, "change_url": self.change_url}
        return context

    def id_for_label(self, id_: str) -> str:
        """Return no id: there is nothing to type into."""
        return ""


class ReadOnlyPasswordHashField(forms.Field):
    """A stored password that a form shows in words and never takes: what is sent for it is ignored."""

    widget = ReadOnlyPasswordHashWidget

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options["disabled"] = True
        super().__init__(**options)


def password_summary(encoded: Any) -> tuple[bool, str]:
    """Return whether a stored hash lets somebody in, and what may be said about it."""
    if not encoded or not is_password_usable(str(encoded)):
        return False, str(_("No password is set."))
    try:
        hasher = identify_hasher(str(encoded))
        algorithm = hasher.safe_summary(str(encoded))["algorithm"]
        return True, str(_("A password is set, stored with %(algorithm)s.")) % {"algorithm": algorithm}
    except (ValueError, KeyError):
        return False, str(_("The stored password is of no form that PASSWORD_HASHERS reads: nobody can sign in by it."))
