"""Rows of a select that are read once, however many forms of a page show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from manoir.forms import ModelChoiceField, ModelChoiceIterator

MOST_CHOICES: Final = 1_000
"""Rows that a select shows; where there are more, a key is typed or looked up."""


class SharedChoices:
    """What the selects of one page read, by query.

    Copies of a queryset have the same query, so the forms of an inline share what the first of them read; a form that
    narrows its queryset has a query of its own.
    """

    def __init__(self) -> None:
        # The query is kept beside its rows: its id names nothing else while it is.
        self._rows: dict[tuple[int, str | None], tuple[Any, list[Any]]] = {}
        self._querysets: dict[Any, Any] = {}

    def queryset(self, model: Any, using: str | None, ordering: Sequence[Any] = ()) -> Any:
        """Return the queryset of all rows of a model: the same one each time, so that its rows are read once."""
        key = (model, using, tuple(str(name) for name in ordering))
        if key not in self._querysets:
            rows = model._default_manager.using(using)
            self._querysets[key] = rows.order_by(*ordering) if ordering else rows.all()
        return self._querysets[key]

    def rows(self, queryset: Any) -> list[Any]:
        """Return the rows of a queryset; of very many the first ones."""
        return self._read(queryset)[:MOST_CHOICES]

    def are_too_many(self, queryset: Any) -> bool:
        """Tell whether there are more rows than a select can show."""
        return len(self._read(queryset)) > MOST_CHOICES

    def _read(self, queryset: Any) -> list[Any]:
        key = (id(queryset._query), queryset._db)
        if key not in self._rows:
            rows = queryset.all() if queryset.query.is_sliced else queryset.all()[: MOST_CHOICES + 1]
            self._rows[key] = (queryset._query, list(rows))
        return self._rows[key][1]

    def iterator(self, field: ModelChoiceField) -> ModelChoiceIterator:
        """Return the choices of a field; what `field.iterator` is called for."""
        return SharedChoiceIterator(field, self)


class SharedChoiceIterator(ModelChoiceIterator):
    """The choices of a field whose rows are shared.

    Args:
        field: the field.
        shared: what the page has read.
    """

    def __init__(self, field: ModelChoiceField, shared: SharedChoices) -> None:
        super().__init__(field)
        self.shared = shared

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for row in self.shared.rows(self.queryset):
            yield self.choice(row)

    def __len__(self) -> int:
        return len(self.shared.rows(self.queryset)) + (self.field.empty_label is not None)

    def __bool__(self) -> bool:
        return self.field.empty_label is not None or bool(self.shared.rows(self.queryset))


def share(field: Any, shared: SharedChoices) -> None:
    """Let a form field that shows rows as it always does read them together with its copies."""
    if isinstance(field, ModelChoiceField) and field.iterator is ModelChoiceIterator:
        field.iterator = shared.iterator  # type: ignore[assignment]
        field.widget.choices = field.choices
