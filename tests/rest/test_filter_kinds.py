"""Kinds of filters of a filter set: ranges, several values, rows by another field, values that there are, and overrides."""

from __future__ import annotations

import datetime as dt

import pytest

from manoir import forms, models, rest, timezone
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.http import QueryDict
from manoir.models import Count, Value
from manoir.models.functions import Concat
from manoir.rest import filters
from manoir.rest._filter_ranges import span_of
from manoir.rest.schemas import SchemaGenerator
from manoir.testing import assert_num_queries
from manoir.urls import path
from tests.library.models import Author, Book, Review, Tag
from tests.rest.conftest import Caller
from tests.rest.test_filters import BookSerializer


class NumberInFilter(filters.BaseInFilter, filters.NumberFilter):
    pass


class NumberRangeFilter(filters.BaseRangeFilter, filters.NumberFilter):
    pass


class BookFilter(rest.FilterSet):
    price = filters.RangeFilter()
    published = filters.DateFromToRangeFilter()
    one_of = NumberInFilter(field_name="price")
    between = NumberRangeFilter(field_name="price")
    reading = filters.DurationFilter(field_name="reading_time", lookup_expr="gte")
    status = filters.MultipleChoiceFilter(choices=[("draft", "Draft"), ("Sold", [("live", "Live"), ("gone", "Gone")])])
    grade = filters.TypedChoiceFilter(
        field_name="on_sale", choices=[("a", "A"), ("b", "B")], coerce=lambda text: text == "a"
    )
    rating = filters.ChoiceFilter(choices=[("5", "five")], null_label="none")
    author = filters.ModelChoiceFilter(queryset=Author.objects.all(), to_field_name="name", null_label="nobody")
    tags = filters.ModelMultipleChoiceFilter(queryset=Tag.objects.all())
    slugs = filters.ModelMultipleChoiceFilter(
        queryset=Tag.objects.all(), field_name="tags__slug", to_field_name="slug", conjoined=True
    )
    without = filters.ModelMultipleChoiceFilter(
        queryset=Tag.objects.all(), field_name="tags", to_field_name="slug", exclude=True
    )
    isbn = filters.AllValuesFilter()
    isbns = filters.AllValuesMultipleFilter(field_name="isbn")
    pages = filters.LookupChoiceFilter(lookup_choices=["exact", ("gt", "more than")])
    weight = filters.LookupChoiceFilter(field_name="pages", field_class=forms.IntegerField, lookup_choices=["exact"])
    names = filters.CharFilter(field_name="full", lookup_expr="icontains")
    colour = filters.CharFilter(field_name="extra__cover__colour", lookup_expr="iexact")
    spans = filters.RangeFilter(method="filter_spans")
    by = filters.ModelChoiceFilter(queryset=Author.objects.all(), method="filter_by")

    class Meta:
        model = Book
        fields = {"title": ["exact", "startswith"]}
        filter_overrides = {
            models.CharField: {
                "filter_class": filters.CharFilter,
                "extra": lambda field: {"lookup_expr": "icontains"},
            },
        }

    def filter_spans(self, queryset, name, value):
        return queryset.filter(price__gte=value.start or 0, price__lte=value.stop or 99)

    def filter_by(self, queryset, name, value):
        return queryset.filter(author__name=value.name)


class Books(rest.ListAPIView):
    queryset = Book.objects.annotate(full=Concat("title", Value(" by "), "author__name"))
    serializer_class = BookSerializer
    permission_classes = [rest.AllowAny]
    filterset_class = BookFilter
    search_fields = ["full", "extra__cover__colour", "tags__label"]


@pytest.fixture
def api(colour, database):
    ann, bob = (Author.objects.create(name=name) for name in ("Ann", "Bob"))
    sea, sail = (Tag.objects.create(label=label, slug=label) for label in ("sea", "sail"))
    emma = Book.objects.create(
        title="Emma", author=ann, price="12.50", on_sale=True, published="2020-05-01", pages=10, rating=5,
        extra={"cover": {"colour": "Red"}},
    )  # fmt: skip
    dune = Book.objects.create(
        title="Dune", author=bob, price="8.00", status="live", isbn="2", published="2020-05-31",
        reading_time=dt.timedelta(hours=3),
    )  # fmt: skip
    Book.objects.create(title="Gone", author=bob, price="9.00", status="gone", isbn="3", published="2020-06-01")
    emma.tags.set([sea, sail])
    dune.tags.set([sea])
    with settings.override(ROOT_URLCONF=[path("", Books.as_view())], MIDDLEWARE=[]):
        caller = Caller(colour)
        caller.ann, caller.tags = ann, (sea, sail)
        yield caller


