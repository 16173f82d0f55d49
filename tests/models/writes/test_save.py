from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, CheapBook, Profile, Publisher, Review, Size, Status, Tag
from tests.models.colours import Do, statements

from manoir.exceptions import FieldError, FieldTypeError, IntegrityError
from manoir.models import F, Value
from manoir.models.functions import Upper


def test_save_inserts_a_new_instance_and_reads_its_key(library: Any, do: Do) -> None:
    author = Author(name="Jane")
    assert author._state.adding
    do(author, "save")
    assert isinstance(author.pk, int)
    assert (author._state.adding, author._state.db) == (False, "default")
    assert Author.objects.get(pk=author.pk).name == "Jane"


def test_save_updates_a_saved_instance_in_one_statement(library: Any, do: Do) -> None:
    author = Author.objects.create(name="Jane")
    author.name = "Austen"
    with statements(library) as sent:
        do(author, "save")
    assert len(sent) == 1
    assert sent[0].startswith("UPDATE")
    assert list(Author.objects.values_list("name", flat=True)) == ["Austen"]


def test_every_kind_of_value_survives_a_round(library: Any) -> None:
    author = Author.objects.create(name="Jane", email="jane@example.org", born=dt.date(1775, 12, 16))
    values = {
        "title": "Emma",
        "price": Decimal("12.50"),
        "pages": 474,
        "rating": 4.5,
        "published": dt.date(1815, 12, 23),
        "status": Status.LIVE,
        "on_sale": True,
        "size": Size(130, 200, ["blue"]),
        "extra": {"a": [1, None, "x"]},
        "cover": b"\x00\xff",
        "reading_time": dt.timedelta(hours=7, microseconds=3),
    }
    book = Book.objects.create(author=author, **values)
    found = Book.objects.get(pk=book.pk)
    assert {name: getattr(found, name) for name in values} == values
    assert found.created == book.created


def test_values_are_prepared_as_their_fields_say(library: Any) -> None:
    author = Author.objects.create(name="Jane")
    book = Book.objects.create(title="Emma", author=author, price="3.5", pages="12", published="1815-12-23")
    found = Book.objects.get(pk=book.pk)
    assert (found.price, found.pages, found.published) == (Decimal("3.50"), 12, dt.date(1815, 12, 23))


def test_a_value_that_fits_no_column_names_its_field(library: Any) -> None:
    book = Book(title="Emma", author=Author.objects.create(name="Jane"), pages="many")
    with pytest.raises(FieldTypeError, match=r"library\.Book\.pages expects"):
        book.save()


def test_a_given_key_updates_its_row_or_inserts_one(library: Any) -> None:
    first = Tag(pk=77, label="a", slug="a")
    with statements(library) as sent:
        first.save()
    assert [text.split()[0] for text in sent] == ["UPDATE", "INSERT"]
    Tag(pk=77, label="b", slug="b").save()
    assert list(Tag.objects.values_list("pk", "label")) == [(77, "b")]


def test_a_key_with_a_default_is_inserted_at_once(library: Any) -> None:
    book = Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
    with statements(library) as sent:
        review = Review(book=book, reader="Ann")
        review.save()
    assert [text.split()[0] for text in sent] == ["INSERT"]
    assert review.pk is not None


def test_what_the_database_computes_is_read_back(library: Any, do: Do) -> None:
    book = Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
    review = Review(book=book, reader="Ann")
    do(review, "save")
    assert review.helpful == 0


def test_force_insert_refuses_an_existing_key(library: Any, do: Do) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    with pytest.raises(IntegrityError):
        do(Tag(pk=tag.pk, label="b", slug="b"), "save", force_insert=True)


def test_force_update_without_a_row_raises_not_updated(library: Any, do: Do) -> None:
    with pytest.raises(Tag.NotUpdated, match=r"force_update=True\) found no row with the key 5"):
        do(Tag(pk=5, label="b", slug="b"), "save", force_update=True)


def test_force_insert_and_force_update_contradict_each_other(library: Any) -> None:
    with pytest.raises(ValueError, match="give only one of them"):
        Tag(label="a", slug="a").save(force_insert=True, force_update=True)


def test_force_update_needs_a_key(library: Any) -> None:
    with pytest.raises(ValueError, match="has no id, so there is no row to change"):
        Tag(label="a", slug="a").save(force_update=True)


def test_update_fields_writes_these_alone(library: Any, do: Do) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    tag.label, tag.slug = "b", "b"
    do(tag, "save", update_fields=["label"])
    assert Tag.objects.values_list("label", "slug").get() == ("b", "a")


def test_update_fields_without_a_row_raises_not_updated(library: Any) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    Tag.objects.all().delete()
    with pytest.raises(Tag.NotUpdated, match=r"update_fields=…\) found no row with the key"):
        tag.save(update_fields=["label"])


def test_empty_update_fields_write_nothing(library: Any) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    with statements(library) as sent:
        tag.save(update_fields=[])
    assert sent == []


def test_unknown_update_fields_are_named_with_the_nearest(library: Any) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    with pytest.raises(ValueError, match=r"lable.*'label'"):
        tag.save(update_fields=["lable"])
    with pytest.raises(ValueError, match="update_fields is a list"):
        tag.save(update_fields="label")


def test_deferred_columns_are_not_written(library: Any) -> None:
    Tag.objects.create(label="a", slug="a")
    tag = Tag.objects.only("label").get()
    tag.label = "b"
    with statements(library) as sent:
        tag.save()
    assert len(sent) == 1
    assert "slug" not in sent[0]


