"""Serializers of models: their fields, checking against the database, saving, showing; both databases, both colours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from manoir import models
from manoir.apps import apps
from manoir.auth import User
from manoir.bridge import wait
from manoir.exceptions import ImproperlyConfigured
from manoir.models import Q, functions
from manoir.rest import serializers
from manoir.rest.exceptions import ValidationError
from tests.library.models import Author, Book, Copy, Credit, Profile, Publisher, Review, Status, Tag
from tests.models.tables import create_tables


def shown(**options):
    """A ModelSerializer with this Meta."""
    declared = {name: options.pop(name) for name in list(options) if isinstance(options[name], serializers.Field)}
    meta = type("Meta", (), {"model": Book, **options})
    return type("Made", (serializers.ModelSerializer,), {**declared, "Meta": meta})


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["id", "label", "slug"]


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price", "author", "publisher", "tags"]


# -- fields -----------------------------------------------------------------------------------------------------------


def test_all_fields_of_a_model_have_their_kind_and_options():
    fields = shown(fields="__all__")().fields

    assert {name: type(field).__name__ for name, field in fields.items()} == {
        "id": "IntegerField",
        "created": "DateTimeField",
        "updated": "DateTimeField",
        "title": "CharField",
        "subtitle": "CharField",
        "isbn": "CharField",
        "price": "DecimalField",
        "pages": "IntegerField",
        "rating": "FloatField",
        "published": "DateField",
        "status": "ChoiceField",
        "on_sale": "BooleanField",
        "size": "JSONField",
        "extra": "JSONField",
        "cover": "ModelField",
        "reading_time": "DurationField",
        "author": "PrimaryKeyRelatedField",
        "publisher": "PrimaryKeyRelatedField",
        "sequel_to": "PrimaryKeyRelatedField",
        "tags": "ManyRelatedField",
        "contributors": "ManyRelatedField",
    }
    read_only = {name for name, field in fields.items() if field.read_only}
    assert read_only == {"id", "created", "updated", "contributors", "cover"} - (
        {"cover"} if Book._meta.get_field("cover").editable else set()
    )
    assert {name for name, field in fields.items() if field.required} == {"title", "author"}
    assert {name for name, field in fields.items() if field.allow_null} >= {"subtitle", "isbn", "rating", "publisher"}
    assert (fields["title"].max_length, fields["subtitle"].allow_blank) == (200, True)
    assert (fields["price"].max_digits, fields["price"].decimal_places) == (8, 2)
    assert fields["pages"].min_value == 0
    assert list(fields["status"].choices) == ["draft", "live", "gone"]


def test_exclude_leaves_out_the_others():
    assert list(shown(model=Tag, exclude=["slug"])().fields) == ["id", "label"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ImproperlyConfigured, "needs either fields"),
        ({"fields": ["title"], "exclude": ["price"]}, ImproperlyConfigured, "needs either fields"),
        ({"fields": "title"}, TypeError, "list or tuple"),
        ({"exclude": ["titel"]}, ImproperlyConfigured, "Did you mean 'title'"),
        ({"fields": ["titel"]}, ImproperlyConfigured, "Did you mean 'title'"),
        ({"fields": ["title"], "extra": serializers.CharField()}, ImproperlyConfigured, "'extra'"),
        ({"fields": ["title"], "read_only_fields": "title"}, TypeError, "read_only_fields"),
        ({"fields": ["title"], "depth": 11}, ImproperlyConfigured, "depth is 11"),
        ({"fields": ["title"], "model": None}, ImproperlyConfigured, "no model"),
    ],
)
def test_a_meta_that_says_nonsense_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        _ = shown(**options)().fields


def test_extra_kwargs_and_read_only_fields_change_options():
    fields = shown(
        fields=["title", "price", "name", "author"],
        read_only_fields=["author"],
        extra_kwargs={
            "price": {"min_value": 1, "help_text": "In euros."},
            "name": {"source": "subtitle", "write_only": True},
        },
    )().fields

    assert fields["author"].read_only
    assert (fields["price"].min_value, fields["price"].help_text) == (1, "In euros.")
    assert (fields["name"].source, fields["name"].write_only, fields["name"].max_length) == ("subtitle", True, 200)


def test_a_property_a_method_and_a_far_side_may_be_fields(rows, colour):
    class AuthorSerializer(serializers.ModelSerializer):
        class Meta:
            model = Author
            fields = ["name", "books", "students", "get_absolute_name"]

    Author.get_absolute_name = lambda self: f"/{self.name}"
    try:
        data = colour.data(AuthorSerializer(rows.ann))
    finally:
        del Author.get_absolute_name

    assert data == {"name": "Ann", "books": [rows.emma.pk], "students": [rows.bob.pk], "get_absolute_name": "/Ann"}


def test_a_model_field_brings_its_validators_and_words():
    def even(value):
        if value % 2:
            raise serializers.ValidationError("Odd.", code="odd")

    class Number(models.Model):
        value = models.IntegerField("The number", validators=[even], help_text="Even only.")

        class Meta:
            app_label = "somewhere"
            managed = False

    serializer = shown(model=Number, fields=["value"])(data={"value": 3})

    assert (serializer.fields["value"].label, serializer.fields["value"].help_text) == ("The number", "Even only.")
    assert not serializer.is_valid()
    assert serializer.errors == {"value": ["Odd."]}
    del apps.all_models["somewhere"]
    apps.clear_cache()


def test_a_path_of_a_file_is_chosen_among_those_of_its_folder(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.png").write_text("b")

    class Poster(models.Model):
        file = models.FilePathField(path=lambda: tmp_path, match=r"\.txt$", blank=True)

        class Meta:
            app_label = "somewhere"
            managed = False

    made = shown(model=Poster, fields=["file"])
    sent = {value: made(data={"file": value}) for value in (str(tmp_path / "a.txt"), "", str(tmp_path / "b.png"))}

    assert type(made().fields["file"]) is serializers.FilePathField
    assert [one.is_valid() for one in sent.values()] == [True, True, False]
    del apps.all_models["somewhere"]
    apps.clear_cache()


def test_secret_fields_are_never_shown(monkeypatch):
    """H38, H39: `__all__` leaves them out; named, they are write-only; read-only they are refused."""
    monkeypatch.setattr(Author._meta.get_field("email"), "secret", True, raising=False)

    class Nested(serializers.ModelSerializer):
        mail = serializers.CharField(source="author.email", read_only=True)

        class Meta:
            model = Book
            fields = ["mail"]

    assert "email" not in shown(model=Author, fields="__all__")().fields
    assert "email" not in shown(model=Author, exclude=["name"])().fields
    assert shown(model=Author, fields=["email"])().fields["email"].write_only
    assert "email" not in shown(fields=["author"], depth=1)().fields["author"].fields
    with pytest.raises(ImproperlyConfigured, match="secret"):
        _ = Nested().fields
    with pytest.raises(ImproperlyConfigured, match="secret"):
        _ = shown(model=Author, fields=["email"], read_only_fields=["email"])().fields


def test_the_password_of_a_user_is_never_shown():
    """H38: the hash is a secret column of manoir's own."""
    assert "password" not in shown(model=User, fields="__all__")().fields
    assert shown(model=User, fields=["username", "password"])().fields["password"].write_only


