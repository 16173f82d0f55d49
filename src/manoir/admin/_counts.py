"""How many rows there are: exactly where that is cheap, about where it is not.

PostgreSQL reads every row to count them. Above ADMIN_COUNT_LIMIT the admin asks its planner instead, which answers in a
millisecond from the statistics that autovacuum keeps.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from manoir.bridge import blocking_function
from manoir.conf import settings
from manoir.db import connections
from manoir.models import Count, QuerySet, Value

ARMS = 50
"""Tables that are counted by one statement."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of rows.

    Attributes:
        number: how many.
        exact: False for an estimate.
    """

    number: int
    exact: bool = True


async def acount(queryset: QuerySet[Any, Any], limit: int | None = None) -> Counted:
    """Count the rows of a queryset; where there are more than `limit`, PostgreSQL's planner says about how many.

    Args:
        queryset: the rows.
        limit: most rows that are counted one by one; None: ADMIN_COUNT_LIMIT.
    """
    limit = settings.ADMIN_COUNT_LIMIT if limit is None else limit
    if limit is None or connections[queryset.db].vendor != "postgresql" or queryset.query.is_sliced:
        return Counted(await queryset.acount())
    # hot path: benchmarks/admin.py
    number = await queryset.order_by()[: limit + 1].acount()
    if number <= limit:
        return Counted(number)
    return Counted(max(number, await aplanned_rows(queryset)), exact=False)


count = blocking_function(acount)


async def aplanned_rows(queryset: QuerySet[Any, Any]) -> int:
    """The planner's number of rows; 0 for a queryset that is known to be empty."""
    text = await queryset.order_by().aexplain(format="json")
    return int(json.loads(text)[0]["Plan"]["Plan Rows"]) if text else 0


async def acount_tables(querysets: Sequence[QuerySet[Any, Any]]) -> list[Counted]:
    """Count several querysets by few statements, each of a large whole table by an estimate.

    Args:
        querysets: the rows of each model that are to be counted.
    """
    found: dict[int, Counted] = {}
    for alias in {queryset.db for queryset in querysets}:
        here = [number for number, queryset in enumerate(querysets) if queryset.db == alias]
        tables = {str(querysets[number].model._meta.db_table) for number in here}
        estimates = await connections[alias].estimated_rows(tables)
        limit = settings.ADMIN_COUNT_LIMIT
        for number in here:
            estimate = estimates.get(str(querysets[number].model._meta.db_table), 0)
            if limit is not None and estimate > limit:
                # The table's own number is not for who sees only some of its rows.
                whole = is_whole(querysets[number])
                found[number] = Counted(estimate, exact=False) if whole else await acount(querysets[number])
        small = [number for number in here if number not in found]
        for start in range(0, len(small), ARMS):
            found.update(await acount_together({number: querysets[number] for number in small[start : start + ARMS]}))
    return [found[number] for number in range(len(querysets))]


async def acount_together(querysets: dict[int, QuerySet[Any, Any]]) -> dict[int, Counted]:
    """Count querysets of one database by one statement."""
    plain = {number: whole_rows(queryset) for number, queryset in querysets.items()}
    arms: list[Any] = [
        queryset.order_by().annotate(arm=Value(number)).values("arm").annotate(rows=Count("pk"))
        .values_list("arm", "rows")
        for number, queryset in plain.items()
    ]  # fmt: skip
    numbers = {arm: rows async for arm, rows in arms[0].union(*arms[1:], all=True)} if arms else {}
    return {number: Counted(numbers.get(number, 0)) for number in querysets}


def is_whole(queryset: QuerySet[Any, Any]) -> bool:
    """Tell whether a queryset has all rows of its table, as they are."""
    query = queryset.query.description
    return not (query.where or query.annotations or query.distinct or query.combined or query.is_sliced)


def whole_rows(queryset: QuerySet[Any, Any]) -> Any:
    """The same rows without what a queryset computes for each: that would divide them into groups."""
    query = queryset.query.description
    if not (query.annotations or query.distinct or query.combined or query.is_sliced):
        return queryset
    return queryset.model._base_manager.using(queryset.db).filter(pk__in=queryset.order_by().values("pk"))


count_tables = blocking_function(acount_tables)
