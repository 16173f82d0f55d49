"""H56: regular expressions that clients send cannot keep a process busy, and are no error of the server."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.exceptions import ParseError
from manoir.rest import filters
from manoir.rest._client_patterns import client_pattern
from manoir.urls import path
from tests.library.models import Author, Book
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.test_filters import BookSerializer

SLOW = [
    "(a+)+$", "(a*)*$", "(a|a)*$", "(a|a)(a|a)(a|a)(a|a)(a|a)$", "a*a*a*$", "a?a?a?aaa", "(a{1,9}){1,9}", "a{1,999}",
]  # fmt: skip
BROKEN = [
    "(", ")", "[", "]", "*", "a**", "{", "a{", "a{5,2}", "[z-a]", "[a-c-e]", "[a--b]", "[[:alpha:]]", "[&&a]", "\\", "\\b",
    "\\1", "\\p{L}", "(?i)a", "(?=a)", "(?P<x>a)", "(?#", "a*?", "a*+", "^*", "***:a", "x{0256}",
]  # fmt: skip
TAKEN = {
    "^du": ["Dune"],
    "(une|mma)$": ["Dune", "Emma"],
    "[d-e][mu]": ["Dune", "Emma"],
    "m{2}": ["Emma"],
    "d.*e": ["Dune"],
    "^\\w+$": ["Dune", "Emma"],
    "[^dunemma]": [],
    "\\.": [],
}


class BookFilter(rest.FilterSet):
    like = filters.CharFilter(field_name="title", lookup_expr="iregex")
    title = filters.LookupChoiceFilter(lookup_choices=["exact", "iregex"])


class Searched(rest.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
    permission_classes = [rest.AllowAny]
    search_fields = ["$title"]
    filterset_class = BookFilter


@pytest.fixture
def api(colour, database):
    author = Author.objects.create(name="Ann")
    for title in ("Dune", "Emma"):
        Book.objects.create(title=title, author=author, price=1)
    with settings.override(ROOT_URLCONF=[path("", Searched.as_view())], MIDDLEWARE=MIDDLEWARE):
        yield Caller(colour)


@pytest.mark.parametrize("place", ["search=", "like=", "title_lookup=iregex&title="])
def test_patterns(api, place):
    for pattern, titles in TAKEN.items():
        answer = api.get(f"/?{place}{quote(pattern)}")
        assert (answer.status_code, [book["title"] for book in answer.json()]) == (200, titles), pattern


@pytest.mark.parametrize("place", ["search=", "like=", "title_lookup=iregex&title="])
def test_what_is_slow_or_broken_is_400(api, place):
    Book.objects.filter(title="Dune").update(title=f"{'a' * 40}!")
    answers = {one: api.get(f"/?{place}{quote(one)}").status_code for one in [*SLOW, *BROKEN]}
    assert {one: status for one, status in answers.items() if status != 400} == {}


def test_what_is_taken_cannot_grow():
    """One repeat, two behind a leading `^`, and four branches are the most: the steps are the text's square."""
    client_pattern("(a|a)(a|a)(a|a)(a|a).*x")
    client_pattern("^[a-z]+ [0-9]+$")
    for more in ("(a|a)", "|", "b*", "c?", "d{1,2}"):
        with pytest.raises(ParseError, match=r"repeats|branches"):
            client_pattern(f"(a|a)(a|a)(a|a)(a|a).*x{more}")
    for refused in ("a*a*b", "^a*b*c*", "^a*|b*c*", "x^a*b*"):
        with pytest.raises(ParseError, match="are taken"):
            client_pattern(refused)


def test_the_worst_that_is_taken_ends():
    """A thousand characters; two repeats without an anchor took seconds for as many."""
    for pattern in ("(a|a)(a|a)(a|a)(a|a)a*b", "^a*a*b"):
        assert re.search(client_pattern(pattern), "a" * 1_000) is None


def test_a_refusal_says_what_is_not_taken():
    with pytest.raises(ParseError, match="'\\*' does not stand behind a single character or class"):
        client_pattern("(ab)*")
