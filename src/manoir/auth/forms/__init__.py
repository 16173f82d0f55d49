"""Forms of people: to sign in, to make and change users, to change and to reset a password.

The room's map:

- `_fields`: a password to type, a name to sign in with, a stored password in words.
- `_sign_in`: `AuthenticationForm`.
- `_passwords`: a new password for an account, set by its owner or by somebody else.
- `_reset`: a link by mail for who forgot the password.
- `_sign_up`: an address, then an account.
- `_users`: forms that make and change users, whatever AUTH_USER_MODEL is; `_lookalikes`: names that pass for others.

The forms of `_users` are made of the project's user model, so import this module after the models are loaded: in
`forms.py`, `views.py` or `admin.py`, not in `models.py`.
"""

from __future__ import annotations

from manoir.auth.forms._fields import ReadOnlyPasswordHashField, ReadOnlyPasswordHashWidget, UsernameField
from manoir.auth.forms._passwords import AdminPasswordChangeForm, PasswordChangeForm, SetPasswordForm
from manoir.auth.forms._reset import PasswordResetForm
from manoir.auth.forms._sign_in import AuthenticationForm
from manoir.auth.forms._sign_up import SignUpAddressForm, SignUpForm
from manoir.auth.forms._users import AdminUserCreationForm, BaseUserCreationForm, UserChangeForm, UserCreationForm

__all__ = [
    "AdminPasswordChangeForm",
    "AdminUserCreationForm",
    "AuthenticationForm",
    "BaseUserCreationForm",
    "PasswordChangeForm",
    "PasswordResetForm",
    "ReadOnlyPasswordHashField",
    "ReadOnlyPasswordHashWidget",
    "SetPasswordForm",
    "SignUpAddressForm",
    "SignUpForm",
    "UserChangeForm",
    "UserCreationForm",
    "UsernameField",
]
