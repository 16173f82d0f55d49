"""A user made of the claims of a token, without a row."""

from __future__ import annotations

from typing import Any

from manoir.auth import Group, Permission
from manoir.rest.jwt.settings import jwt_settings


class TokenUser:
    """Who a token says its bearer is; nothing is read from the database.

    Claims are attributes (`user.plan`), and `is_staff`, `is_superuser`, `username` come out of claims of these names.
    It has no permissions, no groups, and cannot be saved.

    Args:
        token: a token whose signature and claims are right.

    Example:
        >>> token = AccessToken.for_user(ada)
        >>> token["username"] = "ada"
        >>> user = TokenUser(token)
        >>> user.is_authenticated, user.username, user.is_staff
        (True, 'ada', False)
    """

    is_active = True
    is_anonymous = False
    is_authenticated = True

    def __init__(self, token: Any) -> None:
        self.token = token

    def __str__(self) -> str:
        return f"TokenUser {self.id}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenUser) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "token" not in vars(self) or name not in self.token:
            raise AttributeError(f"The token of this user has no claim {name!r}.")
        return self.token[name]

    @property
    def id(self) -> Any:
        """The claim USER_ID_CLAIM."""
        return self.token[jwt_settings.USER_ID_CLAIM]

    @property
    def pk(self) -> Any:
        """The same."""
        return self.id

    @property
    def username(self) -> str:
        """The claim `username`, or ""."""
        return str(self.token.get("username", ""))

    @property
    def is_staff(self) -> bool:
        """Whether the claim `is_staff` is true."""
        return self.token.get("is_staff") is True

    @property
    def is_superuser(self) -> bool:
        """Whether the claim `is_superuser` is true."""
        return self.token.get("is_superuser") is True

    @property
    def groups(self) -> Any:
        """No groups."""
        return Group.objects.none()

    @property
    def user_permissions(self) -> Any:
        """No permissions."""
        return Permission.objects.none()

    def get_username(self) -> str:
        """Return the claim `username`, or ""."""
        return self.username

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Answer no: no row says that they have it."""
        return False

    async def ahas_perm(self, perm: str, obj: Any = None) -> bool:
        """Answer no."""
        return False

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        """Answer no."""
        return False

    async def ahas_perms(self, perm_list: Any, obj: Any = None) -> bool:
        """Answer no."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """Answer no."""
        return False

    async def ahas_module_perms(self, app_label: str) -> bool:
        """Answer no."""
        return False
