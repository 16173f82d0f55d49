"""`AsyncPaginator` and `AsyncPage`: the same for coroutines, with the documented `a` names."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, TypeVar

from manoir.exceptions import EmptyPage, PageNotAnInteger
from manoir.paginator._sync import BasePaginator, takes_nothing

T = TypeVar("T")


class AsyncPaginator(BasePaginator[T]):
    """Divides objects into pages without blocking; querysets are counted and read by their `a` methods.

    It takes the arguments of `BasePaginator`.

    Example:
        >>> page = await AsyncPaginator(["john", "paul", "george"], 2).apage(1)
        >>> await page.aget_object_list()
        ['john', 'paul']
    """

    async def __aiter__(self) -> AsyncIterator[AsyncPage[T]]:
        for number in await self.apage_range():
            yield await self.apage(number)

    async def acount(self) -> int:
        """Return the number of objects on all pages; asked for once."""
        if self._count is None:
            method = getattr(self.object_list, "acount", None)
            if method is None:
                method = getattr(self.object_list, "count", None)
            if callable(method) and not inspect.isbuiltin(method) and takes_nothing(method):
                count: Any = method()
                self._count = int(await count if inspect.isawaitable(count) else count)
            else:
                self._count = len(self.object_list)
        return self._count

    async def anum_pages(self) -> int:
        """Return the number of pages."""
        return self._pages_of(await self.acount())

    async def apage_range(self) -> range:
        """Return the page numbers, from 1."""
        return range(1, await self.anum_pages() + 1)

    async def avalidate_number(self, number: Any) -> int:
        """Return `number` as int.

        Raises:
            PageNotAnInteger: it is no whole number. EmptyPage: there is no such page.
        """
        return self._checked(number, await self.anum_pages())

    async def aget_page(self, number: Any) -> AsyncPage[T]:
        """Return a page whatever `number` is: page 1 for nonsense, the last page past the end or below 1."""
        try:
            number = await self.avalidate_number(number)
        except PageNotAnInteger:
            number = 1
        except EmptyPage:
            number = await self.anum_pages()
        return await self.apage(number)

    async def apage(self, number: Any) -> AsyncPage[T]:
        """Return one page.

        Args:
            number: from 1.

        Raises:
            PageNotAnInteger: `number` is no whole number. EmptyPage: there is no such page.
        """
        number = await self.avalidate_number(number)
        return self._get_page(self.object_list[self._bounds(number, await self.acount())], number, self)

    def _get_page(self, *args: Any, **kwargs: Any) -> AsyncPage[T]:
        """Make the page; for subclasses with a page class of their own."""
        return AsyncPage(*args, **kwargs)

    async def aget_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> AsyncIterator[int | str]:
        """Yield page numbers for links, long gaps as `ELLIPSIS`; see `Paginator.get_elided_page_range`."""
        number = await self.avalidate_number(number)
        for entry in self._elided(number, await self.anum_pages(), on_each_side, on_ends):
            yield entry


class AsyncPage(Generic[T]):
    """One page of an AsyncPaginator, iterated by `async for`.

    `len()`, indices and plain iteration work once `await page.aget_object_list()` has read the objects.

    Attributes:
        object_list: the objects; a list as soon as they are read.
        number: its number, from 1.
        paginator: where it comes from.
    """

    def __init__(self, object_list: Any, number: int, paginator: AsyncPaginator[T]) -> None:
        self.object_list = object_list
        self.number = number
        self.paginator = paginator

    def __repr__(self) -> str:
        return f"<Async Page {self.number}>"

    async def aget_object_list(self) -> list[T]:
        """Read the objects, once, and return them as a list."""
        if not isinstance(self.object_list, list):
            if hasattr(self.object_list, "__aiter__"):
                self.object_list = [entry async for entry in self.object_list]
            else:
                self.object_list = list(self.object_list)
        return self.object_list

    async def __aiter__(self) -> AsyncIterator[T]:
        for entry in await self.aget_object_list():
            yield entry

    def _loaded(self) -> list[T]:
        if not isinstance(self.object_list, list):
            raise TypeError("Read the objects of this page first: await page.aget_object_list()")
        return self.object_list

    def __len__(self) -> int:
        return len(self._loaded())

    def __iter__(self) -> Iterator[T]:
        return iter(self._loaded())

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._loaded())

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, (int, slice)):
            raise TypeError(f"Indices of a page are whole numbers or slices, not {type(index).__name__}.")
        return self._loaded()[index]

    async def ahas_next(self) -> bool:
        """Return whether there is a page after this one."""
        return self.number < await self.paginator.anum_pages()

    async def ahas_previous(self) -> bool:
        """Return whether there is a page before this one."""
        return self.number > 1

    async def ahas_other_pages(self) -> bool:
        """Return whether this is not the only page."""
        return await self.ahas_previous() or await self.ahas_next()

    async def anext_page_number(self) -> int:
        """Return the number of the next page; EmptyPage when there is none."""
        return await self.paginator.avalidate_number(self.number + 1)

    async def aprevious_page_number(self) -> int:
        """Return the number of the page before; EmptyPage when there is none."""
        return await self.paginator.avalidate_number(self.number - 1)

    async def astart_index(self) -> int:
        """Return the position of the first object among all, from 1; 0 when there is none."""
        return 0 if await self.paginator.acount() == 0 else self.paginator.per_page * (self.number - 1) + 1

    async def aend_index(self) -> int:
        """Return the position of the last object among all, from 1."""
        if self.number == await self.paginator.anum_pages():
            return await self.paginator.acount()
        return self.number * self.paginator.per_page
