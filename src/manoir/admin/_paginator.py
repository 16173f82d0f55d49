"""The paginator of lists: it estimates large tables, and reads pages near the end from the end."""

from __future__ import annotations

from typing import Any

from manoir.admin._counts import count
from manoir.models import QuerySet
from manoir.paginator import Page, Paginator


class LargeTablePaginator(Paginator[Any]):
    """Divides a table of any size into pages.

    - Where a table probably has more rows than ADMIN_COUNT_LIMIT, PostgreSQL's estimate is taken for the count.
    - A page in the second half is read backwards from the end, so that the last page costs what the first one does.

    Attributes:
        estimated: whether the count is an estimate.
        first_rows: the rows of the first page, once `peek` has read them.
    """

    estimated: bool = False
    first_rows: list[Any] | None = None

    def peek(self) -> None:
        """Read the first page before anything is counted: where it is not full, it says how many rows there are."""
        rows = self.object_list
        if not isinstance(rows, QuerySet) or rows.query.is_sliced or self.orphans:
            return
        first = list(rows[: self.per_page + 1])
        self.first_rows = first[: self.per_page]
        if len(first) <= self.per_page:
            self._count = len(first)

    @property
    def count(self) -> int:
        """Number of objects on all pages; asked for once."""
        if self._count is None:
            if not isinstance(self.object_list, QuerySet):
                return super().count
            counted = count(self.object_list)
            self._count, self.estimated = counted.number, not counted.exact
        return self._count

    def page(self, number: Any) -> Page[Any]:
        """Return one page."""
        number = self.validate_number(number)
        total = self.count
        bounds = self._bounds(number, total)
        rows = self.object_list
        if number == 1 and self.first_rows is not None:
            return self._get_page(self.first_rows, number, self)
        # hot path: benchmarks/admin.py
        if isinstance(rows, QuerySet) and rows.ordered and not rows.query.is_sliced and bounds.start > total // 2:
            return self._get_page(self._from_the_end(number, total, bounds), number, self)
        return self._get_page(rows[bounds], number, self)

    def _from_the_end(self, number: int, total: int, bounds: slice) -> list[Any]:
        if self.estimated:  # whole pages: where the last row is, only the table knows
            start = (self.num_pages - number) * self.per_page
            backwards = self.object_list.reverse()[start : start + self.per_page]
        else:
            backwards = self.object_list.reverse()[total - bounds.stop : total - bounds.start]
        return list(backwards)[::-1]
