"""Fetch modes: whom touching an unread relation or field asks for."""

from __future__ import annotations

from typing import Any

import pytest
from tests.library.models import Author, Book, Profile, Tag
from tests.models.colours import statements

from manoir.bridge import wait
from manoir.exceptions import FieldError, FieldFetchBlocked
from manoir.models import FETCH_ONE, FETCH_PEERS, FETCH_RAISE, Prefetch


@pytest.fixture
def books(library: Any) -> Any:
    """Three books of two authors with a mentor, a profile and tags."""
    zoe = Author.objects.create(name="Zoe")
    ann, bob = [Author.objects.create(name=name, mentor=zoe) for name in ("Ann", "Bob")]
    Profile.objects.create(author=ann, bio="a")
    tag = Tag.objects.create(label="x", slug="x")
    for title, author in (("A", ann), ("B", ann), ("C", bob)):
        Book.objects.create(title=title, author=author, pages=7).tags.add(tag)
    return library


def count(connection: Any, work: Any) -> int:
    with statements(connection) as sent:
        work()
    return len(sent)


def test_one_reads_for_each_instance_alone(books: Any) -> None:
    rows = list(Book.objects.fetch_mode(FETCH_ONE))
    assert count(books, lambda: [book.author.name for book in rows]) == 3
    rows = list(Book.objects.fetch_mode(FETCH_ONE).only("title"))
    assert count(books, lambda: [book.pages for book in rows]) == 3
    authors = list(Author.objects.fetch_mode(FETCH_ONE).filter(name__in=["Ann", "Bob"]))
    assert count(books, lambda: [len(author.books.all()) for author in authors]) == 2


def test_peers_are_read_together_as_without_a_mode(books: Any) -> None:
    for queryset in (Book.objects.all(), Book.objects.fetch_mode(FETCH_PEERS)):
        rows = list(queryset)
        assert count(books, lambda rows=rows: [book.author.name for book in rows]) == 1  # type: ignore[misc]
    again = list(Book.objects.fetch_mode(FETCH_ONE).fetch_mode(FETCH_PEERS))
    assert count(books, lambda: [book.author.name for book in again]) == 1


def test_raise_blocks_what_was_not_read(books: Any) -> None:
    book = Book.objects.fetch_mode(FETCH_RAISE).only("title", "author").get(title="A")
    with pytest.raises(FieldFetchBlocked, match=r"Book\.author was not read.*select_related\('author'\)"):
        book.author
    with pytest.raises(FieldFetchBlocked, match=r"Book\.pages was not read.*do not defer it"):
        book.pages
    author = Author.objects.fetch_mode(FETCH_RAISE).get(name="Ann")
    with pytest.raises(FieldFetchBlocked, match=r"Author\.profile was not read.*select_related\('profile'\)"):
        author.profile
    assert [one.title for one in author.books.all()] == ["A", "B"]  # managers ask, as ever
    assert issubclass(FieldFetchBlocked, FieldError)


def test_raise_lets_through_what_was_read_or_is_asked_for(books: Any) -> None:
    book = Book.objects.fetch_mode(FETCH_RAISE).select_related("author").get(title="A")
    assert book.author.name == "Ann"
    with pytest.raises(FieldFetchBlocked, match=r"Author\.mentor"):
        book.author.mentor
    book = Book.objects.fetch_mode(FETCH_RAISE).get(title="A")
    wait(book.aload("author"))
    assert book.author.name == "Ann"
    assert Book(title="new").sequel_to is None


def test_modes_go_on_to_what_is_read(books: Any) -> None:
    rows = list(Author.objects.filter(name__in=["Ann", "Bob"]).fetch_mode(FETCH_ONE).prefetch_related("books"))
    found = [book for author in rows for book in author.books.all()]
    assert count(books, lambda: [book.publisher for book in found]) == 0
    assert count(books, lambda: [book.tags.all()[0].label for book in found]) == 3
    book = Book.objects.fetch_mode(FETCH_ONE).get(title="A")
    assert book.author._origin.mode is FETCH_ONE
    blocked = Author.objects.fetch_mode(FETCH_RAISE).get(name="Ann").books.get(title="A")
    with pytest.raises(FieldFetchBlocked):
        blocked.tags.through.objects.fetch_mode(FETCH_RAISE).all()[0].tag
    assert blocked._origin.mode is FETCH_RAISE
    own = Author.objects.fetch_mode(FETCH_RAISE).prefetch_related(
        Prefetch("books", queryset=Book.objects.fetch_mode(FETCH_PEERS))
    )
    assert [book.publisher for author in own for book in author.books.all()] == [None, None, None]


def test_both_colours(books: Any) -> None:
    async def main() -> None:
        async for book in Book.objects.fetch_mode(FETCH_RAISE):
            with pytest.raises(FieldFetchBlocked):
                book.author

    wait(main())


def test_values_and_slices_keep_the_mode(books: Any) -> None:
    assert list(Book.objects.fetch_mode(FETCH_RAISE).values_list("title", flat=True)) == ["A", "B", "C"]
    first = Book.objects.fetch_mode(FETCH_RAISE).filter(pages=7).order_by("title")[:1][0]
    with pytest.raises(FieldFetchBlocked):
        first.author
    both = Book.objects.fetch_mode(FETCH_RAISE).filter(title="A").union(Book.objects.filter(title="B"))
    with pytest.raises(FieldFetchBlocked):
        [book.author for book in both]


def test_other_modes_are_refused(library: Any) -> None:
    with pytest.raises(TypeError, match=r"models\.FETCH_ONE, models\.FETCH_PEERS or models\.FETCH_RAISE, not 'one'"):
        Book.objects.fetch_mode("one")  # type: ignore[arg-type]
    assert repr(FETCH_ONE) == "models.FETCH_ONE"
