"""Keysets: an order without ties, and the rows after a position in it."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from manoir.exceptions import ImproperlyConfigured
from manoir.models import F, Q
from manoir.rest._paths import secret_error


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the order.

    Attributes:
        name: of its field.
        descending: largest first.
        nullable: NULL is possible; it stands last, in both directions of the order.
    """

    name: str
    descending: bool
    nullable: bool


class Keyset:
    """An order in which no two rows are equal: the primary key is added where it is missing.

    Args:
        model: the model.
        ordering: names of its fields, `-` in front for descending.

    Raises:
        ImproperlyConfigured: a name is no column of the model itself, or one that is secret.
    """

    def __init__(self, model: Any, ordering: tuple[str, ...]) -> None:
        self.model = model
        self.columns = [column_of(model, name) for name in ordering]
        pk = model._meta.pk.name
        if not any(column.name == pk for column in self.columns):
            descending = bool(self.columns) and self.columns[0].descending
            self.columns.append(Column(pk, descending, False))

    @property
    def name(self) -> str:
        """The order as text: a cursor of another order is not valid."""
        return ",".join(f"{'-' if column.descending else ''}{column.name}" for column in self.columns)

    def after(self, queryset: Any, position: tuple[Any, ...] | None, *, reverse: bool) -> Any:
        """Return the rows after a position, in order; before it, in the opposite order, with `reverse`."""
        ordering = [order_by(column, reverse=reverse) for column in self.columns]
        if position is not None:
            queryset = queryset.filter(self.condition(position, reverse=reverse))
        return queryset.order_by(*ordering)

    def condition(self, position: tuple[Any, ...], *, reverse: bool) -> Q:
        """Return: the first column is past its value, or equal and the second is past its value, and so on."""
        found: Q | None = None
        for column, value in reversed(list(zip(self.columns, position, strict=True))):
            past = past_value(column, value, reverse=reverse)
            equal = Q(**{f"{column.name}__isnull": True}) if value is None else Q(**{column.name: value})
            if found is None:
                found = past
            else:
                found = (past | (equal & found)) if past is not None else (equal & found)
        assert found is not None  # the last column is the primary key, which is never NULL
        return found

    def values_of(self, row: Any) -> tuple[Any, ...]:
        """Return the position of a row; of a foreign key its value, so that nothing is loaded."""
        return tuple(getattr(row, attname(self.model, column)) for column in self.columns)

    def texts_of(self, position: tuple[Any, ...]) -> list[str | None]:
        """Return a position as texts."""
        return [text_of(self.model, column, value) for column, value in zip(self.columns, position, strict=True)]

    def from_texts(self, texts: list[Any]) -> tuple[Any, ...] | None:
        """Return the position of texts; None when they are none."""
        if len(texts) != len(self.columns):
            return None
        fields = [self.model._meta.get_field(column.name) for column in self.columns]
        return tuple(None if text is None else field.to_python(text) for field, text in zip(fields, texts, strict=True))


def attname(model: Any, column: Column) -> str:
    return model._meta.get_field(column.name).attname


def text_of(model: Any, column: Column, value: Any) -> str | None:
    if value is None:
        return None
    field = model._meta.get_field(column.name)
    # Fields write a row's value as text; nothing else of a row is needed.
    return str(field.value_to_string(SimpleNamespace(**{field.attname: value})))


def column_of(model: Any, name: str) -> Column:
    plain = name.removeprefix("-")
    if plain == "pk":
        plain = model._meta.pk.name
    try:
        field = model._meta.get_field(plain)
    except Exception as error:
        raise ImproperlyConfigured(
            f"Cursor pagination orders {model.__name__} by its own columns, and {name!r} is none: set `ordering`."
        ) from error
    if getattr(field, "secret", False):  # a cursor can be read, though not be forged
        raise secret_error(model, plain)
    return Column(plain, name.startswith("-"), bool(field.null))


def order_by(column: Column, *, reverse: bool) -> Any:
    descending = column.descending != reverse
    if not column.nullable:
        return f"-{column.name}" if descending else column.name
    # NULL is last going forward, so it is first going back.
    expression = F(column.name)
    nulls = {"nulls_first": True} if reverse else {"nulls_last": True}
    return expression.desc(**nulls) if descending else expression.asc(**nulls)


def past_value(column: Column, value: Any, *, reverse: bool) -> Q | None:
    """Return the condition for what stands after a value; None when nothing can."""
    null = Q(**{f"{column.name}__isnull": True})
    if value is None:
        return ~null if reverse else None
    past = Q(**{f"{column.name}__{'lt' if column.descending != reverse else 'gt'}": value})
    return past | null if column.nullable and not reverse else past
