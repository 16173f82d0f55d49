"""What OpenAPI says of signing in: the schemes of a view, and whether it lets anybody in without."""

from __future__ import annotations

from typing import Any

from manoir.rest._openapi_fields import Schema
from manoir.rest.authentication import BasicAuthentication
from manoir.rest.permissions import (
    SAFE_METHODS,
    Both,
    DjangoModelPermissions,
    Either,
    IsAdminUser,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)


def schemes_of(view: Any) -> dict[str, Schema]:
    """Return the security schemes of a view by name."""
    found: dict[str, Schema] = {}
    for authenticator in view.authentication_classes:
        names = {base.__name__ for base in authenticator.__mro__}
        if "SessionAuthentication" in names:
            found["session"] = {"type": "apiKey", "in": "cookie", "name": "sessionid"}
        elif "BasicAuthentication" in names:
            found["basic"] = {"type": "http", "scheme": "basic"}
        elif "JWTAuthentication" in names:
            found["jwtAuth"] = authenticator.get_security_scheme()
        elif "TokenAuthentication" in names:
            keyword = authenticator.keyword
            words = f"`{keyword} <key>`"
            scheme = {"type": "http", "scheme": "bearer"}
            header = {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}
            found["token"] = scheme if keyword.lower() == "bearer" else header
    return found


def counts_guesses(view: Any) -> bool:
    """Tell whether an authenticator of a view takes passwords: after too many wrong ones it answers 429."""
    return any(issubclass(one, BasicAuthentication) for one in view.authentication_classes)


def needs_somebody(view: Any, method: str) -> bool:
    """Tell whether the permissions of a view surely refuse who has not signed in.

    A permission of a project's own may let anybody in, so it counts as one that does.
    """
    return any(refuses_nobody(permission(), method) for permission in view.permission_classes)


def refuses_nobody(permission: Any, method: str) -> bool:
    """Tell whether a permission surely refuses who has not signed in."""
    if isinstance(permission, Either):
        return refuses_nobody(permission.left, method) and refuses_nobody(permission.right, method)
    if isinstance(permission, Both):
        return refuses_nobody(permission.left, method) or refuses_nobody(permission.right, method)
    if isinstance(permission, DjangoModelPermissions):
        return permission.authenticated_users_only or bool(permission.perms_map.get(method.upper()))
    if isinstance(permission, IsAuthenticatedOrReadOnly):
        return method.upper() not in SAFE_METHODS
    return isinstance(permission, (IsAuthenticated, IsAdminUser))
