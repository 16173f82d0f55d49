"""Fields whose choices are rows of a model: read when they are shown, checked by one query."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self, cast

from manoir.exceptions import FieldTypeError, ValidationError
from manoir.forms._fields import ChoiceField, Field
from manoir.forms._widgets import MultipleHiddenInput, RadioSelect, SelectMultiple
from manoir.i18n import gettext_lazy as _
from manoir.models import Manager, QuerySet

BLANK_LABEL = "---------"


def is_instance(value: Any) -> bool:
    """Whether a value is a row of a model."""
    return hasattr(type(value), "_meta")


class ModelChoiceIteratorValue:
    """The value of an option, with the row that it stands for, so that widgets may show more of it.

    Attributes:
        value: what is sent.
        instance: the row.
    """

    def __init__(self, value: Any, instance: Any) -> None:
        self.value = value
        self.instance = instance

    def __str__(self) -> str:
        return str(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, ModelChoiceIteratorValue) else other))


class ModelChoiceIterator:
    """The choices of a field: an empty one, then the rows, read anew at each iteration.

    Attributes:
        field: the field.
        queryset: the rows.
    """

    reads_rows: ClassVar[bool] = True

    def __init__(self, field: ModelChoiceField) -> None:
        self.field = field
        self.queryset = field.queryset

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for row in self.queryset.all():
            yield self.choice(row)

    def __len__(self) -> int:
        return int(self.queryset.count()) + (self.field.empty_label is not None)

    def __bool__(self) -> bool:
        return self.field.empty_label is not None or bool(self.queryset.exists())

    def choice(self, obj: Any) -> tuple[Any, Any]:
        """Return the pair of one row."""
        return ModelChoiceIteratorValue(self.field.prepare_value(obj), obj), self.field.label_from_instance(obj)


class ModelChoiceField(ChoiceField):
    """A row of a model.

    Args:
        queryset: the rows that may be chosen.
        empty_label: label of the empty choice; None leaves it out.
        to_field_name: name of the field whose value is sent; None is the primary key.
        limit_choices_to: further conditions: a dict or a Q, or a callable that returns one.
        blank: with RadioSelect: show the empty choice.
        **options: the options of every field.

    Example:
        >>> field = ModelChoiceField(Author.objects.all())  # doctest: +SKIP
        >>> field.clean("1")  # doctest: +SKIP
        <Author: Ada>
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_choice": _("Select a valid choice. That choice is not one of the available choices."),
    }
    iterator: type[ModelChoiceIterator] = ModelChoiceIterator
    _found: Mapping[Any, Any] | None = None
    """Rows by key that a formset has read for all its forms."""

    def __init__(
        self,
        queryset: Any,
        *,
        empty_label: Any = BLANK_LABEL,
        to_field_name: str | None = None,
        limit_choices_to: Any = None,
        blank: bool = False,
        **options: Any,
    ) -> None:
        Field.__init__(self, **options)
        asks_without_empty = self.required and self.initial is not None
        radio_without_empty = isinstance(self.widget, RadioSelect) and not blank
        self.empty_label: Any = None if asks_without_empty or radio_without_empty else empty_label
        self.to_field_name = to_field_name
        self.limit_choices_to = limit_choices_to
        self._own_choices: Any = None
        self.queryset = queryset

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = self._bare_copy(memo)
        twin._own_choices = copy.copy(self._own_choices)
        if self.queryset is not None:
            twin.queryset = self.queryset.all()
        return twin

    @property
    def queryset(self) -> Any:
        """The rows that may be chosen."""
        return self._queryset

    @queryset.setter
    def queryset(self, queryset: Any) -> None:
        if queryset is not None and not isinstance(queryset, (QuerySet, Manager)):
            raise TypeError(f"queryset must be a QuerySet, a manager or None, not {type(queryset).__name__!r}.")
        self._queryset = None if queryset is None else queryset.all()
        self._found = None
        self.widget.choices = self.choices

    @property
    def choices(self) -> Any:
        """Pairs of the rows; read anew at each iteration."""
        return self.iterator(self) if self._own_choices is None else self._own_choices

    @choices.setter
    def choices(self, value: Any) -> None:
        self._own_choices = self.widget.choices = value

    def get_limit_choices_to(self) -> Any:
        """Return the further conditions, called when they are callable."""
        return self.limit_choices_to() if callable(self.limit_choices_to) else self.limit_choices_to

    def label_from_instance(self, obj: Any) -> Any:
        """Return the label of a row; override it to show something else."""
        return str(obj)

    @property
    def key_name(self) -> str:
        """Name of the field whose value is sent."""
        return self.to_field_name or "pk"

    def key_of(self, obj: Any) -> Any:
        """The value that stands for a row."""
        return obj.serializable_value(self.to_field_name) if self.to_field_name else obj.pk

    def key_field(self) -> Any:
        """The model's field behind the key."""
        options = self.queryset.model._meta
        return options.get_field(self.to_field_name) if self.to_field_name else options.pk

    def prepare_value(self, value: Any) -> Any:
        """Return the key of a row; anything else is a key already."""
        return self.key_of(value) if is_instance(value) else value

    def read_key(self, value: Any) -> Any:
        """Turn what was sent into a key.

        Raises:
            ValidationError: it cannot be one.
        """
        if isinstance(value, (bool, float, list, dict)):
            raise self.error("invalid_choice", value=value)
        return self.key_field().to_python(value)

    def to_python(self, value: Any) -> Any:
        """Return the row; None for an empty value."""
        if value in self.empty_values:
            return None
        try:
            key = self.read_key(self.key_of(value) if is_instance(value) else value)
            row = None if self._found is None else self._found.get(key)
            return self.queryset.get(**{self.key_name: key}) if row is None else row
        except (ValidationError, FieldTypeError, ValueError, TypeError, self.queryset.model.DoesNotExist) as error:
            raise self.error("invalid_choice", value=value) from error

    def validate(self, value: Any) -> None:
        """Refuse a missing row; a wrong one did not get so far."""
        Field.validate(self, value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another row was chosen."""
        if self.disabled:
            return False
        before = "" if initial is None else initial
        after = "" if data is None else data
        return str(self.prepare_value(before)) != str(after)


class ModelMultipleChoiceField(ModelChoiceField):
    """Rows of a model.

    Args:
        queryset: the rows that may be chosen.
        **options: those of ModelChoiceField, without `empty_label`.
    """

    widget = SelectMultiple
    hidden_widget = MultipleHiddenInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid_list": _("Enter a list of values."),
        "invalid_choice": _("Select a valid choice. %(value)s is not one of the available choices."),
        "invalid_pk_value": _("“%(pk)s” is not a valid value."),
    }

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(queryset, empty_label=None, **options)

    def to_python(self, value: Any) -> Any:
        """Return the rows as a list."""
        return list(self._checked(value)) if value else []

    def clean(self, value: Any) -> Any:
        """Return the rows as a queryset, read by one query that checks all keys."""
        value = self.prepare_value(value)
        if not value:
            if self.required:
                raise self.error("required")
            return self.queryset.none()
        if not isinstance(value, (list, tuple)):
            raise self.error("invalid_list")
        rows = self._checked(cast("list[Any]", value))
        self.run_validators(rows)
        return rows

    def _checked(self, values: Iterable[Any]) -> Any:
        """The rows of these keys; every key must have one."""
        keys: dict[Any, Any] = {}
        for value in values:
            try:
                keys[self.read_key(value)] = value
            except (ValidationError, FieldTypeError, ValueError, TypeError) as error:
                raise self.error("invalid_pk_value", pk=value) from error
        rows = self.queryset.filter(**{f"{self.key_name}__in": list(keys)})
        found = {self.key_of(row) for row in rows}
        for key, value in keys.items():
            if key not in found:
                raise self.error("invalid_choice", value=value)
        return rows

    def prepare_value(self, value: Any) -> Any:
        """Return the keys of rows."""
        if hasattr(value, "__iter__") and not isinstance(value, (str, bytes)) and not is_instance(value):
            return [ModelChoiceField.prepare_value(self, one) for one in cast("Iterable[Any]", value)]
        return super().prepare_value(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether other rows were chosen, whatever their order."""
        if self.disabled:
            return False
        before = {str(key) for key in self.prepare_value(initial or [])}
        return before != {str(key) for key in cast("Iterable[Any]", data or [])}


def read_together(forms: Sequence[Any]) -> None:
    """Read the rows that were sent for the choices of several forms: one query for each field that they share.

    Forms whose field has a queryset of its own are left to themselves.
    """
    names = dict.fromkeys(
        name for form in forms for name, field in form.fields.items() if type(field) is ModelChoiceField
    )
    for name in names:
        shared: dict[int, list[Any]] = {}
        for form in forms:
            field = form.fields.get(name)
            if type(field) is ModelChoiceField and not field.disabled and field.queryset is not None:
                shared.setdefault(id(field.queryset._query), []).append(form)
        for group in shared.values():
            if len(group) > 1:
                read_field(name, group)


def read_field(name: str, forms: Sequence[Any]) -> None:
    """Read the rows that were sent for one field of several forms."""
    fields: list[ModelChoiceField] = [form.fields[name] for form in forms]
    keys: set[Any] = set()
    for form, field in zip(forms, fields, strict=True):
        value = form[name].data
        try:
            keys.add(None if value in field.empty_values else field.read_key(value))
        except (ValidationError, FieldTypeError, ValueError, TypeError):
            continue  # the field itself will say so
    keys.discard(None)
    first = fields[0]
    if len(keys) < 2 or first.queryset.query.is_sliced:
        return
    found = {first.key_of(row): row for row in first.queryset.filter(**{f"{first.key_name}__in": list(keys)})}
    for field in fields:
        field._found = found
