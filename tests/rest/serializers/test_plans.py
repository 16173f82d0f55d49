"""Compiled serializers: the same answer as row by row, out of a constant number of queries and only the columns shown."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from types import SimpleNamespace

import pytest

from manoir import models, timezone
from manoir.bridge import run, wait
from manoir.conf import settings
from manoir.models import Count, Prefetch
from manoir.models._plan import plans_of
from manoir.rest import serializers
from manoir.rest._openapi_fields import Components
from manoir.rest._plan_cache import level_of
from tests.library.models import Author, Book, Copy, Profile, Publisher, Review, Tag
from tests.models.tables import create_tables


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "label", "slug"]


class PublisherSerializer(serializers.ModelSerializer):
    class Meta:
        model = Publisher
        fields = ["name", "founded"]


class MentorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name", "born"]


class AuthorSerializer(serializers.ModelSerializer):
    mentor = MentorSerializer()

    class Meta:
        model = Author
        fields = ["id", "name", "email", "mentor", "books"]


class ReviewSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ["id", "reader", "stars", "posted", "posted_at"]


class FullSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()
    publisher = PublisherSerializer()
    tags = TagSerializer(many=True)
    reviews = ReviewSerializer(many=True)
    house = serializers.CharField(source="publisher.name", read_only=True)
    country = serializers.CharField(source="publisher.country", read_only=True, allow_null=True)
    mentor = serializers.CharField(source="author.mentor.name", read_only=True)
    slugs = serializers.SlugRelatedField(source="tags", slug_field="slug", many=True, read_only=True)
    publisher_name = serializers.SlugRelatedField(source="publisher", slug_field="name", read_only=True)
    author_key = serializers.IntegerField(source="author_id", read_only=True)
    day = serializers.DateField(source="published", format="%d.%m.%Y", read_only=True)

    class Meta:
        model = Book
        fields = [
            "id", "pk", "title", "subtitle", "isbn", "price", "pages", "rating", "published", "day", "status",
            "on_sale", "extra", "reading_time", "created", "author", "author_key", "publisher", "publisher_name",
            "house", "country", "mentor", "tags", "slugs", "reviews", "sequel_to", "contributors",
        ]  # fmt: skip


def row_by_row(serializer_class, rows, **options):
    """What the same serializer gives for instances."""
    return json.loads(serializer_class(list(rows), many=True, **options).data.encoded())


@pytest.fixture
def many(rows):
    rows.emma.published = dt.date(2020, 2, 29)
    rows.emma.reading_time = dt.timedelta(days=1, microseconds=5)
    rows.emma.extra = {"a": [1, None, "ü"], "b": 1.5}
    rows.emma.sequel_to = rows.dune
    rows.emma.save()
    Review.objects.create(
        book=rows.dune,
        reader="Pat",
        posted=dt.datetime(2026, 5, 1, 12, 30, 1, 5, tzinfo=dt.UTC),
        posted_at=dt.time(8, 30),
    )
    Book.objects.create(title="Alone", author=rows.bob, price=Decimal("0.1"))
    return rows


def test_a_planned_list_is_the_same_as_row_by_row(many, colour):
    serializer = FullSerializer(Book.objects.all(), many=True)

    assert level_of(serializer.child, Book) is not None
    assert json.loads(run(serializer.aoutput()).encoded()) == row_by_row(FullSerializer, Book.objects.all())
    assert colour.data(FullSerializer(Book.objects.all(), many=True)) == json.loads(run(serializer.aoutput()).encoded())


def test_the_zone_and_formats_in_use_are_followed(many):
    with timezone.override("Europe/Paris"):
        found = json.loads(run(ReviewSerializer(Review.objects.all(), many=True).aoutput()).encoded())
        assert found == row_by_row(ReviewSerializer, Review.objects.all())
    assert any("+02:00" in review["posted"] for review in found)
    with settings.override(REST_FRAMEWORK={"DATETIME_FORMAT": "%Y"}):
        found = json.loads(run(ReviewSerializer(Review.objects.all(), many=True).aoutput()).encoded())
    assert {review["posted"] for review in found} == {"2026"}
    with settings.override(REST_FRAMEWORK={"COERCE_DECIMAL_TO_STRING": False}):
        assert prices().data[0] == {"price": Decimal("0.10")}


def prices():
    class Price(serializers.ModelSerializer):
        class Meta:
            model = Book
            fields = ["price"]

    return Price(Book.objects.all(), many=True)


def grow(rows, count):
    """Books with tags and reviews, of authors of their own."""
    authors = Author.objects.bulk_create([Author(name=f"Author {n}", mentor=rows.ann) for n in range(count)])
    books = Book.objects.bulk_create([Book(title=f"Book {n}", author=author) for n, author in enumerate(authors)])
    through = Book.tags.through
    through.objects.bulk_create([through(book=book, tag=tag) for book in books for tag in rows.tags])
    Review.objects.bulk_create([Review(book=book, reader="r") for book in books])


class Shelf(serializers.ModelSerializer):
    """Nested three deep: publisher, its books, their tags; and reviews beside."""

    class Books(serializers.ModelSerializer):
        tags = TagSerializer(many=True)
        reviews = ReviewSerializer(many=True)
        author = AuthorSerializer()

        class Meta:
            model = Book
            fields = ["title", "tags", "reviews", "author"]

    books = Books(many=True)

    class Meta:
        model = Publisher
        fields = ["name", "books"]


def test_queries_are_constant_for_one_and_for_a_thousand_rows_nested_three_deep(rows, counted, colour):
    Publisher.objects.exclude(pk=rows.house.pk).delete()
    counts = []
    for more in (0, 1000):
        grow(rows, more)
        Book.objects.update(publisher=rows.house)
        with counted() as found:
            data = colour.data(Shelf(Publisher.objects.all(), many=True))
        assert len(data[0]["books"]) == 2 + more
        assert len(data[0]["books"][-1]["tags"]) >= 2
        counts.append(len(found))

    assert counts == [5, 5]  # publishers, books with authors and their mentors, tags, reviews, the authors' books


def test_only_the_columns_that_are_shown_are_read(rows, counted):
    with counted() as found:
        run(TagSerializer(Tag.objects.all(), many=True).aoutput())
        _ = prices().data

    assert [sql.partition("FROM")[0].strip() for sql in found] == [
        "SELECT t0.id AS c0, t0.label AS c1, t0.slug AS c2",
        "SELECT t0.price AS c0",
    ]


def test_slices_filters_and_orders_are_kept(many):
    rows = Book.objects.filter(price__lt=10).order_by("-title")[0:1]

    assert [row["title"] for row in run(FullSerializer(rows, many=True).aoutput())] == ["Dune"]


def test_values_that_the_queryset_computes_are_shown(many):
    class Counted(serializers.ModelSerializer):
        review_count = serializers.IntegerField(read_only=True)
        reviews_seen = serializers.IntegerField(read_only=True, source="seen")

        class Meta:
            model = Book
            fields = ["title", "review_count", "reviews_seen"]

    rows = Book.objects.annotate(review_count=Count("reviews"), seen=Count("reviews")).order_by("title")
    serializer = Counted(rows, many=True)

    assert serializer._planned(exact=True) is not None
    assert run(serializer.aoutput()) == [
        {"title": "Alone", "review_count": 0, "reviews_seen": 0},
        {"title": "Dune", "review_count": 1, "reviews_seen": 1},
        {"title": "Emma", "review_count": 2, "reviews_seen": 2},
    ]


class Shouting(serializers.CharField):
    def to_representation(self, value):
        return value.upper()


class Hooked(TagSerializer):
    def to_representation(self, instance):
        return {**super().to_representation(instance), "hooked": True}


class WithMethod(TagSerializer):
    twice = serializers.SerializerMethodField()

    class Meta(TagSerializer.Meta):
        fields = ["label", "twice"]

    def get_twice(self, tag):
        return tag.label * 2


class WithField(TagSerializer):
    label = Shouting()


class WithProperty(TagSerializer):
    class Meta:
        model = Tag
        fields = ["slug", "__str__"]


@pytest.mark.parametrize("cls", [Hooked, WithMethod, WithField, WithProperty])
def test_python_per_row_is_kept(rows, cls, colour):
    serializer = cls(Tag.objects.all(), many=True)

    assert level_of(serializer.child, Tag) is None
    assert colour.data(serializer) == row_by_row(cls, Tag.objects.all())
    assert run(cls(Tag.objects.all(), many=True).aoutput()).encoded().startswith(b"[{")


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Tag.objects.all().distinct(),
        lambda: Tag.objects.all().union(Tag.objects.all()),
        lambda: Book.objects.get(title="Emma").tags.all(),
        lambda: Tag.objects.prefetch_related(Prefetch("books", queryset=Book.objects.filter(title="Emma"))),
        lambda: Tag.objects.none(),
    ],
)
def test_querysets_that_a_plan_cannot_read_are_shown_too(rows, queryset, colour):
    assert colour.data(TagSerializer(queryset(), many=True)) == row_by_row(TagSerializer, queryset())


def test_rows_that_prefetch_chose_are_the_ones_shown(rows, colour):
    class Tags(serializers.ModelSerializer):
        class Meta:
            model = Tag
            fields = ["slug", "books"]

    chosen = Tag.objects.prefetch_related(Prefetch("books", queryset=Book.objects.filter(title="Emma")))

    assert [len(tag["books"]) for tag in colour.data(Tags(chosen, many=True))] == [1, 1, 0]


def test_rows_that_were_read_already_are_not_read_again(rows, counted):
    queryset = Tag.objects.all()
    list(queryset)

    with counted() as found:
        assert len(TagSerializer(queryset, many=True).data) == 3

    assert found == []


def test_fields_changed_on_one_serializer_are_shown_so(rows, colour):
    class Dynamic(TagSerializer):
        def __init__(self, *args, only=None, **kwargs):
            super().__init__(*args, **kwargs)
            for name in set(self.fields) - set(only or self.fields):
                self.fields.pop(name)

    before = len(plans_of(rows.connection).plans)
    for _ in range(3):
        assert colour.data(Dynamic(Tag.objects.all(), many=True, only=["slug"]))[0] == {"slug": "art"}
    assert len(plans_of(rows.connection).plans) <= before + 1  # one plan for each choice, whoever makes it
    assert colour.data(Dynamic(Tag.objects.all(), many=True))[0].keys() == {"id", "label", "slug"}

    class Nested(serializers.ModelSerializer):
        tags = Dynamic(many=True, only=["slug"])

        class Meta:
            model = Book
            fields = ["tags"]

    assert colour.data(Nested(Book.objects.filter(title="Emma"), many=True)) == [
        {"tags": [{"slug": "art"}, {"slug": "bees"}]}
    ]


def test_a_field_changed_on_one_serializer_is_shown_by_what_it_is_now(rows, colour):
    class Loud(serializers.ModelSerializer):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            if self.context.get("rounded"):
                self.fields["price"].decimal_places = 0

        class Meta:
            model = Book
            fields = ["price"]

    assert colour.data(Loud(Book.objects.all(), many=True))[0] == {"price": "8.00"}
    assert colour.data(Loud(Book.objects.all(), many=True, context={"rounded": True}))[0] == {"price": "8"}
    assert colour.data(Loud(Book.objects.all(), many=True))[0] == {"price": "8.00"}


def test_fields_that_each_instance_makes_have_no_plan(rows, colour):
    class Made(TagSerializer):
        def get_fields(self):
            return {**super().get_fields(), "more": serializers.CharField(source="slug")}

    class Around(serializers.ModelSerializer):
        tags = Made(many=True)

        class Meta:
            model = Book
            fields = ["tags"]

    assert level_of(Made(), Tag) is None
    assert level_of(Around(), Book) is None
    assert colour.data(Made(Tag.objects.all(), many=True))[0].keys() == {"id", "label", "slug", "more"}


def test_a_one_to_one_relation_is_shown_from_its_far_side(rows, colour):
    class ProfileSerializer(serializers.ModelSerializer):
        class Meta:
            model = Profile
            fields = ["bio", "preferences"]

    class WithProfile(serializers.ModelSerializer):
        profile = ProfileSerializer()
        bio = serializers.CharField(source="profile.bio", read_only=True)

        class Meta:
            model = Author
            fields = ["name", "profile", "bio"]

    Profile.objects.create(author=rows.ann, bio="…", preferences={"a": 1})

    assert colour.data(WithProfile(Author.objects.all(), many=True)) == [
        {"name": "Ann", "profile": {"bio": "…", "preferences": {"a": 1}}, "bio": "…"},
        {"name": "Bob", "profile": None},
    ]


class NoteQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(owner=user)


class Note(models.Model):
    text = models.CharField(max_length=20)
    owner = models.CharField(max_length=20)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, related_name="answers", null=True)

    objects = models.Manager.from_queryset(NoteQuerySet)()

    class Meta:
        app_label = "notes"


class AnswerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["text"]


class NoteSerializer(serializers.ModelSerializer):
    answers = AnswerSerializer(many=True)
    texts = serializers.SlugRelatedField(source="answers", slug_field="text", many=True, read_only=True)

    class Meta:
        model = Note
        fields = ["text", "answers", "texts"]


class HookedNoteSerializer(NoteSerializer):
    def to_representation(self, instance):
        return super().to_representation(instance)


@pytest.fixture
def notes(database):
    wait(create_tables(database, [Note]))
    for name in ("one", "two"):
        first = Note.objects.create(text=name, owner="ann")
        Note.objects.create(text=f"{name} of ann", owner="ann", parent=first)
        Note.objects.create(text=f"{name} of bob", owner="bob", parent=first)
    return Note.objects.filter(parent=None).order_by("id")


@pytest.mark.parametrize("cls", [NoteSerializer, HookedNoteSerializer])
def test_nested_lists_hold_what_the_user_may_see(notes, cls, colour, counted):
    """H01: lists inside of others follow the model's `visible_to`, planned or row by row, in constant queries."""

    def seen(by, rows=notes):
        context = {"request": SimpleNamespace(user=by)} if by else {}
        data = colour.data(cls(rows, many=True, context=context))
        assert [note["texts"] for note in data] == [[answer["text"] for answer in note["answers"]] for note in data]
        return [note["texts"] for note in data]

    assert seen("ann") == [["one of ann"], ["two of ann"]]
    assert seen("bob") == [["one of bob"], ["two of bob"]]
    assert seen(None) == [["one of ann", "one of bob"], ["two of ann", "two of bob"]]
    rows = list(notes)  # the same instances, for one user after the other
    with counted() as found:
        assert (seen("ann", rows), seen("bob", rows)) == (
            [["one of ann"], ["two of ann"]],
            [["one of bob"], ["two of bob"]],
        )
    assert len(found) == 2
    assert seen(None, rows) == [["one of ann", "one of bob"], ["two of ann", "two of bob"]]


