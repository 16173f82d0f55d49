"""What templates know of the user: `user` and `perms`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manoir.auth.models import AnonymousUser

__all__ = ["PermWrapper", "auth"]


class PermWrapper:
    """`perms` in templates: `perms.shop` for any permission in an app, `perms.shop.view_book` for one of them.

    Args:
        request: the request whose user it is about.
    """

    def __init__(self, request: Any) -> None:
        self._request = request

    def __getitem__(self, app_label: str) -> ModulePerms:
        return ModulePerms(self._request.user, str(app_label))

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("perms cannot be looped over: ask for one, as in perms.shop.view_book.")

    def __contains__(self, name: object) -> bool:
        label, dot, codename = str(name).partition(".")
        return self[label][codename] if dot else bool(self[label])


class ModulePerms:
    """The permissions of a user in one app.

    Args:
        user: the user.
        app_label: label of the app.
    """

    def __init__(self, user: Any, app_label: str) -> None:
        self._user = user
        self._app_label = app_label

    def __getitem__(self, codename: str) -> bool:
        return bool(self._user.has_perm(f"{self._app_label}.{codename}"))

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("perms cannot be looped over: ask for one, as in perms.shop.view_book.")

    def __bool__(self) -> bool:
        return bool(self._user.has_module_perms(self._app_label))


def auth(request: Any) -> dict[str, Any]:
    """Give templates `user` and `perms`; nothing is read before a template looks at them."""

    def user() -> Any:
        if getattr(request, "auser", None) is None:  # no middleware: whoever a test or a view put there
            try:
                return object.__getattribute__(request, "user")
            except AttributeError:
                return AnonymousUser()
        return request.user

    return {"user": user, "perms": PermWrapper(request)}
