"""What each field makes of values: `to_python` for people's input, `get_prep_value` for the database."""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manoir import models
from manoir.conf import settings as conf
from manoir.db import ColumnType
from manoir.exceptions import FieldTypeError, ValidationError
from manoir.i18n import lazystr

UTC = dt.UTC


def named(field: Any, name: str = "value") -> Any:
    field.set_attributes_from_name(name)
    return field


class Point(msgspec.Struct):
    x: int
    y: int = 0


@pytest.mark.parametrize(
    ("field", "given_value", "expected"),
    [
        (models.CharField(max_length=5), 12, "12"),
        (models.CharField(max_length=5), None, None),
        (models.IntegerField(), "12", 12),
        (models.IntegerField(), 3.0, 3),
        (models.FloatField(), "1.5", 1.5),
        (models.DecimalField(max_digits=5, decimal_places=2), "1.50", Decimal("1.50")),
        (models.DecimalField(max_digits=5, decimal_places=2), 0.1, Decimal("0.1")),
        (models.BooleanField(), "true", True),
        (models.BooleanField(), "0", False),
        (models.BooleanField(null=True), "", None),
        (models.DateField(), "2026-02-03", dt.date(2026, 2, 3)),
        (models.DateField(), dt.datetime(2026, 2, 3, 12, tzinfo=UTC), dt.date(2026, 2, 3)),
        (models.TimeField(), "10:30", dt.time(10, 30)),
        (models.TimeField(), dt.datetime(2026, 2, 3, 12), dt.time(12)),
        (models.DateTimeField(), "2026-02-03T10:00:00Z", dt.datetime(2026, 2, 3, 10, tzinfo=UTC)),
        (models.DurationField(), "1 02:00:00", dt.timedelta(days=1, hours=2)),
        (models.UUIDField(), "12345678123456781234567812345678", uuid.UUID("12345678123456781234567812345678")),
        (models.UUIDField(), 5, uuid.UUID(int=5)),
        (models.GenericIPAddressField(), " 2001:0db8::0001 ", "2001:db8::1"),
        (models.GenericIPAddressField(unpack_ipv4=True), "::ffff:192.0.2.1", "192.0.2.1"),
        (models.BinaryField(), "aGk=", b"hi"),
        (models.BinaryField(), memoryview(b"hi"), b"hi"),
        (models.JSONField(), {"a": [1]}, {"a": [1]}),
        (models.JSONField(schema=Point), {"x": 1}, Point(1)),
        (models.JSONField(schema=list[int]), [1, 2], [1, 2]),
    ],
)
def test_to_python_accepts_documented_forms(field: Any, given_value: Any, expected: Any) -> None:
    result = named(field).to_python(given_value)
    assert (expected, type(expected)) == (result, type(result))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (models.IntegerField(), "x", "“x” value must be an integer."),
        (models.IntegerField(), 1.5, "“1.5” value must be an integer."),
        (models.IntegerField(), "9" * 2000, "“" + "9" * 50 + "” value must be an integer."),
        (models.FloatField(), "x", "“x” value must be a float."),
        (models.DecimalField(max_digits=5, decimal_places=2), "x", "“x” value must be a decimal number."),
        (models.DecimalField(max_digits=5, decimal_places=2), "NaN", "“NaN” value must be a decimal number."),
        (models.BooleanField(), "maybe", "“maybe” value must be either True or False."),
        (models.BooleanField(null=True), "maybe", "“maybe” value must be either True, False, or None."),
        (
            models.DateField(),
            "3.2.2026",
            "“3.2.2026” value has an invalid date format. It must be in YYYY-MM-DD format.",
        ),
        (models.UUIDField(), "xyz", "“xyz” is not a valid UUID."),
        (models.GenericIPAddressField(protocol="IPv4"), "::1", "Enter a valid IPv4 address."),
        (models.GenericIPAddressField(), "fe80::1%eth0", "Enter a valid IPv4 or IPv6 address."),
        (models.BinaryField(), 5, "The value must be bytes, or base64 text."),
        (models.JSONField(schema=Point), {"x": "1"}, "The value does not fit: Expected `int`, got `str` - at `$.x`."),
    ],
)
def test_to_python_refuses_other_values_with_a_message(field: Any, value: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        named(field).to_python(value)
    assert [message] == caught.value.messages


def test_decimal_is_quantized_for_columns_but_not_for_lookups() -> None:
    field = named(models.DecimalField(max_digits=6, decimal_places=2))
    assert str(field.get_prep_value("9.996")) == "10.00"
    assert str(field.get_lookup_value("9.996")) == "9.996"


def test_decimal_with_too_many_digits_is_left_to_the_database() -> None:
    field = named(models.DecimalField(max_digits=4, decimal_places=2))
    assert Decimal("1234567890123.5") == field.get_prep_value("1234567890123.5")


@given(st.decimals(min_value=-999999, max_value=999999, allow_nan=False, places=2))
@settings(max_examples=60, derandomize=True)
def test_decimal_keeps_every_value_that_fits(value: Decimal) -> None:
    field = named(models.DecimalField(max_digits=8, decimal_places=2))
    assert value == field.get_prep_value(str(value))


@given(st.one_of(st.text(max_size=80), st.binary(max_size=20), st.floats(), st.integers(), st.none(), st.booleans()))
@settings(max_examples=200, derandomize=True)
def test_fields_answer_any_input_with_a_value_or_a_validation_error(value: Any) -> None:
    fields: list[Any] = [
        models.IntegerField(),
        models.FloatField(),
        models.DecimalField(max_digits=5, decimal_places=2),
        models.BooleanField(),
        models.DateField(),
        models.TimeField(),
        models.DateTimeField(),
        models.DurationField(),
        models.UUIDField(),
        models.GenericIPAddressField(),
        models.BinaryField(),
        models.CharField(max_length=5),
    ]
    for field in fields:
        with suppress(ValidationError):
            named(field).to_python(value)


def test_values_that_cannot_be_written_name_field_and_expectation() -> None:
    with pytest.raises(FieldTypeError) as caught:
        named(models.IntegerField(), "pages").get_prep_value("many")
    assert str(caught.value) == "IntegerField expects a whole number, not 'many' (str)."
    assert isinstance(caught.value, ValueError)


def test_naive_datetime_is_taken_in_the_default_zone_with_a_warning() -> None:
    field = named(models.DateTimeField())
    with (
        conf.override(TIME_ZONE="Europe/Berlin"),
        pytest.warns(RuntimeWarning, match="got the naive datetime .* while USE_TZ is on"),
    ):
        value = field.get_prep_value(dt.datetime(2026, 7, 1, 12))
    assert (dt.datetime(2026, 7, 1, 10, tzinfo=UTC), UTC) == (value, value.tzinfo)


def test_aware_datetime_becomes_utc() -> None:
    moment = dt.datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo"))
    assert named(models.DateTimeField()).get_prep_value(moment).isoformat() == "2026-07-01T03:00:00+00:00"


def test_aware_datetime_without_use_tz_is_refused() -> None:
    with conf.override(USE_TZ=False), pytest.raises(FieldTypeError, match="expects a moment"):
        named(models.DateTimeField()).get_prep_value(dt.datetime(2026, 7, 1, tzinfo=UTC))


def test_time_with_zone_is_refused() -> None:
    with pytest.raises(FieldTypeError, match="a time without zone"):
        named(models.TimeField()).get_prep_value(dt.time(10, tzinfo=UTC))


def test_text_for_a_binary_column_is_refused() -> None:
    with pytest.raises(FieldTypeError, match="expects bytes"):
        named(models.BinaryField()).get_prep_value("aGk=")


def test_lazy_text_is_resolved_on_its_way_to_the_database() -> None:
    value = named(models.CharField(max_length=9)).get_prep_value(lazystr(lambda: "now"))
    assert ("now", str) == (value, type(value))


def test_json_with_schema_is_written_as_builtins_and_read_as_the_type() -> None:
    field = named(models.JSONField(schema=Point))
    assert field.get_prep_value(Point(1, 2)) == {"x": 1, "y": 2}
    assert Point(1, 2) == field.from_db_value({"x": 1, "y": 2}, None, None)
    assert models.JSONField().from_db_value is None


def test_json_refuses_what_json_cannot_hold() -> None:
    with pytest.raises(ValidationError, match=r"Value must be valid JSON\."):
        named(models.JSONField()).clean({"a": object()}, None)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (models.CharField(max_length=5, db_collation="C"), ColumnType("char", length=5, collation="C")),
        (models.CharField(), ColumnType("text")),
        (models.EmailField(), ColumnType("char", length=254)),
        (models.SlugField(), ColumnType("char", length=50)),
        (models.URLField(), ColumnType("char", length=200)),
        (models.TextField(max_length=9), ColumnType("text")),
        (models.SmallIntegerField(), ColumnType("smallint")),
        (models.PositiveBigIntegerField(), ColumnType("bigint")),
        (models.BigAutoField(), ColumnType("bigint", auto=True)),
        (models.DecimalField(max_digits=5, decimal_places=2), ColumnType("decimal", digits=5, places=2)),
        (models.GenericIPAddressField(), ColumnType("char", length=39)),
        (models.JSONField(), ColumnType("json")),
        (models.BinaryField(max_length=3), ColumnType("binary", length=3)),
    ],
)
def test_column_types(field: Any, expected: ColumnType) -> None:
    assert expected == field.column_type


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (models.IntegerField(), (-2147483648, 2147483647)),
        (models.PositiveSmallIntegerField(), (0, 32767)),
        (models.BigIntegerField(), (-(2**63), 2**63 - 1)),
        (models.CharField(), None),
    ],
)
def test_value_ranges(field: Any, expected: Any) -> None:
    assert expected == field.value_range


