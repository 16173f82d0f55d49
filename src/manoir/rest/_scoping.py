"""What somebody may see: `visible_to(user)` of querysets and managers, used by every view, list and related look-up."""

from __future__ import annotations

from typing import Any

from manoir.models import Manager, QuerySet


def scoped(queryset: Any, user: Any) -> Any:
    """Return the rows that `user` may see.

    A model says so once, by a method `visible_to(user)` on its queryset or on its default manager; without one all rows
    are visible.

    Args:
        queryset: a queryset or a manager; anything else comes back as it is.
        user: who asks, an AnonymousUser included.

    Example:
        >>> class NoteQuerySet(QuerySet):
        ...     def visible_to(self, user):
        ...         return self.filter(owner_id=user.pk)
    """
    if isinstance(queryset, Manager):
        queryset = queryset.all()
    if not isinstance(queryset, QuerySet):
        return queryset
    own = getattr(queryset, "visible_to", None)
    if own is not None:
        return own(user)
    of_manager = getattr(queryset.model._meta.default_manager, "visible_to", None)
    if of_manager is None:
        return queryset
    return queryset.filter(pk__in=of_manager(user).values("pk"))


def is_scoped(model: Any) -> bool:
    """Tell whether a model says who may see its rows."""
    # hot path: benchmarks/rest.py
    manager = model._meta.default_manager
    if hasattr(manager, "visible_to"):
        return True
    if type(manager).get_queryset is Manager.get_queryset:
        return hasattr(manager._queryset_class, "visible_to")
    return hasattr(manager.all(), "visible_to")
