"""Constraints: conditions that the database enforces, and validation checks before it has to."""

from __future__ import annotations

import copy
import enum
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from manoir.bridge import blocking
from manoir.exceptions import ValidationError
from manoir.i18n import gettext_lazy as _
from manoir.models._conditions import Q, is_ordering, names_in
from manoir.models._expressions import Expr, F, Value, as_name
from manoir.models._fields import DatabaseDefault, plain_value
from manoir.models._fields._support import public_path
from manoir.models._holding import aholds
from manoir.models._indexes import described, filled_name, identity, refuse_contradictions

if TYPE_CHECKING:
    from manoir.models._model import Model

DEFAULT_DB_ALIAS = "default"


class Deferrable(enum.Enum):
    """When a deferrable constraint is checked: at the end of the transaction, or at once unless told otherwise."""

    DEFERRED = "deferred"
    IMMEDIATE = "immediate"

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}.{self.name}"


class BaseConstraint:
    """What all constraints have in common.

    Args:
        name: its name in the database. `%(app_label)s` and `%(class)s` are filled in.
        violation_error_code: code of the ValidationError; None leaves it out.
        violation_error_message: message of the ValidationError, where `%(name)s` is the constraint's name.
    """

    default_violation_error_message: Any = _("Constraint “%(name)s” is violated.")

    def __init__(
        self, *, name: str, violation_error_code: str | None = None, violation_error_message: Any = None
    ) -> None:
        if not name:
            raise ValueError(f"{type(self).__name__} needs a name.")
        self.name = name
        self.violation_error_code = violation_error_code
        self._own_message = violation_error_message
        self.violation_error_message = violation_error_message or self.default_violation_error_message

    @property
    def contains_expressions(self) -> bool:
        """Whether it is over expressions."""
        return False

    async def avalidate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Collection[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Check an instance against the constraint, asking the database where that is needed.

        Args:
            model: the model that has the constraint.
            instance: the instance to check.
            exclude: names of fields to leave out; a constraint that concerns one of them is not checked.
            using: alias of the database.

        Raises:
            ValidationError: the instance violates the constraint.
        """
        raise TypeError(f"{type(self).__name__} must define avalidate().")

    validate = blocking(avalidate)

    def get_violation_error_message(self) -> str:
        """The message, its placeholder filled in."""
        return str(self.violation_error_message) % {"name": self.name}

    def violation(self) -> ValidationError:
        """The error of an instance that violates the constraint."""
        return ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def clone_for(self, app_label: str, model_name: str) -> Self:
        """A copy for one model, the placeholders of its name filled in."""
        twin = self.clone()
        twin.name = filled_name(self.name, app_label, model_name)
        return twin

    def clone(self) -> Self:
        """A copy."""
        _path, args, kwargs = self.deconstruct()
        return type(self)(*args, **kwargs)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Everything needed to make this constraint again: import path, positional and keyword arguments."""
        kwargs: dict[str, Any] = {"name": self.name}
        if self.violation_error_code is not None:
            kwargs["violation_error_code"] = self.violation_error_code
        if self._own_message is not None:
            kwargs["violation_error_message"] = self._own_message
        return public_path(type(self)), (), kwargs

    def is_simple_unique(self, field_name: str) -> bool:
        """Whether it alone makes one field unique."""
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseConstraint) and type(self) is type(other) and identity(self) == identity(other)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return described(self)


class CheckConstraint(BaseConstraint):
    """A condition that every row must fulfil.

    Args:
        condition: the condition, a Q or a typed comparison.
        name: its name in the database.
        violation_error_code: code of the ValidationError.
        violation_error_message: message of the ValidationError.

    Example:
        >>> CheckConstraint(condition=Q(price__gte=0), name="price_not_negative").name
        'price_not_negative'
    """

    def __init__(
        self,
        *,
        condition: Any,
        name: str,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        if not getattr(condition, "conditional", False) and not getattr(condition, "is_condition", False):
            raise TypeError(f"CheckConstraint.condition must be a Q or a comparison, not {condition!r}.")
        self.condition: Any = condition
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )

    async def avalidate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Collection[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        condition = self.condition if isinstance(self.condition, Q) else Q(self.condition)
        if concerns(model, condition.referenced_base_fields, exclude):
            return
        if not await aholds(condition, values_of(instance), model, using):
            raise self.violation()

    validate = blocking(avalidate)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "condition": self.condition}


