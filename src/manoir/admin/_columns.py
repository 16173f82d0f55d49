"""The columns of a list: what each is called, how it sorts, and what it shows of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from manoir.admin._display import (
    Shown,
    attribute_of,
    display_for_field,
    display_for_value,
    find_field,
    label_for_field,
    lookup_field,
)
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
    """

    name: Any
    label: str
    field: Any
    attribute: Any
    order: Any
    boolean: bool
    empty: Any

    @property
    def key(self) -> str:
        """Its name as text."""
        return self.name if isinstance(self.name, str) else getattr(self.name, "__name__", "computed")

    def shown(self, row: Any, model_admin: Any) -> Shown:
        """Return what a row shows here; its own error, such as a missing related row, is the project's to see."""
        model_field, _attribute, value = lookup_field(self.name, row, model_admin)
        if model_field is None:
            return display_for_value(value, self.empty, self.boolean)
        if model_field.is_relation:
            return display_for_value(value, self.empty)
        return display_for_field(value, model_field, self.empty)


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
    sorts = sortable_by is None or name in sortable_by
    return Column(
        name=name,
        label=label_for_field(name, model_admin.model, model_admin),
        field=model_field,
        attribute=attribute,
        order=order_of(name, model_field, attribute) if sorts else None,
        boolean=bool(getattr(attribute, "boolean", False)),
        empty=getattr(attribute, "empty_value_display", None) or model_admin.get_empty_value_display(),
    )


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