def test_clean_runs_conversion_choices_and_validators() -> None:
    field = named(models.PositiveSmallIntegerField())
    assert field.clean("7", None) == 7
    for bad, code in ((40000, "max_value"), (-1, "min_value"), (None, "null"), ("x", "invalid")):
        with pytest.raises(ValidationError) as caught:
            field.clean(bad, None)
        assert code == caught.value.error_list[0].error_code


def test_blank_and_null_are_different_refusals() -> None:
    with pytest.raises(ValidationError, match="This field cannot be blank"):
        named(models.CharField(max_length=5)).clean("", None)
    with pytest.raises(ValidationError, match="This field cannot be null"):
        named(models.CharField(max_length=5)).clean(None, None)
    assert named(models.CharField(max_length=5, blank=True)).clean("", None) == ""


def test_null_characters_are_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        named(models.CharField(max_length=5)).clean("a\x00", None)
    assert caught.value.error_list[0].error_code == "null_characters_not_allowed"


def test_own_error_messages_win() -> None:
    field = named(models.CharField(max_length=5, error_messages={"blank": "Say something."}))
    with pytest.raises(ValidationError) as caught:
        field.clean("", None)
    assert caught.value.messages == ["Say something."]


def test_email_slug_and_url_are_validated() -> None:
    for field, bad in ((models.EmailField(), "x"), (models.SlugField(), "a b"), (models.URLField(), "javascript:1")):
        with pytest.raises(ValidationError):
            named(field).clean(bad, None)
    assert named(models.SlugField(allow_unicode=True)).clean("zażółć", None) == "zażółć"


