"""What is read and shown the quick way is what a project's own code, which takes part in each row, would see."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manoir import models, rest
from manoir.apps import Apps
from manoir.bridge import run, wait
from manoir.models import signals
from manoir.rest import fields, serializers
from tests.library.models import Author, Book, Tag
from tests.models.tables import create_tables

zoo = Apps([])


class Weight:
    """Neither text nor number, and shown as both."""

    def __init__(self, grams: Any) -> None:
        self.grams = grams

    def __str__(self) -> str:
        return f"{self.grams} g"

    def __int__(self) -> int:
        return int(self.grams) * 1000


class WeighedText(models.CharField):
    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Weight(value)


class WeighedNumber(models.IntegerField):
    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Weight(value)


class Upper:
    """Gives the value of an attribute in capitals, and keeps it as it came."""

    def __init__(self, field: Any) -> None:
        self.name = field.attname

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else instance.__dict__[self.name].upper()

    def __set__(self, instance: Any, value: str) -> None:
        instance.__dict__[self.name] = value


class UpperField(models.CharField):
    descriptor = Upper


class Cage(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "zoo"
        apps = zoo

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Any:
        made = super().from_db(db, field_names, values)
        made.name = made.name.upper()
        return made


class Beast(models.Model):
    text = WeighedText(max_length=20, default="7")
    number = WeighedNumber(default=3, null=True)
    kind = models.CharField(max_length=5, default="1")
    grade = models.IntegerField(default=2)
    call = UpperField(max_length=20, default="Roar")
    cage = models.ForeignKey(Cage, on_delete=models.CASCADE, null=True, related_name="beasts")

    class Meta:
        app_label = "zoo"
        apps = zoo


class CageSerializer(rest.ModelSerializer):
    class Meta:
        model = Cage
        fields = ["id", "name"]


class BeastSerializer(rest.ModelSerializer):
    text = fields.CharField()
    number = fields.IntegerField()
    kind = fields.ChoiceField(choices=[(1, "one"), (2, "two")])
    grade = fields.ChoiceField(choices=["1", "2"])

    class Meta:
        model = Beast
        fields = ["id", "text", "number", "kind", "grade"]


class CallSerializer(rest.ModelSerializer):
    class Meta:
        model = Beast
        fields = ["id", "call"]


class CagedSerializer(rest.ModelSerializer):
    cage = CageSerializer()
    name = fields.CharField(source="cage.name", allow_null=True)
    slug = serializers.SlugRelatedField("name", source="cage", read_only=True)

    class Meta:
        model = Beast
        fields = ["id", "cage", "name", "slug"]


@pytest.fixture
def beasts(database: Any) -> Any:
    wait(create_tables(database, [Cage, Beast]))
    cage = Cage.objects.create(name="north")
    Beast.objects.create(cage=cage)
    Beast.objects.create(text="8", number=None, kind="x", grade=5)
    Beast.objects.update(call="roar")
    return Beast.objects.order_by("pk")


def answer(serializer: Any) -> Any:
    """What a renderer writes, read back."""
    found = run(serializer.aoutput())
    return json.loads(found.encoded()) if hasattr(found, "encoded") else found


@pytest.mark.parametrize("cls", [BeastSerializer, CagedSerializer])
def test_a_list_of_rows_is_the_rows_one_by_one(beasts, cls):
    assert answer(cls(beasts, many=True)) == [json.loads(cls(one).data.encoded()) for one in beasts]


def test_an_attribute_with_a_descriptor_is_shown_as_that_gives_it(beasts):
    called = [{"id": 1, "call": "ROAR"}, {"id": 2, "call": "ROAR"}]
    assert answer(CallSerializer(beasts, many=True)) == called
    assert [answer(CallSerializer(one)) for one in beasts] == called


def test_values_of_a_projects_own_columns_are_shown_by_their_fields(beasts):
    assert answer(BeastSerializer(beasts, many=True)) == [
        {"id": 1, "text": "7 g", "number": 3000, "kind": 1, "grade": "2"},
        {"id": 2, "text": "8 g", "number": None, "kind": "x", "grade": 5},
    ]


class Picky(rest.ModelSerializer):
    """What may be chosen follows from the context, as many projects do it."""

    class Meta:
        model = Book
        fields = ["title", "price", "author", "tags"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["author"].queryset = self.context["authors"]
        self.fields["tags"].child_relation.queryset = self.context["tags"]


def test_rows_that_one_serializer_offers_are_not_those_of_the_next(rows, colour):
    art, bees = (Tag.objects.filter(pk=tag.pk) for tag in rows.tags[:2])
    ann, bob = (Author.objects.filter(pk=author.pk) for author in (rows.ann, rows.bob))
    sent = {"title": "Persuasion", "price": "1.00", "author": rows.ann.pk, "tags": [rows.tags[0].pk]}

    refused: list[Any] = []
    for authors, tags in ((ann, art), (bob, bees), (ann, bees), (ann, art)):
        serializer = Picky(data=sent, context={"authors": authors, "tags": tags})
        colour.valid(serializer)
        refused.append(sorted(serializer.errors))

    assert refused == [[], ["author", "tags"], ["tags"], []]


class Discreet(rest.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name", "email"]

    @property
    def fields(self) -> Any:
        found = super().fields
        if not self.context.get("is_staff"):
            found.pop("email", None)
        return found


def test_a_property_that_chooses_the_fields_is_asked_for_each_list(rows, colour):
    author = Author.objects.filter(pk=rows.ann.pk)

    def shown(**context: Any) -> Any:
        return [sorted(one) for one in colour.data(Discreet(author, many=True, context=context))]

    assert shown(is_staff=True) == [["email", "name"]]
    assert shown() == [["name"]]
    assert shown(is_staff=True) == [["email", "name"]]
    assert answer(Discreet(author, many=True)) == [{"name": "Ann"}]
    assert answer(Discreet(author, many=True, context={"is_staff": True})) == [
        {"name": "Ann", "email": "ann@example.com"}
    ]


class Counted(serializers.ListSerializer):
    @property
    def data(self) -> Any:
        return {"count": len(super().data), "items": list(super().data)}


class CountedSerializer(rest.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]
        list_serializer_class = Counted


def test_what_a_list_of_ones_own_makes_of_its_data_is_the_answer(rows):
    found = answer(CountedSerializer(Author.objects.order_by("pk"), many=True))
    assert found == {"count": 2, "items": [{"name": "Ann"}, {"name": "Bob"}]}


class Everything(rest.Serializer):
    """Each kind of field that is read at a glance, with each kind of limit and absence."""

    text = fields.CharField(max_length=4)
    blank = fields.CharField(allow_blank=True, trim_whitespace=False, min_length=2, required=False)
    count = fields.IntegerField(min_value=-3, max_value=7, allow_null=True)
    large = fields.BigIntegerField(default=3)
    price = fields.DecimalField(4, 2, min_value=0, required=False)
    day = fields.DateField(required=False, allow_null=True, source="when.day")
    truth = fields.BooleanField(default=False)
    perhaps = fields.BooleanField(allow_null=True, required=False)
    kind = fields.ChoiceField(choices=["a", 1], required=False)
    key = fields.UUIDField(required=False)
    fixed = fields.IntegerField(read_only=True, default=5)
    hidden = fields.HiddenField(default="ours")

    def validate_count(self, value: Any) -> Any:
        if value == 5:
            raise serializers.ValidationError("Not five.")
        return value


class EverythingApart(Everything):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert self.fields  # who has looked at the fields has fields of its own


NAMES = list(Everything().fields)
TEXTS = [
    "",
    " ",
    "a",
    " ab ",
    "abcd",
    "abcde",
    "\0",
    "é",
    "\ud800",
    "1",
    "-0",
    "007",
    "1e5",
    "NaN",
    "12.5",
    "99.99",
    "100",
    "٣",
]
MOMENTS = ["2026-03-04", "0001-01-01", "9999-12-31", "2026-02-29", "2026-W10-3", "20260304", "true", "off", "null"]
NUMBERS = [
    0,
    1,
    5,
    -3,
    8,
    2**63,
    2**64,
    -(2**70),
    2**5000,
    -0.0,
    1.0,
    1.5,
    float("nan"),
    float("inf"),
    Decimal("1E+2"),
    Decimal("-0"),
]
OTHERS = [
    None,
    True,
    False,
    [],
    [1],
    {},
    {"a": 1},
    [[None]],
    dt.date(1, 1, 1),
    dt.datetime(2026, 1, 1),
    uuid.UUID(int=5),
    b"a",
]


class Name(str):
    """A str that is no str."""


VALUES = st.sampled_from([*TEXTS, *MOMENTS, *NUMBERS, *OTHERS, Name(" ab "), str(uuid.UUID(int=5))]) | st.text(
    max_size=6
)


@given(st.dictionaries(st.sampled_from([*NAMES, "unknown"]), VALUES), st.booleans())
def test_what_is_sent_is_read_as_by_fields_of_ones_own(sent, partial):
    def checked(cls: Any) -> Any:
        serializer = cls(data=sent, partial=partial)
        found = serializer.validated_data if serializer.is_valid() else serializer.errors
        return [(name, type(value), repr(value)) for name, value in found.items()]

    assert checked(Everything) == checked(EverythingApart)


class Keeper(models.Model):
    number = models.IntegerField()

    class Meta:
        app_label = "zoo"
        apps = zoo
        ordering = ["-number"]


class House(models.Model):
    name = models.CharField(max_length=20)
    keepers = models.ManyToManyField(Keeper)

    class Meta:
        app_label = "zoo"
        apps = zoo


class HouseSerializer(rest.ModelSerializer):
    class Meta:
        model = House
        fields = ["name", "keepers"]


@pytest.fixture
def keepers(database: Any) -> list[Any]:
    wait(create_tables(database, [Keeper, House]))
    return [Keeper.objects.create(number=number) for number in range(3)]


def created(colour: Any, sent: list[Any], **values: Any) -> Any:
    """The keys that the answer to a create has, which are those that reading the row gives."""
    serializer = HouseSerializer(data={"name": "North", "keepers": sent})
    assert colour.valid(serializer), serializer.errors
    made = colour.save(serializer, **values)
    shown = colour.data(serializer)["keepers"]
    assert shown == colour.data(HouseSerializer(House.objects.get(pk=made.pk)))["keepers"]
    return shown


def test_a_key_that_was_sent_twice_is_shown_once(keepers, colour):
    first, second, _ = (keeper.pk for keeper in keepers)
    assert created(colour, [first, second, first]) == [second, first]


def test_keys_that_save_was_given_are_shown(keepers, colour):
    first, second, third = (keeper.pk for keeper in keepers)
    assert created(colour, [first], keepers=[second, third]) == [third, second]


@contextmanager
def receiving(signal: Any, receive: Any, sender: Any) -> Iterator[None]:
    signal.connect(receive, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receive, sender=sender)


@pytest.mark.parametrize("name", ["m2m_changed", "post_save"])
def test_what_receivers_relate_is_shown(keepers, colour, name):
    first, _, third = keepers
    assert created(colour, [first.pk]) == [first.pk]

    def receive(sender: Any, instance: Any, action: str = "post_add", **kwargs: Any) -> None:
        if action == "post_add" and third.pk not in kwargs.get("pk_set", ()):
            instance.keepers.add(third)

    with receiving(getattr(signals, name), receive, House.keepers.through if name == "m2m_changed" else House):
        assert created(colour, [first.pk]) == [third.pk, first.pk]


def test_rows_that_are_added_after_a_create_are_shown(keepers, colour):
    first, second, third = keepers
    serializer = HouseSerializer(data={"name": "North", "keepers": [first.pk]})
    assert colour.valid(serializer)
    made = colour.save(serializer)
    made.keepers.add(second, third)
    assert colour.data(serializer)["keepers"] == [third.pk, second.pk, first.pk]
