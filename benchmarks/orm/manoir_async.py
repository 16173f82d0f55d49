"""manoir in coroutines, on PostgreSQL."""

from _worker import run_async, same
from manoir_models import Book, Note, build, hundred, plain_book


async def get():
    return await Book.objects.aget(pk=500)


async def rows():
    return [book async for book in hundred()]


async def values():
    return [row async for row in Book.objects.filter(pk__lte=1000).order_by("pk").values("id", "title", "pages")]


async def create():
    return await Note.objects.acreate(title="A note", number=7)


async def bulk():
    await Note.objects.abulk_create([Note(title=f"Note {n}", number=n) for n in range(1000)])


async def join():
    return [book async for book in hundred().select_related("author")]


async def many():
    """The naive loop: nothing is prefetched, the first book's tags bring those of all."""
    return [(book, [tag async for tag in book.tags.all()]) async for book in hundred()]


async def update():
    return await Book.objects.filter(pk=7).aupdate(pages=321)


async def count():
    return await Book.objects.filter(pages__gt=300).acount()


async def clean():
    await Note.objects.all().adelete()


run_async(
    {
        "get": (get, plain_book),
        "rows": (rows, lambda found: [plain_book(book) for book in found]),
        "values": (values, same),
        "create": (create, lambda note: note.pk > 0),
        "bulk": (bulk, lambda _: 1000),
        "join": (join, lambda found: [[book.title, book.author.name] for book in found]),
        "many": (many, lambda found: [[book.title, [tag.label for tag in tags]] for book, tags in found]),
        "update": (update, same),
        "count": (count, same),
        "build": (build, lambda sql: "SELECT" in sql),
    },
    clean=clean,
)
