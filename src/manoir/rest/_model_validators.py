"""Validators that follow from a model: uniqueness of several fields, of days, and constraints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir import timezone
from manoir.models import UniqueConstraint
from manoir.rest._field import Field, empty
from manoir.rest.fields import CreateOnlyDefault, HiddenField
from manoir.rest.validators import (
    ConstraintValidator,
    UniqueForDateValidator,
    UniqueForMonthValidator,
    UniqueForYearValidator,
    UniqueTogetherValidator,
)

FOR_DATES = {
    "unique_for_date": UniqueForDateValidator,
    "unique_for_month": UniqueForMonthValidator,
    "unique_for_year": UniqueForYearValidator,
}


def is_simple(constraint: Any) -> bool:
    """Whether a constraint is plain uniqueness of several fields, which UniqueTogetherValidator checks."""
    return (
        type(constraint) is UniqueConstraint
        and len(constraint.fields) > 1
        and not constraint.expressions
        and constraint.condition is None
        and constraint.nulls_distinct is not False
        and constraint.violation_error_code is None
    )


def unique_groups(model: Any) -> list[tuple[tuple[str, ...], Any]]:
    """Groups of fields that are unique together, with the constraint that says so, or None."""
    options = model._meta
    groups: list[tuple[tuple[str, ...], Any]] = [(tuple(group), None) for group in options.unique_together]
    groups += [(constraint.fields, constraint) for constraint in options.constraints if is_simple(constraint)]
    return groups


def constraint_validators(model: Any, sources: Mapping[str, str]) -> list[Any]:
    """Return the validators for what a serializer shows of a model.

    Args:
        model: the model.
        sources: names of serializer fields by their source.
    """
    queryset = model._default_manager
    found: list[Any] = []
    for group, constraint in unique_groups(model):
        if set(group) <= set(sources):
            message = getattr(constraint, "_own_message", None)
            found.append(UniqueTogetherValidator(queryset, [sources[name] for name in group], message=message))
    for field in model._meta.fields:
        for option, validator in FOR_DATES.items():
            date = getattr(field, option)
            if date and field.name in sources and date in sources:
                found.append(validator(queryset, sources[field.name], sources[date]))
    found += [
        ConstraintValidator(constraint, model)
        for constraint in model._meta.constraints
        if not is_simple(constraint) and concerns(constraint, model, sources)
    ]
    return found


def concerns(constraint: Any, model: Any, sources: Mapping[str, str]) -> bool:
    """Whether one of a constraint's fields can be sent."""
    names = set(getattr(constraint, "fields", ()))
    condition: Any = getattr(constraint, "condition", None)
    if hasattr(condition, "referenced_base_fields"):
        names |= set(condition.referenced_base_fields)
    if getattr(constraint, "expressions", ()) or not names:
        return True
    known = model._meta.names
    return bool({getattr(known.get(name), "name", name) for name in names} & set(sources))


def uniqueness_kwargs(
    model: Any, field_names: list[str], declared: Mapping[str, Field], extra: Any
) -> tuple[dict[str, Any], dict[str, HiddenField]]:
    """Return `extra` with what uniqueness of several fields asks for, and hidden fields for defaults.

    Args:
        model: the model.
        field_names: names of the serializer's fields.
        declared: the declared ones among them.
        extra: `extra_kwargs`, which win.
    """
    sources = {extra.get(name, {}).get("source", name): name for name in field_names if name not in declared}
    sources.update({field.source or name: name for name, field in declared.items() if name in field_names})
    wanted: dict[str, dict[str, Any]] = {}
    hidden: dict[str, HiddenField] = {}
    for name in names_of_groups(model, sources):
        field = model._meta.get_field(name)
        default = default_of(field)
        if name in sources:
            if sources[name] in declared:
                continue
            if default is empty:
                wanted[sources[name]] = {} if field.null else {"required": True}
            else:
                wanted[sources[name]] = {"default": default}
        elif default is not empty:
            hidden[name] = HiddenField(default=default)
    merged = dict(extra)
    for name, options in wanted.items():
        own = dict(extra.get(name, {}))
        if own.get("read_only") or "default" in own:
            options = {key: value for key, value in options.items() if key == "default" and "default" not in own}
        if own.get("required") is True:
            options = {}
        merged[name] = {**options, **own}
    return merged, hidden


def names_of_groups(model: Any, sources: Mapping[str, str]) -> list[str]:
    """Fields of groups, and dates of unique days, of which the serializer shows at least one."""
    names: dict[str, None] = {}
    for group, _constraint in unique_groups(model):
        if any(name in sources for name in group):
            names.update(dict.fromkeys(group))
    for field in model._meta.fields:
        for option in FOR_DATES:
            date = getattr(field, option)
            if date and field.name in sources:
                names[date] = None
    return list(names)


def default_of(field: Any) -> Any:
    """The default of a field for a new row, or `empty`."""
    if getattr(field, "auto_now_add", False):
        return CreateOnlyDefault(timezone.now)
    if getattr(field, "auto_now", False):
        return timezone.now
    return field.default if field.has_default() else empty