# -- checking ---------------------------------------------------------------------------------------------------------


def test_relations_are_looked_up(rows, colour):
    serializer = BookSerializer(
        data={"title": "New", "author": rows.ann.pk, "tags": [rows.tags[0].pk, str(rows.tags[2].pk)]}
    )

    assert colour.valid(serializer), serializer.errors
    assert serializer.validated_data["author"] == rows.ann
    assert serializer.validated_data["tags"] == [rows.tags[0], rows.tags[2]]


def test_rows_of_a_list_are_looked_up_by_one_query(rows, counted):
    serializer = shown(fields=["tags"])(data={"tags": [tag.pk for tag in rows.tags]})

    with counted() as found:
        assert serializer.is_valid(), serializer.errors

    assert len(found) == 1


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("author", 10_000_000, "does_not_exist"),
        ("author", None, "null"),
        ("author", True, "incorrect_type"),
        ("author", 1.0, "incorrect_type"),
        ("author", "one", "incorrect_type"),
        ("author", {"pk": 1}, "incorrect_type"),
        ("author", 10**30, "does_not_exist"),
        ("tags", [10_000_000], "does_not_exist"),
        ("tags", [True], "incorrect_type"),
        ("tags", "1", "not_a_list"),
        ("tags", {"1": 1}, "not_a_list"),
        ("tags", [1] * 10_001, "max_length"),
        ("status", "away", "invalid_choice"),
        ("price", "1e1000000", "invalid"),
        ("pages", -1, "min_value"),
        ("pages", 2**40, "max_value"),
    ],
)
def test_wrong_values_are_refused_with_a_code(rows, field, value, code):
    """H45, H53."""
    serializer = shown(fields=[field])(data={field: value})

    assert not serializer.is_valid()
    assert [error.code for error in serializer.errors[field]] == [code]


