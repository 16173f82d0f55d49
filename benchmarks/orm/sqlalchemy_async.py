"""SQLAlchemy's ORM with asyncio on PostgreSQL, a session for each unit of work, as its documentation shows."""

import datetime
import decimal
import os

from _worker import run_async, same
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Numeric,
    String,
    Table,
    delete,
    extract,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload

engine = create_async_engine(os.environ["ORM_URL"].replace("postgresql://", "postgresql+asyncpg://"))
Session = async_sessionmaker(engine, expire_on_commit=False)
dialect = postgresql.asyncpg.dialect()


class Base(DeclarativeBase):
    pass


book_tags = Table(
    "book_tags",
    Base.metadata,
    Column("book_id", BigInteger, ForeignKey("book.id")),
    Column("tag_id", BigInteger, ForeignKey("tag.id")),
)


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2))


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    label: Mapped[str] = mapped_column(String(40))


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    pages: Mapped[int]
    price: Mapped[decimal.Decimal] = mapped_column(Numeric(8, 2))
    published: Mapped[datetime.date]
    author_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("author.id"))
    author: Mapped[Author] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=book_tags, order_by=Tag.id)


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    number: Mapped[int]


def hundred():
    return select(Book).where(Book.pages > 300).order_by(Book.title).limit(100)


async def all_of(statement):
    async with Session() as session:
        return (await session.scalars(statement)).all()


async def get():
    async with Session() as session:
        return await session.get(Book, 500)


async def rows():
    return await all_of(hundred())


async def values():
    async with Session() as session:
        found = await session.execute(select(Book.id, Book.title, Book.pages).where(Book.id <= 1000).order_by(Book.id))
        return [dict(row) for row in found.mappings()]


async def create():
    async with Session() as session:
        note = Note(title="A note", number=7)
        session.add(note)
        await session.commit()
        return note


async def bulk():
    async with Session() as session:
        await session.execute(insert(Note), [{"title": f"Note {n}", "number": n} for n in range(1000)])
        await session.commit()


async def join():
    return await all_of(hundred().options(joinedload(Book.author)))


async def many():
    return [(book, book.tags) for book in await all_of(hundred().options(selectinload(Book.tags)))]


async def change():
    async with Session() as session:
        done = await session.execute(
            update(Book).where(Book.id == 7).values(pages=321), execution_options={"synchronize_session": False}
        )
        await session.commit()
        return done.rowcount


async def count():
    async with Session() as session:
        return await session.scalar(select(func.count()).select_from(Book).where(Book.pages > 300))


def build():
    statement = (
        select(Book)
        .join(Book.author)
        .where(Book.pages > 100, Book.title.contains("number"))
        .where(Author.country != "at")
        .where(extract("year", Book.published) >= 2001)
        .options(joinedload(Book.author))
        .order_by(Book.published.desc(), Book.title)
        .limit(20)
    )
    return str(statement.compile(dialect=dialect))


async def clean():
    async with Session() as session:
        await session.execute(delete(Note))
        await session.commit()


def plain_book(book):
    return [book.id, book.title, book.pages, book.price, book.published, book.author_id]


run_async(
    {
        "get": (get, plain_book),
        "rows": (rows, lambda found: [plain_book(book) for book in found]),
        "values": (values, same),
        "create": (create, lambda note: note.id > 0),
        "bulk": (bulk, lambda _: 1000),
        "join": (join, lambda found: [[book.title, book.author.name] for book in found]),
        "many": (many, lambda found: [[book.title, [tag.label for tag in tags]] for book, tags in found]),
        "update": (change, same),
        "count": (count, same),
        "build": (build, lambda sql: "SELECT" in sql),
    },
    clean=clean,
)
