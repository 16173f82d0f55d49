"""Formsets that know what their user may do: what is sent beyond that changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from manoir.bridge import lazy_property
from manoir.forms import DELETION_FIELD_NAME


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do with the rows of an inline."""

    add: bool
    change: bool
    delete: bool
    view: bool


class GuardedRows:
    """Mixin of formsets.

    Whoever may not change rows gets forms without fields for those that are there, so nothing that is sent can reach
    them. Whoever may not add gets no further form (`edit_only`), and whoever may not delete no box for it.
    """

    rights: Rights

    def total_form_count(self) -> int:
        """Number of forms: of what was sent never more than there are fields for, whatever the counts say (H44)."""
        formset: Any = super()
        total: int = formset.total_form_count()
        return min(total, self._sent_rows) if cast("Any", self).is_bound else total

    def initial_form_count(self) -> int:
        """Number of forms of rows that are there, under the same limit."""
        formset: Any = super()
        count: int = formset.initial_form_count()
        return min(count, self._sent_rows) if cast("Any", self).is_bound else count

    @lazy_property
    def _sent_rows(self) -> int:
        """One more than the highest number of a form of which anything was sent."""
        own: Any = self
        start = f"{own.prefix}-"
        numbers = (name[len(start) :].split("-", 1)[0] for name in own.data if name.startswith(start))
        return max((int(one) + 1 for one in numbers if one.isascii() and one.isdigit() and len(one) <= 6), default=0)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add the fields of a form, then take away what the user may not change."""
        formset: Any = super()
        formset.add_fields(form, index)
        own: Any = self
        if self.rights.change or index is None or index >= own.initial_form_count():
            return
        parents = {getattr(own, name).name for name in ("fk", "ct_field", "ct_fk_field") if getattr(own, name, None)}
        kept = {own.model._meta.pk.name, DELETION_FIELD_NAME, *parents}
        for name in [name for name in form.fields if name not in kept]:
            del form.fields[name]


def guarded(formset: Any, rights: Rights) -> Any:
    """A class of formsets that keeps to what its user may do."""
    return type(formset.__name__, (GuardedRows, formset), {"rights": rights, "__module__": formset.__module__})
