"""Filters, searches and orders along relations see the related rows that the user may see, and no others (H01, H37).

A row that is hidden is treated as one that is not there: no value of it is found, and in an order it counts as null. Without
that, a list would tell of a hidden row whatever its filters can ask: one request, one answer of yes or no.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.exceptions import FieldDoesNotExist
from manoir.models import Case, F, Q, QuerySet, When
from manoir.rest._scoping import is_scoped, scoped

Step = tuple[str, Any]
"""A relation on a path: the path up to it, and the model it leads to."""


def scoped_steps(model: Any, path: str) -> tuple[Step, ...]:
    """Return the relations along a path that lead to models which say who may see their rows.

    Args:
        model: where the path begins.
        path: of a field, `folder__owner__name`; what follows the last field, as a look-up does, is left alone.
    """
    found: list[Step] = []
    names: list[str] = []
    for name in path.split("__"):
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            break
        if not field.is_relation or field.related_model is None:
            break
        model = field.related_model
        # `folder_id` leads on as `folder`, and so does `pk` where that is the key
        names.append(field.name if name in ("pk", getattr(field, "attname", None)) else name)
        if is_scoped(model):
            found.append(("__".join(names), model))
    return tuple(found)


def among(steps: Iterable[Step], alias: str, user: Any) -> Q:
    """Return: each of these relations leads to a row that `user` may see."""
    found = Q()
    for path, model in steps:
        rows = scoped(model._default_manager.using(alias), user).order_by()
        found &= Q(**{f"{path}__pk__in": rows.values("pk")})
    return found


def seen(condition: Q, queryset: Any, request: Any) -> Q:
    """Return what a condition asks of rows, where it goes along relations for what the user of a request may see.

    Args:
        condition: what is asked.
        queryset: whose rows are asked.
        request: whose user asks; None: nobody is asking, and nothing is hidden.
    """
    if request is None:
        return condition
    children = [
        seen(child, queryset, request)
        if isinstance(child, Q)
        else seen_lookup(child, queryset, request.user)
        if isinstance(child, tuple)
        else child
        for child in condition.children
    ]
    if all(after is before for after, before in zip(children, condition.children, strict=True)):
        return condition
    return condition.create(children, condition.connector, condition.negated)


def seen_lookup(lookup: tuple[str, Any], queryset: Any, user: Any) -> Any:
    """Return what a look-up asks for, of rows that `user` may see; the look-up itself where all rows are visible."""
    name, value = lookup
    steps = scoped_steps(queryset.model, name)
    if not steps:
        return lookup
    visible = among(steps, queryset.db, user)
    found = Q(**{name: value}) & visible
    if value is None or (value is True and name.endswith("__isnull")):
        # What is asked for is that nothing is there, and so it is where all related rows are hidden.
        found |= ~Q(pk__in=queryset.model._base_manager.using(queryset.db).filter(visible).values("pk"))
    return found


def named(name: str, value: Any, queryset: Any, request: Any) -> Q:
    """Return the condition that a field has a value; where its name goes along relations, see `seen`."""
    condition = Q(**{name: value})
    return seen(condition, queryset, request) if "__" in name else condition


def seen_order(ordering: Iterable[Any], queryset: QuerySet[Any], request: Any) -> list[Any]:
    """Return an order in which values of rows that the user of a request may not see are null.

    Args:
        ordering: names, `-` in front for descending; expressions are left alone.
        queryset: whose rows are ordered.
        request: whose user asks.
    """
    found: list[Any] = []
    for one in ordering:
        steps = scoped_steps(queryset.model, one.removeprefix("-")) if isinstance(one, str) else ()
        if not steps:
            found.append(one)
            continue
        visible = among(steps, queryset.db, request.user)
        for name in values_of(queryset.model, one):
            value = Case(When(visible, then=F(name.removeprefix("-"))))
            found.append(value.desc() if name.startswith("-") else value.asc())
    return found


def values_of(model: Any, name: str) -> list[str]:
    """Return what a name orders by: a relation by the order of its model, if that has one of plain columns, else by the key."""
    path = name.removeprefix("-")
    field, part = model._meta.pk, ""
    for part in path.split("__"):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return [name]
        model = field.related_model if field.is_relation else model
    if not field.is_relation or part != field.name:
        return [name]
    columns = [one for one in model._meta.ordering if isinstance(one, str) and is_column(model, one.removeprefix("-"))]
    return [
        f"{'-' if name.startswith('-') != one.startswith('-') else ''}{path}__{one.removeprefix('-')}"
        for one in columns or ["pk"]
    ]


def is_column(model: Any, name: str) -> bool:
    """Tell whether a name is a column of the model that holds a value of its own."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name == "pk"
    return not field.is_relation
