"""Rows as text and back, in every format, on both databases, in both colours."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
import tracemalloc
import types
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from manoir import serializers
from manoir.apps import apps
from manoir.bridge import wait
from manoir.db import Connection
from manoir.exceptions import (
    CommandError,
    DeserializationError,
    FieldError,
    IntegrityError,
    SerializerDoesNotExist,
    SynchronousOnlyOperation,
)
from manoir.models import Model
from manoir.serializers._json import ListReader
from manoir.testing import CaptureQueriesContext
from tests.library.models import Author, Book, Profile, Size, Tag
from tests.serializers.archive.models import Country, Paper, Person

TEXT_FORMATS = ["json", "jsonl", "xml", "yaml"]
FORMATS = [*TEXT_FORMATS, "python"]


@pytest.fixture
def world(database: Connection) -> Connection:
    france = Country.objects.create(code="fr", name="France & Cie <é>")
    germany = Country.objects.create(code="de", name="Germany\nand more")
    ann = Person.objects.create(name="Ann", country=france)
    bob = Person.objects.create(name="Bob", country=germany, teacher=ann)
    ann.friends.set([bob])
    bob.visited.set([france, germany])
    return database


def book(**values: Any) -> Book:
    author = Author.objects.create(name="Ada", email="ada@example.com")
    given: dict[str, Any] = {
        "title": 'A "quoted" title \u2028 🎉',
        "price": Decimal("12.50"),
        "pages": 7,
        "rating": 0.1,
        "published": dt.date(2026, 1, 31),
        "size": Size(10, 20, ["a"]),
        "extra": {"deep": [1, None, {"x": "<&>"}]},
        "cover": b"\x00\xff",
        "reading_time": dt.timedelta(days=1, seconds=3, microseconds=5),
    }
    made = Book.objects.create(author=author, **{**given, **values})
    made.tags.set([Tag.objects.create(label="Red", slug="red"), Tag.objects.create(label="Blue", slug="blue")])
    return made


def values_of(model: type[Model]) -> list[dict[str, Any]]:
    return list(model._base_manager.order_by("pk").values())


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_written_is_read_as_it_was(database: Connection, format: str) -> None:
    made = book()
    before = values_of(Book)
    text = serializers.serialize(format, Book.objects.all())
    Book.objects.filter(pk=made.pk).update(title="changed", extra=None, cover=None, rating=None)
    made.tags.clear()
    [found] = serializers.deserialize(format, text)
    assert isinstance(found.object, Book)
    found.save()
    after = values_of(Book)
    assert [{**row, "updated": None} for row in after] == [{**row, "updated": None} for row in before]
    assert after[0]["updated"] == before[0]["updated"]  # a raw save leaves auto_now alone, to the microsecond
    assert sorted(tag.slug for tag in made.tags.all()) == ["blue", "red"]


@pytest.mark.parametrize("format", FORMATS)
async def test_what_was_written_is_read_in_coroutines(world: Connection, format: str) -> None:
    text = await serializers.aserialize(
        format, Person.objects.order_by("name"), use_natural_foreign_keys=True, use_natural_primary_keys=True
    )
    await Person.objects.filter(name="Bob").aupdate(teacher=None)
    found = [one async for one in serializers.adeserialize(format, text)]
    assert [one.object.name for one in found] == ["Ann", "Bob"]
    for one in found:
        await one.asave()
    bob = await Person.objects.select_related("teacher", "country").aget(name="Bob")
    assert bob.teacher is not None
    assert (bob.teacher.name, bob.country.code, await Person.objects.acount()) == ("Ann", "de", 2)
    assert [country.code async for country in bob.visited.all()] == ["de", "fr"]


def test_json_has_the_documented_form(world: Connection) -> None:
    bob = Person.objects.get(name="Bob")
    ann = Person.objects.get(name="Ann")
    text = serializers.serialize("json", Person.objects.filter(name="Bob"))
    visited = sorted(Country.objects.values_list("pk", flat=True))
    assert json.loads(text) == [
        {
            "model": "archive.person",
            "pk": bob.pk,
            "fields": {"name": "Bob", "country": bob.country_id, "teacher": ann.pk, "friends": [], "visited": visited},
        }
    ]
    assert serializers.serialize("json", []) == "[]"
    assert serializers.serialize("json", Country.objects.filter(code="de"), indent=2, fields=["code"]) == (
        f'[\n{{\n  "model": "archive.country",\n  "pk": {bob.country_id},\n  "fields": {{\n    "code": "de"\n  }}\n}}\n]\n'
    )


def test_xml_has_the_documented_form(world: Connection) -> None:
    ann = Person.objects.get(name="Ann")
    text = serializers.serialize("xml", [ann], use_natural_foreign_keys=True, fields=("country", "teacher", "friends"))
    assert text == (
        '<?xml version="1.0" encoding="utf-8"?>\n<django-objects version="1.0">'
        f'<object model="archive.person" pk="{ann.pk}">'
        '<field name="country" rel="ManyToOneRel" to="archive.country"><natural>fr</natural></field>'
        '<field name="teacher" rel="ManyToOneRel" to="archive.person"><None></None></field>'
        '<field name="friends" rel="ManyToManyRel" to="archive.person">'
        "<object><natural>Bob</natural><natural>de</natural></object></field></object></django-objects>"
    )


def test_fields_limit_what_is_written_and_secrets_have_to_be_named(database: Connection) -> None:
    Paper.objects.create(title="Relativity", pin="1905")
    [record] = serializers.serialize("python", Paper.objects.all())
    assert sorted(record["fields"]) == ["authors", "changed", "cites", "is_open", "title"]
    assert isinstance(record["pk"], str)
    [named] = serializers.serialize("python", Paper.objects.all(), fields=["pin", "title"])
    assert named["fields"] == {"title": "Relativity", "pin": "1905"}
    [whole] = serializers.serialize("python", Paper.objects.all(), include_secrets=True)
    assert whole["fields"]["pin"] == "1905"
    with pytest.raises(
        FieldError, match=r"fields names 'titel', which is no field of archive\.Paper\. Did you mean 'title'"
    ):
        serializers.serialize("json", Paper.objects.all(), fields=["titel"])


def test_what_is_no_instance_is_refused_with_the_cure(world: Connection) -> None:
    with pytest.raises(TypeError, match=r"Only instances of models can be serialized, not .*values\(\)"):
        serializers.serialize("json", Country.objects.values())


def test_any_iterable_of_instances_is_written(world: Connection) -> None:
    several = [*Country.objects.all(), *Person.objects.all()]
    names = [record["model"] for record in serializers.serialize("python", several)]
    assert names == ["archive.country"] * 2 + ["archive.person"] * 2
    from_iterator = serializers.serialize("python", Country.objects.all().iterator())
    assert [record["fields"]["code"] for record in from_iterator] == ["de", "fr"]
    assert serializers.serialize("python", Country.objects) == from_iterator


def test_serialize_in_a_coroutine_names_what_to_await(world: Connection) -> None:
    async def wrong() -> None:
        serializers.serialize("json", Country.objects.all())

    with pytest.raises(SynchronousOnlyOperation, match=r"await aserialize\("):
        wait(wrong())


async def test_reading_waits_only_for_natural_keys(database: Connection) -> None:
    text = '[{"model": "archive.country", "pk": 1, "fields": {"code": "fr", "name": "France"}}]'
    [found] = serializers.deserialize("json", text)
    assert found.object.code == "fr"


@pytest.mark.parametrize("natural", [False, True])
def test_the_number_of_queries_does_not_follow_the_number_of_rows(world: Connection, natural: bool) -> None:
    def queries() -> int:
        with CaptureQueriesContext(world) as captured:
            serializers.serialize("python", Person.objects.all(), use_natural_foreign_keys=natural)
        return len(captured)

    few = queries()
    france = Country.objects.get(code="fr")
    people = Person.objects.bulk_create([Person(name=f"P{number}", country=france) for number in range(40)])
    for person in people:
        person.visited.add(france)
    assert queries() == few


def test_a_natural_primary_key_finds_the_row_again(world: Connection) -> None:
    text = serializers.serialize("json", Country.objects.all(), use_natural_primary_keys=True)
    assert "pk" not in json.loads(text)[0]
    before = {country.code: country.pk for country in Country.objects.all()}
    for found in serializers.deserialize("json", text.replace("Germany", "Allemagne")):
        found.save()
    assert {country.code: country.pk for country in Country.objects.all()} == before
    assert Country.objects.get(code="de").name.startswith("Allemagne")


def test_a_forward_reference_is_put_off(world: Connection) -> None:
    text = json.dumps(
        [
            {
                "model": "archive.person",
                "fields": {"name": "Eve", "country": ["fr"], "teacher": ["Zoe", "de"], "friends": [["Zoe", "de"]]},
            },
            {"model": "archive.person", "fields": {"name": "Zoe", "country": ["de"]}},
        ]
    )
    with pytest.raises(DeserializationError, match=r"field 'teacher' refers to archive\.Person \['Zoe', 'de'\]"):
        list(serializers.deserialize("json", text))
    later = []
    for found in serializers.deserialize("json", text, handle_forward_references=True):
        found.save()
        if found.deferred_fields is not None:
            later.append(found)
    for found in later:
        found.save_deferred_fields()
    eve = Person.objects.get(name="Eve")
    assert eve.teacher is not None
    assert (eve.teacher.name, [friend.name for friend in eve.friends.all()]) == ("Zoe", ["Zoe"])


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"model": "archive.contry", "fields": {}}, r"'archive\.contry', which is no model.*Did you mean 'archive\.country'"),
        ({"model": "nonsense", "fields": {}}, r"'nonsense', which is no model"),
        ({"fields": {}}, r"None, which is no model"),
        ({"model": "archive.country", "pk": 1, "fields": {"nam": 1}}, r"archive\.country:pk=1 has a field 'nam'.*Did you mean 'name'"),
        ({"model": "archive.country", "pk": "x", "fields": {}}, r"archive\.country:pk=x: field 'id' cannot be 'x'"),
        ({"model": "archive.country", "pk": 1, "fields": []}, r"fields of archive\.country:pk=1 have to be a mapping"),
        ({"model": "archive.person", "pk": 1, "fields": {"friends": "ab"}}, r"field 'friends' has to be a list of keys"),
        ({"model": "archive.person", "pk": 1, "fields": {"country": ["xx"]}}, r"refers to archive\.Country \['xx'\], which does not exist"),
        ({"model": "library.book", "pk": 1, "fields": {"author": ["Ada"]}}, r"manager of library\.Author has no get_by_natural_key"),
        ({"model": "archive.paper", "pk": None, "fields": {"changed": "yesterday"}}, r"field 'changed' cannot be 'yesterday'"),
        ("text", r"Each object is a mapping of model, pk and fields, not 'text'"),
    ],
)  # fmt: skip
def test_a_wrong_record_is_named(database: Connection, record: Any, message: str) -> None:
    with pytest.raises(DeserializationError, match=message):
        list(serializers.deserialize("python", [record]))


def test_what_is_gone_can_be_left_out(database: Connection) -> None:
    records = [
        {"model": "archive.gone", "pk": 1, "fields": {}},
        {"model": "archive.country", "pk": 1, "fields": {"code": "fr", "name": "France", "gone": 1}},
    ]
    [found] = serializers.deserialize("python", records, ignorenonexistent=True)
    assert found.object.code == "fr"


@pytest.mark.parametrize(
    ("format", "text", "message"),
    [
        ("json", "{}", r"has to begin with \[ \(line 1"),
        ("json", "[1]", r"here has to be an object"),
        ("json", '[{"model": "library.room", "fields": {}},\n {"model": }]', r"line 2"),
        ("json", '[{"model": "library.room", "fields": {}} {}]', r"has to be a comma, or \] at the end"),
        ("json", '[{"model": "library.room", "fields": {}}] x', r"something behind the end"),
        ("json", '[{"model": "library.room"', r"line 1"),
        ("json", '[{"a":' + "[" * 100_000, r"nested too deeply"),
        ("json", '[{"a": ' + "9" * 5000 + "}]", r"integer string conversion"),
        ("json", "", r"has to begin with \["),
        ("json", b"\xff", r"no text in UTF-8"),
        ("jsonl", '{"model": "library.room", "fields": {}}\n\n{', r"Line 3 is no JSON object"),
        ("yaml", "model: x", r"has to begin with -"),
        ("yaml", "- {", r"no YAML list"),
        ("yaml", "- !!python/object/apply:os.system [true]", r"no YAML list"),
        ("xml", "<django-objects><object/></django-objects>", r"no attribute model \(line 1\)"),
        ("xml", "<django-objects><object model='archive.country'><field/></object></django-objects>", r"no attribute name"),
        ("xml", "<other/>", r"<other> cannot stand here"),
        ("xml", "<django-objects>", r"no element found"),
        ("xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><django-objects>&a;</django-objects>', r"declares a document type"),
        ("xml", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><django-objects/>', r"declares a document type"),
    ],
)  # fmt: skip
def test_text_that_is_damaged_or_hostile_is_refused(format: str, text: Any, message: str) -> None:
    with pytest.raises(DeserializationError, match=message):
        list(serializers.deserialize(format, text))


@pytest.mark.parametrize("format", ["json", "yaml", "xml", "jsonl"])
def test_no_rows_are_no_error(format: str) -> None:
    assert list(serializers.deserialize(format, serializers.serialize(format, []))) == []


def test_xml_refuses_what_it_cannot_hold(database: Connection) -> None:
    with pytest.raises(ValueError, match="XML cannot hold the control characters"):
        serializers.serialize("xml", [Country(pk=1, code="fr", name="a\x01b")])


def test_formats_are_known_by_name() -> None:
    assert sorted(serializers.get_serializer_formats()) == ["json", "jsonl", "python", "xml", "yaml"]
    assert sorted(serializers.get_public_serializer_formats()) == ["json", "jsonl", "xml", "yaml"]
    with pytest.raises(
        SerializerDoesNotExist, match=r"^There is no serialization format 'jsn'\. Did you mean 'json'"
    ) as caught:
        serializers.get_serializer("jsn")
    assert isinstance(caught.value, KeyError)


@pytest.fixture
def csv_format() -> Iterator[None]:
    """The format of the documentation: comma separated values."""

    class Serializer(serializers.Serializer):
        def end_object(self, obj: Any) -> None:
            record = self.get_dump_object(obj)
            if self.first:
                self.stream.write(f"model,pk,{','.join(record['fields'])}\n")
            self.stream.write(
                ",".join([record["model"], str(record["pk"]), *map(str, record["fields"].values())]) + "\n"
            )

    class Deserializer(serializers.Deserializer):
        def records(self) -> Iterator[Any]:
            header, *rows = [line.split(",") for line in self.source.splitlines()]
            for model, pk, *values in rows:
                yield {"model": model, "pk": pk, "fields": dict(zip(header[2:], values, strict=True))}

    module = types.ModuleType("tests_csv_format")
    vars(module).update(Serializer=Serializer, Deserializer=Deserializer)
    sys.modules[module.__name__] = module
    serializers.register_serializer("csv", module.__name__)
    yield
    serializers.unregister_serializer("csv")
    del sys.modules[module.__name__]


def test_a_format_of_the_project(world: Connection, csv_format: None) -> None:
    text = serializers.serialize("csv", Country.objects.filter(code="fr"), fields=["code"])
    france = Country.objects.get(code="fr")
    assert text == f"model,pk,code\narchive.country,{france.pk},fr\n"
    [found] = serializers.deserialize("csv", text)
    assert found.object == france
    assert "csv" in serializers.get_serializer_formats()


def test_a_format_that_was_not_registered_cannot_be_taken_away() -> None:
    with pytest.raises(SerializerDoesNotExist, match="No format 'json' was registered"):
        serializers.unregister_serializer("json")


def test_natural_keys_order_models() -> None:
    config = apps.get_app_config("archive")
    assert serializers.sort_dependencies([(config, [Paper, Person, Country])]) == [Country, Person, Paper]


def test_natural_keys_in_a_circle_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Country.natural_key, "dependencies", ["archive.person"], raising=False)
    pair = [(apps.get_app_config("archive"), [Person, Country])]
    with pytest.raises(CommandError, match=r"in a circle: archive\.Country, archive\.Person"):
        serializers.sort_dependencies(pair)
    assert serializers.sort_dependencies(pair, allow_cycles=True) == [Person, Country]


def test_a_list_is_taken_apart_wherever_it_is_cut() -> None:
    text = ' [ {"a": "x,]}[", "b": [1, {"c": null}]} ,\n{"a": "é"},{}] \n'
    expected = json.loads(text)
    for size in range(1, len(text)):
        assert list(ListReader(io.StringIO(text), size).objects()) == expected
        assert list(ListReader(io.BytesIO(text.encode()), size).objects()) == expected


class Endless(io.TextIOBase):
    """A stream of `count` countries as JSON, that is never in memory as a whole."""

    def __init__(self, count: int) -> None:
        self.parts = (self.part(number, count) for number in range(count))

    def part(self, number: int, count: int) -> str:
        start, end = "[" if number == 0 else ",", "]" if number == count - 1 else ""
        return f'{start}{{"model": "archive.country", "pk": {number}, "fields": {{"code": "xx", "name": "{"n" * 200}"}}}}{end}'

    def read(self, size: int | None = -1) -> str:
        return next(self.parts, "")


def test_reading_keeps_nothing() -> None:
    tracemalloc.start()
    try:
        count = sum(1 for _ in serializers.deserialize("json", Endless(20_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000  # the text has six million characters


def test_writing_keeps_nothing(database: Connection) -> None:
    Profile.objects.all().delete()
    tags = [Tag(label="x" * 40, slug=f"tag-{number}") for number in range(20_000)]
    Tag.objects.bulk_create(tags, batch_size=5000)
    del tags

    class Counting(io.TextIOBase):
        written = 0

        def write(self, text: str) -> int:
            self.written += len(text)
            return len(text)

    stream = Counting()
    serializers.serialize("json", Tag.objects.order_by("pk")[:1], stream=stream)
    tracemalloc.start()
    try:
        serializers.serialize("json", Tag.objects.order_by("pk"), stream=stream)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stream.written > 2_000_000
    assert peak < 6_000_000


def test_a_row_that_the_database_refuses_raises_as_it_does(world: Connection) -> None:
    [found] = serializers.deserialize("python", [{"model": "archive.country", "fields": {"code": "fr", "name": "Two"}}])
    found.object.pk = 99_999
    with pytest.raises(IntegrityError):
        found.save()
