from __future__ import annotations

from typing import Any

import pytest
from tests.library.models import Author, Book, Publisher, Review, Tag
from tests.models.colours import Do, statements


@pytest.fixture
def jane(library: Any) -> Author:
    return Author.objects.create(name="Jane")


def titles(rows: Any) -> list[str]:
    return sorted(row.title for row in rows)


# -- foreign keys from behind -----------------------------------------------------------------------------------------


def test_create_points_to_the_instance(jane: Author, do: Do) -> None:
    book = do(jane.books, "create", title="Emma")
    assert book.author is jane
    assert list(jane.books.all()) == [book]


def test_get_or_create_and_update_or_create_stay_with_the_instance(jane: Author, do: Do) -> None:
    other = Author.objects.create(name="Mary")
    other.books.create(title="Emma")
    book, made = do(jane.books, "get_or_create", title="Emma")
    assert (made, book.author_id) == (True, jane.pk)
    book, made = do(jane.books, "update_or_create", title="Emma", defaults={"pages": 5})
    assert (made, book.pages, other.books.get().pages) == (False, 5, 0)


def test_bulk_create_points_to_the_instance(jane: Author, do: Do) -> None:
    do(jane.books, "bulk_create", [Book(title="a"), Book(title="b")])
    assert titles(jane.books.all()) == ["a", "b"]


def test_filters_start_with_the_instances_rows(jane: Author) -> None:
    jane.books.create(title="Emma")
    Author.objects.create(name="Mary").books.create(title="Emma")
    assert jane.books.filter(title="Emma").count() == 1
    assert jane.books.exclude(title="Emma").exists() is False
    assert jane.books.filter(title="Emma").get().author is jane
    assert jane.books.get(title="Emma") == jane.books.first()


def test_add_moves_rows_in_one_statement(jane: Author, library: Any, do: Do) -> None:
    mary = Author.objects.create(name="Mary")
    books = [mary.books.create(title=str(n)) for n in range(3)]
    with statements(library) as sent:
        do(jane.books, "add", *books)
    assert len([text for text in sent if text.startswith("UPDATE")]) == 1
    assert jane.books.count() == 3
    assert mary.books.count() == 0


def test_add_refuses_strangers_and_unsaved_rows(jane: Author) -> None:
    with pytest.raises(TypeError, match="takes instances of Book, not <Author: Jane>"):
        jane.books.add(jane)
    with pytest.raises(
        ValueError, match=r"is not stored in this database\. Save it first, or let add\(…, bulk=False\)"
    ):
        jane.books.add(Book(title="x"))
    jane.books.add(Book(title="x"), bulk=False)
    assert titles(jane.books.all()) == ["x"]


def test_remove_and_clear_exist_where_the_key_may_be_null(jane: Author, do: Do) -> None:
    publisher = Publisher.objects.create(name="P")
    first, second = (jane.books.create(title=title, publisher=publisher) for title in "ab")
    do(publisher.books, "remove", first)
    assert first.publisher is None
    assert list(publisher.books.all()) == [second]
    with pytest.raises(Publisher.DoesNotExist, match="is not related to"):
        do(publisher.books, "remove", first)
    do(publisher.books, "clear")
    assert publisher.books.count() == 0
    assert not hasattr(jane.books, "remove")
    assert not hasattr(jane.books, "clear")


def test_set_leaves_exactly_these(jane: Author, do: Do) -> None:
    publisher = Publisher.objects.create(name="P")
    a, b, c = (jane.books.create(title=title, publisher=publisher if title != "c" else None) for title in "abc")
    do(publisher.books, "set", [b, c])
    assert titles(publisher.books.all()) == ["b", "c"]
    do(publisher.books, "set", [a], clear=True)
    assert titles(publisher.books.all()) == ["a"]


def test_set_reads_a_queryset_that_was_not_read_yet(jane: Author, do: Do) -> None:
    publisher = Publisher.objects.create(name="P")
    for title in "ab":
        jane.books.create(title=title)
    do(publisher.books, "set", Book.objects.filter(title="b"))
    assert titles(publisher.books.all()) == ["b"]
    for name in ("x", "y"):
        Tag.objects.create(label=name, slug=name)
    book = Book.objects.get(title="b")
    do(book.tags, "set", Tag.objects.filter(label="y"))
    do(book.tags, "set", Tag.objects.all())
    assert sorted(tag.label for tag in book.tags.all()) == ["x", "y"]


def test_an_unsaved_instance_has_no_relation_yet() -> None:
    with pytest.raises(ValueError, match="This Author has no primary key"):
        Author(name="x").books.all()
    with pytest.raises(ValueError, match="has no id, so nothing can be related to it"):
        Book(title="x").tags.all()


