from __future__ import annotations

from typing import Any

import pytest
from tests.library.models import Author, Book, Publisher, Status, Tag
from tests.models.colours import Do, statements

from manoir.exceptions import FieldError, IntegrityError
from manoir.models import F


def test_create_answers_the_saved_instance(library: Any, do: Do) -> None:
    with statements(library) as sent:
        tag = do(Tag.objects, "create", label="a", slug="a")
    assert len(sent) == 1
    assert Tag.objects.get() == tag


def test_create_of_an_unknown_field_names_the_nearest(library: Any) -> None:
    with pytest.raises(TypeError, match=r"'lable'.*'label'"):
        Tag.objects.create(lable="a", slug="a")


def test_create_refuses_the_far_side_of_a_relation(library: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="books"):
        Author.objects.create(name="Jane", books=[])


def test_get_or_create_makes_a_row_once(library: Any, do: Do) -> None:
    first, made = do(Tag.objects, "get_or_create", slug="a", defaults={"label": "A"})
    again, made_again = do(Tag.objects, "get_or_create", slug="a", defaults={"label": "B"})
    assert (made, made_again, first, again.label) == (True, False, again, "A")


def test_get_or_create_leaves_lookups_out_of_the_new_row(library: Any, do: Do) -> None:
    tag, made = do(Tag.objects, "get_or_create", slug__iexact="A", defaults={"slug": lambda: "a", "label": str})
    assert (made, tag.slug, tag.label) == (True, "a", "")


def test_get_or_create_reports_what_the_database_refuses(library: Any) -> None:
    Tag.objects.create(label="x", slug="a")
    with pytest.raises(IntegrityError):
        Tag.objects.get_or_create(label="other", defaults={"slug": "a"})
    assert Tag.objects.count() == 1  # the transaction goes on


def test_get_or_create_with_several_rows(library: Any) -> None:
    Tag.objects.bulk_create([Tag(label="x", slug="a"), Tag(label="x", slug="b")])
    with pytest.raises(Tag.MultipleObjectsReturned):
        Tag.objects.get_or_create(label="x")


def test_get_or_create_names_unknown_fields(library: Any) -> None:
    with pytest.raises(FieldError, match=r"Tag has no field or property 'lable'.*'label'"):
        Tag.objects.get_or_create(slug="a", defaults={"lable": 1})


def test_update_or_create_updates_the_row_that_is_there(library: Any, do: Do) -> None:
    Tag.objects.create(label="a", slug="a")
    tag, made = do(Tag.objects, "update_or_create", slug="a", defaults={"label": lambda: "b"})
    assert (made, tag.label, Tag.objects.get().label) == (False, "b", "b")


def test_update_or_create_makes_a_row_of_create_defaults(library: Any, do: Do) -> None:
    tag, made = do(Tag.objects, "update_or_create", slug="a", defaults={"label": "b"}, create_defaults={"label": "new"})
    assert (made, tag.label) == (True, "new")


def test_update_or_create_writes_only_what_changed_and_auto_now(library: Any) -> None:
    author = Author.objects.create(name="Jane")
    before = Book.objects.create(title="Emma", author=author)
    with statements(library) as sent:
        after, _made = Book.objects.update_or_create(title="Emma", author=author, defaults={"pages": 5})
    update = next(text for text in sent if text.startswith("UPDATE"))
    assert "pages" in update
    assert "subtitle" not in update
    assert after.updated > before.updated


# -- update -----------------------------------------------------------------------------------------------------------


def test_update_answers_how_many_rows_were_met(library: Any, do: Do) -> None:
    Tag.objects.bulk_create([Tag(label="x", slug=str(number)) for number in range(3)])
    with statements(library) as sent:
        assert do(Tag.objects.filter(slug__in=["0", "1"]), "update", label="y") == 2
    assert len(sent) == 1
    assert sorted(Tag.objects.values_list("label", flat=True)) == ["x", "y", "y"]


def test_update_with_expressions_enums_and_relations(library: Any) -> None:
    jane, mary = Author.objects.create(name="Jane"), Author.objects.create(name="Mary")
    Book.objects.create(title="Emma", author=jane, pages=3, price=5)
    Book.objects.update(pages=F("pages") * 2 + 1, author=mary, status=Status.GONE, publisher=None, price=F("price") / 2)
    book = Book.objects.get()
    assert (book.pages, book.author_id, book.status, str(book.price)) == (7, mary.pk, Status.GONE, "2.50")


