"""Filters: what a view declares and nothing else (H37), with typed values (H45) within caps."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.auth import User
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.rest.filters import split_terms
from manoir.testing import assert_num_queries
from manoir.urls import path
from tests.library.models import Author, Book, Tag
from tests.rest.conftest import Caller


class BookSerializer(rest.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price", "author"]


class Books(rest.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
    permission_classes = [rest.AllowAny]
    filterset_fields = {
        "author": ["exact", "in"],
        "price": ["exact", "lt", "gte", "range"],
        "status": ["exact"],
        "on_sale": ["exact"],
        "published": ["year", "isnull"],
        "title": ["icontains", "istartswith"],
        "author__name": ["exact"],
        "tags__slug": ["in"],
        "pages": ["exact"],
    }
    search_fields = ["title", "^author__name", "=isbn", "tags__label"]
    ordering_fields = ["price", "title"]


@pytest.fixture
def api(colour, database):
    ann, bob = (Author.objects.create(name=name) for name in ("Ann", "Bob"))
    tags = [Tag.objects.create(label=label, slug=label.lower()) for label in ("Sea", "Sail")]
    emma = Book.objects.create(
        title="Emma", author=ann, price="12.50", isbn="111", on_sale=True, published="2020-05-01"
    )
    dune = Book.objects.create(title="Dune", author=bob, price="8.00", status="live", pages=7)
    moby = Book.objects.create(title="Moby 100%_\\", author=bob, price="9.00", isbn="333")
    emma.tags.set(tags)
    dune.tags.set(tags[:1])
    assert moby.pk
    with settings.override(ROOT_URLCONF=[path("", Books.as_view())], MIDDLEWARE=[]):
        caller = Caller(colour)
        caller.ann, caller.bob = ann, bob
        yield caller


def titles(api, query):
    answer = api.get(f"/?{query}")
    assert answer.status_code == 200, answer.content
    return [book["title"].split()[0] for book in answer.json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Dune", "Emma", "Moby"]),
        ("price=8", ["Dune"]),
        ("price__lt=9", ["Dune"]),
        ("price__gte=9&price__lt=12.5", ["Moby"]),
        ("price__range=8,9", ["Dune", "Moby"]),
        ("status=live", ["Dune"]),
        ("on_sale=true", ["Emma"]),
        ("on_sale=False", ["Dune", "Moby"]),
        ("published__year=2020", ["Emma"]),
        ("published__isnull=1", ["Dune", "Moby"]),
        ("title__icontains=M", ["Emma", "Moby"]),
        ("title__icontains=%25_", ["Moby"]),
        ("title__istartswith=du", ["Dune"]),
        ("author__name=Ann", ["Emma"]),
        ("tags__slug__in=sea,sail", ["Dune", "Emma"]),
        ("author=", ["Dune", "Emma", "Moby"]),
        ("author=999999", []),
        ("pages=7", ["Dune"]),
    ],
)
def test_declared_lookups(api, query, expected):
    assert titles(api, query) == expected


def test_keys_of_relations(api):
    assert titles(api, f"author={api.ann.pk}") == ["Emma"]
    assert titles(api, f"author__in={api.ann.pk},{api.bob.pk}") == ["Dune", "Emma", "Moby"]


@pytest.mark.parametrize(
    "query",
    [
        "author__email=ann@example.com",
        "author__books__title__startswith=D",
        "title=Emma",
        "title__regex=.*",
        "price__gt=9",
        "pk=1",
        "id__in=1",
        "__class__=x",
        "author__name__startswith=A",
        "isnull=1",
        "author__mentor__name=x",
    ],
)
def test_what_is_not_declared_is_ignored(api, query):
    """H37: undeclared keys table."""
    assert len(titles(api, query)) == 3


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("author=abc", "author"),
        ("author=true", "author"),
        ("author=1.5", "author"),
        ("author__in=1,x", "author__in"),
        ("price=abc", "price"),
        ("price=NaN", "price"),
        ("price=1e1000000", "price"),
        ("price=" + "1" * 200, "price"),
        ("price__range=1", "price__range"),
        ("price__range=1,2,3", "price__range"),
        ("status=unknown", "status"),
        ("on_sale=maybe", "on_sale"),
        ("published__year=x", "published__year"),
        ("published__isnull=2", "published__isnull"),
        ("pages=" + "9" * 41, "pages"),
        ("price=1&price=2", "price"),
        ("title__icontains=%00", "title__icontains"),
        ("title__icontains=" + "x" * 301, "title__icontains"),
        ("author__in=" + ",".join(["1"] * 101), "author__in"),
    ],
)
def test_values_that_no_field_can_be_are_400(api, query, name):
    """H45: type table. H48: repeated keys. H53: number table."""
    answer = api.get(f"/?{query}")
    assert answer.status_code == 400, answer.content
    assert set(answer.json()) == {name}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=emma", ["Emma"]),
        ("search=e", ["Dune", "Emma"]),
        ("search=ANN", ["Emma"]),
        ("search=nn", []),
        ("search=111", ["Emma"]),
        ("search=11", []),
        ("search=sea", ["Dune", "Emma"]),
        ("search=s", ["Dune", "Emma"]),
        ("search=sea,emma", ["Emma"]),
        ("search=sea+emma", ["Emma"]),
        ("search=%22100%25_%22", ["Moby"]),
        ("search=", ["Dune", "Emma", "Moby"]),
        ("search=+,+%22%22", ["Dune", "Emma", "Moby"]),
    ],
)
def test_search(api, query, expected):
    assert titles(api, query) == expected


@pytest.mark.parametrize("query", ["search=%00", "search=" + "x" * 301, "search=a&search=b", "ordering=a&ordering=b"])
def test_searches_beyond_the_caps_are_400(api, query):
    assert api.get(f"/?{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ordering=price", ["Dune", "Moby", "Emma"]),
        ("ordering=-price,title", ["Emma", "Moby", "Dune"]),
        ("ordering=author__email", ["Dune", "Emma", "Moby"]),
        ("ordering=?", ["Dune", "Emma", "Moby"]),
        ("ordering=--price", ["Dune", "Emma", "Moby"]),
        ("ordering=pk,-title", ["Moby", "Emma", "Dune"]),
    ],
)
def test_ordering_by_what_is_declared(api, query, expected):
    """H37: undeclared names are ignored."""
    assert titles(api, query) == expected


def test_default_ordering(colour, api):
    view = type("Ordered", (Books,), {"ordering": "-price", "ordering_fields": None})
    with settings.override(ROOT_URLCONF=[path("", view.as_view())], MIDDLEWARE=[]):
        assert titles(api, "ordering=price") == ["Emma", "Moby", "Dune"]


def test_all_of_it_is_one_query(api):
    with assert_num_queries(1):
        titles(api, "search=sea&tags__slug__in=sea,sail&ordering=-price&price__lt=100")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": ["regex"]}, "'regex' is no lookup for 'title'"),
        ({"title": ["icontain"]}, "Did you mean 'icontains'"),
        (["titel"], "Book has no field 'titel'"),
        (["author__titel"], "Author has no field 'titel'"),
        (["title__name"], "goes on behind 'title'"),
        ("__all__", "list of names"),
    ],
)
def test_what_cannot_be_declared_is_told(database, fields, words):
    from manoir.testing import APIRequestFactory

    view = type("Wrong", (Books,), {"filterset_fields": fields})
    with pytest.raises(ImproperlyConfigured, match=words):
        view.as_view()(APIRequestFactory().get("/"))


def test_secret_columns_cannot_be_filtered_searched_or_ordered(database):
    """H37: password hashes are no oracle, even by mistake."""
    from manoir.rest.models import Token
    from manoir.testing import APIRequestFactory

    class People(rest.ListAPIView):
        queryset = User.objects.all()
        permission_classes = [rest.AllowAny]
        serializer_class = BookSerializer

    factory = APIRequestFactory()
    for members in ({"filterset_fields": {"password": ["startswith"]}}, {"search_fields": ["password"]}):
        view = type("V", (People,), members).as_view()
        with pytest.raises(ImproperlyConfigured, match="password is secret"):
            view(factory.get("/?search=a"))
    names = [name for name, _ in rest.OrderingFilter().get_valid_fields(User.objects.all(), type("V", (), {"ordering_fields": "__all__"}))]  # fmt: skip
    assert "username" in names
    assert "password" not in names
    for fields in (["username", "password"], [("password", "Password")]):
        members = {"ordering_fields": fields, "filter_backends": [rest.OrderingFilter]}
        with pytest.raises(ImproperlyConfigured, match="password is secret"):
            type("V", (People,), members).as_view()(factory.get("/?ordering=username"))
    view = type("V", (), {"ordering_fields": ["user__password"]})
    with pytest.raises(ImproperlyConfigured, match="password is secret"):
        rest.OrderingFilter().get_valid_fields(Token.objects.all(), view)
    view = type("V", (), {"ordering_fields": ["computed", "date_joined__year"]})
    assert len(rest.OrderingFilter().get_valid_fields(User.objects.all(), view)) == 2


def test_filters_of_either_colour(colour, api):
    class Sync(rest.BaseFilterBackend):
        def filter_queryset(self, request, queryset, view):
            return queryset.exclude(title="Emma") if queryset.exists() else queryset

    class Async(rest.BaseFilterBackend):
        async def afilter_queryset(self, request, queryset, view):
            return queryset.filter(title__startswith="D") if await queryset.aexists() else queryset

    view = type("Filtered", (Books,), {"filter_backends": [Sync, Async]})
    with settings.override(ROOT_URLCONF=[path("", view.as_view())], MIDDLEWARE=[]):
        assert titles(api, "") == ["Dune"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [("a b", ["a", "b"]), ("a,b", ["a", "b"]), ('"a b" c', ["a b", "c"]), ('"a b', ["a b"]), ('""', []), (" , ", [])],
)
def test_words_of_a_search(text, terms):
    assert split_terms(text) == terms
