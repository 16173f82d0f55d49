from __future__ import annotations

from typing import Any

import pytest
from tests.library.models import Author, Book, Copy, Credit, Profile, Publisher, Review, Room, Shelf, Tag
from tests.models.colours import Do, statements

from manoir.db import transaction
from manoir.exceptions import IntegrityError, ProtectedError, RestrictedError
from manoir.models.signals import post_delete, pre_delete


@pytest.fixture
def emma(library: Any) -> Book:
    author = Author.objects.create(name="Jane")
    book = Book.objects.create(title="Emma", author=author, isbn="1", publisher=Publisher.objects.create(name="P"))
    book.tags.add(Tag.objects.create(label="a", slug="a"))
    Review.objects.create(book=book, reader="Ann")
    return book


def test_delete_of_a_lonely_row_is_one_statement(library: Any, do: Do) -> None:
    review_free = Room.objects.create(name="r")
    shelf = Shelf.objects.create(room=review_free, code="1")
    profile = Profile.objects.create(author=Author.objects.create(name="Jane"))
    with statements(library) as sent:
        assert do(profile, "delete") == (1, {"library.Profile": 1})
    assert len(sent) == 1
    assert profile.pk is None
    assert shelf.pk is not None


def test_delete_takes_along_what_depends_on_the_row(emma: Book, do: Do) -> None:
    total, counts = do(emma.author, "delete")
    assert counts == {"library.Review": 1, "library.Book_tags": 1, "library.Book": 1, "library.Author": 1}
    assert total == 4
    assert (Book.objects.count(), Tag.objects.count()) == (0, 1)


def test_delete_of_a_queryset(emma: Book, do: Do) -> None:
    Book.objects.create(title="Other", author=emma.author)
    assert do(Book.objects.filter(title="Emma"), "delete")[1]["library.Book"] == 1
    assert [book.title for book in Book.objects.all()] == ["Other"]


def test_delete_of_rows_nothing_points_to_is_one_statement(emma: Book, library: Any) -> None:
    with statements(library) as sent:
        assert Review.objects.filter(book__title="Emma").delete() == (1, {"library.Review": 1})
    assert len(sent) == 1


def test_delete_of_nothing(library: Any, do: Do) -> None:
    assert do(Book.objects.filter(title="x"), "delete") == (0, {})
    assert do(Review.objects.filter(reader="x"), "delete") == (0, {})


def test_set_null_writes_null_first(emma: Book, do: Do) -> None:
    assert do(emma.publisher, "delete") == (1, {"library.Publisher": 1})
    emma.refresh_from_db()
    assert emma.publisher is None


def test_protect_names_the_rows_that_hold(emma: Book, do: Do) -> None:
    shelf = Shelf.objects.create(room=Room.objects.create(name="r"), code="1")
    copy = Copy.objects.create(book=emma, shelf=shelf)
    with pytest.raises(ProtectedError, match=r"protected foreign keys: 'Copy\.shelf'") as caught:
        do(shelf, "delete")
    assert caught.value.protected_objects == {copy}
    assert isinstance(caught.value, IntegrityError)
    assert Shelf.objects.count() == 1


def test_restrict_refuses_unless_the_rows_go_as_well(emma: Book, do: Do) -> None:
    room = Room.objects.create(name="r")
    copy = Copy.objects.create(book=emma, room=room)
    with pytest.raises(RestrictedError, match=r"restricted foreign keys: 'Copy\.room'") as caught:
        do(room, "delete")
    assert caught.value.restricted_objects == {copy}
    copy.delete()
    assert do(room, "delete")[0] == 1


def test_a_foreign_key_to_another_unique_field_is_followed(emma: Book) -> None:
    Copy.objects.create(book=emma)
    assert emma.delete()[1]["library.Copy"] == 1


def test_delete_needs_a_key_and_a_plain_queryset(library: Any) -> None:
    with pytest.raises(ValueError, match="has no id: it was never saved"):
        Book(title="x").delete()
    with pytest.raises(TypeError, match="DELETE knows no slices"):
        Book.objects.all()[:2].delete()
    with pytest.raises(TypeError, match=r"call delete\(\) without values\(\)"):
        Book.objects.values("title").delete()
    with pytest.raises(AttributeError):
        Book.objects.delete()


def test_delete_is_one_transaction(emma: Book, library: Any) -> None:
    def refuse(sender: Any, instance: Any, **kwargs: Any) -> None:
        raise RuntimeError("no")

    post_delete.connect(refuse, sender=Author)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            emma.author.delete()
    finally:
        post_delete.disconnect(refuse, sender=Author)
    assert (Book.objects.count(), Author.objects.count(), Review.objects.count()) == (1, 1, 1)


def test_signals_of_dependent_rows_are_sent(emma: Book, do: Do) -> None:
    told: list[tuple[str, str]] = []

    def before(sender: Any, instance: Any, origin: Any, using: str, **kwargs: Any) -> None:
        told.append(("pre", sender.__name__))

    async def after(sender: Any, instance: Any, origin: Any, **kwargs: Any) -> None:
        assert origin == author
        told.append(("post", sender.__name__))

    author = emma.author
    pre_delete.connect(before)
    post_delete.connect(after)
    try:
        do(author, "delete")
    finally:
        pre_delete.disconnect(before)
        post_delete.disconnect(after)
    assert sorted(told) == sorted((when, name) for when in ("pre", "post") for name in ("Author", "Book", "Review"))


def test_relations_in_a_circle_are_deleted(library: Any) -> None:
    author = Author.objects.create(name="Jane")
    first = Book.objects.create(title="1", author=author)
    second = Book.objects.create(title="2", author=author, sequel_to=first)
    Book.objects.filter(pk=first.pk).update(sequel_to=second)
    author.mentor = author
    author.save()
    assert author.delete()[1] == {"library.Book": 2, "library.Author": 1}


def test_raw_delete_skips_everything(emma: Book) -> None:
    Credit.objects.create(book=emma, author=emma.author, role="editor")
    assert Credit.objects.all()._raw_delete("default") == 1


def test_many_rows_are_deleted_in_batches(library: Any) -> None:
    author = Author.objects.create(name="Jane")
    Book.objects.bulk_create([Book(title=str(n), author=author) for n in range(1_200)])
    with statements(library) as sent:
        assert Book.objects.all().delete() == (1_200, {"library.Book": 1_200})
    assert len([text for text in sent if text.startswith("DELETE FROM library_book \n")]) <= 2
