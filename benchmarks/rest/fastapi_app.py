"""FastAPI with SQLAlchemy."""

import datetime
from decimal import Decimal
from typing import Annotated

from _alchemy import AsyncSession, insert_book, read_books, sessions
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class AuthorOut(Out):
    id: int
    name: str


class TagOut(Out):
    id: int
    name: str


class BookOut(Out):
    id: int
    title: str
    price: Decimal
    published: datetime.date
    author: AuthorOut
    tags: list[TagOut]


class NewBook(BaseModel):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    price: Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]
    published: datetime.date
    author: int
    tags: list[int]


class Created(NewBook):
    id: int


async def session():
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]
application = FastAPI()


@application.get("/books/", response_model=list[BookOut])
async def list_books(session: Session):
    return await read_books(session)


@application.post("/books/", status_code=201, response_model=Created)
async def create_book(new: NewBook, session: Session):
    book = await insert_book(session, new.model_dump(exclude={"author", "tags"}), new.author, new.tags)
    if book is None:
        raise HTTPException(400, "unknown author or tag")
    return {"id": book.id, **new.model_dump()}