def test_a_unique_value_that_is_taken_is_refused(rows, colour):
    taken = TagSerializer(data={"label": "Art", "slug": "art"})
    own = TagSerializer(rows.tags[0], data={"label": "Arts", "slug": "art"})

    assert (colour.valid(taken), colour.valid(own)) == (False, True)
    assert [error.code for error in taken.errors["slug"]] == ["unique"]


def test_fields_that_are_unique_together_are_checked_together(rows, colour):
    class CreditSerializer(serializers.ModelSerializer):
        class Meta:
            model = Credit
            fields = ["book", "author", "role"]

    Credit.objects.create(book=rows.emma, author=rows.bob, role="editor")
    data = {"book": rows.emma.pk, "author": rows.bob.pk, "role": "editor"}
    taken, free, partly = (
        CreditSerializer(data=data),
        CreditSerializer(data={**data, "role": "cover"}),
        CreditSerializer(data={"book": rows.emma.pk}),
    )

    assert [colour.valid(one) for one in (taken, free, partly)] == [False, True, False]
    assert [error.code for error in taken.errors["non_field_errors"]] == ["unique"]
    assert {name: errors[0].code for name, errors in partly.errors.items()} == {
        "author": "required",
        "role": "required",
    }


def test_a_unique_constraint_of_several_fields_is_checked(rows):
    serializer = BookSerializer(data={"title": "Emma", "author": rows.ann.pk})
    unchanged = BookSerializer(rows.emma, data={"title": "Emma", "author": rows.ann.pk})

    assert (serializer.is_valid(), unchanged.is_valid()) == (False, True)
    assert "title" in str(serializer.errors["non_field_errors"])


def test_a_check_constraint_is_checked(rows, colour):
    serializer = shown(fields=["title", "price", "author"])(data={"title": "x", "price": "-1", "author": rows.ann.pk})

    assert not colour.valid(serializer)
    assert "book_price_not_negative" in str(serializer.errors["non_field_errors"])


class Desk(models.Model):
    name = models.CharField(max_length=20)
    free = models.BooleanField(default=True)
    floor = models.IntegerField(default=0)
    taken_on = models.DateField(null=True)
    number = models.IntegerField(default=1, unique_for_month="taken_on")

    class Meta:
        app_label = "desks"
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(free=True), name="one_free_of_a_name"),
            models.UniqueConstraint(
                functions.Lower("name"), "floor", name="name_of_floor", violation_error_code="case"
            ),
        ]


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ({"name": "A", "floor": 3}, {"non_field_errors": ["constraint"]}),
        ({"name": "A", "floor": 3, "free": False}, {}),
        ({"name": "a", "floor": 1}, {"non_field_errors": ["case"]}),
        ({"name": "B", "number": 1, "taken_on": "2020-05-01"}, {}),
        ({"name": "B", "number": 1, "taken_on": "2021-02-01"}, {"number": ["unique"]}),
    ],
)
def test_constraints_with_conditions_and_expressions_are_checked(database, colour, data, codes):
    wait(create_tables(database, [Desk]))
    Desk.objects.create(name="A", floor=1, taken_on=dt.date(2020, 2, 29))
    serializer = shown(model=Desk, fields=["name", "free", "floor", "number", "taken_on"])(
        data={"number": 7, "taken_on": "2000-01-01", **data}
    )

    assert colour.valid(serializer) == (not codes)
    assert {name: [error.code for error in errors] for name, errors in serializer.errors.items()} == codes


