"""Whether somebody may do something: the methods of users, answered by the backends; and the rows of permissions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.auth._backends_of import get_backends
from manoir.bridge import blocking
from manoir.exceptions import PermissionDenied


def get_permission_codename(action: str, opts: Any) -> str:
    """Return the codename of a model's permission.

    Args:
        action: "add", "change", "delete", "view", or one of the model's own.
        opts: `_meta` of the model.

    Example:
        >>> get_permission_codename("change", Book._meta)
        'change_book'
    """
    return f"{action}_{opts.model_name}"


class PermissionMethods:
    """`has_perm` and its kin, for users and for who is not signed in. Each backend is asked in turn.

    In a coroutine the `a` methods; in templates and sync code the plain ones.
    """

    is_active: Any
    is_superuser: Any

    async def ahas_perm(self, perm: str, obj: Any = None) -> bool:
        """Tell whether this user may do something.

        Args:
            perm: `app_label.codename`, such as "shop.change_book".
            obj: the object it is about; None asks for the permission at large. ModelBackend knows no permissions for
                single objects.
        """
        if self.is_active and self.is_superuser:
            return True
        for backend in get_backends():
            if not hasattr(backend, "ahas_perm"):
                continue
            try:
                if await backend.ahas_perm(self, perm, obj):
                    return True
            except PermissionDenied:
                return False
        return False

    has_perm = blocking(ahas_perm)

    async def ahas_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        """Tell whether this user may do all of these.

        Raises:
            ValueError: one name was given instead of a list of names.
        """
        if isinstance(perm_list, str) or not isinstance(perm_list, Iterable):
            raise ValueError(f"has_perms() takes a list of permissions: write [{perm_list!r:.80}].")
        for perm in perm_list:
            if not await self.ahas_perm(perm, obj):
                return False
        return True

    has_perms = blocking(ahas_perms)

    async def ahas_module_perms(self, app_label: str) -> bool:
        """Tell whether this user may do anything in an app."""
        if self.is_active and self.is_superuser:
            return True
        for backend in get_backends():
            if not hasattr(backend, "ahas_module_perms"):
                continue
            try:
                if await backend.ahas_module_perms(self, app_label):
                    return True
            except PermissionDenied:
                return False
        return False

    has_module_perms = blocking(ahas_module_perms)

    async def aget_user_permissions(self, obj: Any = None) -> set[str]:
        """Return the permissions of this user alone."""
        return await self._gathered("aget_user_permissions", obj)

    get_user_permissions = blocking(aget_user_permissions)

    async def aget_group_permissions(self, obj: Any = None) -> set[str]:
        """Return the permissions of this user's groups."""
        return await self._gathered("aget_group_permissions", obj)

    get_group_permissions = blocking(aget_group_permissions)

    async def aget_all_permissions(self, obj: Any = None) -> set[str]:
        """Return all permissions of this user."""
        return await self._gathered("aget_all_permissions", obj)

    get_all_permissions = blocking(aget_all_permissions)

    async def _gathered(self, method: str, obj: Any) -> set[str]:
        found: set[str] = set()
        for backend in get_backends():
            if hasattr(backend, method):
                found |= set(await getattr(backend, method)(self, obj))
        return found