def test_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"CharField\(\) has no option 'uniqe'\. Did you mean 'unique'\?"):
        models.CharField(max_length=5, uniqe=True)  # pyright: ignore


def test_auto_now_makes_a_field_not_editable() -> None:
    field = models.DateTimeField(auto_now_add=True)
    assert (field.editable, field.blank) == (False, True)
    assert field.deconstruct()[3] == {"auto_now_add": True}


def test_custom_field_takes_the_column_of_the_built_in_that_it_names() -> None:
    class Hand(models.Field[str, str]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs["max_length"] = 104
            super().__init__(*args, **kwargs)

        def get_internal_type(self) -> str:
            return "CharField"

        def deconstruct(self) -> Any:
            name, path, args, kwargs = super().deconstruct()
            del kwargs["max_length"]
            return name, path, args, kwargs

    field = Hand()
    assert ColumnType("char", length=104) == field.column_type
    assert field.deconstruct()[3] == {}
    assert field.clone().max_length == 104


class Shout(models.CharField[str]):
    """A custom field that converts both ways."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else value.upper()

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value).lower()


def test_custom_field_keeps_its_from_db_value() -> None:
    field = Shout(max_length=5)
    assert (field.from_db_value("a", None, None), field.get_prep_value("A")) == ("A", "a")
