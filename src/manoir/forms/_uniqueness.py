"""Uniqueness and constraints of an instance in two queries, however many there are, where all of them hold.

Asking one by one costs a query each. Most forms are fine, so that is asked first, for all at once; only when something
is taken the model itself is asked, which knows what to say about each.
"""

from __future__ import annotations

import enum
import functools
import operator
from collections.abc import Collection
from typing import Any

from manoir.models import CheckConstraint, DatabaseDefault, Model, Q, UniqueConstraint

DATE_OPTIONS = ("unique_for_date", "unique_for_month", "unique_for_year")


def asks_as_usual(instance: Any) -> bool:
    """Whether the model leaves its checks of uniqueness and constraints as they are."""
    cls = type(instance)
    return cls.avalidate_unique is Model.avalidate_unique and cls.avalidate_constraints is Model.avalidate_constraints


async def surely_holds(instance: Any, exclude: Collection[str]) -> bool:
    """Tell whether all uniqueness and all constraints hold; False also means: ask one by one.

    Args:
        instance: an instance with its values.
        exclude: names of fields to leave out.
    """
    options = instance._meta
    if any(getattr(field, option) for field in options.fields for option in DATE_OPTIONS):
        return False
    taken = conditions_of(instance, exclude)
    checks = checks_of(instance, exclude)
    if taken is None or checks is None:
        return False
    if taken:
        rows: Any = options.concrete_model._default_manager.using(instance._state.db)
        rows = rows.filter(functools.reduce(operator.or_, taken))
        if not instance._state.adding and instance.pk is not None:
            rows = rows.exclude(pk=instance.pk)
        if await rows.aexists():
            return False
    if not checks:
        return True
    using = instance._state.db or "default"
    return bool(
        await functools.reduce(operator.and_, checks).acheck(values_of(instance), using=using, model=type(instance))
    )


def conditions_of(instance: Any, exclude: Collection[str]) -> list[Q] | None:
    """Conditions of rows that would have the same values; None when they cannot all be said so."""
    options = instance._meta
    groups: list[tuple[str, ...]] = [tuple(group) for group in options.unique_together]
    groups += [(field.name,) for field in options.fields if field.unique]
    for constraint in options.constraints:
        if isinstance(constraint, CheckConstraint):
            continue
        plain = type(constraint) is UniqueConstraint and not constraint.expressions
        if not plain or constraint.condition is not None or constraint.nulls_distinct is False:
            return None
        groups.append(constraint.fields)
    found = [condition_of(instance, group) for group in groups if not set(group) & set(exclude)]
    return [condition for condition in found if condition is not None]


def condition_of(instance: Any, names: tuple[str, ...]) -> Q | None:
    """Condition of rows with the same values; None where a value is NULL, or the row's own key."""
    values: dict[str, Any] = {}
    for name in names:
        field = instance._meta.get_field(name)
        value = getattr(instance, field.attname)
        if value is None or isinstance(value, DatabaseDefault) or (field.primary_key and not instance._state.adding):
            return None
        values[field.attname] = value
    return Q(**values)


def checks_of(instance: Any, exclude: Collection[str]) -> list[Q] | None:
    """Conditions that have to hold; None when one names a field that is left out, which the model decides about."""
    found: list[Q] = []
    for constraint in instance._meta.constraints:
        if isinstance(constraint, CheckConstraint):
            if type(constraint) is not CheckConstraint:
                return None
            condition = constraint.condition if isinstance(constraint.condition, Q) else Q(constraint.condition)
            if not fields_in(instance, condition) & set(exclude):
                found.append(condition)
    return found


def fields_in(instance: Any, condition: Q) -> set[str]:
    """Names of the fields that a condition names, by whichever of their names."""
    known = instance._meta.names
    return {getattr(known.get(name), "name", name) for name in condition.referenced_base_fields}


def values_of(instance: Any) -> dict[str, Any]:
    """The instance's values by all names of its columns; what the database will compute is left out."""
    values: dict[str, Any] = {"pk": instance.pk}
    for field in instance._meta.concrete_fields:
        value = getattr(instance, field.attname)
        if not isinstance(value, DatabaseDefault):
            values[field.attname] = values[field.name] = value.value if isinstance(value, enum.Enum) else value
    return values
