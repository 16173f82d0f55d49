"""Validators of serializers that ask the database: uniqueness, and the constraints of a model.

They are called with the field or serializer that they belong to (`requires_context`), in sync code: from a coroutine
`await serializer.ais_valid()` runs them without blocking.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

from manoir.db import router
from manoir.exceptions import APIValidationError, FieldTypeError, ImproperlyConfigured, ValidationError, nearest
from manoir.i18n import gettext_lazy as _
from manoir.models import DatabaseDefault

__all__ = [
    "ConstraintValidator",
    "UniqueForDateValidator",
    "UniqueForMonthValidator",
    "UniqueForYearValidator",
    "UniqueTogetherValidator",
    "UniqueValidator",
]

NO_MATCH = (TypeError, ValueError, FieldTypeError)
"""A value that no row can have is not taken."""


def others(queryset: Any, instance: Any) -> Any:
    """Return all rows but the instance's own."""
    rows = queryset.all()
    return rows if instance is None or instance.pk is None else rows.exclude(pk=instance.pk)


def is_taken(queryset: Any, instance: Any, lookups: Mapping[str, Any]) -> bool:
    """Tell whether another row fulfils the lookups."""
    try:
        return bool(others(queryset, instance).filter(**lookups).exists())
    except NO_MATCH:
        return False


class UniqueValidator:
    """No other row has this value.

    Args:
        queryset: the rows, among which the value has to be alone.
        message: words instead of the default ones.
        lookup: how values are compared, such as `"iexact"`.

    Example:
        >>> UniqueValidator(queryset=Tag.objects.all(), lookup="iexact").lookup  # doctest: +SKIP
        'iexact'
    """

    message: Any = _("This value is taken already.")
    requires_context: ClassVar[bool] = True

    def __init__(self, queryset: Any, message: Any = None, lookup: str = "exact") -> None:
        self.queryset, self.lookup = queryset, lookup
        self.message = message or self.message

    def __call__(self, value: Any, serializer_field: Any) -> None:
        """Ask the database.

        Raises:
            ValidationError: the value is taken; its code is `unique`.
        """
        free: Mapping[Any, Any] = serializer_field.__dict__.get("_free", {})
        if value is None or (self in free and isinstance(value, Hashable) and value in free[self]):
            return
        name = serializer_field.source_attrs[-1]
        instance = getattr(serializer_field.parent, "instance", None)
        if is_taken(self.queryset, instance, {f"{name}__{self.lookup}": value}):
            raise APIValidationError(self.message, code="unique")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(queryset of {self.queryset.model.__name__})>"


class UniqueTogetherValidator:
    """No other row has these values together; a serializer lists it in `Meta.validators`.

    All its fields count as required, unless they have a default.

    Args:
        queryset: the rows.
        fields: names of the fields, as the serializer calls them.
        message: words instead of the default ones; `{field_names}` is filled in.
        code: code of the error.
    """

    message: Any = _("The fields {field_names} must be unique together.")
    missing_message: Any = _("This field is required.")
    requires_context: ClassVar[bool] = True

    def __init__(self, queryset: Any, fields: Sequence[str], message: Any = None, code: str | None = None) -> None:
        self.queryset, self.fields = queryset, tuple(fields)
        self.message, self.code = message or self.message, code or "unique"

    def enforce_required_fields(self, attrs: Mapping[str, Any], serializer: Any) -> None:
        """Refuse a new row that lacks one of the values.

        Raises:
            ValidationError: by field; the code is `required`.
        """
        if serializer.instance is not None:
            return
        missing = {
            name: [self.missing_message]
            for name in self.fields
            if name in serializer.fields and serializer.fields[name].source not in attrs
        }
        if missing:
            raise APIValidationError(missing, code="required")

    def __call__(self, attrs: Mapping[str, Any], serializer: Any) -> None:
        """Ask the database.

        Raises:
            ValidationError: the values are taken; the code is `unique`.
            ImproperlyConfigured: one of the names is no field of the serializer.
        """
        self.enforce_required_fields(attrs, serializer)
        lookups: dict[str, Any] = {}
        for name in self.fields:
            source = serializer.fields[name].source if name in serializer.fields else name
            if source in attrs:
                lookups[source] = attrs[source]
            elif serializer.instance is not None:
                lookups[source] = value_of(serializer.instance, source)
            elif name in serializer.fields:
                return
            else:
                raise ImproperlyConfigured(
                    f"{type(serializer).__name__}: UniqueTogetherValidator(fields={list(self.fields)!r}) names {name!r}, "
                    f"which is no field of the serializer.{nearest(name, list(serializer.fields))}"
                )
        if None in lookups.values() or self._is_unchanged(lookups, attrs, serializer.instance):
            return
        if is_taken(self.queryset, serializer.instance, lookups):
            raise APIValidationError(str(self.message).format(field_names=", ".join(self.fields)), code=self.code)

    def _is_unchanged(self, lookups: Mapping[str, Any], attrs: Mapping[str, Any], instance: Any) -> bool:
        """Whether an update leaves all the values as they are."""
        return instance is not None and not any(name in attrs for name in lookups)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(queryset of {self.queryset.model.__name__}, fields={self.fields!r})>"


