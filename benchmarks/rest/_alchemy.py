"""The models and queries of the peers on SQLAlchemy."""

import datetime
import os
from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric, String, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "catalog_author"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class BookTag(Base):
    __tablename__ = "catalog_book_tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("catalog_book.id"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("catalog_tag.id"))


class Tag(Base):
    __tablename__ = "catalog_tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class Book(Base):
    __tablename__ = "catalog_book"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    published: Mapped[datetime.date]
    author_id: Mapped[int] = mapped_column(ForeignKey("catalog_author.id"))
    author: Mapped[Author] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary="catalog_book_tags", order_by=Tag.id)


url = os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
engine = create_async_engine(url, pool_size=10, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def read_books(session: AsyncSession) -> list[Book]:
    query = (
        select(Book).where(Book.id <= 50).order_by(Book.id).options(joinedload(Book.author), selectinload(Book.tags))
    )
    return list((await session.scalars(query)).all())


async def insert_book(session: AsyncSession, values: dict, author: int, tags: list[int]) -> Book | None:
    """Add a book; None where the author or a tag is not there."""
    found = list((await session.scalars(select(Tag).where(Tag.id.in_(tags)))).all())
    writer = await session.get(Author, author)
    if writer is None or len(found) != len(tags):
        return None
    book = Book(**values, author=writer, tags=found)
    session.add(book)
    await session.commit()
    return book
