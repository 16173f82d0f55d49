"""What somebody may see: `visible_to(user)` of querysets and managers, used by every view, list and related look-up.

A row that is not visible is treated as one that is not there: it cannot be named, lists do not hold it, and where a
foreign key leads to it an answer has null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from manoir.models import Manager, Model, QuerySet
from manoir.models.relations import alias_of, chunks
from manoir.models.shapes import peers_of

SEVERAL = (list, tuple, QuerySet, Manager)
"""Types of values that may hold rows."""
KNOWN = "_known_to"
"""Where an instance keeps who asked for which of its keys whether the row is visible, and the answers."""
FOUND = "_found_for"
"""Where a row keeps for whom it was looked up among the visible ones, and its key at that moment."""


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
    return model._meta.is_scoped


def among_visible(model: Any, keys: Iterable[Any], alias: str, user: Any) -> Iterable[Any]:
    """Return querysets of those keys whose rows `user` may see; many keys are asked for in parts."""
    rows = scoped(model._default_manager.using(alias), user).order_by()
    return [rows.filter(pk__in=some).values_list("pk", flat=True) for some in chunks(keys)]


def is_visible(row: Any, attname: str, model: Any, user: Any) -> bool:
    """Tell whether `user` may see the row whose key an instance holds; one query asks for all instances that came with it.

    Args:
        row: the instance.
        attname: the attribute with the key: of a foreign key, or of the instance's own primary key.
        model: the model of the row in question, which says who may see its rows.
        user: who asks, an AnonymousUser included.
    """
    key = getattr(row, attname)
    if key is None:
        return True
    known = row.__dict__.get(KNOWN)
    if known is None or known[0] is not user or key not in known[1].get(attname, ()):
        peers = peers_of(row)
        keys = {key, *[one.__dict__.get(attname) for one in peers]} - {None}
        answers = dict.fromkeys(keys, False)
        for part in among_visible(model, keys, alias_of(row), user):
            answers.update(dict.fromkeys(part, True))
        for one in peers:
            told = one.__dict__.get(KNOWN)
            if told is None or told[0] is not user:
                told = one.__dict__[KNOWN] = (user, {})
            told[1][attname] = answers
        known = row.__dict__[KNOWN]
    return known[1][attname][key]


def note_found(row: Any, queryset: Any, user: Any) -> None:
    """Note that a row was just found among those that `user` may see, so that an answer with its key need not ask again.

    What else is in the row is asked for anew: the write may have changed who sees it, and the key is what was sent.

    Args:
        row: the row.
        queryset: where it was found; one of another class than the model's own may mean something else by visible.
        user: who asked.
    """
    options = getattr(row, "_meta", None)
    if options is None or not options.is_scoped or type(queryset) is not type(options.model._default_manager.all()):
        return
    row.__dict__[FOUND] = (user, row.pk)


def was_found(row: Any, key: Any, user: Any) -> bool:
    """Tell whether a row has this key, and was looked up among those that `user` may see."""
    found = row.__dict__.get(FOUND) if isinstance(row, Model) else None
    return found is not None and found[0] is user and found[1] == key == row.pk


def is_hidden(row: Any, user: Any) -> bool:
    """Tell whether an instance itself is hidden from `user`; what is not stored is nobody's secret."""
    model = row._meta.model
    if not is_scoped(model) or row._state.adding:
        return False
    return not is_visible(row, model._meta.pk.attname, model, user)


def visible_part(value: Any, request: Any) -> Any:
    """Return what the user of a request may see of rows that a serializer was led to.

    Args:
        value: a row, or several in a list, a queryset or a manager, of which the visible ones are left.
        request: whose user asks; None: nobody is asking, and nothing is hidden.

    Raises:
        ObjectDoesNotExist: the row is not visible, which is the same as not being there.
    """
    if request is None:
        return value
    if isinstance(value, Model):
        if is_hidden(value, request.user):
            raise value._meta.model.DoesNotExist(f"This {value._meta.verbose_name} is hidden from the user.")
        return value
    if isinstance(value, (list, tuple)):
        return of_visible(value, request.user)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, (QuerySet, Manager)) and is_scoped(value.model):
        return limited(value, request)
    return value


def of_visible(items: Sequence[Any], user: Any) -> Sequence[Any]:
    """A list without the rows in it that are hidden."""
    if not any(issubclass(kind, Model) and is_scoped(kind) for kind in set(map(type, items))):
        return items
    return [one for one in items if not isinstance(one, Model) or not is_hidden(one, user)]


def limited(rows: Any, request: Any) -> Any:
    """The visible rows of a queryset or manager; one that was read or cut already takes no further condition."""
    if isinstance(rows, QuerySet) and (rows._result is not None or rows._query.is_sliced):
        return visible_part(list(rows), request)
    return scoped(rows, request.user)
