"""Uses that a type checker must accept, with the types it must find."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar, assert_type

from app import Author, Book, BookManager, BookQuerySet, Late, Parcel, Profile, Size, Status, Tag, Ticket, Weight

from manoir import models
from manoir.models import Window
from manoir.models.functions import Rank

M = TypeVar("M", bound=models.Model)

book: Book = Book.objects.get(pk=1)
author: Author = book.author
profile: Profile = author.profile


def reads() -> None:
    # @r01 text
    assert_type(book.title, str)
    # @r02 text or NULL
    assert_type(book.subtitle, str | None)
    # @r03 decimal
    assert_type(book.price, Decimal)
    # @r04 date or NULL
    assert_type(book.published, dt.date | None)
    # @r05 subclass of IntegerField
    assert_type(book.pages, int)
    # @r06 the key that the metaclass adds
    assert_type(book.id, int)
    # @r07 choices of an enumeration
    assert_type(book.status, Status)
    # @r08 choices of pairs
    assert_type(book.kind, str)
    # @r09 JSON with schema
    assert_type(book.size, Size)
    # @r10 attribute of JSON with schema
    assert_type(book.size.width, int)
    # @r11 JSON without schema
    assert_type(book.extra, Any)
    # @r12 foreign key
    assert_type(book.author, Author)
    # @r13 foreign key or NULL
    assert_type(book.editor, Author | None)
    # @r14 over a foreign key
    assert_type(book.author.name, str)
    # @r15 declared key attribute
    assert_type(book.author_id, int)
    # @r16 declared key attribute or NULL
    assert_type(book.editor_id, int | None)
    # @r17 self by subscript
    assert_type(book.parent, Book | None)
    # @r18 self by function
    assert_type(book.parent2, Book | None)
    # @r19 self by annotation
    assert_type(book.parent3, Book | None)
    # @r20 late by subscript
    assert_type(book.late, Late)
    # @r21 late by function
    assert_type(book.late2, Late)
    # @r22 late by annotation
    assert_type(book.late3, Late)
    # @r23 bare name
    assert_type(book.untyped, Any)
    # @r24 many to many
    assert_type(book.tags, models.ManyRelatedManager[Tag])
    # @r25 many to many by annotation
    assert_type(book.tags2, models.ManyRelatedManager[Late])
    # @r26 far side by function
    assert_type(author.books, models.RelatedManager[Book])
    # @r27 far side by annotation with value
    assert_type(author.books2, models.RelatedManager[Book])
    # @r28 far side by annotation alone
    assert_type(author.books3, models.RelatedManager[Book])
    # @r29 far side by ClassVar
    assert_type(author.books4, models.RelatedManager[Book])
    # @r30 far side of one to one
    assert_type(author.profile, Profile)
    # @r31 annotation
    assert_type(book.tag_count, int)
    # @r32 narrowing a date
    if book.published is not None:
        assert_type(book.published.year, int)
    # @r33 narrowing a foreign key
    if book.editor:
        assert_type(book.editor.name, str)
    # @r34 other kinds
    assert_type(book.created, dt.datetime)
    assert_type(book.opens, dt.time | None)
    assert_type(book.reading_time, dt.timedelta)
    assert_type(book.rating, float | None)
    assert_type(book.live, bool)
    assert_type(book.slug, str)
    assert_type(profile.token, uuid.UUID)
    assert_type(profile.address, str | None)
    assert_type(profile.avatar, bytes | None)
    # @r35 plain enumeration
    assert_type(book.weight, Weight)
    # @r36 enumeration or NULL
    assert_type(book.state, Status | None)
    # @r37 own key
    assert_type(Ticket().id, uuid.UUID)
    # @r38 pk
    assert_type(book.pk, Any)
    # @end


def class_side() -> None:
    # @r40 comparison
    assert_type(Book.price < 500, models.Q)
    # @r41 filter keeps the queryset
    assert_type(Book.objects.filter(Book.price < 500), BookQuerySet)
    # @r42 several conditions
    Book.objects.filter(Book.price < book.price, Book.title == "x")
    # @r43 and, or, not
    Book.objects.filter((Book.price < 5) & ~(Book.title == "x") | (Book.pages >= 3))
    # @r44 path
    Book.objects.filter(Book.author.name == "x")
    # @r45 instance
    Book.objects.filter(Book.author == author)
    # @r46 NULL
    Book.objects.filter(Book.published == None)
    # @r47 text methods
    Book.objects.filter(Book.title.icontains("x"), Book.subtitle.icontains("x"))
    # @r48 date methods
    Book.objects.filter(Book.published.year() > 2000)
    # @r49 order
    Book.objects.order_by(Book.price.desc(), "title")
    # @r50 one of
    Book.objects.filter(Book.title.in_(["a", "b"]))
    # @r51 expression against expression
    Book.objects.filter(Book.price < Book.price * 2)
    # @r52 path over NULL
    Book.objects.filter(Book.editor.name == "x")
    # @r53 many to many path
    Book.objects.filter(Book.tags.label == "x")
    # @r54 far side path
    Author.objects.filter(Author.books.title == "x")
    # @r55 lookups by keyword
    Book.objects.filter(price__lt=5, author__name__icontains="x")
    # @r56 type of a column
    assert_type(Book.title, models.Expr[str, str])
    # @r57 enumeration
    Book.objects.filter(Book.status == Status.LIVE)
    # @r58 key
    assert_type(Author.id, models.Expr[int, int])
    # @r59 key attribute
    Book.objects.filter(Book.author_id == 3)
    # @end


def managers() -> None:
    # @r60 default manager
    assert_type(Author.objects, models.Manager[Author])
    # @r61 get
    assert_type(Author.objects.get(pk=1), Author)
    # @r62 queryset as manager
    assert_type(Book.objects.published().filter(price__lt=5).published().get(), Book)
    # @r63 chaining
    assert_type(Book.objects.filter(pages=1).exclude(pages=2), BookQuerySet)
    # @r64 custom manager
    assert_type(Book.cheap.cheap().filter(pages=1).cheap(), BookManager)
    # @r65 first
    assert_type(Author.objects.first(), Author | None)
    # @r66 derived twin
    assert_type(Book.objects.cheapest(), Book | None)
    # @r67 create
    assert_type(Author.objects.create(name="x"), Author)
    # @r68 get_or_create
    assert_type(Author.objects.get_or_create(name="x", defaults={}), tuple[Author, bool])
    # @r69 bulk_create
    assert_type(Author.objects.bulk_create([Author(name="x")], batch_size=3), list[Author])
    # @r70 iteration
    for one in Book.objects.published():
        assert_type(one, Book)
    # @r71 index
    assert_type(Author.objects.all()[0], Author)
    # @r72 slice
    assert_type(Book.objects.all()[:5], BookQuerySet)
    # @r73 values_list of a column, flat
    assert_type(list(Book.objects.values_list(Book.title, flat=True)), list[str])
    # @r74 values_list of a name, flat
    assert_type(list(Book.objects.values_list("title", flat=True)), list[Any])
    # @r75 values_list of columns
    assert_type(Book.objects.values_list(Book.title, Book.price).first(), tuple[str, Decimal] | None)
    # @r76 values_list of a path
    assert_type(Book.objects.values_list(Book.author.name, flat=True).first(), str | None)
    # @r77 values
    assert_type(Book.objects.values("title").get(), dict[str, Any])
    # @r78 only and defer
    assert_type(Book.objects.only(Book.title, "price").defer("pages").first(), Book | None)
    # @r79 annotate
    assert_type(Book.objects.annotate(tag_count=models.Count("tags")).published().get().tag_count, int)
    # @r80 related manager
    assert_type(author.books.filter(pages=1).first(), Book | None)
    # @r81 many to many: add
    book.tags.add(Tag(label="x"))
    # @r82 many to many: set
    book.tags.set([1, Tag()], clear=True)
    # @r83 twin of save
    book.save(force_insert=True, update_fields=["title"])
    # @r84 twin of delete
    assert_type(book.delete(), tuple[int, dict[str, int]])
    # @r85 count
    assert_type(Book.objects.count(), int)
    # @r86 constructor
    Book(title="x", price=Decimal(1))
    # @r87 manager for any model
    assert_type(Author._default_manager, models.Manager[Author])
    # @end


async def asynchronous() -> None:
    # @r90 aget
    assert_type(await Author.objects.aget(pk=1), Author)
    # @r91 chained
    assert_type(await Book.objects.published().aget(pk=1), Book)
    # @r92 async for
    async for one in Book.objects.published():
        assert_type(one, Book)
    # @r93 afirst
    assert_type(await Book.objects.afirst(), Book | None)
    # @r94 asave
    await book.asave(update_fields=["title"])
    # @r95 adelete
    assert_type(await book.adelete(), tuple[int, dict[str, int]])
    # @r96 aload
    assert_type(await book.aload("author", "tags"), Book)
    # @r97 afull_clean
    await book.afull_clean(exclude=["title"])
    # @end


def writes() -> None:
    # @r100 assign
    book.price = Decimal(1)
    # @r101 assign wider
    book.price = 5
    # @r102 assign None
    book.published = None
    # @r103 assign a related instance
    book.author = author
    # @r104 assign None to a relation
    book.editor = None
    # @r105 assign arithmetic
    book.pages = models.F("pages") + 1
    # @r106 assign the key
    book.id = 3
    # @r107 narrow by assignment
    book.published = dt.date(2026, 1, 1)
    book.published.year
    # @r108 assign the key attribute
    book.author_id = 3
    # @r109 assign text as UUID
    profile.token = "12345678123456781234567812345678"  # noqa: S105
    # @end


class Upper(models.CharField):
    pass


class Typed(models.CharField[str]):
    def strip(self) -> str:
        return ""


class Special(models.Model):
    # @r110 own field, bare
    code = Upper(max_length=3)
    # @r111 own field, with parameter
    code2 = Typed(max_length=3)
    # @end


class Base(models.Model):
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class Child(Base):
    # @r112 fields of a child
    note = models.CharField(max_length=3)

    # @r113 Meta of a child
    class Meta(Base.Meta):
        ordering = ["note"]

    # @end


class TenantManager(models.Manager[M]):
    def mine(self) -> Self:
        return self


class TenantModel(models.Model):
    # @r114 generic manager of an abstract base
    objects: ClassVar[TenantManager[Self]] = TenantManager()

    # @end
    class Meta:
        abstract = True


class Invoice(TenantModel):
    pass


def generic(model: type[M]) -> M:
    # @r115 any model
    return model.objects.get(pk=1)
    # @end


class BookView:
    # @r116 queryset of a view
    queryset = Book.objects.filter(pages=1)

    def run(self) -> Book | None:
        return self.queryset.published().first()

    # @end


def more(special: Special, child: Child) -> None:
    # @r117 read own fields
    assert_type(special.code, str)
    assert_type(special.code2, str)
    # @r118 read inherited fields
    assert_type(child.made, dt.datetime)
    # @r119 generic result
    assert_type(generic(Tag), Tag)
    # @r120 generic manager
    assert_type(Invoice.objects.mine().get(), Invoice)
    # @r121 bound twin
    get = Author.objects.get
    assert_type(get(pk=1), Author)
    # @r122 rows of columns
    for title, price in Book.objects.values_list(Book.title, Book.price):
        assert_type(title, str)
        assert_type(price, Decimal)
    # @r123 labels and values
    assert_type(Status.LIVE.value, str)
    label: str = Status.LIVE.label
    # @r124 exceptions
    missing: type[Exception] = Book.DoesNotExist
    # @r125 hooks
    clean: Callable[[], None] = book.clean
    # @end


class Hooked(models.Model):
    # @r126 overriding sync hooks
    def clean(self) -> None:
        super().clean()

    # @end


class AsyncHooked(models.Model):
    # @r127 overriding async hooks
    async def aclean(self) -> None:
        await super().aclean()

    # @end


def windows() -> None:
    # @r128 a window with names, columns and a frame
    Window(Rank(), partition_by=Book.author, order_by=[Book.price.desc(), "pk"], frame=models.RowRange(-1, 0))
    # @r129 an aggregate over a window as a value of a condition
    Book.objects.filter(Window(models.Sum("price"), partition_by="author") > 5)
    # @end


def generated(parcel: Parcel) -> None:
    # @r130 what the database computes
    assert_type(parcel.grams, int)
    # @r131 what the database computes, or NULL
    assert_type(parcel.label, str | None)
    # @r132 compared by its type
    Parcel.objects.filter(Parcel.grams > 5)
    # @end


def raw() -> None:
    # @r133 instances out of SQL
    assert_type(Book.objects.raw("SELECT id FROM shop_book")[0], Book)
    # @r134 iterated
    for one in Book.objects.raw("SELECT id FROM shop_book WHERE pages = %s", [5]):
        assert_type(one, Book)
    # @r135 characters of a text as a value
    book.title = models.F("title")[1:5]
    # @r136 fetch mode
    assert_type(Book.objects.fetch_mode(models.FETCH_RAISE).get(), Book)
    # @end
