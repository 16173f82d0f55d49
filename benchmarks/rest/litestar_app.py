"""Litestar with SQLAlchemy and msgspec."""

import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from _alchemy import insert_book, read_books, sessions
from litestar import Litestar, get, post
from litestar.exceptions import ClientException


class AuthorOut(msgspec.Struct):
    id: int
    name: str


class TagOut(msgspec.Struct):
    id: int
    name: str


class BookOut(msgspec.Struct):
    id: int
    title: str
    price: Decimal
    published: datetime.date
    author: AuthorOut
    tags: list[TagOut]


class NewBook(msgspec.Struct):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    price: Decimal
    published: datetime.date
    author: int
    tags: list[int]

    def __post_init__(self):
        if self.price < 0 or self.price.as_tuple().exponent < -2 or self.price >= 10**6:
            raise ValueError("price")


class Created(msgspec.Struct):
    id: int
    title: str
    price: Decimal
    published: datetime.date
    author: int
    tags: list[int]


@get("/books/")
async def list_books() -> list[BookOut]:
    async with sessions() as session:
        return [
            BookOut(
                book.id,
                book.title,
                book.price,
                book.published,
                AuthorOut(book.author.id, book.author.name),
                [TagOut(tag.id, tag.name) for tag in book.tags],
            )
            for book in await read_books(session)
        ]


@post("/books/")
async def create_book(data: NewBook) -> Created:
    values = {"title": data.title, "price": data.price, "published": data.published}
    async with sessions() as session:
        book = await insert_book(session, values, data.author, data.tags)
    if book is None:
        raise ClientException("unknown author or tag")
    return Created(book.id, data.title, data.price, data.published, data.author, data.tags)


application = Litestar([list_books, create_book])
