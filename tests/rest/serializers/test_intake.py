"""Values that are taken at a glance: never something else than the field itself makes of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from manoir import rest
from manoir.exceptions import APIValidationError, ValidationError
from manoir.rest import fields
from manoir.rest._at_a_glance import reader_of
from manoir.rest._field import details_of
from manoir.testing import override_settings
from tests.library.models import Book, Tag

FIELDS = [
    fields.CharField(),
    fields.CharField(max_length=3, min_length=2),
    fields.CharField(allow_blank=True, trim_whitespace=False),
    fields.CharField(validators=[lambda value: None]),
    fields.EmailField(),
    fields.SlugField(),
    fields.IntegerField(),
    fields.IntegerField(min_value=-3, max_value=7),
    fields.IntegerField(max_value=2.5),
    fields.DecimalField(4, 2, min_value=0),
    fields.DecimalField(3, 3),
    fields.DecimalField(None, 2),
    fields.DecimalField(5, 2, max_value=Decimal("9.99"), rounding="ROUND_UP"),
    fields.DecimalField(30, 2),
    fields.FloatField(max_value=3),
    fields.DateField(),
    fields.DateField(input_formats=["%d.%m.%Y"]),
    fields.DateField(input_formats=["%d.%m.%Y", "iso-8601"]),
    fields.BooleanField(),
    fields.BooleanField(allow_null=True),
]
VALUES: list[Any] = [
    *("", " ", "a", "ab ", "abc", "abcd", " abcd ", "\0", "a\0", "é", "ab\u00a0", "\ud800", "a@example.com", "a-b"),
    *("0", "7", "8", "-4", "+3", " 5 ", "1e1", "0012.50", "12.5", "12.50", "12.505", "123.45", "-0.00", ".5", "5.", "NaN", "٣"),
    *("2026-03-04", "2026-3-4", "20260304", "2026-W10-3", "2026-02-30", "04.03.2026", "2026-03-04T00:00", "0000-01-01"),
    *("true", "on", "null", True, False, 0, 1, 2, 7, 8, -4, 10**30, 2**5000, 1.0, 2.5, float("nan"), float("inf")),
    *(Decimal("1.50"), Decimal("NaN"), dt.date(2026, 3, 4), dt.datetime(2026, 3, 4), [], [1], {}, {"a": 1}, b"a"),
]  # fmt: skip


def outcome(read: Any, value: Any) -> Any:
    try:
        found = read(value)
    except (APIValidationError, ValidationError) as error:
        return "refused", details_of(error)
    return type(found), str(found)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: repr(field).partition("(")[0])
def test_a_glance_takes_what_the_field_takes(field):
    read = reader_of(field)
    assert [outcome(read, value) for value in VALUES] == [outcome(field.run_validation, value) for value in VALUES]


class Comment(rest.Serializer):
    text = fields.CharField(max_length=5)
    stars = fields.IntegerField(default=3)
    day = fields.DateField(required=False, allow_null=True)
    note = fields.CharField(required=False, source="meta.note")


def checked(serializer: Any) -> Any:
    return serializer.validated_data if serializer.is_valid() else serializer.errors


def test_what_is_missing_null_or_wrong_is_told_as_ever():
    assert checked(Comment(data={"text": " a "})) == {"text": "a", "stars": 3}
    assert checked(Comment(data={"text": "a", "day": None, "note": "n"})) == {
        "text": "a", "stars": 3, "day": None, "meta": {"note": "n"},
    }  # fmt: skip
    assert checked(Comment(data={"stars": None, "day": "x", "text": "abcdef"})) == {
        "text": ["This has more than 5 characters."],
        "stars": ["This field cannot be null."],
        "day": ["This cannot be read. Write it as YYYY-MM-DD."],
    }
    assert checked(Comment(data={})) == {"text": ["This field is required."]}
    assert checked(Comment(data={"stars": 1}, partial=True)) == {"stars": 1}


def test_fields_of_one_serializer_count_for_it_alone():
    class Short(Comment):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if self.context.get("long"):
                self.fields["text"] = fields.CharField(max_length=50)
                del self.fields["stars"]

    long = {"text": "rather long", "stars": 1}
    assert checked(Short(data=long, context={"long": True})) == {"text": "rather long"}
    assert checked(Short(data=long)) == {"text": ["This has more than 5 characters."]}

    changed = Short(data=long)
    changed.fields["text"].validators.clear()
    assert checked(changed) == long


def test_a_field_of_ones_own_is_asked():
    class Loud(fields.CharField):
        def to_internal_value(self, data: Any) -> Any:
            return super().to_internal_value(data).upper()

    class Sent(fields.IntegerField):
        def get_value(self, dictionary: Any) -> Any:
            return dictionary.get("number", fields.empty)

    class Owner:
        requires_context = True

        def __call__(self, value: Any, serializer_field: Any) -> None:
            if value != serializer_field.context["owner"]:
                raise ValidationError("not yours")

    class Mixed(rest.Serializer):
        text = Loud()
        count = Sent()
        owner = fields.CharField(validators=[Owner()])

    data = {"text": "a", "number": 5, "owner": "ann"}
    assert checked(Mixed(data=data, context={"owner": "ann"})) == {"text": "A", "count": 5, "owner": "ann"}
    assert checked(Mixed(data=data, context={"owner": "bob"})) == {"owner": ["not yours"]}


def test_formats_of_dates_follow_the_settings():
    assert checked(Comment(data={"text": "a", "day": "2026-03-04"}))["day"] == dt.date(2026, 3, 4)
    with override_settings(REST_FRAMEWORK={"DATE_INPUT_FORMATS": ["%d.%m.%Y"]}):
        assert "day" in checked(Comment(data={"text": "a", "day": "2026-03-04"}))
        assert checked(Comment(data={"text": "a", "day": "04.03.2026"}))["day"] == dt.date(2026, 3, 4)


class NewBook(rest.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price", "author", "publisher", "tags"]
        validators: list[Any] = []


def test_a_create_copies_no_field(rows, colour):
    sent = {"price": "3.50", "author": rows.ann.pk, "publisher": None, "tags": [rows.tags[0].pk]}
    for title in ("First, which learns whether a project's code takes part", "Second"):
        serializer = NewBook(data={"title": title, **sent})
        assert colour.valid(serializer)
        book = colour.save(serializer)
        assert colour.data(serializer) == {"id": book.pk, "title": title, **sent}
    assert "_fields" not in vars(serializer)


def test_keys_that_nobody_has_are_told(rows, colour):
    for key in (10**30, 2**31 + 5, -1, "x", True, 1.5, [1], "99999"):
        serializer = NewBook(data={"title": "New", "author": key, "tags": [key]})
        assert not colour.valid(serializer)
        assert serializer.errors["author"][0].code == serializer.errors["tags"][0].code
        assert serializer.errors["author"][0].code in ("does_not_exist", "incorrect_type")


def test_rows_of_several_relations_are_looked_up_by_one_statement(rows, colour, counted):
    data = {
        "title": "New",
        "author": rows.ann.pk,
        "publisher": rows.house.pk,
        "tags": [rows.tags[2].pk, rows.tags[0].pk],
    }
    serializer = NewBook(data=data)
    with counted() as sent:
        assert colour.valid(serializer), serializer.errors
    assert len(sent) == (1 if rows.connection.features.has_full_join else 3)
    found = serializer.validated_data
    assert (found["author"], found["publisher"], found["tags"]) == (rows.ann, rows.house, [rows.tags[2], rows.tags[0]])
    assert found["author"].email == "ann@example.com"

    again = NewBook(data={**data, "publisher": None, "tags": [rows.tags[0].pk] * 2})
    assert colour.valid(again)
    assert again.validated_data["publisher"] is None
    assert again.validated_data["tags"] == [rows.tags[0]] * 2
    partial = NewBook(rows.emma, data={"tags": [rows.tags[1].pk]}, partial=True)
    assert colour.valid(partial)
    assert partial.validated_data == {"tags": [rows.tags[1]]}


def test_a_key_that_nobody_has_leaves_the_other_relations_alone(rows, colour):
    missing = NewBook(
        data={"title": "New", "author": 999_999, "publisher": rows.house.pk, "tags": [rows.tags[0].pk, 0]}
    )
    assert not colour.valid(missing)
    assert {name: errors[0].code for name, errors in missing.errors.items()} == {
        "author": "does_not_exist", "tags": "does_not_exist",
    }  # fmt: skip
    assert "“0”" in missing.errors["tags"][0]


def test_rows_made_between_two_relations_are_found(rows, colour):
    """Where a method of a project is called between them, each relation is looked up in its turn."""

    class Making(NewBook):
        def validate_author(self, author):
            Tag.objects.get_or_create(pk=777, defaults={"label": "Late", "slug": "late"})
            return author

    making = Making(data={"title": "New", "author": rows.ann.pk, "publisher": None, "tags": [777]})
    assert colour.valid(making), making.errors
    assert [tag.label for tag in making.validated_data["tags"]] == ["Late"]


def test_an_instance_is_shown_as_it_is_now(rows, colour):
    book = Book.objects.select_related("author").order_by("pk")[0]
    book.title, book.price = 5, 2
    assert colour.data(NewBook(book))["title"] == "5"
    assert colour.data(NewBook(Book.objects.only("id").get(pk=book.pk)))["title"] == Book.objects.get(pk=book.pk).title
    assert colour.data(NewBook({"id": 1, "title": "T", "price": 1, "author": None, "publisher": None, "tags": []})) == {
        "id": 1, "title": "T", "price": "1.00", "author": None, "publisher": None, "tags": [],
    }  # fmt: skip
