"""The columns of a list: what each is called, how it sorts, and what it shows of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any

from manoir.admin._display import (
    Shown,
    attribute_of,
    display_for_field,
    display_for_value,
    find_field,
    label_for_field,
    lookup_field,
    value_at,
)
from manoir.bridge import wait
from manoir.models import OrderBy


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: the entry of `list_display`.
        label: its heading.
        field: the model field; None for a computed column.
        attribute: the function or property of a computed column.
        order: what it sorts by: a name or an expression; None: it does not sort.
        boolean: it shows signs for yes and no.
        empty: shown for None and "".
        read: returns the value of a row.
        choices: texts of the field's choices; empty without.
    """

    name: Any
    label: str
    field: Any
    attribute: Any
    order: Any
    boolean: bool
    empty: Any
    read: Callable[[Any], Any]
    choices: Mapping[Any, Any]

    @property
    def key(self) -> str:
        """Its name as text."""
        return self.name if isinstance(self.name, str) else getattr(self.name, "__name__", "computed")

    def shown(self, row: Any) -> Shown:
        """Return what a row shows here; its own error, such as a missing related row, is the project's to see."""
        value = self.read(row)
        if self.field is None:
            return display_for_value(value, self.empty, self.boolean)
        if self.field.is_relation:
            return display_for_value(value, self.empty)
        if self.choices:
            return display_for_value(self.choices.get(value, value), self.empty)
        return display_for_field(value, self.field, self.empty)


def column_of(name: Any, model_admin: Any, sortable_by: Any) -> Column:
    """Describe a column.

    Args:
        name: an entry of `list_display`.
        model_admin: the ModelAdmin.
        sortable_by: the columns that may sort; None: all that can.

    Raises:
        AttributeError: nothing has that name.
    """
    model_field = find_field(model_admin.model, name)
    attribute = attribute_of(name, model_admin.model, model_admin) if model_field is None else None
    secret = getattr(model_field, "secret", False)
    sorts = sortable_by is None or name in sortable_by
    return Column(
        name=name,
        label=label_for_field(name, model_admin.model, model_admin),
        field=model_field,
        attribute=attribute,
        order=order_of(name, model_field, attribute) if sorts else None,
        boolean=bool(getattr(attribute, "boolean", False)),
        empty=getattr(attribute, "empty_value_display", None) or model_admin.get_empty_value_display(),
        read=reader_of(name, model_admin, model_field),
        choices={} if secret else dict(getattr(model_field, "flatchoices", None) or ()),
    )


def reader_of(name: Any, model_admin: Any, model_field: Any) -> Callable[[Any], Any]:
    """Return the function that reads a column's value of a row; what the name means is looked up once, not for each row."""
    # hot path: benchmarks/admin.py
    if model_field is None:
        if callable(name):
            return of_either_colour(name)
        if name != "__str__" and hasattr(model_admin, name):
            return of_either_colour(getattr(model_admin, name))
        return lambda row: lookup_field(name, row)[2]
    if not model_field.concrete or model_field.many_to_many:
        return lambda row: lookup_field(name, row)[2]
    if model_field.is_relation or "__" in name or name == "pk":
        return lambda row: value_at(row, name)
    return attrgetter(name)


def of_either_colour(function: Any) -> Callable[[Any], Any]:
    """Return a function of a row that waits for what an `async def` column returns."""
    return (lambda row: wait(function(row))) if iscoroutinefunction(function) else function


def order_of(name: Any, model_field: Any, attribute: Any) -> Any:
    """Return what a column sorts by; None when it cannot be sorted."""
    if model_field is None:
        return getattr(attribute, "admin_order_field", None)
    if getattr(model_field, "secret", False) or model_field.many_to_many or not model_field.concrete:
        return None
    return name


def directed(order: Any, descending: bool) -> Any:
    """Return an ordering in a direction; a column whose own order is descending turns around."""
    if isinstance(order, OrderBy):
        return order.reverse_ordering() if descending else order
    if not isinstance(order, str):
        return order.desc() if descending else order.asc()
    bare, is_down = order.lstrip("-"), order.startswith("-")
    return f"-{bare}" if is_down != descending else bare