def test_validators_of_meta_replace_those_of_the_model(rows):
    serializer = shown(fields=["title", "author"], validators=[])(data={"title": "Emma", "author": rows.ann.pk})

    assert serializer.is_valid()


# -- saving -----------------------------------------------------------------------------------------------------------


def test_create_saves_the_row_and_its_relations(rows, colour):
    serializer = BookSerializer(data={"title": "New", "price": "3.5", "author": rows.ann.pk, "tags": [rows.tags[0].pk]})
    assert colour.valid(serializer), serializer.errors

    book = colour.save(serializer, pages=7)

    saved = Book.objects.get(pk=book.pk)
    assert (saved.title, saved.price, saved.pages, saved.author) == ("New", Decimal("3.50"), 7, rows.ann)
    assert list(saved.tags.all()) == [rows.tags[0]]
    assert colour.data(serializer) == {
        "id": book.pk,
        "title": "New",
        "price": "3.50",
        "author": rows.ann.pk,
        "publisher": None,
        "tags": [rows.tags[0].pk],
    }


def test_update_changes_the_row_and_its_relations(rows, colour):
    serializer = BookSerializer(rows.emma, data={"tags": [rows.tags[2].pk], "publisher": None}, partial=True)
    assert colour.valid(serializer), serializer.errors

    colour.save(serializer)

    saved = Book.objects.get(pk=rows.emma.pk)
    assert (saved.publisher, list(saved.tags.all()), saved.title) == (None, [rows.tags[2]], "Emma")


def test_the_key_and_read_only_fields_are_never_written(rows):
    """H02: keys come from the address, never from the body."""
    serializer = shown(fields=["id", "title", "created"])(
        rows.emma,
        data={"id": rows.dune.pk, "pk": rows.dune.pk, "title": "Emma 2", "created": "2000-01-01T00:00Z", "pages": 99},
    )
    assert serializer.is_valid()
    serializer.save()

    saved = Book.objects.get(pk=rows.emma.pk)
    assert (saved.title, saved.pages, saved.created.year > 2000) == ("Emma 2", 10, True)
    assert Book.objects.get(pk=rows.dune.pk).title == "Dune"


@pytest.mark.parametrize("method", ["create", "update"])
def test_nested_data_is_not_written_by_guess(rows, method):
    class Nested(serializers.ModelSerializer):
        author = TagSerializer()
        country = serializers.CharField(source="publisher.country", required=False)

        class Meta:
            model = Book
            fields = ["title", "author", "country"]

    tag = {"label": "L", "slug": "new"}
    one = Nested(rows.emma if method == "update" else None, data={"title": "x", "author": tag})
    dotted = shown(fields=["title", "author", "country"], country=serializers.CharField(source="publisher.country"))(
        rows.emma if method == "update" else None, data={"title": "x", "author": rows.ann.pk, "country": "fr"}
    )
    for serializer in (one, dotted):
        assert serializer.is_valid(), serializer.errors
        with pytest.raises(TypeError, match=rf"def {method}"):
            serializer.save()


def test_a_value_that_was_taken_meanwhile_is_a_validation_error(committing_database, colour):
    """H47: the check was right when it was made; the constraint decides, and the client is told as ever."""
    wait(create_tables(committing_database, [Tag]))
    serializer = TagSerializer(data={"label": "Art", "slug": "art"})
    assert colour.valid(serializer)
    Tag.objects.create(label="First", slug="art")

    with pytest.raises(ValidationError) as caught:
        colour.save(serializer)

    assert caught.value.get_codes() == {"slug": ["unique"]}
    assert Tag.objects.count() == 1