def test_auto_now_changes_with_each_save_and_auto_now_add_does_not(library: Any) -> None:
    book = Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
    created, updated = book.created, book.updated
    book.save()
    assert book.created == created
    assert book.updated > updated
    assert Book.objects.get().updated == book.updated


def test_an_expression_is_computed_by_the_database_and_read_back(library: Any, do: Do) -> None:
    book = Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"), pages=10)
    book.pages = F("pages") + 5
    book.title = Upper("title")
    do(book, "save")
    assert (book.pages, book.title) == (15, "EMMA")
    assert Book.objects.values_list("pages", "title").get() == (15, "EMMA")


def test_a_value_expression_can_be_inserted_but_a_column_cannot(library: Any) -> None:
    assert Tag.objects.create(label=Upper(Value("abc")), slug="a").label == "ABC"
    with pytest.raises(ValueError, match="cannot follow from <F: slug>"):
        Tag.objects.create(label=F("slug"), slug="b")


def test_an_unsaved_related_instance_is_refused(library: Any, do: Do) -> None:
    book = Book(title="Emma", author=Author(name="Jane"))
    with pytest.raises(ValueError, match=r"save\(\) would lose 'author': that object is not saved yet"):
        do(book, "save")


def test_a_related_instance_that_was_saved_later_gives_its_key(library: Any) -> None:
    author = Author(name="Jane")
    book = Book(title="Emma", author=author)
    author.save()
    book.save()
    assert book.author_id == author.pk
    assert book.author is author


def test_one_to_one_key_as_primary_key(library: Any) -> None:
    author = Author.objects.create(name="Jane")
    profile = Profile.objects.create(author=author, bio="x", preferences={"a": 1})
    assert profile.pk == author.pk
    profile.bio = "y"
    profile.save()
    assert Profile.objects.values_list("pk", "bio").get() == (author.pk, "y")


def test_a_proxy_writes_the_table_of_its_model(library: Any) -> None:
    book = CheapBook.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
    book.title = "Emma 2"
    book.save()
    assert Book.objects.get().title == "Emma 2"


def test_a_warm_write_builds_no_statement(library: Any) -> None:
    from manoir.models._plan import plans_of

    def write() -> None:
        tag = Tag.objects.create(label="a", slug="a")
        tag.save()
        tag.save(update_fields=["label"])
        Tag.objects.filter(pk=tag.pk).update(label=F("slug"))
        tag.delete()

    write()
    before = (plans_of(library).compiled, len(plans_of(library).plans))
    write()
    assert (plans_of(library).compiled, len(plans_of(library).plans)) == before


async def test_save_in_a_coroutine_is_refused_with_its_cure(library: Any) -> None:
    from manoir.exceptions import SynchronousOnlyOperation

    with pytest.raises(SynchronousOnlyOperation, match="asave"):
        Tag(label="a", slug="a").save()


# -- refresh_from_db --------------------------------------------------------------------------------------------------


def test_refresh_reads_all_values_again(library: Any, do: Do) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    Tag.objects.update(label="b")
    do(tag, "refresh_from_db")
    assert tag.label == "b"


def test_refresh_of_named_fields_leaves_the_others(library: Any, do: Do) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    Tag.objects.update(label="b", slug="b")
    do(tag, "refresh_from_db", fields=["label"])
    assert (tag.label, tag.slug) == ("b", "a")


def test_refresh_forgets_loaded_relations(library: Any) -> None:
    jane, mary = Author.objects.create(name="Jane"), Author.objects.create(name="Mary")
    book = Book.objects.prefetch_related("tags").get(pk=Book.objects.create(title="Emma", author=jane).pk)
    assert book.author == jane
    book.tags.model.objects.create(label="a", slug="a").books.add(Book.objects.get())
    assert list(book.tags.all()) == []
    Book.objects.update(author=mary)
    book.refresh_from_db()
    assert book.author == mary
    assert [tag.label for tag in book.tags.all()] == ["a"]


def test_refresh_from_a_queryset(library: Any) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    with pytest.raises(Tag.DoesNotExist):
        tag.refresh_from_db(from_queryset=Tag.objects.filter(label="b"))
    tag.refresh_from_db(from_queryset=Tag.objects.filter(label="a"))


def test_refresh_of_a_missing_row_raises_does_not_exist(library: Any, do: Do) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    Tag.objects.all().delete()
    with pytest.raises(Tag.DoesNotExist):
        do(tag, "refresh_from_db")


def test_refresh_of_an_unknown_field_names_the_nearest(library: Any) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    with pytest.raises(FieldError, match=r"'lable'.*'label'"):
        tag.refresh_from_db(fields=["lable"])


def test_refresh_gives_a_deferred_instance_its_column(library: Any) -> None:
    Publisher.objects.create(name="P", country="DE")
    publisher = Publisher.objects.only("name").get()
    publisher.refresh_from_db(fields=["country"])
    with statements(library) as sent:
        assert publisher.country == "DE"
    assert sent == []


def test_a_row_of_nothing_but_its_key(library: Any) -> None:
    author = Author.objects.create(name="Jane")
    book = Book.objects.create(title="Emma", author=author)
    book.tags.through.objects.all()
    row = book.tags.through(book=book, tag=Tag.objects.create(label="a", slug="a"))
    row.save()
    row.save()
    assert book.tags.count() == 1


def test_select_on_save_asks_first(library: Any) -> None:
    tag = Tag.objects.create(label="a", slug="a")
    Tag._meta.select_on_save = True
    try:
        with statements(library) as sent:
            tag.save()
            Tag(pk=tag.pk + 1, label="b", slug="b").save()
    finally:
        Tag._meta.select_on_save = False
    assert [text.split()[0] for text in sent] == ["SELECT", "UPDATE", "SELECT", "INSERT"]
