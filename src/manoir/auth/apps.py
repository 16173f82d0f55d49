"""The app of users, groups and permissions."""

from __future__ import annotations

from manoir.apps import AppConfig
from manoir.auth import _checks as _checks  # registers the checks of this room
from manoir.auth._creation import acreate_permissions
from manoir.auth._sign_in import aupdate_last_login
from manoir.auth.models import get_user_model
from manoir.auth.signals import user_logged_in
from manoir.models.signals import post_migrate


class AuthConfig(AppConfig):
    """Has permissions made after `migrate`, and the last sign-in noted."""

    name = "manoir.auth"
    verbose_name = "People"

    def ready(self) -> None:
        """Listen to the signals."""
        post_migrate.connect(acreate_permissions, dispatch_uid="manoir.auth.permissions")
        if any(field.name == "last_login" for field in get_user_model()._meta.fields):
            user_logged_in.connect(aupdate_last_login, dispatch_uid="manoir.auth.last_login")