class ParentSerializer(serializers.ModelSerializer):
    beside = AnswerSerializer(source="parent.answers", many=True, read_only=True)
    texts = serializers.SlugRelatedField(source="parent.answers", slug_field="text", many=True, read_only=True)

    class Meta:
        model = Note
        fields = ["beside", "texts"]


class HookedParentSerializer(ParentSerializer):
    def to_representation(self, instance):
        return super().to_representation(instance)


@pytest.mark.parametrize("cls", [ParentSerializer, HookedParentSerializer])
def test_lists_of_rows_further_away_hold_what_the_user_may_see(notes, cls, colour, counted):
    """H01: a dotted source leads to no row that its user may not see either; in constant queries."""
    answers = Note.objects.exclude(parent=None).filter(owner="ann").order_by("id")
    context = {"request": SimpleNamespace(user="ann")}
    with counted() as found:
        data = colour.data(cls(answers, many=True, context=context))
    assert [(row["beside"], row["texts"]) for row in data] == [
        ([{"text": "one of ann"}], ["one of ann"]),
        ([{"text": "two of ann"}], ["two of ann"]),
    ]
    assert len(found) == 4  # the rows, which parents are visible, two lists
    of_first = Note.objects.filter(parent=None)
    assert not any(row.get("texts") for row in colour.data(cls(of_first, many=True, context=context)))


