"""Views of people: to sign in and out, to change a password, to reset one by mail.

The room's map:

- `_base`: what they share: where to go afterwards, answers that nobody keeps.
- `_sign_in`: `LoginView`, `LogoutView`, `logout_then_login`.
- `_passwords`: `PasswordChangeView`, `PasswordChangeDoneView`.
- `_reset`: the four steps of a new password by mail.
- `_sign_up`: an account for who has an address.
- `_style`: the style sheet of these pages.

`manoir.auth.urls` has the URLs, `manoir.auth.signup_urls` those to sign up.
"""

from __future__ import annotations

from manoir.auth._access import redirect_to_login
from manoir.auth.views._base import RedirectURLMixin
from manoir.auth.views._passwords import PasswordChangeDoneView, PasswordChangeView
from manoir.auth.views._reset import (
    PasswordResetCompleteView,
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from manoir.auth.views._sign_in import LoginView, LogoutView, logout_then_login
from manoir.auth.views._sign_up import SignUpConfirmView, SignUpDoneView, SignUpView
from manoir.auth.views._style import style

__all__ = [
    "LoginView",
    "LogoutView",
    "PasswordChangeDoneView",
    "PasswordChangeView",
    "PasswordResetCompleteView",
    "PasswordResetConfirmView",
    "PasswordResetDoneView",
    "PasswordResetView",
    "RedirectURLMixin",
    "SignUpConfirmView",
    "SignUpDoneView",
    "SignUpView",
    "logout_then_login",
    "redirect_to_login",
    "style",
]
