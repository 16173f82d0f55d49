"""The models of the manoir contenders, and the settings they need."""

import os
import sys

from manoir.conf import parse_database_url, settings

URL = os.environ["ORM_URL"] if "async" in sys.argv[0] else "sqlite:///" + os.environ["ORM_SQLITE"]
settings.configure(
    SECRET_KEY="benchmark" * 5,
    INSTALLED_APPS=[],
    DATABASES={"default": parse_database_url(URL)},
)

import manoir  # needs the settings
from manoir import models

manoir.setup()


class Author(models.Model):
    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2)

    class Meta:
        app_label = "bench"
        db_table = "author"


class Tag(models.Model):
    label = models.CharField(max_length=40)

    class Meta:
        app_label = "bench"
        db_table = "tag"
        ordering = ["id"]


class Book(models.Model):
    title = models.CharField(max_length=200)
    pages = models.IntegerField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    published = models.DateField()
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    tags = models.ManyToManyField(Tag, db_table="book_tags")

    class Meta:
        app_label = "bench"
        db_table = "book"


class Note(models.Model):
    title = models.CharField(max_length=200)
    number = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "note"


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


def build():
    """Six clauses, and all that is done before the driver: SQL text and arguments."""
    return str(six_clauses().query)


def plain_book(book):
    return [book.id, book.title, book.pages, book.price, book.published, book.author_id]