class Ticket(models.Model):
    number = models.BigIntegerField()

    class Meta:
        app_label = "tickets"


class TicketSerializer(serializers.ModelSerializer):
    class Meta:
        model = Ticket
        fields = ["number"]


@pytest.mark.parametrize("as_text", [False, True])
def test_large_numbers_are_planned_either_way(database, as_text, colour):
    wait(create_tables(database, [Ticket]))
    ticket = Ticket.objects.create(number=2**60)
    with settings.override(REST_FRAMEWORK={"COERCE_BIGINT_TO_STRING": as_text}):
        assert level_of(TicketSerializer(), Ticket) is not None
        many = colour.data(TicketSerializer(Ticket.objects.all(), many=True))
        schemas = {}
        Components(schemas).reference(TicketSerializer())
        assert many == [colour.data(TicketSerializer(ticket))] == [{"number": str(2**60) if as_text else 2**60}]
    assert schemas["Ticket"]["properties"]["number"] == {"type": "string" if as_text else "integer"}


def test_the_output_is_a_sequence_for_whoever_looks(rows):
    output = run(TagSerializer(Tag.objects.all(), many=True).aoutput())

    assert len(output) == 3
    assert output[0]["slug"] == "art"
    assert output == [*output]
    assert json.loads(output.encoded()) == output.data()


