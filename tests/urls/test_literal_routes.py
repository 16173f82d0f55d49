"""Literal routes are found by one look, and still only where nothing before them matches."""

import pytest

from manoir.exceptions import Resolver404
from manoir.urls import get_resolver, path, re_path


def view(name):
    def answer(request, **kwargs):
        return name

    return answer


FIRST, LITERAL = view("first"), view("literal")


def found(patterns, address):
    return get_resolver(patterns).resolve(address).func


@pytest.mark.parametrize(
    "earlier",
    [
        path("<slug:name>/new/", FIRST),
        path("books/<str:name>/", FIRST),
        path("<path:rest>", FIRST),
        path("books/<path:rest>", FIRST),
        path("books/new/", FIRST),
        re_path(r"^books/", FIRST),
    ],
)
def test_an_earlier_route_that_matches_wins(earlier):
    assert found([earlier, path("books/new/", LITERAL)], "/books/new/") is FIRST


@pytest.mark.parametrize("earlier", [path("books/<int:pk>/", FIRST), path("<slug:a>/<slug:b>/<slug:c>/", FIRST)])
def test_an_earlier_route_that_does_not_match_is_passed(earlier):
    assert found([earlier, path("books/new/", LITERAL)], "/books/new/") is LITERAL


def test_a_converter_that_refuses_a_value_leaves_it_to_the_literal_route():
    class Even:
        regex = "[a-z]+"

        def to_python(self, value):
            raise ValueError(value)

        def to_url(self, value):
            return str(value)

    from manoir.urls import register_converter

    register_converter(Even, "refusing")
    assert found([path("books/<refusing:name>/", FIRST), path("books/new/", LITERAL)], "/books/new/") is LITERAL


def test_a_literal_route_is_met_as_a_whole_only():
    resolver = get_resolver([path("books/new/", LITERAL)])
    for address in ("/books/new", "/books/new//", "/books/", "//books/new/", "/Books/new/"):
        with pytest.raises(Resolver404):
            resolver.resolve(address)
