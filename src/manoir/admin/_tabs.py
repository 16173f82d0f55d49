"""Tabs of a form: groups of fields and inlines with the class `tab` share one place on the page.

Without scripting they are sections below each other, and the strip of tabs is links to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from manoir.admin._forms import Fieldset, Layout
from manoir.admin._inline_layout import InlineGroup

FEWEST = 2
"""One tab alone is no choice: its group stands on the page like any other."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab.

    Attributes:
        id: id of its section on the page.
        title: its name.
        group: the fields or the inline behind it.
        errors: how many messages about mistakes are in it.
        rows: stored rows of an inline; None for fields.
    """

    id: str
    title: Any
    group: Any
    errors: int
    rows: int | None


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a form: those that stand on the page, and those behind tabs.

    Attributes:
        fieldsets: groups of fields that stand on the page.
        inlines: inlines that stand on the page.
        field_tabs: tabs of fields.
        inline_tabs: tabs of inlines; they follow those of fields.
    """

    fieldsets: list[Fieldset]
    inlines: list[InlineGroup]
    field_tabs: list[Tab]
    inline_tabs: list[Tab]

    @property
    def tabs(self) -> list[Tab]:
        """All tabs, in order."""
        return [*self.field_tabs, *self.inline_tabs]


def groups_of(layout: Layout, inlines: Iterable[InlineGroup]) -> Groups:
    """Divide the groups of a form.

    Args:
        layout: the form.
        inlines: its inlines.
    """
    fieldsets, inlines = list(layout), list(inlines)
    behind: list[Any] = [group for group in (*fieldsets, *inlines) if group.is_tab]
    if len(behind) < FEWEST:
        return Groups(fieldsets, inlines, [], [])
    tabs = [tab_of(f"tab-{number}", group) for number, group in enumerate(behind, 1)]
    return Groups(
        [group for group in fieldsets if not group.is_tab],
        [group for group in inlines if not group.is_tab],
        [tab for tab in tabs if tab.rows is None],
        [tab for tab in tabs if tab.rows is not None],
    )


def tab_of(name: str, group: Fieldset | InlineGroup) -> Tab:
    if isinstance(group, InlineGroup):
        return Tab(name, group.title, group, group.error_count, group.stored_rows)
    return Tab(name, group.name, group, group.error_count, None)
