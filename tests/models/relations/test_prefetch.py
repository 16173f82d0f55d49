from __future__ import annotations

from typing import Any

import pytest
from tests.library.models import Author, Book, Profile, Publisher, Tag
from tests.models.colours import Do, statements

from manoir.models import Prefetch, prefetch_related_objects


@pytest.fixture
def shelf(library: Any) -> Any:
    """Three authors with two books each, every book with two tags."""
    tags = [Tag.objects.create(label=name, slug=name) for name in "ab"]
    for name in ("Ann", "Bea", "Cleo"):
        author = Author.objects.create(name=name)
        Profile.objects.create(author=author, bio=name)
        for number in range(2):
            author.books.create(title=f"{name} {number}", on_sale=number == 0).tags.set(tags)
    return library


def test_many_relations_in_one_query_each(shelf: Any, do: Do) -> None:
    with statements(shelf) as sent:
        authors = list(do(Author.objects.prefetch_related("books__tags", "profile"), "in_bulk").values())
        found = {
            author.name: [[tag.label for tag in book.tags.all()] for book in author.books.all()] for author in authors
        }
        bios = [author.profile.bio for author in authors]
    assert len(sent) == 4
    assert found == {name: [["a", "b"], ["a", "b"]] for name in ("Ann", "Bea", "Cleo")}
    assert sorted(bios) == ["Ann", "Bea", "Cleo"]


def test_the_way_back_is_known(shelf: Any) -> None:
    author = Author.objects.prefetch_related("books").first()
    with statements(shelf) as sent:
        assert all(book.author is author for book in author.books.all())
    assert sent == []


async def test_prefetched_rows_can_be_read_in_a_coroutine(shelf: Any) -> None:
    authors = [author async for author in Author.objects.prefetch_related("books__tags")]
    assert [len(book.tags.all()) for author in authors for book in author.books.all()] == [2] * 6
    with statements(shelf) as sent:
        assert (await authors[0].books.acount(), await authors[0].books.aexists()) == (2, True)
    assert sent == []


def test_a_prefetched_relation_answers_count_and_exists_but_not_filters(shelf: Any) -> None:
    author = Author.objects.prefetch_related("books").first()
    with statements(shelf) as sent:
        assert (author.books.count(), author.books.exists(), len(author.books.all())) == (2, True, 2)
    assert sent == []
    with statements(shelf) as sent:
        assert author.books.filter(on_sale=True).count() == 1
    assert len(sent) == 1


def test_a_write_of_the_manager_forgets_what_was_prefetched(shelf: Any) -> None:
    author = Author.objects.prefetch_related("books").first()
    author.books.create(title="new")
    assert author.books.count() == 3


def test_prefetch_with_a_queryset_and_an_attribute(shelf: Any) -> None:
    lookup = Prefetch("books", queryset=Book.objects.filter(on_sale=True), to_attr="offers")
    with statements(shelf) as sent:
        authors = list(Author.objects.prefetch_related(lookup, "offers__tags"))
        assert [[book.title for book in author.offers] for author in authors] == [["Ann 0"], ["Bea 0"], ["Cleo 0"]]
        assert [len(author.offers[0].tags.all()) for author in authors] == [2, 2, 2]
    assert len(sent) == 3
    assert authors[0].books.count() == 2


def test_prefetch_with_a_queryset_replaces_all(shelf: Any) -> None:
    authors = Author.objects.prefetch_related(Prefetch("books", Book.objects.filter(on_sale=True)))
    assert [len(author.books.all()) for author in authors] == [1, 1, 1]


def test_prefetch_of_single_valued_relations(shelf: Any) -> None:
    publisher = Publisher.objects.create(name="P")
    Book.objects.filter(on_sale=True).update(publisher=publisher)
    with statements(shelf) as sent:
        books = list(Book.objects.prefetch_related("author__profile", "publisher"))
        assert [book.author.profile.bio for book in books if book.publisher] == ["Ann", "Bea", "Cleo"]
    assert len(sent) == 4
    chosen = Prefetch("author", Author.objects.only("name"), to_attr="writer")
    assert Book.objects.prefetch_related(chosen).first().writer.name == "Ann"


def test_prefetch_for_instances_that_are_there(shelf: Any) -> None:
    authors = [Author.objects.get(name="Ann"), Author.objects.get(name="Bea")]
    with statements(shelf) as sent:
        prefetch_related_objects(authors, "books")
        assert [author.books.count() for author in authors] == [2, 2]
    assert len(sent) == 1


def test_prefetch_in_chunks(shelf: Any) -> None:
    with statements(shelf) as sent:
        found = [len(author.books.all()) for author in Author.objects.prefetch_related("books").iterator(chunk_size=2)]
    assert found == [2, 2, 2]
    assert len([text for text in sent if "library_book" in text]) == 2


def test_none_takes_back(shelf: Any) -> None:
    with statements(shelf) as sent:
        list(Author.objects.prefetch_related("books").prefetch_related(None))
    assert len(sent) == 1


def test_unknown_names_are_named_with_the_nearest(shelf: Any) -> None:
    with pytest.raises(AttributeError, match=r"Author has no relation 'boks'.*'books'"):
        list(Author.objects.prefetch_related("boks"))
    with pytest.raises(AttributeError, match=r"Book has no relation 'tag'.*'tags'"):
        list(Author.objects.prefetch_related("books__tag"))
    with pytest.raises(ValueError, match="'name' of Author is no relation"):
        list(Author.objects.prefetch_related("name"))


def test_lookups_that_contradict_are_refused(shelf: Any) -> None:
    with pytest.raises(ValueError, match="by an earlier lookup"):
        list(Author.objects.prefetch_related("books", Prefetch("books", Book.objects.filter(on_sale=True))))
    with pytest.raises(ValueError, match="Author has a field of that name"):
        list(Author.objects.prefetch_related(Prefetch("books", to_attr="name")))
    for name in ("_meta", "_state", "_prefetched", "save"):
        with pytest.raises(ValueError, match="every model has an attribute of that name"):
            list(Author.objects.prefetch_related(Prefetch("books", to_attr=name)))
    with pytest.raises(ValueError, match="has to give instances"):
        Prefetch("books", Book.objects.values("title"))