def titles(api, query):
    answer = api.get(f"/?{query}")
    assert answer.status_code == 200, answer.content
    return [book["title"] for book in answer.json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("price_min=8.5&price_max=9", ["Gone"]),
        ("price_min=9", ["Emma", "Gone"]),
        ("price_max=9", ["Dune", "Gone"]),
        ("price_min=&price_max=", ["Dune", "Emma", "Gone"]),
        ("published_after=2020-05-02&published_before=2020-05-31", ["Dune"]),
        ("published_before=9999-12-31", ["Dune", "Emma", "Gone"]),
        ("one_of=8,9", ["Dune", "Gone"]),
        ("between=8.5,12.5", ["Emma", "Gone"]),
        ("reading=02:00:00", ["Dune"]),
        ("status=live&status=gone", ["Dune", "Gone"]),
        ("grade=a", ["Emma"]),
        ("rating=5", ["Emma"]),
        ("rating=null", ["Dune", "Gone"]),
        ("author=Ann", ["Emma"]),
        ("author=null", []),
        ("slugs=sea", ["Dune", "Emma"]),
        ("slugs=sea&slugs=sail", ["Emma"]),
        ("without=sail", ["Dune", "Gone"]),
        ("isbn=2", ["Dune"]),
        ("isbns=2&isbns=3", ["Dune", "Gone"]),
        ("pages=10&pages_lookup=exact", ["Emma"]),
        ("pages=9&pages_lookup=gt", ["Emma"]),
        ("weight=10&weight_lookup=exact", ["Emma"]),
        ("title=M", ["Emma"]),
        ("names=e+by+bob", ["Dune", "Gone"]),
        ("colour=red", ["Emma"]),
        ("spans_min=9&spans_max=9", ["Gone"]),
        ("search=by+bob", ["Dune", "Gone"]),
        ("search=red", ["Emma"]),
        ("search=sea+sail", ["Emma"]),
        ("search=sea+bob", ["Dune"]),
    ],
)
def test_kinds_of_filters(api, query, expected):
    assert titles(api, query) == expected


def test_rows_by_their_keys_and_a_method_that_gets_the_row(api):
    sea, sail = api.tags
    assert titles(api, f"tags={sea.pk}&tags={sail.pk}") == ["Dune", "Emma"]
    assert titles(api, f"by={api.ann.pk}") == ["Emma"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("price_min=x", "price_min"),
        ("price_max=1&price_max=2", "price_max"),
        ("published_after=tomorrow", "published_after"),
        ("one_of=8,x", "one_of"),
        ("between=8", "between"),
        ("reading=long", "reading"),
        ("grade=c", "grade"),
        ("rating=nul", "rating"),
        ("author=Eve", "author"),
        ("tags=999999", "tags"),
        ("slugs=sea&slugs=x", "slugs"),
        ("isbn=9", "isbn"),
        ("isbns=2&isbns=9", "isbns"),
        ("pages=10", "pages"),
        ("pages=10&pages_lookup=regex", "pages"),
        ("pages=x&pages_lookup=gt", "pages"),
        ("weight=x&weight_lookup=exact", "weight"),
    ],
)
def test_values_that_cannot_be_are_400(api, query, name):
    answer = api.get(f"/?{query}")
    assert (answer.status_code, set(answer.json())) == (400, {name})


def test_several_rows_are_looked_up_by_one_query(api):
    with assert_num_queries(2):  # the tags, the books
        titles(api, "slugs=sea&slugs=sail")


class ReviewFilter(rest.FilterSet):
    posted = filters.DateFromToRangeFilter()
    moment = filters.IsoDateTimeFromToRangeFilter(field_name="posted")
    clock = filters.TimeRangeFilter(field_name="posted_at")
    when = filters.DateRangeFilter(field_name="posted")
    own = filters.DateRangeFilter(
        field_name="posted",
        choices=[("old", "Old")],
        filters={"old": lambda queryset, name: queryset.filter(**{f"{name}__year": 2020})},
    )


@pytest.fixture
def reviews(database):
    book = Book.objects.create(title="Emma", author=Author.objects.create(name="Ann"))
    rows = [
        ("first", dt.datetime(2020, 5, 1, 23, 30, tzinfo=dt.UTC), dt.time(9)),
        ("second", dt.datetime(2020, 5, 2, 12, tzinfo=dt.UTC), dt.time(18)),
        ("new", timezone.now(), None),
    ]
    for reader, posted, clock in rows:
        Review.objects.create(book=book, reader=reader, posted=posted, posted_at=clock)
    return lambda query: sorted(
        ReviewFilter(QueryDict(query), Review.objects.all()).qs.values_list("reader", flat=True)
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("posted_before=2020-05-01", ["first"]),
        ("posted_after=2020-05-02&posted_before=2020-05-02", ["second"]),
        ("moment_after=2020-05-02T12:00:00Z&moment_before=2020-05-02T12:00:00Z", ["second"]),
        ("clock_after=08:00&clock_before=10:00", ["first"]),
        ("when=today", ["new"]),
        ("when=yesterday", []),
        ("when=week", ["new"]),
        ("when=year", ["new"]),
        ("own=old", ["first", "second"]),
    ],
)
def test_ranges_of_moments(reviews, query, expected):
    assert reviews(query) == expected


