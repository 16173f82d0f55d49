"""Filter sets: declared filters, those of Meta, methods, errors; nothing beyond (H37)."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import QueryDict
from manoir.models import Q
from manoir.rest import filters
from manoir.rest.schemas import SchemaGenerator
from manoir.testing import APIRequestFactory, assert_num_queries
from manoir.urls import path
from tests.library.models import Author, Book, Status, Tag
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.notebook import Folder, Note, NoteSerializer
from tests.rest.test_filters import BookSerializer


class BookFilter(rest.FilterSet):
    cheaper_than = filters.NumberFilter(field_name="price", lookup_expr="lt", label="Price below")
    like = filters.CharFilter(field_name="title", lookup_expr="icontains")
    not_by = filters.CharFilter(field_name="author__name", exclude=True)
    tag = filters.CharFilter(field_name="tags__slug")
    without_tag = filters.CharFilter(field_name="tags__slug", exclude=True)
    status = filters.MultipleChoiceFilter(choices=Status)
    sold = filters.BooleanFilter(field_name="on_sale")
    since = filters.DateFilter(field_name="published", lookup_expr="gte")
    words = filters.CharFilter(method="filter_words")
    author = filters.ModelChoiceFilter(queryset=Author.objects.all())
    shelf = filters.ChoiceFilter(choices=[("a", "A"), ("b", "B")], method=lambda queryset, name, value: queryset)

    class Meta:
        model = Book
        fields = {"pages": ["exact", "gt"], "isbn": ["isnull"]}

    def filter_words(self, queryset, name, value):
        assert name == "words"
        return queryset.filter(Q(title__icontains=value) | Q(author__name__icontains=value))


class Books(rest.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
    permission_classes = [rest.AllowAny]
    filterset_class = BookFilter


@pytest.fixture
def api(colour, database):
    ann, bob = (Author.objects.create(name=name) for name in ("Ann", "Bob"))
    tags = [Tag.objects.create(label=label, slug=label) for label in ("sea", "sail")]
    emma = Book.objects.create(title="Emma", author=ann, price="12.50", on_sale=True, published="2020-05-01", pages=10)
    dune = Book.objects.create(title="Dune", author=bob, price="8.00", status="live", isbn="2")
    Book.objects.create(title="Gone", author=bob, price="9.00", status="gone", isbn="3")
    emma.tags.set(tags)
    dune.tags.set(tags[:1])
    with settings.override(ROOT_URLCONF=[path("", Books.as_view())], MIDDLEWARE=[]):
        caller = Caller(colour)
        caller.ann = ann
        yield caller


def titles(api, query):
    answer = api.get(f"/?{query}")
    assert answer.status_code == 200, answer.content
    return [book["title"] for book in answer.json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Dune", "Emma", "Gone"]),
        ("cheaper_than=9", ["Dune"]),
        ("like=n", ["Dune", "Gone"]),
        ("not_by=Bob", ["Emma"]),
        ("tag=sea", ["Dune", "Emma"]),
        ("without_tag=sail", ["Dune", "Gone"]),
        ("status=live&status=gone", ["Dune", "Gone"]),
        ("sold=true", ["Emma"]),
        ("since=2020-05-01", ["Emma"]),
        ("words=ann", ["Emma"]),
        ("shelf=a", ["Dune", "Emma", "Gone"]),
        ("pages=10", ["Emma"]),
        ("pages__gt=9&cheaper_than=13", ["Emma"]),
        ("isbn__isnull=true", ["Emma"]),
        ("title=Emma&price=8&author__name=Ann&isbn=2", ["Dune", "Emma", "Gone"]),
        ("like=&cheaper_than=", ["Dune", "Emma", "Gone"]),
    ],
)
def test_filters(api, query, expected):
    assert titles(api, query) == expected


def test_rows_of_other_models(api):
    assert titles(api, f"author={api.ann.pk}") == ["Emma"]
    answer = api.get("/?author=999999")
    assert (answer.status_code, set(answer.json())) == (400, {"author"})


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("cheaper_than=x", "cheaper_than"),
        ("cheaper_than=" + "9" * 50, "cheaper_than"),
        ("cheaper_than=1&cheaper_than=2", "cheaper_than"),
        ("status=live&status=x", "status"),
        ("sold=maybe", "sold"),
        ("since=yesterday", "since"),
        ("shelf=c", "shelf"),
        ("pages=x", "pages"),
        ("author=x", "author"),
        ("like=%00", "like"),
        ("like=" + "x" * 301, "like"),
    ],
)
def test_values_that_cannot_be_are_400(api, query, name):
    answer = api.get(f"/?{query}")
    assert (answer.status_code, set(answer.json())) == (400, {name})


def test_all_of_it_is_one_query(api):
    with assert_num_queries(1):
        titles(api, "tag=sea&without_tag=x&words=e&cheaper_than=100")


def test_a_filter_set_by_itself(database):
    Author.objects.create(name="Ann")
    found = type(
        "Names", (rest.FilterSet,), {"name": filters.CharFilter(), "Meta": type("Meta", (), {"model": Author})}
    )
    assert list(found(QueryDict("name=Ann")).qs.values_list("name", flat=True)) == ["Ann"]
    assert list(found({"name": "Bob"}).qs) == []
    wrong = found(QueryDict("name=a&name=b"))
    assert (wrong.is_valid(), set(wrong.errors)) == (False, {"name"})


def test_filters_are_inherited_and_taken_away():
    class Below(BookFilter):
        like = None
        more = filters.NumberFilter(field_name="pages", lookup_expr="gte", required=True)

    assert "like" not in Below.base_filters
    assert {"more", "cheaper_than"} <= set(Below.base_filters)
    assert not Below(QueryDict("")).is_valid()


def test_rows_that_may_be_named_are_those_that_are_visible(people):
    """H01: somebody else's folder is none to choose."""

    class NoteFilter(rest.FilterSet):
        folder = filters.ModelChoiceFilter(queryset=Folder.objects.all())

    view = type("Notes", (rest.ListAPIView,), {"queryset": Note.objects.all(), "serializer_class": NoteSerializer, "permission_classes": [rest.IsAuthenticated], "filterset_class": NoteFilter})  # fmt: skip
    with settings.override(ROOT_URLCONF=[path("", view.as_view())], MIDDLEWARE=MIDDLEWARE):
        api = Caller("sync")
        api.login(people.ann.user)
        assert len(api.get(f"/?folder={people.ann.folder.pk}").json()) == 2
        assert api.get(f"/?folder={people.bob.folder.pk}").status_code == 400


def test_the_description_knows_them():
    found = SchemaGenerator(patterns=[path("", Books.as_view())]).get_schema()
    described = {one["name"]: one for one in found["paths"]["/"]["get"]["parameters"]}
    assert described["cheaper_than"]["description"] == "Price below"
    assert described["cheaper_than"]["schema"] == {"type": "number"}
    assert described["status"]["schema"]["items"]["enum"] == ["draft", "live", "gone"]
    assert described["since"]["schema"] == {"type": "string", "format": "date"}
    assert set(described) >= {"pages__gt", "isbn__isnull", "words"}


def test_what_is_no_filter_set_is_told():
    view = type("Wrong", (Books,), {"filterset_class": dict})
    with pytest.raises(ImproperlyConfigured, match=r"filterset_class is a FilterSet, not <class 'dict'>"):
        view.as_view()(APIRequestFactory().get("/"))