def test_update_over_a_join_chooses_rows_by_their_keys(library: Any, do: Do) -> None:
    jane = Author.objects.create(name="Jane")
    Book.objects.create(title="Emma", author=jane)
    Book.objects.create(title="Frankenstein", author=Author.objects.create(name="Mary"))
    assert do(Book.objects.filter(author__name="Jane"), "update", pages=9) == 1
    assert list(Book.objects.values_list("pages", flat=True)) == [9, 0]


def test_update_refuses_slices_joins_and_unknown_names(library: Any) -> None:
    with pytest.raises(TypeError, match="UPDATE knows no slices"):
        Book.objects.all()[:3].update(pages=1)
    with pytest.raises(FieldError, match=r"'title' crosses a relation.*Subquery"):
        Book.objects.update(title=F("author__name"))
    with pytest.raises(FieldError, match=r"'titel'.*'title'"):
        Book.objects.update(titel="x")
    with pytest.raises(FieldError, match=r"update\(\) writes columns, and .*tags has none"):
        Book.objects.update(tags=[])
    with pytest.raises(ValueError, match=r"update\(\) needs the id of <Author: .*save that object first"):
        Book.objects.update(author=Author(name="x"))


def test_update_of_nothing_sends_nothing(library: Any) -> None:
    with statements(library) as sent:
        assert Book.objects.none().update(pages=1) == 0
        assert Book.objects.filter(pk__in=[]).update(pages=1) == 0
    assert sent == []


# -- bulk_create ------------------------------------------------------------------------------------------------------


def test_bulk_create_gives_each_instance_its_own_key(library: Any, do: Do) -> None:
    tags = [Tag(label=f"l{number}", slug=f"s{number}") for number in range(1_050)]
    made = do(Tag.objects, "bulk_create", tags)
    assert made == tags
    by_key = dict(Tag.objects.values_list("pk", "slug"))
    assert [by_key[tag.pk] for tag in tags] == [tag.slug for tag in tags]
    assert {(tag._state.adding, tag._state.db) for tag in tags} == {(False, "default")}


def test_bulk_create_has_few_texts_for_any_length(library: Any) -> None:
    with statements(library) as sent:
        for prefix, count in (("a", 5), ("b", 300), ("c", 37)):
            Tag.objects.bulk_create([Tag(label="x", slug=f"{prefix}{number}") for number in range(count)])
    inserts = {text for text in sent if text.startswith("INSERT")}
    assert len(inserts) == 1 if library.vendor == "postgresql" else len(inserts) <= 9  # powers of two up to 256


def test_bulk_create_of_every_kind_of_value(library: Any) -> None:
    import datetime as dt
    from decimal import Decimal

    from tests.library.models import Size

    author = Author.objects.create(name="Jane")
    books = [
        Book(
            title="Emma",
            author=author,
            price=Decimal("1.50"),
            extra={"a": [1]},
            size=Size(1, 2),
            cover=b"\x00",
            isbn="1",
        ),
        Book(
            title="Sanditon",
            author=author,
            rating=1.5,
            reading_time=dt.timedelta(hours=1),
            published=dt.date(1925, 1, 1),
        ),
    ]
    Book.objects.bulk_create(books)
    for book in books:
        found = Book.objects.get(pk=book.pk)
        for field in Book._meta.concrete_fields:
            assert getattr(found, field.attname) == getattr(book, field.attname), field.name


def test_bulk_create_mixes_given_and_new_keys_defaults_and_expressions(library: Any) -> None:
    from manoir.models import Value
    from manoir.models.functions import Upper

    tags = [Tag(pk=5_000, label="a", slug="a"), Tag(label=Upper(Value("b")), slug="b"), Tag(label="c", slug="c")]
    Tag.objects.bulk_create(tags)
    assert sorted(Tag.objects.values_list("label", flat=True)) == ["B", "a", "c"]
    assert [tag.slug for tag in tags] == [Tag.objects.get(pk=tag.pk).slug for tag in tags]
    assert tags[1].label == "B"


def test_bulk_create_in_batches_is_all_or_nothing(library: Any) -> None:
    tags = [Tag(label="x", slug=str(number % 9)) for number in range(10)]
    from manoir.db import transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Tag.objects.bulk_create(tags, batch_size=3)
    assert Tag.objects.count() == 0


def test_bulk_create_ignores_conflicts(library: Any, do: Do) -> None:
    Tag.objects.create(label="old", slug="a")
    do(Tag.objects, "bulk_create", [Tag(label="x", slug="a"), Tag(label="x", slug="b")], ignore_conflicts=True)
    assert sorted(Tag.objects.values_list("label", "slug")) == [("old", "a"), ("x", "b")]


