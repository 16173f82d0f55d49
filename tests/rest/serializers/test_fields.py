"""Fields: what each kind takes, gives and refuses; limits before work; Hypothesis for what people send."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manoir import models, timezone
from manoir.conf import settings
from manoir.http import QueryDict, SimpleUploadedFile
from manoir.rest import fields, serializers
from manoir.rest.exceptions import ValidationError
from manoir.uploads import Images
from tests.library.models import Status, Tag

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
EVERY = {
    "boolean": fields.BooleanField(),
    "char": fields.CharField(max_length=10),
    "choice": fields.ChoiceField(choices=["a", 1, True]),
    "date": fields.DateField(),
    "datetime": fields.DateTimeField(),
    "decimal": fields.DecimalField(8, 2),
    "dict": fields.DictField(child=fields.IntegerField()),
    "duration": fields.DurationField(),
    "email": fields.EmailField(),
    "float": fields.FloatField(),
    "hstore": fields.HStoreField(),
    "integer": fields.IntegerField(),
    "ip": fields.IPAddressField(),
    "json": fields.JSONField(),
    "list": fields.ListField(),
    "multiple": fields.MultipleChoiceField(choices=["a", "b"]),
    "regex": fields.RegexField(r"^[a-z]+$"),
    "slug": fields.SlugField(),
    "time": fields.TimeField(),
    "url": fields.URLField(),
    "uuid": fields.UUIDField(),
    "file": fields.FileField(),
    "image": fields.ImageField(),
}


def refused(field, value):
    with pytest.raises(ValidationError) as caught:
        field.run_validation(value)
    codes = caught.value.get_codes()
    return codes[0] if isinstance(codes, list) else codes


VALID = [
    (fields.BooleanField(), [(True, True), ("true", True), ("ON", True), (1, True), ("0", False), (False, False)]),
    (fields.BooleanField(allow_null=True), [(None, None), ("null", None), ("", None)]),
    (fields.CharField(), [("a", "a"), (" a ", "a"), (1, "1"), (1.5, "1.5"), (Decimal("2.50"), "2.50")]),
    (fields.CharField(trim_whitespace=False), [(" a ", " a ")]),
    (fields.CharField(allow_blank=True), [("", ""), ("  ", "")]),
    (fields.CharField(allow_null=True), [(None, None)]),
    (fields.EmailField(), [("ada@example.com", "ada@example.com")]),
    (fields.RegexField(r"^\d+$"), [("42", "42")]),
    (fields.SlugField(), [("a-b_1", "a-b_1")]),
    (fields.SlugField(allow_unicode=True), [("é", "é")]),
    (fields.URLField(), [("https://example.com/a", "https://example.com/a")]),
    (fields.UUIDField(), [("825d7aeb05a945b5a5b705df87923cda", uuid.UUID("825d7aeb-05a9-45b5-a5b7-05df87923cda")), (7, uuid.UUID(int=7))]),
    (fields.IPAddressField(), [("127.0.0.1", "127.0.0.1"), ("::1", "::1")]),
    (fields.IntegerField(), [(1, 1), ("1", 1), (1.0, 1), ("1.0", 1), (-5, -5), (Decimal("3"), 3)]),
    (fields.FloatField(), [(1, 1.0), ("1.5", 1.5), (1e3, 1000.0)]),
    (fields.DecimalField(4, 2), [("12.5", Decimal("12.50")), (12.5, Decimal("12.50")), (1, Decimal("1.00")), (Decimal("0.01"), Decimal("0.01"))]),
    (fields.DecimalField(None, None), [("1e3", Decimal("1E+3"))]),
    (fields.DecimalField(4, 1, rounding="ROUND_UP"), [("1.23", Decimal("1.3"))]),
    (fields.DateField(), [("2020-02-29", dt.date(2020, 2, 29)), (dt.date(2020, 1, 1), dt.date(2020, 1, 1))]),
    (fields.DateField(input_formats=["%d/%m/%Y", "iso-8601"]), [("31/01/2020", dt.date(2020, 1, 31)), ("2020-01-31", dt.date(2020, 1, 31))]),
    (fields.TimeField(), [("08:30", dt.time(8, 30)), (dt.time(1), dt.time(1))]),
    (fields.DurationField(), [("1 00:00:01", dt.timedelta(days=1, seconds=1)), ("P1D", dt.timedelta(days=1)), (90, dt.timedelta(seconds=90))]),
    (fields.ChoiceField(choices=[1, 2]), [("1", 1), (2, 2)]),
    (fields.ChoiceField(choices=Status), [("live", "live"), (Status.LIVE, "live")]),
    (fields.ChoiceField(choices=[("Group", [("a", "A")]), ("b", "B")], allow_blank=True), [("a", "a"), ("", "")]),
    (fields.MultipleChoiceField(choices=["a", "b"]), [(["a", "b", "a"], {"a", "b"}), ([], set())]),
    (fields.ListField(child=fields.IntegerField()), [(["1", 2], [1, 2]), ((), [])]),
    (fields.DictField(child=fields.CharField()), [({"a": 1, 2: "b"}, {"a": "1", "2": "b"})]),
    (fields.HStoreField(), [({"a": None, "b": ""}, {"a": None, "b": ""})]),
    (fields.JSONField(), [({"a": [1]}, {"a": [1]}), ("text", "text"), (0, 0)]),
    (fields.JSONField(binary=True), [('{"a": 1}', {"a": 1}), (b"[1]", [1])]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "pairs"), VALID, ids=lambda value: repr(value)[:40] if isinstance(value, fields.Field) else ""
)
def test_valid_input(field, pairs):
    assert [(type(found := field.run_validation(sent)), found) for sent, _ in pairs] == [
        (type(value), value) for _, value in pairs
    ]


WRONG = [
    (fields.BooleanField(), {"invalid": ["maybe", 2, [], {}, 1.0], "null": [None]}),
    (fields.CharField(min_length=2, max_length=3), {"invalid": [True, [], {}, object()], "blank": ["", "  "], "max_length": ["abcd"], "min_length": ["a"], "null": [None], "null_characters_not_allowed": ["a\0b"], "surrogate_characters_not_allowed": ["a\ud800"]}),
    (fields.EmailField(), {"invalid": ["ada", "a@b@c"], "blank": [""]}),
    (fields.RegexField(r"^\d+$"), {"invalid": ["4a"]}),
    (fields.SlugField(), {"invalid": ["a b", "é"]}),
    (fields.URLField(), {"invalid": ["example", "javascript:alert(1)"]}),
    (fields.UUIDField(), {"invalid": ["x", True, 1.5, 10**60, "a" * 1000, []]}),
    (fields.IPAddressField(protocol="IPv4"), {"invalid": ["::1", "1.2.3"]}),
    (fields.IntegerField(min_value=1, max_value=3), {"invalid": ["a", True, 1.5, float("nan"), float("inf"), [], "1e3", ""], "max_value": [4], "min_value": [0], "max_string_length": ["1" * 2000, 10**2000]}),
    (fields.FloatField(), {"invalid": ["a", True, float("inf"), "nan", [], 10**400]}),
    (fields.DecimalField(4, 2, max_value=50), {"invalid": ["a", True, "nan", float("nan"), "1e1000000", []], "max_digits": ["1234.5"], "max_decimal_places": ["1.234"], "max_whole_digits": ["123.4"], "max_value": ["51"], "max_string_length": ["1" * 2000, 10**2000]}),
    (fields.DateField(), {"invalid": ["2020-02-30", "now", 20200101, True, "2020-01-01" * 20], "datetime": [dt.datetime(2020, 1, 1)]}),
    (fields.DateTimeField(), {"invalid": ["2020-13-01T00:00", 7], "date": [dt.date(2020, 1, 1)]}),
    (fields.TimeField(), {"invalid": ["25:00", 8]}),
    (fields.DurationField(max_value=dt.timedelta(days=1)), {"invalid": ["a day", True, []], "overflow": [10**20, "9999999999 00:00"], "max_value": ["2 00:00:00"]}),
    (fields.ChoiceField(choices=[1, 2]), {"invalid_choice": [3, True, [], {}, "x" * 10_000]}),
    (fields.MultipleChoiceField(choices=["a"], allow_empty=False), {"not_a_list": ["a", {"a": 1}, 7], "empty": [[]], "invalid_choice": [["b"], ["a"] * 1000]}),
    (fields.ListField(max_length=3, min_length=2, child=fields.IntegerField()), {"not_a_list": ["a", {}, 7], "max_length": [[1] * 4], "min_length": [[1]]}),
    (fields.DictField(allow_empty=False), {"not_a_dict": [[], "a"], "empty": [{}], "max_length": [dict.fromkeys(range(10_001))]}),
    (fields.JSONField(), {"invalid": [object(), float("nan")]}),
    (fields.JSONField(binary=True), {"invalid": ["{", 7]}),
    (fields.FileField(max_length=5), {"invalid": ["text", 7, {}], "no_name": [SimpleNamespace(name="", size=1, read=None)], "empty": [SimpleNamespace(name="a", size=0, read=None)], "max_length": [SimpleNamespace(name="a" * 6, size=1, read=None)]}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "by_code"), WRONG, ids=lambda value: repr(value)[:40] if isinstance(value, fields.Field) else ""
)
def test_wrong_input_is_refused_with_its_code(field, by_code):
    """H45 (types), H53 (digits and exponents), H44 (lengths)."""
    assert {code: [refused(field, value) for value in values] for code, values in by_code.items()} == {
        code: [code] * len(values) for code, values in by_code.items()
    }


@pytest.mark.parametrize("name", EVERY)
@given(data=JSON)
def test_whatever_is_sent_is_taken_or_refused(name, data):
    """H45, H52, H53: nothing but a ValidationError comes out, and what is taken can be written as JSON."""
    field = EVERY[name]
    try:
        value = field.run_validation(data)
    except ValidationError:
        return
    assert value is None or json.dumps(field.to_representation(value), default=str)


@given(value=st.decimals(min_value=-999999, max_value=999999, places=2))
def test_decimals_come_back(value):
    field = fields.DecimalField(8, 2)

    assert field.run_validation(field.to_representation(value)) == value


@given(
    value=st.datetimes(timezones=st.just(dt.UTC), min_value=dt.datetime(1, 1, 3), max_value=dt.datetime(9999, 12, 28))
)
def test_moments_come_back(value):
    field = fields.DateTimeField()

    assert field.run_validation(field.to_representation(value)) == value


@given(value=st.timedeltas(min_value=dt.timedelta(0)))
def test_durations_come_back(value):
    field = fields.DurationField()

    assert field.run_validation(field.to_representation(value)) == value


@given(value=st.dates() | st.times())
def test_dates_and_times_come_back(value):
    field = fields.DateField() if isinstance(value, dt.date) else fields.TimeField()

    assert field.run_validation(field.to_representation(value)) == value


@given(value=st.uuids(), form=st.sampled_from(["hex_verbose", "hex", "int", "urn"]))
def test_uuids_come_back(value, form):
    field = fields.UUIDField(format=form)

    assert field.run_validation(field.to_representation(value)) == value


# -- options ----------------------------------------------------------------------------------------------------------


class Deep(serializers.Serializer):
    document = serializers.JSONField()
    anything = serializers.ListField(required=False)


@pytest.mark.parametrize("field", ["document", "anything"])
def test_deep_documents_are_refused(field):
    """H52: a depth cap instead of a RecursionError."""
    nested = []
    for _ in range(5_000):
        nested = [nested]
    serializer = Deep(data={"document": 1, field: nested})

    assert not serializer.is_valid()
    assert "100" in str(serializer.errors[field])


def test_errors_of_items_come_by_index_and_key():
    numbers = fields.ListField(child=fields.IntegerField())
    mapping = fields.DictField(child=fields.IntegerField())

    with pytest.raises(ValidationError) as in_list:
        numbers.run_validation([1, "a", 2, None])
    with pytest.raises(ValidationError) as in_dict:
        mapping.run_validation({"a": "x", "b": 1})

    assert in_list.value.get_codes() == {1: ["invalid"], 3: ["null"]}
    assert in_dict.value.get_codes() == {"a": ["invalid"]}


def test_children_may_be_declared_in_a_class():
    class Scores(fields.ListField):
        child = fields.IntegerField(min_value=0)

    assert Scores().run_validation([1]) == [1]
    assert refused(Scores(), [-1]) == {0: ["min_value"]}


def test_a_child_with_a_source_is_refused():
    with pytest.raises(TypeError, match="an item has no source"):
        fields.ListField(child=fields.IntegerField(source="a"))


def test_own_words_for_each_code():
    field = fields.IntegerField(max_value=3, error_messages={"max_value": "At most {max_value}!", "invalid": "Hm."})

    for value, words in ((4, "At most 3!"), ("a", "Hm.")):
        with pytest.raises(ValidationError) as caught:
            field.run_validation(value)
        assert caught.value.detail == [words]


def test_all_validators_are_asked():
    def odd(value):
        raise ValidationError("Odd.", code="odd")

    async def late(value):
        raise serializers.ValidationError("Late.", code="late")

    class Knows:
        requires_context = True

        def __call__(self, value, field):
            raise ValidationError(f"Bad {type(field).__name__}.", code="knows")

    field = fields.IntegerField(validators=[odd, late, Knows()], max_value=1)

    with pytest.raises(ValidationError) as caught:
        field.run_validation(7)
    assert caught.value.get_codes() == ["odd", "late", "knows", "max_value"]


def test_an_unknown_message_is_told():
    with pytest.raises(KeyError, match="Did you mean 'invalid'"):
        fields.IntegerField().fail("invalit")


def test_defaults_stand_for_what_was_not_sent():
    class Form(serializers.Serializer):
        a = serializers.IntegerField(default=1)
        b = serializers.ListField(default=list)
        user = serializers.HiddenField(default=serializers.CurrentUserDefault())
        made = serializers.HiddenField(default=serializers.CreateOnlyDefault(lambda: "now"))

    context = {"request": SimpleNamespace(user="ann")}
    new, old = Form(data={"user": "eve"}, context=context), Form(SimpleNamespace(), data={}, context=context)

    assert new.is_valid()
    assert old.is_valid()
    assert new.validated_data == {"a": 1, "b": [], "user": "ann", "made": "now"}
    assert old.validated_data == {"a": 1, "b": [], "user": "ann"}
    assert new.data.keys() == {"a", "b"}
    with pytest.raises(TypeError, match="needs a default"):
        serializers.HiddenField()


def test_moments_are_in_the_zone_in_use():
    field = fields.DateTimeField()
    with timezone.override("Europe/Paris"):
        assert field.run_validation("2026-07-01T12:00").astimezone(dt.UTC).hour == 10
        assert field.run_validation("2026-07-01T12:00Z").hour == 14
        assert field.to_representation(dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)) == "2026-07-01T12:00:00+02:00"
        assert refused(field, "2026-03-29T02:30") == "make_aware"
        assert refused(field, "2026-10-25T02:30") == "make_aware"
    assert field.to_representation(dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)) == "2026-07-01T10:00:00Z"
    with timezone.override("Asia/Tokyo"):
        assert refused(field, "9999-12-31T23:00Z") == "overflow"
    there = fields.DateTimeField(default_timezone=ZoneInfo("Asia/Tokyo"))
    assert there.to_representation(dt.datetime(2026, 7, 1, tzinfo=dt.UTC)) == "2026-07-01T09:00:00+09:00"


def test_moments_are_naive_without_zones():
    with settings.override(USE_TZ=False):
        assert fields.DateTimeField().run_validation("2026-07-01T12:00+02:00") == dt.datetime(2026, 7, 1, 10)


def test_formats_are_followed():
    assert fields.DateField(format="%d.%m.%Y").to_representation(dt.date(2026, 9, 3)) == "03.09.2026"
    assert fields.DateField(format=None).to_representation(dt.date(2026, 9, 3)) == dt.date(2026, 9, 3)
    assert fields.TimeField(format="%H").to_representation(dt.time(0, 30)) == "00"
    assert fields.TimeField().to_representation(dt.time(0)) == "00:00:00"
    assert fields.DurationField(format="iso-8601").to_representation(dt.timedelta(days=1)) == "P1DT00H00M00S"
    with pytest.raises(TypeError, match="DateTimeField"):
        fields.DateField().to_representation(dt.datetime(2026, 9, 3))


@pytest.mark.parametrize(
    ("options", "value", "shown"),
    [
        ({}, Decimal("1.5"), "1.50"),
        ({}, 1, "1.00"),
        ({}, Decimal("1E+2"), "100.00"),
        ({"coerce_to_string": False}, Decimal("1.5"), Decimal("1.50")),
        ({"normalize_output": True}, Decimal("1.50"), "1.5"),
    ],
)
def test_decimals_are_written_with_their_places(options, value, shown):
    found = fields.DecimalField(8, 2, **options).to_representation(value)

    assert (found, str(found)) == (shown, str(shown))


def test_large_numbers_are_written_as_text_where_that_is_asked_for():
    value = 2**60
    assert fields.BigIntegerField().to_representation(value) == value
    assert fields.BigIntegerField(coerce_to_string=True).to_representation(value) == str(value)
    with settings.override(REST_FRAMEWORK={"COERCE_BIGINT_TO_STRING": True}):
        assert fields.BigIntegerField().to_representation(value) == str(value)
        assert fields.BigIntegerField(coerce_to_string=False).to_representation(value) == value
    assert fields.BigIntegerField(max_value=value).run_validation(str(value)) == value


def test_durations_have_the_projects_format():
    day = dt.timedelta(days=1)
    assert fields.DurationField().to_representation(day) == "1 00:00:00"
    with settings.override(REST_FRAMEWORK={"DURATION_FORMAT": "iso-8601"}):
        assert fields.DurationField().to_representation(day) == "P1DT00H00M00S"
        assert fields.DurationField(format="django").to_representation(day) == "1 00:00:00"


def test_choices_are_shown_by_value_and_may_be_grouped():
    field = fields.ChoiceField(choices=[("Numbers", [(1, "One")]), ("x", "X")])

    assert (field.choices, field.grouped_choices) == ({1: "One", "x": "X"}, {"Numbers": {1: "One"}, "x": "X"})
    assert list(field.iter_options()) == [(1, "One"), ("x", "X")]
    assert [field.to_representation(value) for value in ("1", "x", "old")] == [1, "x", "old"]
    assert fields.MultipleChoiceField(choices="abc").to_representation({"c", "a", "z"}) == ["a", "c", "z"]


def test_forms_send_boxes_and_lists():
    class Form(serializers.Serializer):
        box = serializers.BooleanField()
        maybe = serializers.BooleanField(allow_null=True, required=False)
        tags = serializers.ListField(child=serializers.CharField(), required=False)
        rows = serializers.ListField(child=serializers.IntegerField(), required=False)
        kinds = serializers.MultipleChoiceField(choices=["a", "b"])
        extra = serializers.DictField(required=False)
        document = serializers.JSONField(required=False)
        note = serializers.CharField(required=False, allow_blank=True)

    form = Form(data=QueryDict("tags=x&tags=y&rows[0]=1&rows[1]=2&kinds=a&kinds=b&extra.k=v&document=[1]&note="))

    assert form.is_valid(), form.errors
    assert form.validated_data == {
        "box": False,
        "maybe": None,
        "tags": ["x", "y"],
        "rows": [1, 2],
        "kinds": {"a", "b"},
        "extra": {"k": "v"},
        "document": [1],
        "note": "",
    }


def test_files_of_a_folder(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.md").write_text("b")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.txt").write_text("c")

    field = fields.FilePathField(path=tmp_path, match=r"\.txt$", recursive=True)

    assert list(field.choices.values()) == ["a.txt", "below/c.txt"]
    assert refused(field, "/etc/passwd") == "invalid_choice"
    assert list(fields.FilePathField(path=tmp_path, allow_files=False, allow_folders=True).choices.values()) == [
        "below"
    ]
    with pytest.raises(ValueError, match="allow_files"):
        fields.FilePathField(path=tmp_path, allow_files=False)


class Upload(io.BytesIO):
    def __init__(self, name, content):
        super().__init__(content)
        self.name, self.size = name, len(content)


def picture(size=(2, 2), form="PNG"):
    images = pytest.importorskip("PIL.Image")
    made = io.BytesIO()
    images.new("1", size).save(made, form)
    return made.getvalue()


def test_files_are_shown_by_url_or_name():
    stored = SimpleNamespace(name="a.txt", url="/media/a.txt")

    class Shown(serializers.Serializer):
        file = serializers.FileField()
        name = serializers.FileField(use_url=False, source="file")

    request = SimpleNamespace(build_absolute_uri=lambda url: f"https://example.com{url}")

    assert Shown({"file": stored}).data == {"file": "/media/a.txt", "name": "a.txt"}
    assert Shown({"file": stored}, context={"request": request}).data["file"] == "https://example.com/media/a.txt"
    assert Shown({"file": None}).data == {"file": None, "name": None}


def test_images_are_known_by_their_content():
    """H16, H19: a name says nothing, and pixels are counted in the header."""
    field = fields.ImageField()
    good = Upload("a.gif", picture())

    assert field.run_validation(good) is good
    assert good.tell() == 0
    assert refused(field, Upload("a.png", b"<svg/>")) == "invalid_image"
    assert refused(field, Upload("a.png", picture()[:40])) == "invalid_image"
    assert refused(field, Upload("a.tiff", picture(form="TIFF"))) == "invalid_image"
    assert refused(field, Upload("bomb.png", picture((50_000, 2_000)))) == "too_many_pixels"


def test_an_image_is_not_kept_under_the_name_of_a_page():
    """H16: a picture with a script behind it, served by its extension."""
    polyglot = picture() + b"<script>alert(1)</script>"

    assert refused(fields.ImageField(), SimpleUploadedFile("a.html", polyglot)) == "invalid_extension"
    assert (
        fields.ImageField(policy=Images()).run_validation(SimpleUploadedFile("a.html", polyglot)).name.endswith(".png")
    )


def test_a_policy_decides_what_is_let_in():
    """H16: what is kept is what the policy made of it."""
    field = fields.FileField(policy=Images(max="5KB"))

    assert field.run_validation(SimpleUploadedFile("a.png", picture())).name.endswith(".png")
    assert refused(field, SimpleUploadedFile("a.png", b"<svg/>"))
    assert refused(field, SimpleUploadedFile("a.png", picture() + b"0" * 10_000))


def test_a_model_field_reads_for_a_model_field_serializer():
    class Upper(models.CharField):
        def to_python(self, value):
            return super().to_python(value).upper()

    column = Upper(max_length=3)
    column.set_attributes_from_name("code")
    field = fields.ModelField(model_field=column)

    assert field.run_validation("abc") == "ABC"
    assert refused(field, "abcd") == "max_length"
    assert field.to_representation(SimpleNamespace(code="X")) == "X"


def deep(levels):
    nested = []
    for _ in range(levels):
        nested = [nested]
    return nested


HUGE = {
    "number": 10**5_000,
    "negative": -(10**5_000),
    "deep": deep(50_000),
    "deep below a key": {"a": deep(50_000)},
    "digits": "9" * 100_000,
    "exponent": Decimal("1e999999"),
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("size", HUGE)
def test_nothing_is_too_large_or_too_deep_to_be_refused(name, size):
    """H52, H53: huge numbers and deep nesting end in a ValidationError, never in another one."""

    class Holder(serializers.Serializer):
        value = EVERY[name]

    holder = Holder(data={"value": HUGE[size]})

    assert holder.is_valid() or len(str(holder.errors)) < 1_000


@pytest.mark.parametrize("size", ["number", "deep", "digits"])
def test_keys_of_any_size_are_refused(database, size):
    """H45, H52, H53."""

    data = HUGE[size]

    class Keys(serializers.Serializer):
        pk = serializers.PrimaryKeyRelatedField(queryset=Tag.objects.all())
        slug = serializers.SlugRelatedField(slug_field="slug", queryset=Tag.objects.all())
        url = serializers.HyperlinkedRelatedField(view_name="tag", queryset=Tag.objects.all())
        many = serializers.PrimaryKeyRelatedField(queryset=Tag.objects.all(), many=True)

    serializer = Keys(data={"pk": data, "slug": data, "url": data, "many": [data]})

    assert not serializer.is_valid()
    assert set(serializer.errors) == {"pk", "slug", "url", "many"}
    assert len(str(serializer.errors)) < 2_000
    assert not Keys(data=data).is_valid()
    assert not Keys(data=[data, data], many=True).is_valid()
