"""Fields: what they accept, what it becomes, which code an error has."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manoir import forms, i18n, timezone
from manoir.conf import settings as conf
from manoir.forms import ValidationError

UTC = dt.UTC


def codes(field: forms.Field, value: object) -> list[str | None]:
    """Codes of the errors that cleaning a value raises; empty when it raises none."""
    try:
        field.clean(value)
    except ValidationError as error:
        return [single.code for single in error.error_list]
    return []


ACCEPTED = [
    (forms.CharField(), " ab ", "ab"),
    (forms.CharField(strip=False), " ab ", " ab "),
    (forms.CharField(required=False), None, ""),
    (forms.CharField(required=False, empty_value=None), "  ", None),
    (forms.IntegerField(), " 7 ", 7),
    (forms.IntegerField(), "-7.00", -7),
    (forms.IntegerField(), 7, 7),
    (forms.IntegerField(), "٧", 7),
    (forms.IntegerField(required=False), "", None),
    (forms.FloatField(), "1.5e3", 1500.0),
    (forms.FloatField(), 1.5, 1.5),
    (forms.DecimalField(), "1.50", Decimal("1.50")),
    (forms.DecimalField(max_digits=4, decimal_places=2), "12.34", Decimal("12.34")),
    (forms.DecimalField(), Decimal("2"), Decimal("2")),
    (forms.DateField(), "2026-09-03", dt.date(2026, 9, 3)),
    (forms.DateField(), "09/03/2026", dt.date(2026, 9, 3)),
    (forms.DateField(input_formats=["%d.%m.%Y"]), "3.9.2026", dt.date(2026, 9, 3)),
    (forms.DateField(), dt.datetime(2026, 9, 3, 5), dt.date(2026, 9, 3)),
    (forms.TimeField(), "08:30", dt.time(8, 30)),
    (forms.TimeField(), "08:30:01.5", dt.time(8, 30, 1, 500_000)),
    (forms.DateTimeField(), "2026-09-03 08:30", dt.datetime(2026, 9, 3, 8, 30, tzinfo=UTC)),
    (forms.DateTimeField(), "2026-09-03T08:30+02:00", dt.datetime(2026, 9, 3, 6, 30, tzinfo=UTC)),
    (forms.DateTimeField(), dt.date(2026, 9, 3), dt.datetime(2026, 9, 3, tzinfo=UTC)),
    (forms.DurationField(), "1:30:00", dt.timedelta(minutes=90)),
    (forms.DurationField(), "P1DT2H", dt.timedelta(days=1, hours=2)),
    (forms.BooleanField(required=False), "false", False),
    (forms.BooleanField(required=False), "0", False),
    (forms.BooleanField(), "on", True),
    (forms.NullBooleanField(), "true", True),
    (forms.NullBooleanField(), "0", False),
    (forms.NullBooleanField(), "unknown", None),
    (forms.ChoiceField(choices=[(1, "one"), ("group", [("a", "A")])]), "a", "a"),
    (forms.ChoiceField(choices={"a": "A"}), "a", "a"),
    (forms.ChoiceField(choices=lambda: [("a", "A")]), "a", "a"),
    (forms.TypedChoiceField(choices=[(1, "one")], coerce=int), "1", 1),
    (forms.TypedChoiceField(choices=[(1, "one")], coerce=int, required=False, empty_value=None), "", None),
    (forms.MultipleChoiceField(choices=[(1, "one"), (2, "two")]), ["1", 2], ["1", "2"]),
    (forms.TypedMultipleChoiceField(choices=[(1, "one"), (2, "two")], coerce=int), ["1", "2"], [1, 2]),
    (forms.TypedMultipleChoiceField(choices=[(1, "one")], coerce=int, required=False), [], []),
    (forms.EmailField(), " ada@example.com ", "ada@example.com"),
    (forms.URLField(), "example.com/a", "https://example.com/a"),
    (forms.URLField(assume_scheme="http"), "example.com", "http://example.com"),
    (forms.URLField(), "http://example.com", "http://example.com"),
    (forms.SlugField(), "a-b_c", "a-b_c"),
    (forms.SlugField(allow_unicode=True), "é", "é"),
    (forms.UUIDField(), "550e8400e29b41d4a716446655440000", uuid.UUID("550e8400-e29b-41d4-a716-446655440000")),
    (forms.JSONField(), '{"a": [1, null]}', {"a": [1, None]}),
    (forms.JSONField(), '"text"', "text"),
    (forms.JSONField(required=False), "", None),
    (forms.RegexField(r"\A[a-z]+\Z"), "abc", "abc"),
    (forms.GenericIPAddressField(), "2001:DB8:0::1", "2001:db8::1"),
    (forms.GenericIPAddressField(unpack_ipv4=True), "::ffff:192.0.2.1", "192.0.2.1"),
    (forms.GenericIPAddressField(protocol="IPv4"), " 192.0.2.1 ", "192.0.2.1"),
    (forms.ComboField(fields=[forms.CharField(max_length=20), forms.EmailField()]), "a@b.de", "a@b.de"),
    (forms.SplitDateTimeField(), ["2026-09-03", "08:30"], dt.datetime(2026, 9, 3, 8, 30, tzinfo=UTC)),
    (forms.SplitDateTimeField(required=False), ["", ""], None),
]


@pytest.mark.parametrize(("field", "sent", "expected"), ACCEPTED, ids=lambda value: type(value).__name__)
def test_what_a_field_makes_of_good_input(field, sent, expected):
    actual = field.clean(sent)
    assert (type(expected), expected) == (type(actual) if expected != "text" else str, actual)


REFUSED = [
    (forms.CharField(), "  ", ["required"]),
    (forms.CharField(), None, ["required"]),
    (forms.CharField(max_length=2), "abc", ["max_length"]),
    (forms.CharField(min_length=2), "a", ["min_length"]),
    (forms.CharField(), "a\0b", ["null_characters_not_allowed"]),
    (forms.IntegerField(), "1.5", ["invalid"]),
    (forms.IntegerField(), "1_000", ["invalid"]),
    (forms.IntegerField(), "1e3", ["invalid"]),
    (forms.IntegerField(), "0x1f", ["invalid"]),
    (forms.IntegerField(), "²", ["invalid"]),
    (forms.IntegerField(max_value=5), "6", ["max_value"]),
    (forms.IntegerField(min_value=lambda: 5), "4", ["min_value"]),
    (forms.IntegerField(step_size=3), "4", ["step_size"]),
    (forms.FloatField(), "nan", ["invalid"]),
    (forms.FloatField(), float("inf"), ["invalid"]),
    (forms.DecimalField(), "NaN", ["invalid"]),
    (forms.DecimalField(), "Infinity", ["invalid"]),
    (forms.DecimalField(max_digits=3), "12.34", ["max_digits"]),
    (forms.DecimalField(decimal_places=1), "1.23", ["max_decimal_places"]),
    (forms.DecimalField(max_digits=3, decimal_places=2), "12", ["max_whole_digits"]),
    (forms.DateField(), "2026-02-30", ["invalid"]),
    (forms.DateField(), "2026-09-03\n; DROP", ["invalid"]),
    (forms.TimeField(), "25:00", ["invalid"]),
    (forms.DateTimeField(), "yesterday", ["invalid"]),
    (forms.DurationField(), "long", ["invalid"]),
    (forms.DurationField(), "P9999999999D", ["overflow"]),
    (forms.BooleanField(), "", ["required"]),
    (forms.BooleanField(), False, ["required"]),
    (forms.ChoiceField(choices=[("a", "A")]), "b", ["invalid_choice"]),
    (forms.TypedChoiceField(choices=[("a", "A")], coerce=int), "a", ["invalid_choice"]),
    (forms.MultipleChoiceField(choices=[("a", "A")]), "a", ["invalid_list"]),
    (forms.MultipleChoiceField(choices=[("a", "A")]), ["a", "b"], ["invalid_choice"]),
    (forms.MultipleChoiceField(choices=[("a", "A")]), [], ["required"]),
    (forms.EmailField(), "ada@", ["invalid"]),
    (forms.EmailField(), "a@example.com\n", []),  # stripped before it is looked at
    (forms.URLField(), "javascript:alert(1)", ["invalid"]),
    (forms.URLField(), "http://[::1", ["invalid"]),
    (forms.SlugField(), "a b", ["invalid"]),
    (forms.SlugField(), "a\n", []),
    (forms.UUIDField(), "550e8400", ["invalid"]),
    (forms.JSONField(), "{", ["invalid"]),
    (forms.JSONField(), "[" * 100_000, ["invalid"]),
    (forms.JSONField(), "[" * 101 + "]" * 101, ["invalid"]),
    (forms.JSONField(), "NaN", ["invalid"]),
    (forms.JSONField(), "[1e999]", ["invalid"]),
    (forms.JSONField(), '"\\u0000"', ["invalid"]),
    (forms.JSONField(), '{"\\ud800": 1}', ["invalid"]),
    (forms.DateTimeField(), "0001-01-01T00:00:00+14:00", ["ambiguous_timezone"]),
    (forms.RegexField(r"\A[a-z]+\Z"), "abc\n", ["invalid"]),
    (forms.RegexField(r"\A[a-z]+\Z"), "abc1", ["invalid"]),
    (forms.GenericIPAddressField(), "010.8.8.8", ["invalid"]),
    (forms.GenericIPAddressField(protocol="IPv4"), "::1", ["invalid"]),
    (forms.GenericIPAddressField(), "1::2::3", ["invalid"]),
    (forms.ComboField(fields=[forms.CharField(max_length=3), forms.EmailField()]), "a@b.de", ["max_length"]),
    (forms.SplitDateTimeField(), ["", ""], ["required"]),
    (forms.SplitDateTimeField(), ["2026-09-03", ""], ["required"]),
    (forms.SplitDateTimeField(), ["x", "y"], ["invalid", "invalid"]),
    (forms.SplitDateTimeField(), "2026-09-03", ["invalid"]),
]


@pytest.mark.parametrize(("field", "sent", "expected"), REFUSED, ids=lambda value: type(value).__name__)
def test_what_a_field_refuses(field, sent, expected):
    assert expected == codes(field, sent)


HUGE = ["9" * 401, "9" * 1_000_000, "1e1000000", "1e99999", "1" * 401 + ".5", "0." + "0" * 500 + "1"]


@pytest.mark.parametrize("sent", HUGE, ids=lambda value: value[:8])
@pytest.mark.parametrize("field_class", [forms.IntegerField, forms.FloatField, forms.DecimalField])
def test_huge_numbers_are_refused_before_they_cost_anything(field_class, sent):
    assert codes(field_class(), sent) == ["invalid"]


@settings(max_examples=60, derandomize=True)
@given(st.integers(-(10**300), 10**300))
def test_every_integer_that_people_write_is_read(number):
    assert number == forms.IntegerField().clean(str(number))


@settings(max_examples=60, derandomize=True)
@given(st.text(max_size=30))
def test_text_that_is_no_number_is_refused_and_nothing_else_happens(text):
    for field in (
        forms.IntegerField(),
        forms.DecimalField(),
        forms.FloatField(),
        forms.DateField(),
        forms.DurationField(),
    ):
        assert set(codes(field, text)) <= {"invalid", "required", "overflow"}


@settings(max_examples=60, derandomize=True)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10))
def test_decimals_stay_exact(number):
    assert number == forms.DecimalField().clean(str(number))


def test_messages_of_the_argument_win_over_those_of_validators():
    field = forms.CharField(max_length=2, error_messages={"max_length": "At most %(limit_value)s."})
    with pytest.raises(ValidationError) as caught:
        field.clean("abc")
    assert caught.value.messages == ["At most 2."]


def test_messages_of_subclasses_win_over_those_of_bases():
    class Loud(forms.CharField):
        default_error_messages = {"required": "SAY IT!"}

    with pytest.raises(ValidationError) as caught:
        Loud().clean("")
    assert caught.value.messages == ["SAY IT!"]


def test_choice_message_quotes_the_value():
    with pytest.raises(ValidationError) as caught:
        forms.ChoiceField(choices=[("a", "A")]).clean("<b>")
    assert caught.value.messages == ["Select a valid choice. <b> is not one of the available choices."]


def test_validators_are_all_asked():
    def odd(value):
        raise ValidationError("odd", code="odd")

    assert codes(forms.CharField(max_length=1, validators=[odd]), "ab") == ["odd", "max_length"]


class Colour(enum.Enum):
    RED = "r"
    GREEN = "g"


def test_choices_of_a_plain_enum():
    field = forms.TypedChoiceField(choices=Colour, coerce=Colour, initial=Colour.RED)
    assert Colour.GREEN is field.clean("g")
    assert list(field.choices) == [("r", "Red"), ("g", "Green")]
    assert field.prepare_value(Colour.RED) == "r"
    assert not field.has_changed(Colour.RED, "r")
    assert field.has_changed(Colour.RED, "g")


def test_choices_of_a_callable_are_read_anew():
    choices = [("a", "A")]
    field = forms.ChoiceField(choices=lambda: choices)
    choices.append(("b", "B"))
    assert field.clean("b") == "b"
    assert list(field.widget.choices) == [("a", "A"), ("b", "B")]


def test_choices_that_are_no_pairs_are_named():
    with pytest.raises(TypeError, match="A choice is a pair of value and label, not 'abc'"):
        forms.ChoiceField(choices=["abc"])


def test_copies_of_a_field_share_nothing_that_is_changed():
    import copy

    first = forms.ChoiceField(choices=[("a", "A")])
    second = copy.deepcopy(first)
    second.choices = [("b", "B")]
    second.error_messages["required"] = "?"
    second.widget.attrs["x"] = "y"
    second.validators.append(len)
    assert (
        list(first.widget.choices),
        str(first.error_messages["required"]),
        first.widget.attrs,
        first.validators,
    ) == ([("a", "A")], "This field is required.", {}, [])


CHANGES = [
    (forms.CharField(), "a", "a", False),
    (forms.CharField(required=False), None, "", False),
    (forms.IntegerField(), 1, "1", False),
    (forms.IntegerField(), 1, "x", True),
    (forms.DecimalField(), Decimal("1.0"), "1.00", False),
    (forms.DateField(), dt.date(2026, 9, 3), "2026-09-03", False),
    (forms.BooleanField(), None, False, False),
    (forms.BooleanField(), "True", True, False),
    (forms.MultipleChoiceField(choices=[(1, 1), (2, 2)]), [1, 2], ["2", "1"], False),
    (forms.MultipleChoiceField(choices=[(1, 1), (2, 2)]), [1], ["2"], True),
    (forms.TypedChoiceField(choices=[(1, 1)], coerce=int), 1, "1", False),
    (forms.JSONField(), {"a": 1, "b": 2}, '{"b": 2, "a": 1}', False),
    (forms.JSONField(), {"a": 1}, "{", True),
    (forms.JSONField(), 1, "true", True),
    (forms.SplitDateTimeField(), dt.datetime(2026, 9, 3, 8, 30), ["2026-09-03", "08:30"], False),
    (forms.SplitDateTimeField(), None, ["", "08:30"], True),
    (forms.CharField(disabled=True), "a", "b", False),
]


@pytest.mark.parametrize(("field", "initial", "sent", "expected"), CHANGES)
def test_what_counts_as_changed(field, initial, sent, expected):
    assert expected == field.has_changed(initial, sent)


def test_moments_are_taken_in_the_current_time_zone():
    with timezone.override("Europe/Berlin"):
        moment = forms.DateTimeField().clean("2026-07-01 12:00")
    assert dt.datetime(2026, 7, 1, 10, tzinfo=UTC) == moment


@pytest.mark.parametrize("sent", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_moments_that_the_clocks_skip_or_repeat_are_refused(sent):
    with timezone.override("Europe/Berlin"):
        assert codes(forms.DateTimeField(), sent) == ["ambiguous_timezone"]


def test_moments_stay_naive_without_time_zones():
    with conf.override(USE_TZ=False):
        assert dt.datetime(2026, 7, 1, 12) == forms.DateTimeField().clean("2026-07-01 12:00")


def test_moments_are_shown_in_the_current_time_zone():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        shown = forms.DateTimeField().prepare_value(dt.datetime(2026, 7, 1, 10, tzinfo=UTC))
    assert dt.datetime(2026, 7, 1, 12) == shown


def test_localized_numbers_are_read_and_written_as_the_language_does():
    i18n.register_formats("de", {"DECIMAL_SEPARATOR": ",", "THOUSAND_SEPARATOR": "."})
    try:
        with i18n.override("de"), conf.override(USE_THOUSAND_SEPARATOR=True):
            field = forms.DecimalField(localize=True)
            assert Decimal("1234.5") == field.clean("1.234,5")
            assert isinstance(field.widget, forms.TextInput)
            assert 'value="1,5"' in field.widget.render("x", Decimal("1.5"))
            assert codes(forms.DecimalField(), "1,5") == ["invalid"]
    finally:
        i18n.register_formats("de", {})


class PhoneField(forms.MultiValueField):
    def __init__(self, **options):
        parts = (
            forms.CharField(error_messages={"incomplete": "Enter a country code."}, max_length=3),
            forms.CharField(error_messages={"incomplete": "Enter a number."}),
            forms.CharField(required=False),
        )
        widget = forms.MultiWidget(widgets={"country": forms.TextInput, "number": forms.TextInput, "": forms.TextInput})
        super().__init__(parts, require_all_fields=False, widget=widget, **options)

    def compress(self, data_list):
        return "/".join(part or "" for part in data_list)


def test_parts_that_are_missing_each_say_so():
    with pytest.raises(ValidationError) as caught:
        PhoneField().clean(["", "", "12"])
    assert caught.value.messages == ["Enter a country code.", "Enter a number."]


def test_parts_make_one_value():
    assert PhoneField().clean(["49", "123", ""]) == "49/123/"
    assert codes(PhoneField(), ["4949", "123", ""]) == ["max_length"]


def test_unknown_protocol_and_useless_unpacking_are_named():
    with pytest.raises(ValueError, match="The protocol 'ipx' is unknown"):
        forms.GenericIPAddressField(protocol="ipx")
    with pytest.raises(ValueError, match="unpack_ipv4 needs the protocol 'both'"):
        forms.GenericIPAddressField(protocol="IPv6", unpack_ipv4=True)


def test_json_that_cannot_be_read_is_shown_as_it_was_typed():
    field = forms.JSONField()
    assert field.prepare_value(field.bound_data("{x", None)) == "{x"
    assert field.prepare_value(field.bound_data('{"é":1}', None)) == '{"é": 1}'
