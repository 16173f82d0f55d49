"""Window functions: ranks, neighbours, running aggregates, and conditions on them."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Review
from tests.models.query.data import Shop, objects

from manoir.bridge import wait
from manoir.db import transaction
from manoir.exceptions import FieldError, NotSupportedError
from manoir.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    RowRange,
    StdDev,
    Subquery,
    Sum,
    Value,
    ValueRange,
    Variance,
    When,
    Window,
    WindowFrameExclusion,
)
from manoir.models._plan import plans_of
from manoir.models.functions import (
    CumeDist,
    DenseRank,
    FirstValue,
    Lag,
    LastValue,
    Lead,
    Lower,
    NthValue,
    Ntile,
    PercentRank,
    Rank,
    RowNumber,
)

BY_PAGES = {"order_by": ["-pages", "pk"]}


def values(queryset: Any, *names: str) -> dict[int, Any]:
    """What each row has, by its key."""
    return {row[0]: row[1] if len(names) == 1 else row[1:] for row in queryset.values_list("pk", *names)}


def test_ranks(shop: Shop) -> None:
    books = objects(Book).annotate(
        number=Window(RowNumber(), order_by=["-pages", "pk"]),
        rank=Window(Rank(), order_by="-pages"),
        dense=Window(DenseRank(), order_by=F("pages").desc()),
        part=Window(Ntile(2), order_by=["-pages", "pk"]),
    )
    assert values(books, "number", "rank", "dense", "part") == {
        5: (1, 1, 1, 1),
        2: (2, 2, 2, 1),
        3: (3, 2, 2, 1),
        1: (4, 4, 3, 2),
        4: (5, 5, 4, 2),
    }


def test_ranks_as_fractions(shop: Shop) -> None:
    books = objects(Book).annotate(
        distribution=Window(CumeDist(), order_by="-pages"), percent=Window(PercentRank(), order_by="-pages")
    )
    assert values(books, "distribution", "percent") == {
        5: (0.2, 0.0),
        2: (0.6, 0.25),
        3: (0.6, 0.25),
        1: (0.8, 0.75),
        4: (1.0, 1.0),
    }
    assert type(books.get(pk=5).percent) is float


def test_values_of_other_rows(shop: Shop) -> None:
    whole = RowRange()
    books = objects(Book).annotate(
        before=Window(Lag("title"), order_by="pk"),
        behind=Window(Lead("pages", offset=2, default=-1), order_by="pk"),
        first=Window(FirstValue("title"), order_by="pk"),
        last=Window(LastValue("title"), order_by="pk", frame=whole),
        second=Window(NthValue("title", nth=2), order_by="pk", frame=whole),
        tenth=Window(NthValue("title", 10), order_by="pk", frame=whole),
    )
    rows = [(book.before, book.behind, book.first, book.last, book.second, book.tenth) for book in books.order_by("pk")]
    assert rows == [
        (None, 250, "Alpha", "Épsilon", "beta 100%", None),
        ("Alpha", 0, "Alpha", "Épsilon", "beta 100%", None),
        ("beta 100%", 1000, "Alpha", "Épsilon", "beta 100%", None),
        ("Gamma", -1, "Alpha", "Épsilon", "beta 100%", None),
        ("delta*[x]?", -1, "Alpha", "Épsilon", "beta 100%", None),
    ]


def test_values_of_other_rows_keep_their_type(shop: Shop) -> None:
    books = objects(Book).annotate(
        price_before=Window(Lag("price", default=Decimal("1.5")), order_by="pk"),
        day_before=Window(Lag("published"), order_by="pk"),
        status_before=Window(Lag("status"), order_by="pk"),
        author_before=Window(Lag("author"), order_by="pk"),
        span_before=Window(Lag("reading_time"), order_by="pk"),
    )
    assert books.get(pk=1).price_before == Decimal("1.5")
    rows = {book.pk: book for book in books}
    second = rows[2]
    assert (second.price_before, second.day_before, second.span_before) == (
        Decimal("10.00"),
        dt.date(2001, 1, 31),
        dt.timedelta(hours=2),
    )
    assert (second.status_before, second.author_before) == (Book._meta.get_field("status").enum("live"), 1)


def test_aggregates_over_a_partition(shop: Shop) -> None:
    books = objects(Book).annotate(
        n=Window(Count("*"), partition_by="author"),
        total=Window(Sum("price"), partition_by=F("author")),
        mean=Window(Avg("pages"), partition_by=[F("author__name")]),
        top=Window(Max("price"), partition_by="author_id"),
        span=Window(Avg("reading_time"), partition_by="author"),
    )
    assert values(books, "n", "total", "mean", "top") == {
        1: (2, Decimal("19.50"), 175.0, Decimal("10.00")),
        2: (2, Decimal("19.50"), 175.0, Decimal("10.00")),
        3: (2, Decimal("100.25"), 625.0, Decimal("100.25")),
        4: (1, Decimal("9.50"), 0.0, Decimal("9.50")),
        5: (2, Decimal("100.25"), 625.0, Decimal("100.25")),
    }
    assert {book.pk: book.span for book in books}[1] - dt.timedelta(minutes=105) < dt.timedelta(microseconds=5)


def test_running_totals(shop: Shop) -> None:
    books = objects(Book).annotate(
        so_far=Window(Sum("price"), order_by="pk"), pages_so_far=Window(Sum("pages"), order_by="pk")
    )
    assert values(books, "so_far", "pages_so_far") == {
        1: (Decimal("10.00"), 100),
        2: (Decimal("19.50"), 350),
        3: (Decimal("119.75"), 600),
        4: (Decimal("129.25"), 600),
        5: (Decimal("129.25"), 1600),
    }


def test_frames_of_rows(shop: Shop) -> None:
    def total(*bounds: Any) -> dict[int, Any]:
        return values(objects(Book).annotate(x=Window(Sum("pages"), order_by="pk", frame=RowRange(*bounds))), "x")

    assert total(-1, 1) == {1: 350, 2: 600, 3: 500, 4: 1250, 5: 1000}
    assert total(None, 0) == {1: 100, 2: 350, 3: 600, 4: 600, 5: 1600}
    assert total(0, None) == {1: 1600, 2: 1500, 3: 1250, 4: 1000, 5: 1000}
    assert total(1, 2) == {1: 500, 2: 250, 3: 1000, 4: 1000, 5: None}
    assert total(-2, -1) == {1: None, 2: 100, 3: 350, 4: 500, 5: 250}


def test_moving_decimals_leave_the_frame_again(shop: Shop) -> None:
    books = objects(Book).annotate(
        total=Window(Sum("price"), order_by="pk", frame=RowRange(-1, 0)),
        mean=Window(Avg("price"), order_by="pk", frame=RowRange(0, 0)),
        spread=Window(StdDev("pages"), order_by="pk", frame=RowRange(-1, 0)),
        variance=Window(Variance("pages", sample=True), order_by="pk", frame=RowRange(-1, 0)),
    )
    rows = list(books.order_by("pk"))
    prices, pages = [book.price for book in shop.books], [book.pages for book in shop.books]
    assert [row.total for row in rows] == [prices[0], *[a + b for a, b in itertools.pairwise(prices)]]
    assert [row.mean for row in rows] == prices
    pairs = list(itertools.pairwise(pages))
    assert [row.spread for row in rows] == pytest.approx([0.0, *[statistics.pstdev(pair) for pair in pairs]])
    assert rows[0].variance is None
    assert [row.variance for row in rows[1:]] == pytest.approx([statistics.variance(pair) for pair in pairs])


def test_frames_of_values(shop: Shop) -> None:
    books = objects(Book).annotate(
        ties=Window(Count("pk"), order_by="pages", frame=ValueRange(0, 0)),
        near=Window(Count("pk"), order_by="pages", frame=ValueRange(-150, 150)),
        cheap=Window(Count("pk"), order_by="price", frame=ValueRange(-1, 0)),
        rest=Window(Count("pk"), order_by="pages", frame=ValueRange(start=0)),
    )
    assert values(books, "ties", "near", "cheap", "rest") == {
        1: (1, 4, 3, 4),
        2: (2, 3, 2, 3),
        3: (2, 3, 1, 3),
        4: (1, 2, 2, 5),
        5: (1, 1, 1, 1),
    }


@pytest.mark.parametrize(
    ("exclusion", "expected"),
    [
        (WindowFrameExclusion.CURRENT_ROW, {1: 4, 2: 4, 3: 4, 4: 4, 5: 4}),
        (WindowFrameExclusion.GROUP, {1: 4, 2: 3, 3: 3, 4: 4, 5: 4}),
        (WindowFrameExclusion.TIES, {1: 5, 2: 4, 3: 4, 4: 5, 5: 5}),
        (WindowFrameExclusion.NO_OTHERS, {1: 5, 2: 5, 3: 5, 4: 5, 5: 5}),
    ],
)
def test_rows_left_out_of_a_frame(shop: Shop, exclusion: WindowFrameExclusion, expected: dict[int, int]) -> None:
    frame = ValueRange(exclusion=exclusion)
    assert values(objects(Book).annotate(n=Window(Count("pk"), order_by="pages", frame=frame)), "n") == expected


def test_conditional_aggregates_and_defaults(shop: Shop) -> None:
    books = objects(Book).annotate(
        live=Window(Sum("pages", filter=Q(status="live")), partition_by="author"),
        known=Window(Sum("pages", filter=Q(status="live"), default=0), partition_by="author"),
    )
    assert values(books, "live", "known") == {
        1: (350, 350),
        2: (350, 350),
        3: (1000, 1000),
        4: (None, 0),
        5: (1000, 1000),
    }


def test_windows_inside_other_expressions(shop: Shop) -> None:
    books = objects(Book).annotate(
        before=Window(Lag("pages", default=0), order_by="pk"),
        growth=F("pages") - F("before"),
        share=F("pages") * 100 / Window(Sum("pages")),
        best=Case(When(Q(before__gt=200), then=Value("long before")), default=Value("-")),
    )
    assert values(books, "growth", "share", "best") == {
        1: (100, 6, "-"),
        2: (150, 15, "-"),
        3: (0, 15, "long before"),
        4: (-250, 0, "long before"),
        5: (1000, 62, "-"),
    }


def ranked() -> Any:
    return objects(Book).annotate(rank=Window(RowNumber(), partition_by="author", order_by=["-pages", "pk"]))


def test_rows_are_chosen_by_their_window(shop: Shop) -> None:
    best = ranked().filter(rank=1)
    assert sorted(book.title for book in best) == ["beta 100%", "delta*[x]?", "Épsilon"]
    assert [book.title for book in best.order_by("-pages")] == ["Épsilon", "beta 100%", "delta*[x]?"]
    assert [book.title for book in best.order_by("-rank", "pages")[:1]] == ["delta*[x]?"]
    assert {book.pk for book in ranked().exclude(rank=1)} == {1, 3}
    assert {book.pk for book in ranked().filter(rank__gte=F("author_id"))} == {1, 2, 3}
    assert {book.pk for book in ranked().filter(rank__in=[2, 3])} == {1, 3}
    assert ranked().get(rank=2, author=1).title == "Alpha"


def test_other_conditions_count_before_the_window(shop: Shop) -> None:
    assert {book.pk for book in ranked().filter(rank=1, pages__lt=1000)} == {2, 3, 4}
    assert {book.pk for book in ranked().filter(Q(rank=1) & Q(pages__lt=1000))} == {2, 3, 4}
    assert {book.pk for book in ranked().filter(pages__lt=1000).filter(rank=1)} == {2, 3, 4}
    assert {book.pk for book in ranked().filter(author__name="Ann", rank=1)} == {2}


def test_conditions_joined_by_or(shop: Shop) -> None:
    found = ranked().filter(Q(rank=1) | Q(title="Gamma") | Q(author__name="Ann"))
    assert {book.pk for book in found} == {1, 2, 3, 4, 5}
    assert {book.pk for book in ranked().filter(Q(rank=2) ^ Q(tags__label="Love"))} == {1}
    has_review = Exists(objects(Review).filter(book=OuterRef("pk")))
    assert {book.pk for book in ranked().filter(Q(rank=1) | Q(has_review))} == {1, 2, 3, 4, 5}
    assert {book.pk for book in ranked().filter(~(Q(rank=1) | Q(title="Alpha")))} == {3}
    assert {book.pk for book in ranked().filter(Q(rank=1) | ~Q(tags__label="Love"))} == {1, 2, 4, 5}


def test_conditions_without_an_annotation(shop: Shop) -> None:
    number = Window(RowNumber(), order_by="-pages")
    assert [book.pk for book in objects(Book).filter(number <= 1)] == [5]
    assert [book.pk for book in objects(Book).order_by(Window(RowNumber(), order_by=["-pages", "pk"]))] == [
        5,
        2,
        3,
        1,
        4,
    ]


def test_counting_rows_with_windows(shop: Shop) -> None:
    best = ranked().filter(rank=1)
    assert (ranked().count(), best.count(), best.exists(), ranked().filter(rank=9).exists()) == (5, 3, True, False)
    assert best.aggregate(n=Count("pk"), pages=Sum("pages"), top=Max("rank")) == {"n": 3, "pages": 1250, "top": 1}
    assert ranked().aggregate(top=Max("rank"), low=Min("rank"), sum=Sum("rank")) == {"top": 2, "low": 1, "sum": 7}


def test_rows_chosen_by_their_window_in_every_form(shop: Shop) -> None:
    best = ranked().filter(rank=1).order_by("pk")
    assert list(best.values("title", "rank")) == [
        {"title": "beta 100%", "rank": 1},
        {"title": "delta*[x]?", "rank": 1},
        {"title": "Épsilon", "rank": 1},
    ]
    assert list(best.values_list("author__name", flat=True)) == ["Ann", "Cid", "Bob"]
    assert [book.author.name for book in best.select_related("author")] == ["Ann", "Cid", "Bob"]
    assert list(best.values_list("rank", flat=True).order_by("rank").distinct()) == [1]
    assert [book.pages for book in best.only("pages")] == [250, 0, 1000]
    assert best.first().pk == 2
    assert best.last().pk == 5


def test_hidden_windows_are_not_part_of_the_row(shop: Shop) -> None:
    best = objects(Book).alias(rank=Window(RowNumber(), partition_by="author", order_by="-pages")).filter(rank=1)
    assert "rank" not in vars(best[0])
    assert "rank" not in best.values()[0]


def test_windows_in_subqueries(shop: Shop) -> None:
    best = ranked().filter(rank=1)
    assert {book.pk for book in objects(Book).filter(pk__in=best)} == {2, 4, 5}
    longest = ranked().filter(rank=1, author=OuterRef("pk")).values("title")[:1]
    authors = objects(Author).annotate(longest=Subquery(longest)).order_by("pk")
    assert [author.longest for author in authors] == ["beta 100%", "Épsilon", "delta*[x]?", None]
    having = objects(Author).filter(Exists(ranked().filter(rank=2, author=OuterRef("pk"))))
    assert {author.name for author in having} == {"Ann", "Bob"}


def test_windows_over_groups(shop: Shop) -> None:
    authors = objects(Author).annotate(n=Count("books"), rank=Window(Rank(), order_by="-n")).order_by("rank", "pk")
    assert [(author.name, author.n, author.rank) for author in authors] == [
        ("Ann", 2, 1),
        ("Bob", 2, 1),
        ("Cid", 1, 3),
        ("Dee", 0, 4),
    ]
    assert [author.name for author in authors.filter(rank__lte=2)] == ["Ann", "Bob"]
    assert [author.name for author in authors.filter(Q(rank=1) | Q(n=0))] == ["Ann", "Bob", "Dee"]
    by_status = (
        objects(Book)
        .values("status")
        .annotate(
            total=Sum("pages"), so_far=Window(Sum("total"), order_by="status"), rank=Window(Rank(), order_by="-total")
        )
        .order_by("status")
    )
    assert [(row["status"].value, row["total"], row["so_far"], row["rank"]) for row in by_status] == [
        ("draft", 0, 0, 3),
        ("gone", 250, 250, 2),
        ("live", 1350, 1600, 1),
    ]
    direct = objects(Author).annotate(rank=Window(Rank(), order_by=Count("books").desc()))
    assert {author.name: author.rank for author in direct} == {"Ann": 1, "Bob": 1, "Cid": 3, "Dee": 4}


def test_or_with_plain_values_is_refused_in_a_query_of_groups(shop: Shop) -> None:
    authors = objects(Author).annotate(rank=Window(Rank(), order_by="name"), n=Count("books"))
    with pytest.raises(NotImplementedError, match="joins a window function and a plain value by OR"):
        list(authors.filter(Q(rank__lte=3) | Q(name__contains="B")))
    assert [author.name for author in authors.filter(Q(rank__lte=3) & Q(name__contains="B"))] == ["Bob"]


def test_rows_chosen_by_their_window_are_changed_and_deleted(shop: Shop) -> None:
    assert ranked().filter(rank=2).update(pages=7) == 2
    assert values(objects(Book), "pages") == {1: 7, 2: 250, 3: 7, 4: 0, 5: 1000}
    assert ranked().filter(rank=2).delete()[1]["library.Book"] == 2
    assert set(values(objects(Book), "pages")) == {2, 4, 5}


def test_both_colours(shop: Shop) -> None:
    async def titles() -> list[str]:
        return [book.title async for book in ranked().filter(rank=1).order_by("pk")]

    assert wait(titles()) == [book.title for book in ranked().filter(rank=1).order_by("pk")]
    assert wait(ranked().filter(rank=1).acount()) == 3


def test_a_warm_window_builds_no_statement(shop: Shop, database: Any) -> None:
    list(ranked().filter(rank__lte=1))
    before = plans_of(database).compiled
    assert len(list(ranked().filter(rank__lte=2))) == 5
    assert plans_of(database).compiled == before


def test_partitions_by_decimals_compare_numbers(shop: Shop) -> None:
    books = objects(Book).annotate(n=Window(Count("pk"), partition_by=F("price") * 1))
    assert values(books, "n") == {1: 1, 2: 2, 3: 1, 4: 2, 5: 1}
    lower = objects(Book).annotate(n=Window(Count("pk"), partition_by=Lower("author__name")))
    assert values(lower, "n") == {1: 2, 2: 2, 3: 2, 4: 1, 5: 2}


def test_mistakes_are_named(shop: Shop) -> None:
    with pytest.raises(ValueError, match=r"one function for windows, such as Rank\(\)"):
        Window(Lower("title"))
    with pytest.raises(ValueError, match="one function for windows"):
        Window(Sum("pages") / 2)
    with pytest.raises(TypeError, match="takes a RowRange or a ValueRange"):
        Window(Rank(), frame="ROWS")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes names and expressions, not 3"):
        Window(Rank(), order_by=3)
    with pytest.raises(FieldError, match=r"Rank\(\) needs a window: write Window\(Rank\(\), order_by=…\)"):
        objects(Book).annotate(rank=Rank())
    with pytest.raises(FieldError, match=r"no field 'pagse'.*Did you mean 'pages'"):
        objects(Book).annotate(rank=Window(Rank(), order_by="-pagse"))
    with pytest.raises(FieldError, match="windows do not nest"):
        ranked().annotate(total=Window(Sum("rank")))
    with pytest.raises(FieldError, match="its argument is a window itself"):
        ranked().annotate(total=Sum("rank"))
    with pytest.raises(FieldError, match="its argument is a window itself"):
        objects(Book).aggregate(total=Sum(Window(Rank(), order_by="pages")))
    with pytest.raises(NotSupportedError, match="leave distinct=True out"):
        objects(Book).annotate(n=Window(Count("pages", distinct=True)))
    with pytest.raises(FieldError, match="ordered by one number"):
        objects(Book).annotate(n=Window(Count("pk"), order_by="published", frame=ValueRange(-1, 1)))
    with pytest.raises(FieldError, match="computed over many"):
        objects(Book).update(pages=Window(Max("pages")))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RowRange("1"), TypeError, r"RowRange\(start='1'\): a bound is a whole number"),
        (lambda: RowRange(True), TypeError, "a bound is a whole number"),
        (lambda: RowRange(2, 1), ValueError, "would end before it begins"),
        (lambda: RowRange(2**40), ValueError, "as far as a bound may be away"),
        (lambda: ValueRange(exclusion="TIES"), TypeError, "WindowFrameExclusion.TIES"),
        (lambda: Lag(None), ValueError, r"Lag\(\) needs the name of a field"),
        (lambda: Lead("pages", offset=0), ValueError, r"Lead\(offset=0\) is no number of rows"),
        (lambda: NthValue("pages", nth=-1), ValueError, r"NthValue\(nth=-1\) is no number of rows"),
        (lambda: Ntile(0), ValueError, r"Ntile\(num_buckets=0\) is no number of parts"),
        (lambda: Rank("pages"), TypeError, r"Rank\(\) is a function of 0 expressions, not of 1"),
    ],
)
def test_arguments_are_checked(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_frames_compare_by_what_they_say() -> None:
    assert RowRange(-1, 0) == RowRange(-1, 0)
    assert RowRange(-1, 0) != ValueRange(-1, 0)
    assert len({RowRange(0), RowRange(0), RowRange(1)}) == 2
    assert Window(Rank(), order_by="pages").identity() == Window(Rank(), order_by="pages").identity()
    assert Window(Rank(), frame=RowRange(0)).identity() != Window(Rank(), frame=RowRange(1)).identity()


def test_locks_are_refused_where_windows_are_computed(shop: Shop, database: Any) -> None:
    if database.vendor == "sqlite":
        assert len(list(ranked().select_for_update())) == 5
        return
    with transaction.atomic(), pytest.raises(NotSupportedError, match="cannot lock rows whose window functions"):
        list(ranked().select_for_update())
