from __future__ import annotations

import pytest

from manoir.paginator import AsyncPaginator, EmptyPage, PageNotAnInteger


class Rows:
    """Like a queryset in a coroutine: acount, slices, async iteration."""

    ordered = True

    def __init__(self, rows: list[int]) -> None:
        self.rows = rows

    async def acount(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> Rows:
        return Rows(self.rows[part])

    async def __aiter__(self):
        for row in self.rows:
            yield row


async def test_pages_of_an_async_source():
    paginator = AsyncPaginator(Rows(list(range(7))), 3)
    page = await paginator.apage(3)
    assert (await paginator.acount(), await paginator.anum_pages(), await paginator.apage_range()) == (
        7,
        3,
        range(1, 4),
    )
    assert [row async for row in page] == [6]
    assert (await page.ahas_next(), await page.ahas_previous(), await page.ahas_other_pages()) == (False, True, True)
    assert await page.aprevious_page_number() == 2
    assert (await page.astart_index(), await page.aend_index()) == (7, 7)
    with pytest.raises(EmptyPage):
        await page.anext_page_number()


async def test_plain_access_asks_for_the_objects_first():
    page = await AsyncPaginator(Rows([1, 2, 3]), 2).apage(1)
    with pytest.raises(TypeError, match=r"await page\.aget_object_list"):
        len(page)
    assert await page.aget_object_list() == [1, 2]
    assert (len(page), page[0], list(page), list(reversed(page))) == (2, 1, [1, 2], [2, 1])


async def test_lists_work_too():
    pages = [await page.aget_object_list() async for page in AsyncPaginator([1, 2, 3], 2)]
    assert pages == [[1, 2], [3]]


async def test_errors_and_forgiving_lookup():
    paginator = AsyncPaginator([1, 2, 3], 1)
    with pytest.raises(PageNotAnInteger):
        await paginator.apage("x")
    with pytest.raises(EmptyPage):
        await paginator.apage(4)
    assert [(await paginator.aget_page(number)).number for number in ("x", 9, 2)] == [1, 3, 2]
    assert [entry async for entry in paginator.aget_elided_page_range(2)] == [1, 2, 3]
