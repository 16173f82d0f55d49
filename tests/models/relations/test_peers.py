from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from tests.library.models import Author, Book, Credit, Profile, Publisher, Review, Tag
from tests.models.colours import statements

from manoir import bridge
from manoir.db import transaction
from manoir.exceptions import RelationNotLoaded

SIZES = pytest.mark.parametrize("size", [1, 3, 240])


def fill(size: int) -> None:
    """`size` publishers with two books each; every book has an author of its own, two reviews and two tags."""
    tags = Tag.objects.bulk_create([Tag(label=f"t{number}", slug=f"t{number}") for number in range(2)])
    publishers = Publisher.objects.bulk_create([Publisher(name=f"p{number:03}") for number in range(size)])
    authors = Author.objects.bulk_create([Author(name=f"a{number:03}") for number in range(size * 2)])
    Profile.objects.bulk_create([Profile(author=author, bio=author.name) for author in authors])
    books = Book.objects.bulk_create(
        [Book(title=f"b{n:03}", author=author, publisher=publishers[n // 2]) for n, author in enumerate(authors)]
    )
    Review.objects.bulk_create([Review(book=book, reader=str(number)) for book in books for number in range(2)])
    through = Book._meta.get_field("tags").remote_field.through
    through.objects.bulk_create([through(book=book, tag=tag) for book in books for tag in tags])


def naive_report() -> list[Any]:
    """What a page shows, written without a thought about queries: six relations, two deep."""
    return [
        (
            publisher.name,
            publisher.books.count(),
            [
                (
                    book.title,
                    book.author.name,
                    book.author.profile.bio,
                    [tag.label for tag in book.tags.all()],
                    len(book.reviews.all()),
                )
                for book in publisher.books.all()
            ],
        )
        for publisher in Publisher.objects.all()
    ]


def expected_report(size: int) -> list[Any]:
    return [
        (f"p{p:03}", 2, [(f"b{b:03}", f"a{b:03}", f"a{b:03}", ["t0", "t1"], 2) for b in (2 * p, 2 * p + 1)])
        for p in range(size)
    ]


PLACES: dict[str, Callable[[Callable[[], Any]], Any]] = {
    "plain code": lambda report: report(),
    "spawn": lambda report: bridge.run(bridge.spawn(report)),
    "thread": lambda report: bridge.run(bridge.to_thread(report)),
}


@SIZES
@pytest.mark.parametrize("place", list(PLACES))
def test_naive_loops_cost_one_query_and_one_for_each_relation(library: Any, size: int, place: str) -> None:
    fill(size)
    with statements(library) as sent:
        report = PLACES[place](naive_report)
    assert report == expected_report(size)
    assert len(sent) == 1 + 6  # publishers; number of books, books, authors, profiles, tags, reviews


@SIZES
async def test_loops_in_a_coroutine_that_load_cost_the_same(library: Any, size: int) -> None:
    await bridge.spawn(fill, size)
    found: list[Any] = []
    with statements(library) as sent:
        async for publisher in Publisher.objects.all():
            await publisher.aload("books")
            for book in publisher.books.all():
                await book.aload("author__profile", "tags", "reviews")
                found.append((book.author.profile.bio, len(book.tags.all()), len(book.reviews.all())))
    assert found == [(f"a{number:03}", 2, 2) for number in range(size * 2)]
    assert len(sent) == 1 + 5


async def test_async_loops_over_managers_cost_the_same(library: Any) -> None:
    await bridge.spawn(fill, 5)
    with statements(library) as sent:
        found = [
            (book.title, await book.reviews.acount(), [tag.label async for tag in book.tags.all()])
            async for publisher in Publisher.objects.all()
            async for book in publisher.books.all()
        ]
    assert found == [(f"b{number:03}", 2, ["t0", "t1"]) for number in range(10)]
    assert len(sent) == 4


async def test_a_touch_in_a_coroutine_names_both_cures(library: Any) -> None:
    await bridge.spawn(fill, 1)
    book = await Book.objects.afirst()
    assert book is not None
    with pytest.raises(RelationNotLoaded) as caught:
        _ = book.author
    assert 'select_related("author")' in str(caught.value)
    assert 'await book.aload("author")' in str(caught.value)
    with pytest.raises(RelationNotLoaded, match=r'prefetch_related\("tags"\)'):
        list(book.tags.all())
    with pytest.raises(RelationNotLoaded, match=r'aload\("reviews"\)'):
        len(book.reviews.all())
    author = await Author.objects.afirst()
    with pytest.raises(RelationNotLoaded, match=r'select_related\("profile"\)'):
        _ = author.profile
    short = await Book.objects.only("title").afirst()
    with pytest.raises(RelationNotLoaded, match="pages"):
        _ = short.pages
    await short.aload("pages")
    assert short.pages == 0


def test_deferred_columns_load_for_all(library: Any) -> None:
    fill(4)
    with statements(library) as sent:
        found = {(book.price, book.pages) for book in Book.objects.defer("price", "pages")}
    assert found == {(0, 0)}
    assert len(sent) == 3
    with statements(library) as sent:
        assert len({book.author.name for book in Book.objects.only("title")}) == 8
    assert len(sent) == 3


def test_peers_load_after_the_queryset_is_gone(library: Any) -> None:
    fill(4)
    books = list(Book.objects.all())
    gc.collect()
    with statements(library) as sent:
        assert [book.author.name for book in books] == [f"a{number:03}" for number in range(8)]
    assert len(sent) == 1


def test_only_living_peers_are_loaded(library: Any) -> None:
    fill(4)
    books = list(Book.objects.all())[:2]
    with statements(library) as sent:
        _ = books[0].author
    assert "author" in books[1].__dict__
    assert library.vendor == "sqlite" or "ANY" in sent[0]


def test_one_instance_keeps_no_result_alive(library: Any) -> None:
    fill(20)
    books = list(Book.objects.all())
    references = [weakref.ref(book) for book in books]
    kept = books[3]
    gc.disable()
    try:
        del books
        assert [reference() is not None for reference in references].count(True) == 1  # without a garbage collection
    finally:
        gc.enable()
    assert kept.author.name == "a003"


def test_loaded_relations_make_no_cycles_that_keep_results(library: Any) -> None:
    fill(5)
    references = [weakref.ref(author) for author in Author.objects.all() if len(author.books.all()) == 1]
    gc.collect()
    assert [reference() for reference in references if reference() is not None] == []


def test_chunks_of_iterator_load_on_their_own(library: Any) -> None:
    fill(6)
    with statements(library) as sent:
        names = [book.author.name for book in Book.objects.iterator(chunk_size=4)]
    assert names == [f"a{number:03}" for number in range(12)]
    assert len([text for text in sent if "library_author" in text]) == 3


def test_filtered_and_sliced_relations_are_queries_of_their_own(library: Any) -> None:
    fill(3)
    with statements(library) as sent:
        for publisher in Publisher.objects.all():
            assert [book.title for book in publisher.books.filter(title__startswith="b")[:1]]
            assert publisher.books.order_by("-title").first() is not None
    assert len(sent) == 1 + 2 * 3


def test_a_second_loop_costs_nothing_until_something_is_written(library: Any) -> None:
    fill(3)
    publishers = list(Publisher.objects.all())
    with statements(library) as sent:
        for _ in range(3):
            assert [publisher.books.count() for publisher in publishers] == [2, 2, 2]
    assert len(sent) == 1
    Book.objects.create(title="new", author=Author.objects.all()[0], publisher=publishers[1])
    with statements(library) as sent:
        assert [publisher.books.count() for publisher in publishers] == [2, 3, 2]
    assert len(sent) == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda publisher: publisher.books.create(title="x", author=Author.objects.all()[0]),
        lambda publisher: publisher.books.add(Book.objects.create(title="x", author=Author.objects.all()[0])),
        lambda publisher: Book.objects.bulk_create(
            [Book(title="x", author=Author.objects.all()[0], publisher=publisher)]
        ),
        lambda publisher: Book(title="x", author=Author.objects.all()[0], publisher=publisher).save(),
    ],
    ids=["create", "add", "bulk_create", "save"],
)
def test_what_was_written_since_is_seen(library: Any, write: Callable[[Any], Any]) -> None:
    fill(3)
    for publisher in Publisher.objects.all():
        assert publisher.books.count() == len(publisher.books.all()) == 2
        write(publisher)
        assert publisher.books.count() == len(publisher.books.all()) == 3
        publisher.books.all().delete()
        assert publisher.books.count() == len(publisher.books.all()) == 0


def test_a_loop_that_writes_is_not_quadratic(library: Any) -> None:
    fill(40)
    rows: list[int] = []
    with library.observe(lambda event: rows.append(event.sql.count("library_book"))):
        for publisher in Publisher.objects.all():
            assert publisher.books.count() == 2
            publisher.books.filter(title="none").update(pages=1)
    assert len(rows) <= 1 + 2 * 40


def test_many_to_many_written_since_is_seen_from_both_sides(library: Any) -> None:
    fill(2)
    books, tags = list(Book.objects.all()), list(Tag.objects.all())
    assert [len(tag.books.all()) for tag in tags] == [4, 4]
    assert [len(book.tags.all()) for book in books] == [2] * 4
    books[0].tags.remove(tags[0])
    assert [len(tag.books.all()) for tag in tags] == [3, 4]
    assert [len(book.tags.all()) for book in books] == [1, 2, 2, 2]


def test_an_instance_alone_asks_each_time(library: Any) -> None:
    fill(1)
    publisher = Publisher.objects.get()
    with statements(library) as sent:
        assert len(publisher.books.all()) == len(publisher.books.all()) == 2
    assert len(sent) == 2


def test_what_many_share_is_asked_once(library: Any) -> None:
    author = Author.objects.create(name="Jane")
    Book.objects.bulk_create([Book(title=str(number), author=author) for number in range(10)])
    with statements(library) as sent:
        assert {len(book.author.books.all()) for book in Book.objects.all()} == {10}
    assert len(sent) == 3


def test_select_related_rows_are_peers(library: Any) -> None:
    fill(3)
    with statements(library) as sent:
        for book in Book.objects.select_related("author"):
            assert book.author.profile.bio == book.author.name
            assert len(book.author.books.all()) == 1
    assert len(sent) == 3


def test_missing_rows_of_single_relations(library: Any) -> None:
    fill(2)
    Profile.objects.filter(bio="a001").delete()
    authors = list(Author.objects.all())
    with statements(library) as sent:
        with pytest.raises(
            Author.profile.RelatedObjectDoesNotExist
            if hasattr(Author.profile, "RelatedObjectDoesNotExist")
            else Profile.DoesNotExist
        ):
            _ = authors[1].profile
        assert [author.profile.bio for author in (authors[0], authors[2], authors[3])] == ["a000", "a002", "a003"]
        assert not hasattr(authors[1], "profile")
    assert len(sent) == 1
    book = Book.objects.first()
    Book.objects.update(publisher=None)
    book.refresh_from_db()
    assert book.publisher is None


def test_a_change_of_the_key_loads_another_row(library: Any) -> None:
    fill(2)
    books = list(Book.objects.all())
    assert books[0].author.name == "a000"
    books[0].author_id = books[1].author_id
    assert books[0].author.name == "a001"


def test_relations_over_another_unique_field(library: Any) -> None:
    fill(2)
    for number, book in enumerate(Book.objects.all()):
        book.isbn = str(number)
        book.save()
        book.copies.create(number=number)
    with statements(library) as sent:
        assert [[copy.number for copy in book.copies.all()] for book in Book.objects.all()] == [[0], [1], [2], [3]]
    assert len(sent) == 2


def test_a_through_model_with_several_keys(library: Any) -> None:
    fill(2)
    authors = list(Author.objects.all())
    for book in Book.objects.all():
        Credit.objects.create(book=book, author=authors[0], invited_by=authors[1], role="editor")
    with statements(library) as sent:
        assert [[one.name for one in book.contributors.all()] for book in Book.objects.all()] == [["a000"]] * 4
    assert len(sent) == 2
    assert authors[0].contributions.count() == 4
    assert authors[1].contributions.count() == 0


def test_pickled_instances_go_on_alone(library: Any) -> None:
    import pickle

    fill(2)
    books = list(Book.objects.all())
    assert [len(book.tags.all()) for book in books] == [2] * 4
    books = pickle.loads(pickle.dumps(books))
    assert [book.author.name for book in books] == [f"a{number:03}" for number in range(4)]
    assert pickle.loads(pickle.dumps(books[0].tags.all())).count() == 2


def test_peers_inside_a_transaction_see_it(library: Any) -> None:
    fill(2)
    books = list(Book.objects.all())
    with transaction.atomic():
        Author.objects.update(name="x")
        assert {book.author.name for book in books} == {"x"}


async def test_a_stream_and_its_peers_share_one_connection(committing_database: Any) -> None:
    from tests.models.colours import make_library

    from manoir.db import connections
    from tests import databases

    await make_library(committing_database)
    await bridge.spawn(fill, 6)
    entry = dict(committing_database.settings_dict)
    entry["OPTIONS"] = {**entry.get("OPTIONS", {}), "pool": {"max_size": 1, "timeout": 2}}
    del databases

    def read() -> list[Any]:
        return [
            (book.author.name, len(book.tags.all()), book.reviews.count())
            for book in Book.objects.iterator(chunk_size=5)
        ]

    with connections.override({"default": entry}):
        found = await bridge.spawn(read)
        await connections["default"].aclose()
    assert found == [(f"a{number:03}", 2, 2) for number in range(12)]


def test_load_follows_paths_through_every_kind_of_relation(library: Any) -> None:
    fill(3)
    publishers = list(Publisher.objects.all())
    with statements(library) as sent:
        publishers[0].load("books__author__profile", "books__tags")
    assert len(sent) == 4
    with statements(library) as sent:
        for publisher in publishers:
            assert [(book.author.profile.bio, len(book.tags.all())) for book in publisher.books.all()]
    assert sent == []


def test_load_of_a_deferred_key_and_of_an_unknown_name(library: Any) -> None:
    from manoir.models import FieldDoesNotExist

    fill(2)
    books = list(Book.objects.only("title"))
    with statements(library) as sent:
        books[0].load("author", "pages")
    assert len(sent) == 3
    assert [book.author.name for book in books] == [f"a{number:03}" for number in range(4)]
    with pytest.raises(FieldDoesNotExist, match="'autor'"):
        books[0].load("autor")


def test_what_a_rolled_back_transaction_saw_is_forgotten(library: Any) -> None:
    fill(2)
    publishers = list(Publisher.objects.all())
    block = transaction.atomic()
    block.__enter__()
    publishers[0].books.all().delete()
    assert [publisher.books.count() for publisher in publishers] == [0, 2]
    block.__exit__(RuntimeError, RuntimeError(), None)
    assert [publisher.books.count() for publisher in publishers] == [2, 2]


async def test_a_template_rendered_in_a_coroutine_loads_in_batches(library: Any) -> None:
    from manoir.templates import Template

    await bridge.spawn(fill, 20)
    source = (
        "{% for p in publishers %}{{ p.name }}:{{ p.books.count }}"
        "{% for b in p.books.all %} {{ b.author.name }}{% for t in b.tags.all %}/{{ t.label }}{% endfor %}{% endfor %};{% endfor %}"
    )
    template = Template(source)
    with statements(library) as sent:
        text = await template.arender({"publishers": Publisher.objects.all()})
    assert text.startswith("p000:2 a000/t0/t1 a001/t0/t1;p001:2")
    assert len(sent) == 5