class Album(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "albums"


class Song(models.Model):
    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="songs")
    title = models.CharField(max_length=20)
    covers = models.ManyToManyField("self", symmetrical=False)

    class Meta:
        app_label = "albums"
        ordering = ["title"]


class SongSerializer(serializers.ModelSerializer):
    class Meta:
        model = Song
        fields = ["title", "album", "covers"]


class AlbumSerializer(serializers.ModelSerializer):
    songs = SongSerializer(many=True)

    class Meta:
        model = Album
        fields = ["name", "songs"]


def test_keys_that_are_uuids_lead_to_lists_too(database, colour):
    wait(create_tables(database, [Album, Song]))
    album, empty = Album.objects.create(name="Abbey Road"), Album.objects.create(name="Empty")
    first = Song.objects.create(album=album, title="Because")
    second = Song.objects.create(album=album, title="Sun King")
    second.covers.set([first])
    expected = [
        {
            "name": "Abbey Road",
            "songs": [
                {"title": "Because", "album": str(album.pk), "covers": []},
                {"title": "Sun King", "album": str(album.pk), "covers": [first.pk]},
            ],
        },
        {"name": "Empty", "songs": []},
    ]

    serializer = AlbumSerializer(Album.objects.order_by("name"), many=True)
    assert serializer._planned(exact=False) is not None
    assert run(serializer.aoutput()) == expected
    assert empty.songs.count() == 0
    # The documented data has the keys themselves, which JSON has no form for.
    assert colour.data(AlbumSerializer(Album.objects.order_by("name"), many=True))[0]["songs"][0]["album"] == album.pk