class UniqueConstraint(BaseConstraint):
    """Values that no two rows may share.

    Args:
        *expressions: expressions that are unique together; instead of `fields`.
        fields: names of the fields that are unique together.
        name: its name in the database.
        condition: a Q; only rows that fulfil it count.
        deferrable: when it is checked; not with condition, include, opclasses or expressions.
        include: names of fields that its index carries along.
        opclasses: PostgreSQL operator classes, one for each field.
        nulls_distinct: False lets NULL stand once; None leaves it to the database (every NULL differs).
        violation_error_code: code of the ValidationError.
        violation_error_message: message of the ValidationError.

    Example:
        >>> UniqueConstraint(fields=["room", "date"], name="unique_booking").fields
        ('room', 'date')
    """

    def __init__(
        self,
        *expressions: Any,
        fields: Sequence[str] = (),
        name: str,
        condition: Q | None = None,
        deferrable: Deferrable | None = None,
        include: Sequence[str] | None = None,
        opclasses: Sequence[str] = (),
        nulls_distinct: bool | None = None,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        refuse_contradictions("UniqueConstraint", expressions, fields, condition, include)
        if not expressions and not fields:
            raise ValueError("UniqueConstraint needs a field or an expression.")
        if deferrable is not None and (condition is not None or include or opclasses or expressions):
            raise ValueError("A deferrable UniqueConstraint has no condition, include, opclasses or expressions.")
        if deferrable is not None and not isinstance(deferrable, Deferrable):
            raise TypeError(f"deferrable={deferrable!r}: use Deferrable.DEFERRED or Deferrable.IMMEDIATE.")
        if opclasses and len(opclasses) != len(fields):
            raise ValueError(f"There are {len(opclasses)} opclasses for {len(fields)} fields; give one for each.")
        self.fields = tuple(fields)
        self.expressions = tuple(F(part) if isinstance(part, str) else part for part in expressions)
        self.condition = condition
        self.deferrable = deferrable
        self.include = tuple(include or ())
        self.opclasses = tuple(opclasses)
        self.nulls_distinct = nulls_distinct
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )

    @property
    def contains_expressions(self) -> bool:
        return bool(self.expressions)

    def is_simple_unique(self, field_name: str) -> bool:
        return self.fields == (field_name,) and self.condition is None

    async def avalidate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Collection[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        names = set(self.fields) | set(names_in(self.expressions))
        if concerns(
            model,
            names | (self.condition.referenced_base_fields if self.condition is not None else set[str]()),
            exclude,
        ):
            return
        rows: Any = model._default_manager.using(using)
        known = values_of(instance)
        if self.condition is not None:
            if not await aholds(self.condition, known, model, using):
                return
            rows = rows.filter(self.condition)
        rows = self._equal_rows(rows, model, known)
        if rows is None:
            return
        if not instance._state.adding and instance.pk is not None:
            rows = rows.exclude(pk=instance.pk)
        if await rows.aexists():
            raise self._violation(model, instance)

    validate = blocking(avalidate)

    def _equal_rows(self, rows: Any, model: type[Model], known: Mapping[str, Any]) -> Any:
        """Rows with the same values; None when a value is NULL, which equals nothing."""
        for name in self.fields:
            field = model._meta.get_field(name)
            value = known.get(field.attname)
            if field.generated and not isinstance(value, Expr):
                return None  # of values that the database computes, or of a condition: its own constraint will say
            if value is None:
                if self.nulls_distinct is not False:
                    return None
                rows = rows.filter(**{f"{field.name}__isnull": True})
            else:
                rows = rows.filter(**{field.attname: value})
        parts: tuple[Any, ...] = self.expressions
        for expression in parts:
            source = expression.expression if is_ordering(expression) else expression
            rows = rows.filter(source == with_values(source, known))
        return rows

    def _violation(self, model: type[Model], instance: Model) -> ValidationError:
        if self.fields and self.condition is None and self._own_message is None and self.violation_error_code is None:
            return instance.unique_error_message(model, self.fields)
        return self.violation()

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _args, kwargs = super().deconstruct()
        for option in ("fields", "condition", "deferrable", "include", "opclasses", "nulls_distinct"):
            value = getattr(self, option)
            if value is not None and value != ():
                kwargs[option] = value
        return path, self.expressions, kwargs


def concerns(model: type[Model], names: Collection[str], exclude: Collection[str] | None) -> bool:
    """Whether one of the names is left out by the caller; attnames and `pk` count as their fields."""
    if not exclude:
        return False
    known = model._meta.names
    fields = {getattr(known.get(name), "name", name) for name in names}
    return not fields.isdisjoint(exclude)


def values_of(instance: Model) -> dict[str, Any]:
    """The instance's values by name and attname; what the database will compute is left out."""
    values: dict[str, Any] = {}
    for field in instance._meta.concrete_fields:
        value = getattr(instance, field.attname)
        if not field.generated and not isinstance(value, DatabaseDefault):
            values[field.attname] = values[field.name] = plain_value(value)
    values["pk"] = instance.pk
    fields: tuple[Any, ...] = instance._meta.concrete_fields
    for field in fields:
        if field.generated:  # computed of the values that the row will have, where these are known
            with suppress(KeyError):
                values[field.attname] = values[field.name] = with_values(field.expression, values)
    return values


def with_values(expression: Any, known: Mapping[str, Any]) -> Any:
    """The expression with each name replaced by the instance's value."""
    if isinstance(expression, tuple):
        return tuple(with_values(part, known) for part in expression)
    if isinstance(expression, list):
        return [with_values(part, known) for part in expression]
    if not isinstance(expression, Expr):
        return expression
    try:
        return Value(known[as_name(expression)])
    except TypeError:
        twin = copy.copy(expression)
        twin.__dict__.update({name: with_values(value, known) for name, value in vars(expression).items()})
        return twin
