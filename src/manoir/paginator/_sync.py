"""`Paginator` and `Page`: anything with a length or a count, and slices, in pages."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any, Generic, TypeVar, overload

from manoir.exceptions import EmptyPage, PageNotAnInteger, UnorderedObjectListWarning
from manoir.i18n import gettext_lazy

T = TypeVar("T")

MESSAGES = {
    "invalid_page": gettext_lazy("That page number is not an integer"),
    "min_page": gettext_lazy("That page number is less than 1"),
    "no_results": gettext_lazy("That page contains no results"),
}


class BasePaginator(Generic[T]):
    """What the paginators of both colours share.

    Args:
        object_list: list, tuple, queryset, or anything with slices and `count()` or a length.
        per_page: most objects of a page.
        orphans: so few objects, or fewer, on a last page are added to the page before it.
        allow_empty_first_page: whether page 1 exists when there is nothing.
        error_messages: replacements for `invalid_page`, `min_page`, `no_results`.
    """

    ELLIPSIS: Any = "…"
    default_error_messages: Mapping[str, Any] = MESSAGES

    def __init__(
        self,
        object_list: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
        error_messages: Mapping[str, Any] | None = None,
    ) -> None:
        self.object_list = object_list
        self.per_page = int(per_page)
        self.orphans = int(orphans)
        self.allow_empty_first_page = allow_empty_first_page
        self.error_messages = {**self.default_error_messages, **(error_messages or {})}
        if self.per_page < 1:
            raise ValueError(f"per_page is at least 1, not {self.per_page}.")
        if self.orphans < 0 or self.orphans >= self.per_page:
            raise ValueError(f"orphans is at least 0 and less than per_page ({self.per_page}), not {self.orphans}.")
        self._count: int | None = None
        self._warn_if_unordered()

    def _warn_if_unordered(self) -> None:
        if getattr(self.object_list, "ordered", None) is False:
            model = getattr(self.object_list, "model", None)
            shown = f"{getattr(model, '__name__', '')} {type(self.object_list).__name__}".strip()
            warnings.warn(
                f"Pagination may yield inconsistent results with an unordered object_list: {shown}. "
                "Call order_by(), or set Meta.ordering.",
                UnorderedObjectListWarning,
                stacklevel=3,
            )

    def _number(self, number: Any) -> int:
        """Return a page number as int, at least 1."""
        try:
            if isinstance(number, float) and not number.is_integer():
                raise ValueError(number)
            number = int(number)
        except (TypeError, ValueError, OverflowError):
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from None
        if number < 1:
            raise EmptyPage(self.error_messages["min_page"])
        return number

    def _checked(self, number: Any, num_pages: int) -> int:
        number = self._number(number)
        if number > num_pages and not (number == 1 and self.allow_empty_first_page):
            raise EmptyPage(self.error_messages["no_results"])
        return number

    def _pages_of(self, count: int) -> int:
        if count == 0 and not self.allow_empty_first_page:
            return 0
        return ceil(max(1, count - self.orphans) / self.per_page)

    def _bounds(self, number: int, count: int) -> slice:
        bottom = (number - 1) * self.per_page
        top = bottom + self.per_page
        return slice(bottom, count if top + self.orphans >= count else top)

    def _elided(self, number: int, num_pages: int, on_each_side: int, on_ends: int) -> Iterator[Any]:
        if num_pages <= (on_each_side + on_ends) * 2:
            yield from range(1, num_pages + 1)
            return
        # A gap is shown only where it hides more than one page.
        if number > on_each_side + on_ends + 2:
            yield from range(1, on_ends + 1)
            yield self.ELLIPSIS
            yield from range(number - on_each_side, number + 1)
        else:
            yield from range(1, number + 1)
        if number < num_pages - on_each_side - on_ends - 1:
            yield from range(number + 1, number + on_each_side + 1)
            yield self.ELLIPSIS
            yield from range(num_pages - on_ends + 1, num_pages + 1)
        else:
            yield from range(number + 1, num_pages + 1)


class Paginator(BasePaginator[T]):
    """Divides objects into pages.

    It takes the arguments of `BasePaginator`.

    Example:
        >>> paginator = Paginator(["john", "paul", "george", "ringo"], 2)
        >>> paginator.num_pages, list(paginator.page(2))
        (2, ['george', 'ringo'])
    """

    def __iter__(self) -> Iterator[Page[T]]:
        for number in self.page_range:
            yield self.page(number)

    @property
    def count(self) -> int:
        """Number of objects on all pages; asked for once."""
        if self._count is None:
            method = getattr(self.object_list, "count", None)
            countable = callable(method) and not inspect.isbuiltin(method) and takes_nothing(method)
            self._count = int(method()) if countable else len(self.object_list)  # type: ignore[misc]
        return self._count

    @property
    def num_pages(self) -> int:
        """Number of pages."""
        return self._pages_of(self.count)

    @property
    def page_range(self) -> range:
        """The page numbers, from 1."""
        return range(1, self.num_pages + 1)

    def validate_number(self, number: Any) -> int:
        """Return `number` as int.

        Raises:
            PageNotAnInteger: it is no whole number. EmptyPage: there is no such page.
        """
        return self._checked(number, self.num_pages)

    def get_page(self, number: Any) -> Page[T]:
        """Return a page whatever `number` is: page 1 for nonsense, the last page past the end or below 1."""
        try:
            number = self.validate_number(number)
        except PageNotAnInteger:
            number = 1
        except EmptyPage:
            number = self.num_pages
        return self.page(number)

    def page(self, number: Any) -> Page[T]:
        """Return one page.

        Args:
            number: from 1.

        Raises:
            PageNotAnInteger: `number` is no whole number. EmptyPage: there is no such page.
        """
        number = self.validate_number(number)
        return self._get_page(self.object_list[self._bounds(number, self.count)], number, self)

    def _get_page(self, *args: Any, **kwargs: Any) -> Page[T]:
        """Make the page; for subclasses with a page class of their own."""
        return Page(*args, **kwargs)

    def get_elided_page_range(self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2) -> Iterator[int | str]:
        """Yield page numbers for links, long gaps as `ELLIPSIS`.

        Args:
            number: the page that is shown.
            on_each_side: how many neighbours of it to keep.
            on_ends: how many pages of either end to keep.

        Example:
            >>> list(Paginator(range(100), 5).get_elided_page_range(10, on_each_side=1, on_ends=1))
            [1, '…', 9, 10, 11, '…', 20]
        """
        return self._elided(self.validate_number(number), self.num_pages, on_each_side, on_ends)


def takes_nothing(method: Any) -> bool:
    """Return whether a method can be called without arguments (`list.count` cannot)."""
    try:
        inspect.signature(method).bind()
    except (TypeError, ValueError):
        return False
    return True


class Page(Sequence[T]):
    """One page; a sequence of its objects.

    Attributes:
        object_list: the objects.
        number: its number, from 1.
        paginator: where it comes from.
    """

    def __init__(self, object_list: Any, number: int, paginator: Paginator[T]) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self) -> str:
        return f"<Page {self.number} of {self.paginator.num_pages}>"

    def __len__(self) -> int:
        return len(self.object_list)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if not isinstance(index, (int, slice)):
            raise TypeError(f"Indices of a page are whole numbers or slices, not {type(index).__name__}.")
        # A queryset would ask the database for each index; a list asks once.
        if not isinstance(self.object_list, list):
            self.object_list = list(self.object_list)
        return self.object_list[index]

    def has_next(self) -> bool:
        """Return whether there is a page after this one."""
        return self.number < self.paginator.num_pages

    def has_previous(self) -> bool:
        """Return whether there is a page before this one."""
        return self.number > 1

    def has_other_pages(self) -> bool:
        """Return whether this is not the only page."""
        return self.has_previous() or self.has_next()

    def next_page_number(self) -> int:
        """Return the number of the next page; EmptyPage when there is none."""
        return self.paginator.validate_number(self.number + 1)

    def previous_page_number(self) -> int:
        """Return the number of the page before; EmptyPage when there is none."""
        return self.paginator.validate_number(self.number - 1)

    def start_index(self) -> int:
        """Return the position of the first object among all, from 1; 0 when there is none."""
        return 0 if self.paginator.count == 0 else self.paginator.per_page * (self.number - 1) + 1

    def end_index(self) -> int:
        """Return the position of the last object among all, from 1."""
        if self.number == self.paginator.num_pages:
            return self.paginator.count
        return self.number * self.paginator.per_page
