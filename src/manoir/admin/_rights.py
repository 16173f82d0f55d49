"""Who may give which rights to whom: nobody can give, or take over, more than they have themselves.

Django's documentation warns that whoever may change users can make themselves superusers. Here they cannot:

- only superusers give or take superuser status;
- others give and take the permissions that they have themselves, and groups that have no others; what a user has beyond
  that stays as it is;
- others do not change, rename, give a password to or delete somebody who has a right that they lack: a new password or
  address would give them the account.
"""

from __future__ import annotations

from typing import Any

from manoir.auth import Group, Permission
from manoir.models import Q

GRANTED = ("groups", "user_permissions", "permissions")
"""Relations by which rights are given."""


def own_permissions(user: Any) -> Any:
    """Queryset of the permissions that somebody has."""
    if user.is_active and user.is_superuser:
        return Permission.objects.all()
    by_app: dict[str, set[str]] = {}
    for name in user.get_all_permissions():
        label, _dot, codename = name.partition(".")
        by_app.setdefault(label, set()).add(codename)
    wanted = Q(pk__in=[])
    for label, codenames in by_app.items():
        wanted |= Q(content_type__app_label=label, codename__in=sorted(codenames))
    return Permission.objects.filter(wanted)


def own_groups(user: Any) -> Any:
    """Queryset of the groups that somebody may give to others: those with no right that they lack."""
    if user.is_active and user.is_superuser:
        return Group.objects.all()
    beyond = Permission.objects.exclude(pk__in=own_permissions(user).values("pk"))
    return Group.objects.exclude(permissions__in=beyond.values("pk"))


def may_manage(actor: Any, target: Any) -> bool:
    """Tell whether somebody has every right that another user has, so that managing that account gives them none."""
    if actor.is_superuser or target is None or target.pk is None or target.pk == actor.pk:
        return True
    if getattr(target, "is_superuser", False):
        return False
    # An inactive account counts with what it has once it is active again.
    return set(rights_of(target)) <= set(actor.get_all_permissions())


def rights_of(target: Any) -> set[str]:
    """The permissions of an account and its groups, whether it is active or not."""
    if not (hasattr(target, "groups") and hasattr(target, "user_permissions")):
        return set()  # a user model without PermissionsMixin keeps no rights of its own here
    query = Q(group__in=target.groups.values("pk")) | Q(pk__in=target.user_permissions.values("pk"))
    rows = Permission.objects.filter(query).values_list("content_type__app_label", "codename").distinct()
    return {f"{label}.{codename}" for label, codename in rows}


def grantable(user: Any, name: str) -> Any:
    """Queryset of the groups or permissions that somebody may give and take; None for another field."""
    if name == "groups":
        return own_groups(user)
    return own_permissions(user) if name in GRANTED else None
