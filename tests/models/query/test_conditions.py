"""Q trees, NOT, NULL and many-relations, against Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.library.models import Author, Book, Publisher, Review, Tag
from tests.models.query.data import BookRow, Shop, objects

from manoir.exceptions import FieldError
from manoir.models import F, Q
from manoir.models._subqueries import Exists, OuterRef


def ids(queryset: Any) -> set[int]:
    return {row.pk for row in queryset}


LEAVES: list[tuple[Q, Callable[[Shop, BookRow], bool]]] = [
    (Q(title="Alpha"), lambda s, b: b.title == "Alpha"),
    (Q(subtitle="Sub"), lambda s, b: b.subtitle == "Sub"),
    (Q(subtitle=None), lambda s, b: b.subtitle is None),
    (Q(rating__gt=3), lambda s, b: b.rating is not None and b.rating > 3),
    (Q(publisher__name="Beacon"), lambda s, b: b.publisher_id == 2),
    (Q(publisher__founded__year__lt=1900), lambda s, b: b.publisher_id == 2),
    (Q(author__mentor__name="Ann"), lambda s, b: b.author_id in (2, 3)),
    (Q(author__active=False), lambda s, b: b.author_id == 3),
    (Q(on_sale=True), lambda s, b: b.on_sale),
    (Q(pk__in=[]), lambda s, b: False),
    (Q(pages__lt=10**30), lambda s, b: True),
    (Q(), lambda s, b: True),
    (Book.pages > 100, lambda s, b: b.pages > 100),
    (Q(rating__lt=F("pages")), lambda s, b: b.rating is not None and b.rating < b.pages),
    (Q(price__gt=F("rating")), lambda s, b: b.rating is not None and b.price > b.rating),
    (Q(tags__label="Sea"), lambda s, b: any(t.label == "Sea" for t in s.tags_of(b))),
    (Q(tags=None), lambda s, b: not s.tags_of(b)),
    (Q(tags__isnull=False), lambda s, b: bool(s.tags_of(b))),
    (Q(reviews__stars__gte=5), lambda s, b: any(r.stars >= 5 for r in s.reviews_of(b))),
    (
        Q(reviews__posted_at__isnull=True),
        lambda s, b: not s.reviews_of(b) or any(r.posted_at is None for r in s.reviews_of(b)),
    ),
    (Q(author__books__title="Gamma"), lambda s, b: b.author_id == 2),
    (Exists(Book.objects.none()) if hasattr(Book.objects, "none") else Q(pk=-1), lambda s, b: False),
]
LEAF = st.integers(0, len(LEAVES) - 1)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(["and", "or", "xor"]), inner, inner)
    ),
    max_leaves=6,
)


def as_q(tree: Any) -> Any:
    if isinstance(tree, int):
        return LEAVES[tree][0]
    if tree[0] == "not":
        return ~as_q(tree[1])
    left, right = as_q(tree[1]), as_q(tree[2])
    return left & right if tree[0] == "and" else left | right if tree[0] == "or" else left ^ right


def is_empty(tree: Any) -> bool:
    """An empty Q is left out of what it is combined with."""
    if isinstance(tree, int):
        return isinstance(LEAVES[tree][0], Q) and not LEAVES[tree][0].children
    return all(is_empty(part) for part in tree[1:])


def holds(tree: Any, shop: Shop, book: BookRow) -> bool:
    if isinstance(tree, int):
        return bool(LEAVES[tree][1](shop, book))
    if tree[0] == "not":
        return is_empty(tree[1]) or not holds(tree[1], shop, book)
    parts = [part for part in tree[1:] if not is_empty(part)]
    if len(parts) < 2:
        return holds(parts[0], shop, book) if parts else True
    left, right = holds(parts[0], shop, book), holds(parts[1], shop, book)
    return left and right if tree[0] == "and" else left or right if tree[0] == "or" else left != right


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tree=TREE)
def test_any_tree_of_conditions_answers_as_python_does(shop: Shop, tree: Any) -> None:
    condition = as_q(tree)
    expected = {book.id for book in shop.books if holds(tree, shop, book)}
    assert ids(objects(Book).filter(condition)) == expected
    assert ids(objects(Book).exclude(condition)) == (
        {book.id for book in shop.books} - expected if not is_empty(tree) else expected
    )


def test_exclude_asks_each_condition_over_a_many_relation_on_its_own(shop: Shop) -> None:
    # Gamma has a tag "War" and a tag "Love": no one tag is both.
    both = {"tags__label": "War", "tags__slug": "love"}
    assert ids(objects(Book).filter(**both)) == set()
    assert ids(objects(Book).exclude(**both)) == {1, 2, 4, 5}


def test_one_filter_shares_a_join_and_the_next_makes_its_own(shop: Shop) -> None:
    assert ids(objects(Book).filter(tags__label="Sea", tags__slug="war")) == set()
    assert ids(objects(Book).filter(tags__label="Sea").filter(tags__slug="war")) == {1}
    assert ids(objects(Book).filter(Q(tags__label="Sea") & Q(tags__slug="war"))) == set()


def test_many_relations_repeat_rows_until_distinct(shop: Shop) -> None:
    sea_or_war = objects(Book).filter(tags__label__in=["Sea", "War"])
    assert sorted(book.pk for book in sea_or_war) == [1, 1, 2, 3, 5]
    assert sorted(book.pk for book in sea_or_war.distinct()) == [1, 2, 3, 5]
    assert sea_or_war.count() == 5
    assert sea_or_war.distinct().count() == 4


def test_foreign_keys_that_are_never_null_join_strictly(shop: Shop) -> None:
    assert " JOIN library_author" in str(objects(Book).order_by("author__name").query)
    assert "LEFT" in str(objects(Book).order_by("publisher__name").query)
    assert "LEFT" not in str(objects(Book).filter(publisher__name="x").query)
    assert "LEFT" in str(objects(Book).filter(Q(publisher__name="x") | Q(title="y")).query)


def test_key_of_a_related_row_needs_no_join() -> None:
    for lookups in ({"author__id": 1}, {"author__pk__in": [1]}, {"author": 1}, {"publisher__isnull": True}):
        assert "JOIN" not in str(objects(Book).filter(**lookups).query)
    assert str(objects(Book).filter(tags__id=1).query).count("JOIN") == 1
    assert str(objects(Book).filter(tags=1).query).count("JOIN") == 1


def test_none_and_impossible_conditions_ask_no_database() -> None:
    assert list(objects(Book).none()) == []
    assert objects(Book).filter(pk__in=[]).count() == 0
    assert not objects(Book).filter(pages__gt=10**40).exists()
    assert objects(Book).none().first() is None
    assert list(objects(Book).exclude(pages__lt=10**40, pages__gt=-(10**40)).filter(pk__in=[])) == []


def test_typed_comparisons_and_paths(shop: Shop) -> None:
    assert ids(objects(Book).filter(Book.price < 10)) == {2, 4, 5}
    assert ids(objects(Book).filter(Book.author.name == "Ann", Book.pages >= 250)) == {2}
    assert ids(objects(Book).filter(Book.title.icontains("A"), Book.author != objects(Author).get(pk=1))) == {3, 4}
    assert ids(objects(Book).filter(Book.published.is_null())) == {3}
    assert ids(objects(Book).filter(Book.published == None)) == {3}  # noqa: E711
    assert ids(objects(Book).filter(Book.pages.in_([100, 0]))) == {1, 4}
    assert ids(objects(Book).filter(Book.published.year() == 2001)) == {1, 2}
    assert ids(objects(Book).filter(Book.price * 2 > Book.pages)) == {4}
    assert ids(objects(Book).filter((Book.pages == 250) & ~(Book.title == "Gamma"))) == {2}
    assert ids(objects(Author).filter(Author.books.title == "Gamma")) == {2}
    assert ids(objects(Book).filter(Book.tags.label == "Love")) == {3}
    assert ids(objects(Book).filter(Book.pages.between(100, 250))) == {1, 2, 3}
    assert ids(objects(Book).filter(Book.title.matches("^[AG]"))) == {1, 3}


def test_typed_columns_of_another_model_are_refused() -> None:
    with pytest.raises(
        FieldError, match=r"<Author.name> belongs to Author, but this is a query of Book \(in filter\(\)\)"
    ):
        objects(Book).filter(Author.name == "x")
    with pytest.raises(AttributeError, match="Did you mean 'name'"):
        _ = Book.author.nam


def test_conditions_have_no_truth_value() -> None:
    with pytest.raises(TypeError, match=r"combine conditions with & \| ~"):
        bool(Q(title="x"))
    with pytest.raises(TypeError, match="no truth value"):
        bool(Book.price)
    with pytest.raises(TypeError, match="Python compared two values"):
        objects(Book).filter(True)
    with pytest.raises(TypeError, match="A condition is needed"):
        objects(Book).filter("title")


def test_q_combines_flat_and_shows_itself() -> None:
    assert repr(Q(a=1) & Q(b=2) & Q(c=3)) == "<Q: (AND: ('a', 1), ('b', 2), ('c', 3))>"
    assert repr(~(Q(a=1) | Q(b=2))) == "<Q: (NOT (OR: ('a', 1), ('b', 2)))>"
    assert Q(a=1) & Q() == Q(a=1)
    assert Q() | Q(a=1) == Q(a=1)
    assert Q(a=1) | Q(b=2) == Q.create([("a", 1), ("b", 2)], Q.OR)
    assert hash(Q(a=1)) == hash(Q(a=1))
    assert Q(a=1, b=F("c")).deconstruct()[2]["a"] == 1


def test_deep_and_wide_trees_are_refused() -> None:
    def deep(levels: int) -> Any:
        condition = Q(pk=1)
        for _level in range(levels):
            condition = ~(condition | Q(pk=2)) & Q(pk=3)
        return condition

    def long(operators: int) -> Any:
        return sum([F("pages")] * operators, F("pages"))

    with pytest.raises(FieldError, match="nests 51 levels; 50 are the most"):
        deep(60)
    with pytest.raises(FieldError, match="nests 51 operators; 50 are the most"):
        long(60)
    with pytest.raises(FieldError, match="10,000 are the most"):
        Q(*[Q(pk=number) for number in range(10_001)])
    wide = Q(*[Q(pk=number) for number in range(300)])
    assert objects(Book).filter(wide).query.is_sliced is False


def test_exists_and_outer_names(shop: Shop) -> None:
    great = objects(Review).filter(book=OuterRef("pk"), stars=5)
    assert ids(objects(Book).filter(Exists(great))) == {1, 3}
    assert ids(objects(Book).filter(~Exists(great))) == {2, 4, 5}
    assert ids(objects(Book).exclude(Exists(great))) == {2, 4, 5}
    assert ids(objects(Book).filter(Exists(great) | Q(pk=4))) == {1, 3, 4}
    assert ids(objects(Book).filter(Q(pk=4) | Exists(great))) == {1, 3, 4}
    inner = objects(Tag).filter(books=OuterRef(OuterRef("pk")), label="Sea")
    outer = objects(Review).filter(Exists(inner), book=OuterRef("pk"))
    assert ids(objects(Book).filter(Exists(outer))) == {1, 2}
    assert ids(
        objects(Publisher).filter(Exists(objects(Book).filter(publisher=OuterRef("pk"), author__name="Ann")))
    ) == {1, 2}
    assert ids(objects(Book).filter(Exists(objects(Author).filter(pk=OuterRef("author__mentor"))))) == {3, 4, 5}


def test_outer_names_are_checked_where_the_subquery_is_used() -> None:
    with pytest.raises(FieldError, match=r"Book has no field 'titel' \(in OuterRef\('titel'\) in filter\(\)"):
        objects(Book).filter(Exists(objects(Review).filter(text=OuterRef("titel"))))