def test_lists_by_another_column_than_the_key(many, colour):
    class CopySerializer(serializers.ModelSerializer):
        class Meta:
            model = Copy
            fields = ["book", "number"]

    class WithCopies(serializers.ModelSerializer):
        copies = CopySerializer(many=True)

        class Meta:
            model = Book
            fields = ["title", "copies"]

    Copy.objects.create(book=many.emma, number=3)
    serializer = WithCopies(Book.objects.all(), many=True)

    assert serializer._planned(exact=True) is not None
    assert colour.data(serializer) == row_by_row(WithCopies, Book.objects.all())
    assert [len(book["copies"]) for book in serializer.data] == [0, 0, 1]


def test_names_that_json_has_to_escape_are_written_too(many, colour):
    members = {
        'the "house"': serializers.CharField(source="publisher.name", read_only=True),
        "back\\slash": serializers.CharField(source="title", read_only=True),
        "Meta": type("Meta", (), {"model": Book, "fields": ["id", 'the "house"', "back\\slash"]}),
    }
    odd = type("Odd", (serializers.ModelSerializer,), members)
    serializer = odd(Book.objects.order_by("title"), many=True)

    assert serializer._planned(exact=True) is not None
    found = colour.data(serializer)
    assert found == row_by_row(odd, Book.objects.order_by("title"))
    assert {len(book) for book in found} == {2, 3}  # a book without a publisher has no house


def test_lists_below_more_rows_than_one_query_takes_keys_of(rows, colour, monkeypatch):
    class Written(serializers.ModelSerializer):
        tags = TagSerializer(many=True)

        class Meta:
            model = Book
            fields = ["title", "tags"]

    class Writer(serializers.ModelSerializer):
        books = Written(many=True)

        class Meta:
            model = Author
            fields = ["name", "books"]

    for number in range(5):
        book = Book.objects.create(title=f"Book {number}", author=Author.objects.create(name=f"Author {number}"))
        book.tags.set(rows.tags[: number % 3])
    monkeypatch.setattr("manoir.models._peers.BATCH", 2)
    monkeypatch.setattr("manoir.models._shaped.BATCH", 2)

    serializer = Writer(Author.objects.order_by("name"), many=True)
    assert serializer._planned(exact=True) is not None
    assert colour.data(serializer) == row_by_row(Writer, Author.objects.order_by("name"))
    assert colour.data(Writer(Author.objects.none(), many=True)) == []
