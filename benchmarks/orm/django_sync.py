"""Django in sync code, its documented fastest form: a persistent connection; `django_sync.py sqlite` works on SQLite."""

import os
import sys
from urllib.parse import urlsplit

import django
from django.conf import settings

url = urlsplit(os.environ["ORM_URL"])
POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": url.path.lstrip("/"),
    "USER": url.username or "",
    "PASSWORD": url.password or "",
    "HOST": url.hostname or "",
    "PORT": url.port or "",
    "CONN_MAX_AGE": None,
}
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["ORM_SQLITE"]}
settings.configure(
    INSTALLED_APPS=["bench"], USE_TZ=True, DATABASES={"default": SQLITE if "sqlite" in sys.argv else POSTGRESQL}
)
django.setup()

from _worker import same, serve
from bench.models import Book, Note


def hundred():
    return Book.objects.filter(pages__gt=300).order_by("title")[:100]


def six_clauses():
    return (
        Book.objects.filter(pages__gt=100, title__contains="number")
        .exclude(author__country="at")
        .filter(published__year__gte=2001)
        .select_related("author")
        .order_by("-published", "title")[:20]
    )


def plain_book(book):
    return [book.id, book.title, book.pages, book.price, book.published, book.author_id]


serve(
    {
        "get": (lambda: Book.objects.get(pk=500), plain_book),
        "rows": (lambda: list(hundred()), lambda found: [plain_book(book) for book in found]),
        "values": (lambda: list(Book.objects.filter(pk__lte=1000).order_by("pk").values("id", "title", "pages")), same),
        "create": (lambda: Note.objects.create(title="A note", number=7), lambda note: note.pk > 0),
        "bulk": (
            lambda: Note.objects.bulk_create([Note(title=f"Note {n}", number=n) for n in range(1000)]),
            lambda _: 1000,
        ),
        "join": (
            lambda: list(hundred().select_related("author")),
            lambda found: [[book.title, book.author.name] for book in found],
        ),
        "many": (
            lambda: [(book, list(book.tags.all())) for book in hundred().prefetch_related("tags")],
            lambda found: [[book.title, [tag.label for tag in tags]] for book, tags in found],
        ),
        "update": (lambda: Book.objects.filter(pk=7).update(pages=321), same),
        "count": (lambda: Book.objects.filter(pages__gt=300).count(), same),
        "build": (lambda: str(six_clauses().query), lambda sql: "SELECT" in sql),
    },
    lambda: Note.objects.all().delete(),
)