def test_a_day_of_a_moment_is_that_of_the_time_zone(reviews):
    with timezone.override("Europe/Berlin"):
        assert reviews("posted_before=2020-05-01") == []
        assert reviews("posted_before=2020-05-02") == ["first", "second"]


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("today", (dt.date(2026, 12, 31), dt.date(2027, 1, 1))),
        ("yesterday", (dt.date(2026, 12, 30), dt.date(2026, 12, 31))),
        ("week", (dt.date(2026, 12, 24), dt.date(2027, 1, 1))),
        ("month", (dt.date(2026, 12, 1), dt.date(2027, 1, 1))),
        ("year", (dt.date(2026, 1, 1), dt.date(2027, 1, 1))),
    ],
)
def test_spans_of_days(name, span):
    assert span_of(name, dt.date(2026, 12, 31)) == span


def test_a_filter_of_a_computed_value(database):
    ann, bob = (Author.objects.create(name=name) for name in ("Ann", "Bob"))
    Book.objects.create(title="Emma", author=ann)

    class AuthorFilter(rest.FilterSet):
        books = filters.NumberFilter(field_name="number", lookup_expr="gte")

    found = AuthorFilter({"books": "1"}, Author.objects.annotate(number=Count("books")))
    assert list(found.qs) == [ann]
    assert AuthorFilter({"books": "0"}, Author.objects.annotate(number=Count("books"))).qs.count() == 2
    assert bob.pk


def test_a_range_that_has_to_be_given(database):
    class Priced(rest.FilterSet):
        price = filters.RangeFilter(required=True)

    assert Priced({}, Book.objects.all()).errors == {"price": ["This parameter is required."]}
    assert Priced({"price_min": "1"}, Book.objects.all()).is_valid()


def test_the_description_has_a_parameter_for_each_end():
    found = SchemaGenerator(patterns=[path("", Books.as_view())]).get_schema()
    described = {one["name"]: one for one in found["paths"]["/"]["get"]["parameters"]}
    assert described["price_min"]["schema"] == {"type": "number"}
    assert described["published_before"]["schema"] == {"type": "string", "format": "date"}
    assert described["pages_lookup"]["schema"]["enum"] == ["exact", "gt"]
    assert described["status"]["schema"]["items"]["enum"] == ["draft", "live", "gone"]
    assert described["rating"]["schema"]["enum"] == ["5", "null"]
    assert described["tags"]["schema"]["type"] == "array"
    assert not {"price", "published"} & set(described)


def test_what_a_filter_explains_is_described():
    explained = filters.CharFilter(field_name="title", help_text="A part of the title.", initial="x")
    assert explained.parameter("title")["description"] == "A part of the title."
    assert explained.extra == {"help_text": "A part of the title.", "initial": "x"}


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"fields": "__all__"}, r"Wrong\.Meta\.fields is a list of names, or lookups by name; not '__all__'"),
        ({"exclude": ["isbn"]}, r"Wrong\.Meta\.exclude would open every other column"),
        ({"fields": ["titel"]}, r"Wrong\.Meta\.fields: Book has no field 'titel' .* Did you mean 'title'"),
        ({"fields": {"title": ["contain"]}}, r"'contain' is no lookup for 'title' .* Did you mean 'contains'"),
    ],
)
def test_what_cannot_be_declared_is_told(meta, words):
    wrong = type("Wrong", (rest.FilterSet,), {"Meta": type("Meta", (), {"model": Book, **meta})})
    with pytest.raises(ImproperlyConfigured, match=words):
        wrong({})


def test_the_ordering_filter_is_a_backend():
    with pytest.raises(TypeError, match=r"OrderingFilter is a backend .* `ordering_fields`"):
        filters.OrderingFilter(fields=["title"])


def test_a_backend_may_say_what_its_filter_sets_are_made_with(api):
    class Mine(BookFilter):
        def __init__(self, *args, limit, **kwargs):
            super().__init__(*args, **kwargs)
            self.limit = limit

        def filter_queryset(self, queryset):
            return super().filter_queryset(queryset).filter(price__lt=self.limit)

    class Limited(filters.DjangoFilterBackend):
        raise_exception = False

        def get_filterset_kwargs(self, request, queryset, view):
            return {**super().get_filterset_kwargs(request, queryset, view), "limit": 10}

    view = type("Few", (Books,), {"filterset_class": Mine, "filter_backends": [Limited]})
    with settings.override(ROOT_URLCONF=[path("", view.as_view())]):
        assert titles(api, "") == ["Dune", "Gone"]
        assert titles(api, "isbn=3") == ["Gone"]
        assert titles(api, "isbn=9") == ["Dune", "Emma", "Gone"]
