"""Uses that a type checker must refuse; those marked with `a` are accepted by every checker today."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from app import Author, Book, Parcel, Tag

from manoir import models

book: Book = Book.objects.get(pk=1)
author: Author = book.author


def reads() -> None:
    # @w01 unknown attribute
    book.titel
    # @w02 attribute of None
    book.published.year
    # @w03 attribute of a missing relation
    book.editor.name
    # @w04 text as number
    number: int = book.title
    # @w05 attribute of another model
    book.author.title
    # @w06 manager of an instance
    author.objects
    # @w07 attribute of a schema
    book.size.depth
    # @w08 unknown far side
    author.bookz
    # @end


def class_side() -> None:
    # @w10 unknown column
    Book.objects.filter(Book.titel == "x")
    # @w11 comparison with another type
    Book.objects.filter(Book.title < 5)
    # @w12 equality with another type
    Book.objects.filter(Book.title == 5)
    # @w13 decimal against date
    Book.objects.filter(Book.price < dt.date(2026, 1, 1))
    # @w14 unknown column over a relation
    Book.objects.filter(Book.author.nam == "x")
    # @w15 text method of a number
    Book.objects.filter(Book.price.icontains("x"))
    # @a16 and
    Book.objects.filter(Book.price < 5 and Book.title == "x")
    # @w17 not
    Book.objects.filter(not (Book.price < 5))
    # @a18 chained comparison
    Book.objects.filter(1 < Book.price < 5)
    # @w19 in
    Book.objects.filter(Book.title in ["a"])
    # @w20 None where NULL cannot be
    Book.objects.filter(Book.title == None)
    # @w21 truth value of two values
    Book.objects.filter(book.price < 5)
    # @w22 wrong member
    Book.objects.filter(Book.title.in_([1]))
    # @w23 text for an enumeration
    Book.objects.filter(Book.weight == 1)
    # @w24 year of a text
    Book.objects.filter(Book.title.year() > 1)
    # @end


def managers() -> None:
    # @w30 unknown method
    Book.objects.publishd()
    # @w31 method of another model's manager
    Author.objects.published()
    # @w32 result of another model
    tag: Tag = Author.objects.get(pk=1)
    # @w33 first without a check
    Author.objects.first().name
    # @w34 flat with two columns
    Book.objects.values_list(Book.title, Book.price, flat=True)
    # @w35 element of values_list
    number: int = Book.objects.values_list(Book.title, flat=True).get()
    # @w36 many to many: another model
    book.tags.add(author)
    # @w37 bulk_create of another model
    Author.objects.bulk_create([Tag()])
    # @w38 unknown argument of a twin
    book.save(force=True)
    # @w39 type of a twin's argument
    Author.objects.bulk_create([Author()], batch_size="x")
    # @w40 order by a number
    Book.objects.order_by(5)
    # @w41 coroutine as value
    count: int = Book.objects.acount()
    # @w42 defaults that are no mapping
    Author.objects.get_or_create(defaults=5)
    # @end


def writes() -> None:
    # @w50 another type
    book.title = 5
    # @w51 None where NULL cannot be
    book.title = None
    # @w52 another model
    book.author = Tag()
    # @w53 None for a relation that must be
    book.author = None
    # @w54 many to many
    book.tags = [Tag()]
    # @w55 text for an enumeration
    book.weight = 1
    # @w56 unknown attribute
    book.prise = Decimal(1)
    # @w57 class attribute
    Book.title = "x"
    # @w58 key of another type
    book.id = "x"
    # @end


def constructors() -> None:
    # @a60 unknown keyword of a constructor
    Book(titel="x")
    # @a61 wrong type for a constructor
    Book(title=5)
    # @a62 unknown keyword of create
    Author.objects.create(nam="x")
    # @a63 mistyped lookup
    Author.objects.filter(nam="x")
    # @end


class Bad(models.Model):
    # @w70 unknown option
    a = models.CharField(max_len=3)
    # @w71 missing max_digits
    b = models.DecimalField(decimal_places=2)
    # @w72 relation to what is no model
    c = models.ForeignKey(int, models.CASCADE)
    # @w73 missing on_delete
    d = models.ForeignKey(Author)
    # @w74 type of max_length
    e = models.CharField(max_length="x")
    # @w75 choices that are none
    f = models.CharField(choices=5)
    # @w76 policy as text
    g = models.ForeignKey(Author, "CASCADE")
    # @end


def windows() -> None:
    # @w77 frame as text
    models.Window(models.Sum("price"), frame="ROWS")
    # @w78 bound of a frame as text
    models.RowRange(start="-1")
    # @w79 exclusion as text
    models.ValueRange(exclusion="TIES")
    # @end


class Computed(models.Model):
    # @w80 generated field without its type
    a = models.GeneratedField(expression=models.F("id"), db_persist=True)
    # @w81 generated field that does not say where it is kept
    b = models.GeneratedField(expression=models.F("id"), output_field=models.IntegerField())
    # @end


def assigned(parcel: Parcel) -> None:
    # @w82 assigning what the database computes
    parcel.grams = 5
    # @end


def modes() -> None:
    # @w83 fetch mode as text
    Book.objects.fetch_mode("one")
    # @end
