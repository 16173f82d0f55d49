"""Rows as nested data, made of the driver's rows in one step."""

from __future__ import annotations

from tests.library.models import Author, Book, Publisher, Tag

from manoir.models import Count
from manoir.models.shapes import RowShape


def as_mapping(names):
    def expression(source, values):
        return "{" + ", ".join(f"{source.key(name)}: {value}" for name, value in zip(names, values, strict=True)) + "}"

    return expression


async def test_rows_become_what_the_expression_says(database):
    ann = await Author.objects.acreate(name="Ann")
    await Book.objects.acreate(title="Emma", author=ann)
    names = ["title", "author__name", "publisher__name"]
    shape = RowShape(Book, names, as_mapping(names))

    assert await shape.of(Book.objects.filter(title="Emma"))._afetch() == [
        {"title": "Emma", "author__name": "Ann", "publisher__name": None}
    ]
    assert shape.output is not None  # bound once, for all queries without values of their own


async def test_values_of_the_query_itself_may_be_named(database):
    await Publisher.objects.acreate(name="House")
    shape = RowShape(Publisher, ["name", "n"], as_mapping(["name", "n"]))

    assert await shape.of(Publisher.objects.annotate(n=Count("books")))._afetch() == [{"name": "House", "n": 0}]
    assert shape.output is None


async def test_many_sides_come_with_the_key_they_belong_to(database):
    ann = await Author.objects.acreate(name="Ann")
    books = [await Book.objects.acreate(title=title, author=ann) for title in ("A", "B")]
    tag = await Tag.objects.acreate(label="Art", slug="art")
    for book in books:
        await book.tags.aadd(tag)

    def pair(source, values):
        return f"({values[0]}, {values[1]})"

    tags = RowShape(Tag, ["slug"], pair, Book._meta.get_field("tags"))
    written = RowShape(
        Book, ["title"], pair, next(rel for rel in Author._meta.related_objects if rel.accessor_name == "books")
    )

    found = await tags.aread_among(Tag.objects.all(), [book.pk for book in books])
    assert sorted(found) == [(book.pk, "art") for book in books]
    assert await written.aread_among(Book.objects.order_by("-title"), [ann.pk]) == [(ann.pk, "B"), (ann.pk, "A")]
    assert (tags.key_name, written.key_name) == ("id", "id")


def test_querysets_whose_rows_do_not_count_for_themselves_do_not_fit():
    shape = RowShape(Tag, ["slug"], as_mapping(["slug"]))

    fits = [
        shape.fits(rows)
        for rows in (
            Tag.objects.all(),
            Tag.objects.distinct(),
            Tag.objects.values("slug"),
            Tag.objects.all().union(Tag.objects.all()),
            Tag.objects.select_for_update(),
        )
    ]
    assert fits == [True, False, False, False, False]


async def test_a_base_that_joins_many_rows_itself_is_no_usual_one(database):
    """The key's table is joined a second time then; what was bound for that is not kept for others."""
    ann = await Author.objects.acreate(name="Ann")
    books = [await Book.objects.acreate(title=title, author=ann) for title in ("A", "B")]
    tag = await Tag.objects.acreate(label="Art", slug="art")
    for book in books:
        await book.tags.aadd(tag)

    tags = RowShape(Tag, ["slug"], lambda source, values: f"({values[0]}, {values[1]})", Book._meta.get_field("tags"))
    joined = await tags.aread_among(Tag.objects.filter(books__title="A"), [books[1].pk])
    plain = await tags.aread_among(Tag.objects.all(), [books[1].pk])
    again = await tags.aread_among(Tag.objects.filter(books__title="A"), [books[0].pk])

    assert (joined, plain, again) == ([(books[1].pk, "art")], [(books[1].pk, "art")], [(books[0].pk, "art")])