def value_of(instance: Any, name: str) -> Any:
    """The instance's value of a field; of a foreign key its column, so that nothing is loaded."""
    field = instance._meta.names.get(name)
    return getattr(instance, getattr(field, "attname", name))


class ConstraintValidator:
    """A constraint of a model: a condition of rows, or uniqueness with conditions or expressions.

    Args:
        constraint: the constraint, out of the model's `Meta.constraints`.
        model: the model.
    """

    requires_context: ClassVar[bool] = True

    def __init__(self, constraint: Any, model: Any) -> None:
        self.constraint, self.model = constraint, model

    def __call__(self, attrs: Mapping[str, Any], serializer: Any) -> None:
        """Ask the database whether the row would be allowed.

        Raises:
            ValidationError: it would not.
        """
        row, unknown = candidate(self.model, attrs, serializer.instance)
        using = router.db_for_write(self.model, instance=row)
        try:
            self.constraint.validate(self.model, row, exclude=unknown, using=using)
        except ValidationError as error:
            code = error.error_code or getattr(self.constraint, "violation_error_code", None) or "constraint"
            raise APIValidationError([one.text for one in error.error_list], code=code) from error

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self.constraint!r})>"


def candidate(model: Any, attrs: Mapping[str, Any], instance: Any) -> tuple[Any, set[str]]:
    """The row as it would be saved, and the names of the fields whose values are not known yet."""
    row = model()
    unknown: set[str] = set()
    for field in model._meta.concrete_fields:
        if field.name in attrs:
            setattr(row, field.name, attrs[field.name])
        elif instance is not None:
            setattr(row, field.attname, getattr(instance, field.attname))
        elif not field.has_default() or isinstance(getattr(row, field.attname), DatabaseDefault):
            unknown.add(field.name)
    if instance is not None:
        row._state.adding, row._state.db = instance._state.adding, instance._state.db
    return row, unknown


class BaseUniqueForValidator:
    """Base: no other row of the same day, month or year has this value."""

    message: Any = _("This value is taken already on that {period}.")
    missing_message: Any = _("This field is required.")
    period: ClassVar[str] = ""
    requires_context: ClassVar[bool] = True

    def __init__(self, queryset: Any, field: str, date_field: str, message: Any = None) -> None:
        self.queryset, self.field, self.date_field = queryset, field, date_field
        self.message = message or self.message

    def __call__(self, attrs: Mapping[str, Any], serializer: Any) -> None:
        """Ask the database.

        Raises:
            ValidationError: by field; the code is `unique`, or `required` where a value is missing.
        """
        missing = {name: [self.missing_message] for name in (self.field, self.date_field) if name not in attrs}
        if missing and serializer.instance is None:
            raise APIValidationError(missing, code="required")
        value = attrs[self.field] if self.field in attrs else getattr(serializer.instance, self.field)
        date = attrs[self.date_field] if self.date_field in attrs else getattr(serializer.instance, self.date_field)
        if value is None or date is None:
            return
        if is_taken(self.queryset, serializer.instance, {self.field: value, **self.lookups(date)}):
            words = str(self.message).format(date_field=self.date_field, period=self.period)
            raise APIValidationError({self.field: [words]}, code="unique")

    def lookups(self, date: dt.date) -> dict[str, Any]:
        """Return the condition of rows of the same period."""
        return {f"{self.date_field}__{self.period}": getattr(date, self.period)}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}(field={self.field!r}, date_field={self.date_field!r})>"


class UniqueForDateValidator(BaseUniqueForValidator):
    """No other row of the same day has this value.

    Args:
        queryset: the rows.
        field: name of the field.
        date_field: name of the date.
        message: words instead of the default ones.
    """

    period = "day"

    def lookups(self, date: dt.date) -> dict[str, Any]:
        """Return the condition of rows of the same day."""
        return {f"{self.date_field}__{part}": getattr(date, part) for part in ("day", "month", "year")}


class UniqueForMonthValidator(BaseUniqueForValidator):
    """No other row of the same month (of any year) has this value."""

    period = "month"


class UniqueForYearValidator(BaseUniqueForValidator):
    """No other row of the same year has this value."""

    period = "year"
