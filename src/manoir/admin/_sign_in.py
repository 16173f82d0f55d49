"""Signing in to an admin site: the form and the views, on those of `manoir.auth`."""

from __future__ import annotations

from typing import Any

from manoir.auth.forms import AuthenticationForm
from manoir.auth.views import LoginView, PasswordChangeView
from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy as _


class AdminAuthenticationForm(AuthenticationForm):
    """Signs in who is staff. It says no more about others than that they may not come in."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _(
            "Nobody of the staff signs in with this name and password. Capitals and small letters are different."
        ),
    }
    required_css_class = "required"

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse who is not active or no staff, by the answer of a wrong password."""
        super().confirm_login_allowed(user)
        if not user.is_staff:
            raise ValidationError(self.error_messages["invalid_login"], code="invalid_login")


class AdminLogin(LoginView):
    """The page to sign in to a site."""


class AdminPasswordChange(PasswordChangeView):
    """The page to change one's own password."""
