from __future__ import annotations

import warnings

import pytest

from manoir import paginator as door
from manoir.paginator import EmptyPage, PageNotAnInteger, Paginator, UnorderedObjectListWarning


class Counted:
    """Like a queryset: a count without arguments, slices, an order."""

    ordered = True

    def __init__(self, size: int) -> None:
        self.size, self.counts = size, 0

    def count(self) -> int:
        self.counts += 1
        return self.size

    def __getitem__(self, part: slice) -> list[int]:
        return list(range(self.size))[part]


class Unordered(Counted):
    ordered = False


def test_the_documented_example():
    paginator = Paginator(["john", "paul", "george", "ringo"], 2)
    page = paginator.page(2)
    assert (paginator.count, paginator.num_pages, paginator.page_range) == (4, 2, range(1, 3))
    assert list(page) == ["george", "ringo"]
    assert (page.has_next(), page.has_previous(), page.has_other_pages()) == (False, True, True)
    assert page.previous_page_number() == 1
    assert (page.start_index(), page.end_index()) == (3, 4)
    assert repr(page) == "<Page 2 of 2>"


def test_orphans_join_the_page_before():
    paginator = Paginator(list(range(12)), 5, orphans=2)
    assert paginator.num_pages == 2
    assert list(paginator.page(2)) == [5, 6, 7, 8, 9, 10, 11]


def test_a_queryset_is_counted_once():
    rows = Counted(30)
    paginator = Paginator(rows, 10)
    assert [len(page) for page in paginator] == [10, 10, 10]
    assert rows.counts == 1


@pytest.mark.parametrize("number", ["x", None, 1.5, "9" * 5_000, float("inf")])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(PageNotAnInteger, match="That page number is not an integer"):
        Paginator([1], 1).page(number)


@pytest.mark.parametrize(("number", "message"), [(0, "less than 1"), (-3, "less than 1"), (3, "no results")])
def test_a_page_that_is_not_there_is_refused(number, message):
    with pytest.raises(EmptyPage, match=message):
        Paginator([1, 2], 1).page(number)


def test_own_error_messages():
    with pytest.raises(EmptyPage, match="Nothing here"):
        Paginator([1], 1, error_messages={"no_results": "Nothing here"}).page(2)


@pytest.mark.parametrize(("number", "shown"), [("2", 2), ("x", 1), (99, 3), (-1, 3), (2.0, 2)])
def test_get_page_always_finds_one(number, shown):
    assert Paginator([1, 2, 3], 1).get_page(number).number == shown


def test_an_empty_list_has_one_page_unless_forbidden():
    assert Paginator([], 5).page(1).start_index() == 0
    assert Paginator([], 5).num_pages == 1
    strict = Paginator([], 5, allow_empty_first_page=False)
    assert strict.num_pages == 0
    with pytest.raises(EmptyPage):
        strict.page(1)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, [1, 2, 3, 4, "…", 49, 50]),
        (8, [1, 2, "…", 5, 6, 7, 8, 9, 10, 11, "…", 49, 50]),
        (7, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "…", 49, 50]),
        (50, [1, 2, "…", 47, 48, 49, 50]),
        (44, [1, 2, "…", 41, 42, 43, 44, 45, 46, 47, 48, 49, 50]),
    ],
)
def test_elided_range_hides_no_single_page(number, expected):
    assert list(Paginator(range(500), 10).get_elided_page_range(number)) == expected


def test_elided_range_of_few_pages_is_whole():
    assert list(Paginator(range(100), 10).get_elided_page_range(5)) == list(range(1, 11))


def test_an_unordered_queryset_is_warned_about_at_the_callers_line():
    with pytest.warns(UnorderedObjectListWarning, match=r"order_by\(\)") as caught:
        Paginator(Unordered(3), 1)
    assert caught[0].filename == __file__


def test_an_ordered_one_and_a_list_are_not():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Paginator(Counted(3), 1)
        Paginator([1], 1)


@pytest.mark.parametrize(("per_page", "orphans"), [(0, 0), (-1, 0), (5, 5), (5, -1)])
def test_impossible_sizes_are_refused(per_page, orphans):
    with pytest.raises(ValueError, match="at least"):
        Paginator([], per_page, orphans)


def test_page_indices_are_numbers():
    with pytest.raises(TypeError, match="whole numbers or slices"):
        Paginator([1], 1).page(1)["a"]


def test_the_door_lists_what_it_offers():
    assert sorted(door.__all__) == door.__all__
    assert all(hasattr(door, name) for name in door.__all__)
