"""Several connections at once: nothing is made twice, nothing is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.library.models import Author, Tag
from tests.models.colours import make_library

from manoir.bridge import wait
from manoir.db import transaction
from manoir.models import F


@pytest.fixture
def shared(committing_database: Any) -> Any:
    wait(make_library(committing_database))
    return committing_database


async def test_get_or_create_makes_one_row_for_all(shared: Any) -> None:
    answers = await asyncio.gather(
        *[Tag.objects.aget_or_create(slug="a", defaults={"label": str(n)}) for n in range(12)]
    )
    assert sum(made for _tag, made in answers) == 1
    assert len({tag.pk for tag, _made in answers}) == 1
    assert await Tag.objects.acount() == 1


async def test_update_or_create_loses_no_update(shared: Any) -> None:
    await Author.objects.acreate(name="0", email="a@example.org")

    async def add_one() -> None:
        async with transaction.atomic():
            author = await Author.objects.select_for_update().aget(email="a@example.org")
            await Author.objects.aupdate_or_create(email=author.email, defaults={"name": str(int(author.name) + 1)})

    await asyncio.gather(*[add_one() for _ in range(8)])
    assert (await Author.objects.aget()).name == "8"


async def test_update_or_create_makes_one_row_for_all(shared: Any) -> None:
    answers = await asyncio.gather(
        *[Tag.objects.aupdate_or_create(slug="a", defaults={"label": "x"}) for _ in range(8)]
    )
    assert sum(made for _tag, made in answers) == 1
    assert await Tag.objects.acount() == 1


async def test_expressions_count_every_writer(shared: Any) -> None:
    tag = await Tag.objects.acreate(pk=1, label="x", slug="a")
    from tests.library.models import Book

    author = await Author.objects.acreate(name="Jane")
    book = await Book.objects.acreate(title="Emma", author=author)
    await asyncio.gather(*[Book.objects.filter(pk=book.pk).aupdate(pages=F("pages") + 1) for _ in range(15)])
    await book.arefresh_from_db()
    assert book.pages == 15
    await asyncio.gather(*[book.tags.aadd(tag) for _ in range(6)])
    assert await book.tags.acount() == 1