def test_bulk_create_updates_conflicts_and_answers_all_keys(library: Any, do: Do) -> None:
    old = Tag.objects.create(label="old", slug="a")
    tags = [Tag(label="x", slug="a"), Tag(label="x", slug="b")]
    do(
        Tag.objects,
        "bulk_create",
        tags,
        update_conflicts=True,
        update_fields=["label"],
        unique_fields=["slug"],
    )
    assert sorted(Tag.objects.values_list("label", "slug")) == [("x", "a"), ("x", "b")]
    assert tags[0].pk == old.pk


def test_bulk_create_refuses_arguments_that_contradict(library: Any) -> None:
    objects = Tag.objects
    with pytest.raises(ValueError, match="give one"):
        objects.bulk_create([], ignore_conflicts=True, update_conflicts=True)
    with pytest.raises(ValueError, match="name it by update_fields"):
        objects.bulk_create([], update_conflicts=True)
    with pytest.raises(ValueError, match="name it by unique_fields"):
        objects.bulk_create([], update_conflicts=True, update_fields=["label"])
    with pytest.raises(ValueError, match="take 'id' out"):
        objects.bulk_create([], update_conflicts=True, update_fields=["id"], unique_fields=["slug"])
    with pytest.raises(ValueError, match="batch_size=0 is no number of rows"):
        objects.bulk_create([], batch_size=0)
    with pytest.raises(ValueError, match=r"bulk_create\(\) would lose 'author'"):
        Book.objects.bulk_create([Book(title="x", author=Author())])


def test_bulk_create_of_nothing_sends_nothing(library: Any) -> None:
    with statements(library) as sent:
        assert Tag.objects.bulk_create([]) == []
    assert sent == []


# -- bulk_update ------------------------------------------------------------------------------------------------------


def test_bulk_update_is_one_statement(library: Any, do: Do) -> None:
    tags = Tag.objects.bulk_create([Tag(label="x", slug=str(number)) for number in range(300)])
    for tag in tags:
        tag.label = f"l{tag.slug}"
    with statements(library) as sent:
        assert do(Tag.objects, "bulk_update", tags, ["label"]) == 300
    assert len([text for text in sent if text.startswith("UPDATE")]) == 1
    assert all(label == f"l{slug}" for label, slug in Tag.objects.values_list("label", "slug"))


def test_bulk_update_with_expressions_nulls_relations_and_types(library: Any) -> None:
    author, other = Author.objects.create(name="Jane"), Author.objects.create(name="Mary")
    books = Book.objects.bulk_create([Book(title=str(n), author=author, pages=n, subtitle="s") for n in range(3)])
    for book in books:
        book.author, book.price, book.subtitle, book.extra = other, book.pages, None, {"n": book.pages}
    Book.objects.bulk_update(books, ["author", "price", "subtitle", "extra"], batch_size=2)
    assert list(Book.objects.order_by("title").values_list("author_id", "price", "subtitle", "extra")) == [
        (other.pk, n, None, {"n": n}) for n in range(3)
    ]
    books[0].pages, books[1].pages = F("pages") + 10, 100
    assert Book.objects.bulk_update(books[:2], ["pages"]) == 2
    assert list(Book.objects.order_by("title").values_list("pages", flat=True)) == [10, 100, 2]


def test_bulk_update_keeps_to_the_queryset(library: Any) -> None:
    tags = Tag.objects.bulk_create([Tag(label="x", slug="a"), Tag(label="y", slug="b")])
    for tag in tags:
        tag.label = "z"
    assert Tag.objects.filter(label="x").bulk_update(tags, ["label"]) == 1


def test_bulk_update_refuses_what_it_cannot_write(library: Any) -> None:
    with pytest.raises(ValueError, match="got no fields"):
        Tag.objects.bulk_update([], [])
    with pytest.raises(ValueError, match="cannot change 'id'"):
        Tag.objects.bulk_update([], ["id"])
    with pytest.raises(ValueError, match="'tags' has none in the table of Book"):
        Book.objects.bulk_update([], ["tags"])
    with pytest.raises(ValueError, match="an object has none: save it first"):
        Tag.objects.bulk_update([Tag(label="a", slug="a")], ["label"])
    with pytest.raises(ValueError, match=r"'lable'.*'label'"):
        Tag.objects.bulk_update([], ["lable"])


def test_a_model_with_nothing_but_defaults(library: Any) -> None:
    publishers = Publisher.objects.bulk_create([Publisher(name="a"), Publisher(name="b")])
    assert [publisher.pk for publisher in publishers] == list(Publisher.objects.values_list("pk", flat=True))
