"""BlackSheep with Piccolo and msgspec."""

import datetime
import os
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from blacksheep import Application, Content, Request, Response
from piccolo.columns import Date, ForeignKey, Numeric, Serial, Varchar
from piccolo.columns.m2m import M2M
from piccolo.columns.reference import LazyTableReference
from piccolo.engine.postgres import PostgresEngine
from piccolo.table import Table

url = urlsplit(os.environ["BENCH_DATABASE_URL"])
DB = PostgresEngine(
    {
        "host": url.hostname,
        "port": url.port or 5432,
        "user": url.username or "postgres",
        "password": url.password or "",
        "database": url.path.lstrip("/"),
    },
    extensions=(),
)
encode = msgspec.json.Encoder().encode
JSON = b"application/json"


class Author(Table, tablename="catalog_author", db=DB):
    id = Serial(primary_key=True)
    name = Varchar(length=100)


class Tag(Table, tablename="catalog_tag", db=DB):
    id = Serial(primary_key=True)
    name = Varchar(length=40)


class Book(Table, tablename="catalog_book", db=DB):
    id = Serial(primary_key=True)
    title = Varchar(length=200)
    price = Numeric(digits=(8, 2))
    published = Date()
    author = ForeignKey(Author, db_column_name="author_id")
    tags = M2M(LazyTableReference("BookTag", module_path=__name__))


class BookTag(Table, tablename="catalog_book_tags", db=DB):
    id = Serial(primary_key=True)
    book = ForeignKey(Book, db_column_name="book_id")
    tag = ForeignKey(Tag, db_column_name="tag_id")


class NewBook(msgspec.Struct):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    price: Decimal
    published: datetime.date
    author: int
    tags: list[int]


decode = msgspec.json.Decoder(NewBook).decode
application = Application()


@application.on_start
async def start(_):
    await DB.start_connection_pool(min_size=10, max_size=10)


@application.router.get("/books/")
async def list_books():
    rows = await (
        Book.select(
            Book.id,
            Book.title,
            Book.price,
            Book.published,
            Book.author.id,
            Book.author.name,
            Book.tags(Tag.id, Tag.name, as_list=False, load_json=True),
        )
        .where(Book.id <= 50)
        .order_by(Book.id)
        .output(nested=True)
    )
    for row in rows:
        row["author"] = row.pop("author_id")
        row["tags"].sort(key=lambda tag: tag["id"])
    return Response(200, content=Content(JSON, encode(rows)))


@application.router.post("/books/")
async def create_book(request: Request):
    try:
        new = decode(await request.read())
    except msgspec.ValidationError as error:
        return Response(400, content=Content(JSON, encode({"detail": str(error)})))
    if new.price < 0 or new.price.as_tuple().exponent < -2 or new.price >= 10**6:
        return Response(400, content=Content(JSON, b'{"detail":"price"}'))
    known = await Tag.select(Tag.id).where(Tag.id.is_in(new.tags))
    if not await Author.exists().where(Author.id == new.author) or len(known) != len(new.tags):
        return Response(400, content=Content(JSON, b'{"detail":"unknown author or tag"}'))
    async with DB.transaction():
        book = Book(title=new.title, price=new.price, published=new.published, author=new.author)
        await book.save()
        await BookTag.insert(*[BookTag(book=book.id, tag=tag) for tag in new.tags])
    made = {
        "id": book.id,
        "title": new.title,
        "price": new.price,
        "published": new.published,
        "author": new.author,
        "tags": new.tags,
    }
    return Response(201, content=Content(JSON, encode(made)))
