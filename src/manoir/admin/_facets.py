"""Facets: how many rows each choice of the filters has, all of them by one query."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from manoir.admin._counts import whole_rows
from manoir.admin._field_filters import WRONG
from manoir.conf import settings
from manoir.exceptions import IncorrectLookupParameters
from manoir.models import Count, Q

if TYPE_CHECKING:
    from manoir.admin._change_list import ChangeList

FACETS_PARAMETER = "_facets"
MOST_FACETS = 200
"""Choices that are counted, over all filters; PostgreSQL takes no more than 1,664 columns, and each costs time."""


class ShowFacets(enum.Enum):
    """When the filters of a list say how many rows each choice has.

    Attributes:
        NEVER: never.
        ALLOW: when people ask for it.
        ALWAYS: always; the numbers come after the page.
    """

    NEVER = "NEVER"
    ALLOW = "ALLOW"
    ALWAYS = "ALWAYS"


def count_facets(changelist: ChangeList) -> tuple[list[dict[int, int]], bool]:
    """Count the rows of each choice, as if it were chosen beside what is chosen in the other filters.

    Args:
        changelist: the list.

    Returns:
        For each filter the numbers by the place of the choice, and whether they are of all rows: at most
        ADMIN_FACET_LIMIT rows are looked at, and of more each number means "at least".
    """
    filters = changelist.filter_specs
    rows = changelist.searched_queryset.order_by()
    try:
        active = [spec.condition(rows) for spec in filters]
        wanted: dict[str, Q] = {}
        for number, spec in enumerate(filters):
            others = everything(active[:number] + active[number + 1 :])
            for place, condition in spec.facets(rows):
                if len(wanted) < MOST_FACETS:
                    wanted[f"facet_{number}_{place}"] = others & condition
    except WRONG as error:
        raise IncorrectLookupParameters(str(error)) from error
    numbers: list[dict[int, int]] = [{} for _spec in filters]
    if not wanted:
        return numbers, True
    limit = settings.ADMIN_FACET_LIMIT
    # hot path: benchmarks/admin.py
    sample = whole_rows(rows).order_by()[: limit + 1]
    counts: dict[str, Any] = {name: Count("pk", filter=condition) for name, condition in wanted.items()}
    found = sample.aggregate(facet_total=Count("pk"), **counts)
    for name in wanted:
        _word, number, place = name.split("_")
        numbers[int(number)][int(place)] = found[name]
    return numbers, found["facet_total"] <= limit


def everything(conditions: list[Q]) -> Q:
    """All conditions together."""
    whole = Q()
    for condition in conditions:
        whole &= condition
    return whole
