"""Backends: who somebody is, by their credentials, and what they may do."""

from __future__ import annotations

from typing import Any

from manoir import models
from manoir.auth import _hashers as hashers
from manoir.auth.models import Permission, get_user_model
from manoir.bridge import TwoColours, hook, twin


class BaseBackend(TwoColours):
    """A backend; override a method in the colour that suits you, `def` or `async def` with an `a` before its name."""

    @hook
    async def aauthenticate(self, request: Any, **credentials: Any) -> Any:
        """Return the user of these credentials, or None. PermissionDenied ends the search for all backends."""
        return None

    authenticate = twin(aauthenticate)

    @hook
    async def aget_user(self, user_id: Any) -> Any:
        """Return the user with a key, or None; called for each request that looks at its user."""
        return None

    get_user = twin(aget_user)

    @hook
    async def aget_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions of the user alone."""
        return set()

    get_user_permissions = twin(aget_user_permissions)

    @hook
    async def aget_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions of the user's groups."""
        return set()

    get_group_permissions = twin(aget_group_permissions)

    @hook
    async def aget_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return all permissions of the user."""
        return {
            *await self.aget_user_permissions(user_obj, obj=obj),
            *await self.aget_group_permissions(user_obj, obj=obj),
        }

    get_all_permissions = twin(aget_all_permissions)

    @hook
    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Tell whether the user has a permission."""
        return perm in await self.aget_all_permissions(user_obj, obj=obj)

    has_perm = twin(ahas_perm)


def is_storable(text: str) -> bool:
    """Tell whether a database can hold a text: it has neither a NUL nor half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class ModelBackend(BaseBackend):
    """Signs people in by a row of the user model and a password; permissions come from rows, too."""

    @hook
    async def aauthenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the active user with this name and password.

        It takes as long for a name that nobody has, an inactive user and one without a password: a hash is always made.
        """
        model = get_user_model()
        if username is None:
            username = kwargs.get(model.USERNAME_FIELD)
        if username is None or password is None:
            return None
        user = await self.afind(model, username)
        if user is None:
            await hashers.averify_password(password, None)
            return None
        return user if await user.acheck_password(password) and self.user_can_authenticate(user) else None

    authenticate = twin(aauthenticate)

    async def afind(self, model: Any, username: str) -> Any:
        """Return the user with a name; names that a database might take for the same are not (C15)."""
        name = model.normalize_username(str(username))
        if len(name) > 1_000 or not is_storable(name):
            return None
        try:
            user = await model._default_manager.aget_by_natural_key(name)
        except model.DoesNotExist:
            return None
        return user if user.get_username() == name else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Tell whether a user may sign in at all: inactive ones may not."""
        return bool(getattr(user, "is_active", True))

    @hook
    async def aget_user(self, user_id: Any) -> Any:
        """Return the active user with a key, or None."""
        user = await get_user_model()._default_manager.filter(pk=user_id).afirst()
        return user if user is not None and self.user_can_authenticate(user) else None

    get_user = twin(aget_user)

    @hook
    async def aget_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions of the user alone, read once for each instance."""
        return await self.aremembered(user_obj, obj, "user")

    get_user_permissions = twin(aget_user_permissions)

    @hook
    async def aget_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions of the user's groups, read once for each instance."""
        return await self.aremembered(user_obj, obj, "group")

    get_group_permissions = twin(aget_group_permissions)

    async def aremembered(self, user_obj: Any, obj: Any, kind: str) -> set[str]:
        """Return permissions of one kind; reading them is one query."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        name = f"_{kind}_perm_cache"
        known = user_obj.__dict__.get(name)
        if known is None:
            rows = Permission.objects.all()
            if not user_obj.is_superuser:
                path = "user__pk" if kind == "user" else "group__user__pk"
                rows = rows.filter(**{path: user_obj.pk})
            pairs = rows.order_by().values_list("content_type__app_label", "codename").distinct()
            known = user_obj.__dict__[name] = {f"{label}.{codename}" async for label, codename in pairs}
        return known

    @hook
    async def ahas_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Tell whether the active user has a permission."""
        return bool(user_obj.is_active) and await super().ahas_perm(user_obj, perm, obj=obj)

    has_perm = twin(ahas_perm)

    @hook
    async def ahas_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Tell whether the active user has any permission in an app."""
        if not user_obj.is_active:
            return False
        prefix = f"{app_label}."
        return any(perm.startswith(prefix) for perm in await self.aget_all_permissions(user_obj))

    has_module_perms = twin(ahas_module_perms)

    def with_perm(
        self, perm: Permission | str, is_active: bool | None = True, include_superusers: bool = True, obj: Any = None
    ) -> Any:
        """Return a queryset of the users who have a permission, themselves or by a group.

        Args:
            perm: a Permission, or its name, `app_label.codename`.
            is_active: only active (True), inactive (False) or all (None) users.
            include_superusers: superusers have every permission.
            obj: an object: this backend knows no permissions for single ones, so nobody is returned.

        Raises:
            ValueError: `perm` is no name of a permission.
        """
        users = get_user_model()._default_manager
        if obj is not None:
            return users.none()
        if isinstance(perm, str):
            label, dot, codename = perm.partition(".")
            if not dot:
                raise ValueError(
                    f"A permission is named app_label.codename, such as 'shop.view_book', not {perm!r:.80}."
                )
            wanted = models.Q(codename=codename, content_type__app_label=label)
        elif isinstance(perm, Permission):
            wanted = models.Q(pk=perm.pk)
        else:
            raise TypeError(f"A permission is a Permission or its name, not {perm!r:.80}.")
        permissions = Permission.objects.filter(wanted).values("pk")
        condition = models.Q(user_permissions__in=permissions) | models.Q(groups__permissions__in=permissions)
        if include_superusers:
            condition |= models.Q(is_superuser=True)
        found = users.filter(condition).distinct()
        return found if is_active is None else found.filter(is_active=is_active)


class AllowAllUsersModelBackend(ModelBackend):
    """As ModelBackend, for inactive users, too."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Answer yes."""
        return True
