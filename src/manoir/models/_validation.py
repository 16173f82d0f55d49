"""The bodies of `full_clean()` and its parts; pure where they can be, asking the database where uniqueness needs it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from manoir.exceptions import NON_FIELD_ERRORS, ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.models._fields import DatabaseDefault

if TYPE_CHECKING:
    from manoir.models._model import Model

UniqueCheck = tuple[type[Any], tuple[str, ...]]
DateCheck = tuple[type[Any], str, str, str]
"""Model, `date | year | month`, field, date field."""

Errors = dict[str, list[ValidationError]]


async def afull_clean(
    instance: Model, exclude: Collection[str] | None, validate_unique: bool, validate_constraints: bool
) -> None:
    errors: Errors = {}
    excluded = set(exclude or ())
    try:
        await instance.aclean_fields(exclude=excluded)
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    try:
        await instance.aclean()
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    steps = ((validate_unique, instance.avalidate_unique), (validate_constraints, instance.avalidate_constraints))
    for wanted, step in steps:
        if not wanted:
            continue
        excluded |= {name for name in errors if name != NON_FIELD_ERRORS}  # what is wrong already says nothing more
        try:
            await step(exclude=excluded)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)


async def aclean_fields(instance: Model, exclude: Collection[str] | None) -> None:
    errors: Errors = {}
    excluded = set(exclude or ())
    fields: tuple[Any, ...] = instance._meta.fields
    for field in fields:
        raw = getattr(instance, field.attname) if field.name not in excluded else None
        if field.name in excluded or field.generated or isinstance(raw, DatabaseDefault) or hasattr(raw, "bind"):
            continue  # what the database computes cannot be judged here
        if field.blank and raw in field.empty_values:
            continue
        try:
            value = field.clean(raw, instance)
            if field.is_relation and field.editable:
                await field.avalidate_exists(value, instance)
            if getattr(field, "policy", None) is not None:
                await field.aadmit(value)
            if value is not raw:
                setattr(instance, field.attname, value)
        except ValidationError as error:
            errors[field.name] = error.error_list
    if errors:
        raise ValidationError(errors)


async def avalidate_unique(instance: Model, exclude: Collection[str] | None) -> None:
    unique_checks, date_checks = checks_of(instance, set(exclude or ()))
    errors: Errors = {}
    for model, names in unique_checks:
        if await is_taken(instance, model, names):
            key = names[0] if len(names) == 1 else NON_FIELD_ERRORS
            errors.setdefault(key, []).append(instance.unique_error_message(model, names))
    for check in date_checks:
        if await is_taken_that_day(instance, check):
            _model, lookup, name, date_name = check
            errors.setdefault(name, []).append(instance.date_error_message(lookup, name, date_name))
    if errors:
        raise ValidationError(errors)


async def avalidate_constraints(instance: Model, exclude: Collection[str] | None) -> None:
    using = instance._state.db or "default"
    errors: Errors = {}
    for constraint in instance._meta.constraints:
        try:
            await constraint.avalidate(type(instance)._meta.model, instance, exclude=exclude, using=using)
        except ValidationError as error:
            single = getattr(constraint, "fields", ())
            if error.error_code == "unique" and len(single) == 1:
                errors.setdefault(single[0], []).extend(error.error_list)
            else:
                error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)


def checks_of(instance: Model, excluded: set[str]) -> tuple[list[UniqueCheck], list[DateCheck]]:
    """What must be unique, by `unique`, `unique_together` and `unique_for_…`, without excluded fields."""
    options = instance._meta
    model = options.concrete_model
    unique: list[UniqueCheck] = [
        (model, group) for group in options.unique_together if not excluded.intersection(group)
    ]
    dates: list[DateCheck] = []
    for field in options.fields:
        if field.name in excluded:
            continue
        if field.unique:
            unique.append((model, (field.name,)))
        for lookup in ("date", "year", "month"):
            date_name = getattr(field, f"unique_for_{lookup}")
            if date_name and date_name not in excluded:
                dates.append((model, lookup, field.name, date_name))
    return unique, dates


def rows_of(instance: Model, model: type[Any]) -> Any:
    rows: Any = model._default_manager
    return rows.using(instance._state.db) if instance._state.db else rows.all()


def without(instance: Model, rows: Any) -> Any:
    """All rows but the instance's own."""
    return rows if instance._state.adding or instance.pk is None else rows.exclude(pk=instance.pk)


async def is_taken(instance: Model, model: type[Any], names: Iterable[str]) -> bool:
    """Whether another row has the same values; NULL equals nothing, and a key the database will count is free."""
    lookups: dict[str, Any] = {}
    for name in names:
        field = instance._meta.get_field(name)
        value = getattr(instance, field.attname)
        if value is None or field.generated or isinstance(value, DatabaseDefault):
            return False  # what the database computes of other values is up to its own constraint
        if field.primary_key and not instance._state.adding:
            return False
        lookups[field.attname] = value
    return bool(await without(instance, rows_of(instance, model).filter(**lookups)).aexists())


async def is_taken_that_day(instance: Model, check: DateCheck) -> bool:
    model, lookup, name, date_name = check
    date = getattr(instance, date_name)
    value = getattr(instance, instance._meta.get_field(name).attname)
    if date is None or value is None:
        return False
    if lookup == "date":
        lookups = {f"{date_name}__day": date.day, f"{date_name}__month": date.month, f"{date_name}__year": date.year}
    else:
        lookups = {f"{date_name}__{lookup}": getattr(date, lookup)}
    return bool(await without(instance, rows_of(instance, model).filter(**lookups, **{name: value})).aexists())


def unique_error_message(instance: Model, model: type[Any], names: tuple[str, ...]) -> ValidationError:
    options = model._meta
    params: dict[str, Any] = {
        "model": instance,
        "model_class": model,
        "model_name": capitalized(options.verbose_name),
        "unique_check": names,
    }
    if len(names) == 1:
        field = options.get_field(names[0])
        params["field_label"] = capitalized(field.verbose_name)
        return ValidationError(field.error_messages["unique"], code="unique", params=params)
    labels = [capitalized(options.get_field(name).verbose_name) for name in names]
    params["field_labels"] = str(_("%(first)s and %(last)s")) % {"first": ", ".join(labels[:-1]), "last": labels[-1]}
    return ValidationError(
        _("%(model_name)s with this %(field_labels)s already exists."), code="unique_together", params=params
    )


def date_error_message(instance: Model, lookup: str, name: str, date_name: str) -> ValidationError:
    options = instance._meta
    field = options.get_field(name)
    return ValidationError(
        field.error_messages["unique_for_date"],
        code="unique_for_date",
        params={
            "model": instance,
            "model_name": capitalized(options.verbose_name),
            "lookup_type": lookup,
            "field": name,
            "field_label": capitalized(field.verbose_name),
            "date_field": date_name,
            "date_field_label": capitalized(options.get_field(date_name).verbose_name),
        },
    )


def capitalized(words: Any) -> str:
    """The words with a capital first letter."""
    text = str(words)
    return text[:1].upper() + text[1:]