def test_overridden_create_and_update_of_either_colour(rows, colour):
    class Loud(TagSerializer):
        def create(self, validated_data):
            return super().create({**validated_data, "label": validated_data["label"].upper()})

        async def aupdate(self, instance, validated_data):
            return await super().aupdate(instance, {**validated_data, "label": "updated"})

    made, changed = Loud(data={"label": "new", "slug": "new"}), Loud(rows.tags[0], data={"label": "a", "slug": "a"})
    for serializer in (made, changed):
        assert colour.valid(serializer)
        colour.save(serializer)

    assert (made.instance.label, changed.instance.label) == ("NEW", "updated")


# -- showing ----------------------------------------------------------------------------------------------------------


def test_each_kind_of_value_is_shown(rows, colour):
    rows.emma.published = dt.date(2020, 2, 29)
    rows.emma.reading_time = dt.timedelta(days=1, hours=2)
    rows.emma.extra = {"a": [1, None]}
    rows.emma.status = Status.LIVE
    data = colour.data(
        shown(fields=["price", "published", "reading_time", "extra", "status", "on_sale", "rating"])(rows.emma)
    )

    assert data == {
        "price": "12.50",
        "published": "2020-02-29",
        "reading_time": "1 02:00:00",
        "extra": {"a": [1, None]},
        "status": "live",
        "on_sale": False,
        "rating": None,
    }


def test_depth_shows_relations_nested(rows, colour):
    data = colour.data(shown(fields=["title", "author", "tags"], depth=1)(rows.emma))

    assert data["author"]["name"] == "Ann"
    assert data["author"]["mentor"] is None
    assert [tag["slug"] for tag in data["tags"]] == ["art", "bees"]


def test_relations_by_slug_and_text(rows, colour):
    class Shown(serializers.ModelSerializer):
        tags = serializers.SlugRelatedField(slug_field="slug", many=True, queryset=Tag.objects.all())
        author = serializers.StringRelatedField()
        publisher = serializers.SlugRelatedField(slug_field="name", queryset=Publisher.objects)

        class Meta:
            model = Book
            fields = ["tags", "author", "publisher"]

    assert colour.data(Shown(rows.emma)) == {"tags": ["art", "bees"], "author": "Ann", "publisher": "House"}
    serializer = Shown(rows.dune, data={"tags": ["cats", "art"], "publisher": "House"})
    assert colour.valid(serializer), serializer.errors
    assert serializer.validated_data == {"tags": [rows.tags[2], rows.tags[0]], "publisher": rows.house}
    missing = Shown(data={"tags": ["dogs"], "publisher": "Nobody"})
    assert not colour.valid(missing)
    assert {name: errors[0].code for name, errors in missing.errors.items()} == {
        "tags": "does_not_exist",
        "publisher": "does_not_exist",
    }


def test_a_relation_to_another_column_is_shown_by_it(rows):
    copy = Copy.objects.create(book=rows.emma)
    serializer = shown(model=Copy, fields=["book", "number"])(copy)

    assert serializer.data == {"book": "1", "number": 1}


def test_a_one_to_one_key_is_shown(rows):
    profile = Profile.objects.create(author=rows.ann, bio="…")

    assert shown(model=Profile, fields=["author", "bio"])(profile).data == {"author": rows.ann.pk, "bio": "…"}


def test_a_list_costs_a_constant_number_of_queries(rows, counted, colour):
    """Relations of all rows load together, whatever hooks a serializer has."""

    class ReviewSerializer(serializers.ModelSerializer):
        class Meta:
            model = Review
            fields = ["reader", "stars"]

    class Full(serializers.ModelSerializer):
        tags = TagSerializer(many=True)
        reviews = ReviewSerializer(many=True)
        author_name = serializers.SerializerMethodField()

        class Meta:
            model = Book
            fields = ["title", "tags", "reviews", "author_name"]

        def get_author_name(self, book):
            return book.author.name

    counts = []
    for more in (0, 10):
        for number in range(more):
            book = Book.objects.create(title=f"More {number}", author=rows.bob)
            book.tags.set(rows.tags)
        with counted() as found:
            data = colour.data(Full(Book.objects.all(), many=True))
        assert len(data) == 2 + more
        counts.append(len(found))

    assert counts == [4, 4]
