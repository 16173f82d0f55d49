"""People: users, passwords, signing in and out, permissions.

The room's map:

- `models`: `User`, `Group`, `Permission`, and the bases of a user model of your own; AUTH_USER_MODEL names it.
- `_hashers`: passwords at rest.
- `_password_validation`: rules for new passwords; `_tokens`: one-use tokens for links in mails.
- `_backends`, `_backends_of`: who somebody is and what they may do; AUTHENTICATION_BACKENDS.
- `_sign_in`: `authenticate`, `login`, `logout`, and who the user of a request is; `signals` tells of it.
- `_lockout`, `_places`, `_failures`: how many guesses an account and an address bear; `_names`: names that pass for others.
- `_permissions`, `_groups`, `_creation`: `has_perm` and its kin, and the rows that `migrate` makes.
- `_remote_user`: identities that a proxy has checked; `_validators`: characters of usernames.
- `_access`: decorators and mixins; `_middleware`: `request.user`, a sign-in for every view.
- `context_processors`: `user` and `perms` in templates.
- `forms`, `views`, `urls`, `templates/registration`: pages to sign in and out, to change and to reset a password;
  `_links`: links in mails.
"""

from __future__ import annotations

from manoir.auth._access import (
    REDIRECT_FIELD_NAME,
    AccessMixin,
    LoginRequiredMixin,
    PermissionRequiredMixin,
    UserPassesTestMixin,
    login_not_required,
    login_required,
    permission_required,
    redirect_to_login,
    user_passes_test,
)
from manoir.auth._backends import AllowAllUsersModelBackend, BaseBackend, ModelBackend
from manoir.auth._backends_of import get_backends
from manoir.auth._creation import acreate_permissions, create_permissions
from manoir.auth._hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    BCryptPasswordHasher,
    BCryptSHA256PasswordHasher,
    MD5PasswordHasher,
    PBKDF2PasswordHasher,
    PBKDF2SHA1PasswordHasher,
    ScryptPasswordHasher,
    acheck_password,
    amake_password,
    check_password,
    identify_hasher,
    is_password_usable,
    make_password,
)
from manoir.auth._lockout import aclear_failures, clear_failures, locked_until
from manoir.auth._middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from manoir.auth._password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    NumericPasswordValidator,
    UserAttributeSimilarityValidator,
    get_default_password_validators,
    get_password_validators,
    password_changed,
    password_validators_help_text_html,
    password_validators_help_texts,
    validate_password,
)
from manoir.auth._permissions import PermissionMethods, get_permission_codename
from manoir.auth._places import remember_device
from manoir.auth._remote_user import (
    AllowAllUsersRemoteUserBackend,
    PersistentRemoteUserMiddleware,
    RemoteUserBackend,
    RemoteUserMiddleware,
    remote_user_of,
)
from manoir.auth._sign_in import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    aauthenticate,
    aget_user,
    alogin,
    alogout,
    aupdate_session_auth_hash,
    authenticate,
    get_user,
    login,
    logout,
    update_session_auth_hash,
)
from manoir.auth._tokens import PasswordResetTokenGenerator, default_token_generator
from manoir.auth._validators import ASCIIUsernameValidator, UnicodeUsernameValidator
from manoir.auth.models import (
    AbstractBaseUser,
    AbstractUser,
    AnonymousUser,
    BaseUserManager,
    Group,
    GroupManager,
    PasswordField,
    Permission,
    PermissionManager,
    PermissionsMixin,
    SignInFailure,
    User,
    UserManager,
    get_user_model,
)
from manoir.auth.signals import user_logged_in, user_logged_out, user_login_failed

__all__ = [
    "BACKEND_SESSION_KEY",
    "HASH_SESSION_KEY",
    "REDIRECT_FIELD_NAME",
    "SESSION_KEY",
    "ASCIIUsernameValidator",
    "AbstractBaseUser",
    "AbstractUser",
    "AccessMixin",
    "AllowAllUsersModelBackend",
    "AllowAllUsersRemoteUserBackend",
    "AnonymousUser",
    "Argon2PasswordHasher",
    "AuthenticationMiddleware",
    "BCryptPasswordHasher",
    "BCryptSHA256PasswordHasher",
    "BaseBackend",
    "BasePasswordHasher",
    "BaseUserManager",
    "CommonPasswordValidator",
    "Group",
    "GroupManager",
    "LoginRequiredMiddleware",
    "LoginRequiredMixin",
    "MD5PasswordHasher",
    "MinimumLengthValidator",
    "ModelBackend",
    "NumericPasswordValidator",
    "PBKDF2PasswordHasher",
    "PBKDF2SHA1PasswordHasher",
    "PasswordField",
    "PasswordResetTokenGenerator",
    "Permission",
    "PermissionManager",
    "PermissionMethods",
    "PermissionRequiredMixin",
    "PermissionsMixin",
    "PersistentRemoteUserMiddleware",
    "RemoteUserBackend",
    "RemoteUserMiddleware",
    "ScryptPasswordHasher",
    "SignInFailure",
    "UnicodeUsernameValidator",
    "User",
    "UserAttributeSimilarityValidator",
    "UserManager",
    "UserPassesTestMixin",
    "aauthenticate",
    "acheck_password",
    "aclear_failures",
    "acreate_permissions",
    "aget_user",
    "alogin",
    "alogout",
    "amake_password",
    "aupdate_session_auth_hash",
    "authenticate",
    "check_password",
    "clear_failures",
    "create_permissions",
    "default_token_generator",
    "get_backends",
    "get_default_password_validators",
    "get_password_validators",
    "get_permission_codename",
    "get_user",
    "get_user_model",
    "identify_hasher",
    "is_password_usable",
    "locked_until",
    "login",
    "login_not_required",
    "login_required",
    "logout",
    "make_password",
    "password_changed",
    "password_validators_help_text_html",
    "password_validators_help_texts",
    "permission_required",
    "redirect_to_login",
    "remember_device",
    "remote_user_of",
    "update_session_auth_hash",
    "user_logged_in",
    "user_logged_out",
    "user_login_failed",
    "user_passes_test",
    "validate_password",
]
