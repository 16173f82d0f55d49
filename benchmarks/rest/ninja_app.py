"""Django Ninja."""

import sys

from _django import configure

configure("ninja_app")

import datetime
from decimal import Decimal

from catalog.models import Book
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, transaction
from django.urls import path
from ninja import Field, NinjaAPI, Schema, Status
from ninja.errors import HttpError


class AuthorOut(Schema):
    id: int
    name: str


class TagOut(Schema):
    id: int
    name: str


class BookOut(Schema):
    id: int
    title: str
    price: Decimal
    published: datetime.date
    author: AuthorOut
    tags: list[TagOut]


class NewBook(Schema):
    title: str = Field(min_length=1, max_length=200)
    price: Decimal = Field(ge=0, max_digits=8, decimal_places=2)
    published: datetime.date
    author: int
    tags: list[int]


class Created(NewBook):
    id: int


api = NinjaAPI()


@api.get("/books/", response=list[BookOut])
def list_books(request):
    return Book.objects.filter(id__lte=50).select_related("author").prefetch_related("tags").order_by("id")


@api.post("/books/", response={201: Created})
def create_book(request, new: NewBook):
    values = new.model_dump(exclude={"author", "tags"})
    try:
        with transaction.atomic():
            book = Book.objects.create(**values, author_id=new.author)
            book.tags.set(new.tags)
    except IntegrityError:
        raise HttpError(400, "unknown author or tag") from None
    return Status(201, {"id": book.pk, **new.model_dump()})


urlpatterns = [path("", api.urls)]
sys.modules["ninja_app"] = sys.modules[__name__]
application = get_wsgi_application()