def test_a_row_whose_column_pointed_to_is_null_has_no_rows(jane: Author) -> None:
    book = Book.objects.create(title="Without ISBN", author=jane)

    assert (book.isbn, list(book.copies.all()), book.copies.count()) == (None, [], 0)
    with pytest.raises(ValueError, match="This Book has no primary key"):
        book.copies.create(number=1)


def test_assigning_a_relation_names_set(jane: Author) -> None:
    with pytest.raises(TypeError, match=r"books\.set"):
        jane.books = []  # type: ignore[assignment]


def test_reviews_come_by_their_own_key(jane: Author) -> None:
    book = jane.books.create(title="Emma")
    review = book.reviews.create(reader="Ann")
    assert isinstance(review, Review)
    assert review.book is book


# -- many to many -----------------------------------------------------------------------------------------------------


@pytest.fixture
def emma(jane: Author) -> Book:
    return jane.books.create(title="Emma")


@pytest.fixture
def tags(library: Any) -> list[Tag]:
    return [Tag.objects.create(label=name, slug=name) for name in "abc"]


def labels(rows: Any) -> list[str]:
    return [row.label for row in rows]


def test_add_takes_instances_and_keys_and_knows_what_is_there(emma: Book, tags: list[Tag], do: Do) -> None:
    do(emma.tags, "add", tags[0], tags[1].pk)
    do(emma.tags, "add", tags[0])
    assert labels(emma.tags.all()) == ["a", "b"]
    assert list(tags[0].books.all()) == [emma]


def test_add_is_one_statement(emma: Book, tags: list[Tag], library: Any) -> None:
    with statements(library) as sent:
        emma.tags.add(*tags)
    assert len([text for text in sent if "INSERT" in text]) == 1
    assert not [text for text in sent if text.startswith("SELECT")]


def test_remove_set_and_clear(emma: Book, tags: list[Tag], do: Do) -> None:
    do(emma.tags, "set", tags)
    do(emma.tags, "remove", tags[0], tags[1].pk)
    assert labels(emma.tags.all()) == ["c"]
    do(emma.tags, "set", [tags[0].pk, tags[2]])
    assert labels(emma.tags.all()) == ["a", "c"]
    do(emma.tags, "set", [tags[1]], clear=True)
    assert labels(emma.tags.all()) == ["b"]
    do(emma.tags, "clear")
    assert emma.tags.count() == 0


def test_create_relates_the_new_row(emma: Book, do: Do) -> None:
    tag = do(emma.tags, "create", label="x", slug="x")
    again, made = do(emma.tags, "get_or_create", slug="x")
    _other, made_other = do(emma.tags, "update_or_create", slug="y", defaults={"label": "y"})
    assert (again, made, made_other) == (tag, False, True)
    assert labels(emma.tags.all()) == ["x", "y"]


def test_add_refuses_strangers_and_unsaved_rows_of_many_to_many(emma: Book) -> None:
    with pytest.raises(TypeError, match="takes instances of Tag or their keys"):
        emma.tags.add(emma)
    with pytest.raises(ValueError, match=r"add\(\) needs the id of <Tag: .*None: save"):
        emma.tags.add(Tag(label="x", slug="x"))


def test_through_defaults_fill_the_row_between(emma: Book, jane: Author, do: Do) -> None:
    do(emma.contributors, "add", jane, through_defaults={"role": lambda: "editor"})
    assert [credit.role for credit in emma.credits.all()] == ["editor"]
    assert list(jane.contributions.all()) == [emma]
    do(emma.contributors, "remove", jane)
    assert emma.credits.count() == 0


def test_a_symmetrical_relation_holds_both_ways(jane: Author, do: Do) -> None:
    mary = Author.objects.create(name="Mary")
    do(jane.friends, "add", mary)
    assert list(mary.friends.all()) == [jane]
    do(mary.friends, "remove", jane)
    assert jane.friends.count() == 0


def test_a_one_way_relation_to_itself(jane: Author, do: Do) -> None:
    mary = Author.objects.create(name="Mary")
    do(jane.follows, "add", mary)
    assert list(mary.followers.all()) == [jane]
    assert mary.follows.count() == 0


def test_filters_of_many_to_many(emma: Book, tags: list[Tag]) -> None:
    emma.tags.set(tags)
    assert labels(emma.tags.filter(label__gte="b")) == ["b", "c"]
    assert emma.tags.filter(books__title="Emma").count() == 3
    assert emma.tags.order_by("-label").values_list("label", flat=True)[0] == "c"
    assert emma.tags.update(label="z") == 3
    assert emma.tags.all().delete()[1]["library.Tag"] == 3


def test_managers_of_a_project_serve_relations(jane: Author) -> None:
    manager = Book._meta.default_manager
    assert isinstance(jane.books, type(manager))
    assert jane.books(manager="objects").count() == 0
