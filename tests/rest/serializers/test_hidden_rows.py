"""H01: what one user may not see is in no answer, whichever way a serializer is led to it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from manoir import models
from manoir.bridge import wait
from manoir.models import Prefetch
from manoir.rest import serializers
from manoir.rest._openapi_fields import Components
from manoir.rest._plan_cache import level_of
from tests.models.tables import create_tables


class Owned(models.QuerySet):
    def visible_to(self, user):
        return self.filter(owner=user)


class House(models.Model):
    owner = models.CharField(max_length=10)
    name = models.CharField(max_length=10)

    objects = Owned.as_manager()

    class Meta:
        app_label = "houses"

    def __str__(self):
        return self.name


class Room(models.Model):
    owner = models.CharField(max_length=10)
    name = models.CharField(max_length=10)
    house = models.ForeignKey(House, on_delete=models.CASCADE, related_name="rooms")

    objects = Owned.as_manager()

    class Meta:
        app_label = "houses"

    def __str__(self):
        return self.name


class Desk(models.Model):
    """Everybody sees desks."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, null=True, related_name="desks")

    class Meta:
        app_label = "houses"
        ordering = ["id"]

    @property
    def place(self):
        return self.room

    @property
    def neighbours(self):
        return [] if self.room is None else list(Room.objects.filter(house_id=self.room.house_id).order_by("id"))

    def all_rooms(self):
        return Room.objects.order_by("id")

    def first_rooms(self):
        return Room.objects.order_by("id")[:2]


class Lamp(models.Model):
    owner = models.CharField(max_length=10)
    desk = models.OneToOneField(Desk, on_delete=models.CASCADE, related_name="lamp")

    objects = Owned.as_manager()

    class Meta:
        app_label = "houses"


class HouseSerializer(serializers.ModelSerializer):
    class Meta:
        model = House
        fields = ["name"]


class RoomSerializer(serializers.ModelSerializer):
    house = HouseSerializer()
    house_key = serializers.PrimaryKeyRelatedField(source="house", read_only=True)

    class Meta:
        model = Room
        fields = ["name", "house", "house_key"]


class LampSerializer(serializers.ModelSerializer):
    class Meta:
        model = Lamp
        fields = ["owner"]


class DeskSerializer(serializers.ModelSerializer):
    nested = RoomSerializer(source="room", read_only=True)
    slug = serializers.SlugRelatedField(source="room", slug_field="name", read_only=True)
    dotted = serializers.CharField(source="room.name", read_only=True)
    house = serializers.CharField(source="room.house.name", read_only=True)
    house_key = serializers.PrimaryKeyRelatedField(source="room.house", read_only=True)
    lamp = LampSerializer(read_only=True)

    class Meta:
        model = Desk
        fields = ["id", "room", "nested", "slug", "dotted", "house", "house_key", "lamp"]


class HookedDeskSerializer(DeskSerializer):
    def to_representation(self, instance):
        return super().to_representation(instance)


class HouseOfDesksSerializer(serializers.ModelSerializer):
    """Rows deep inside of lists."""

    class RoomOfDesksSerializer(serializers.ModelSerializer):
        desks = DeskSerializer(many=True)

        class Meta:
            model = Room
            fields = ["desks"]

    rooms = RoomOfDesksSerializer(many=True)

    class Meta:
        model = House
        fields = ["rooms"]


@pytest.fixture
def desks(database):
    """Ann's house has a room of hers and one of Bob's, Bob's house has one of Ann's; each with a desk, one has none."""
    wait(create_tables(database, [House, Room, Desk, Lamp]))
    houses = {owner: House.objects.create(owner=owner, name=f"{owner}'s") for owner in ("ann", "bob")}
    for owner, house in (("ann", "ann"), ("bob", "ann"), ("ann", "bob")):
        room = Room.objects.create(owner=owner, name=f"{owner} {house}", house=houses[house])
        Lamp.objects.create(owner=owner, desk=Desk.objects.create(room=room))
    Desk.objects.create(room=None)
    return list(Desk.objects.all())


def asked_by(user):
    return {"request": SimpleNamespace(user=user)}


def expected(desks, user):
    """What an answer has for a user; None sees all."""

    def seen(row):
        return row if row is not None and user in (None, row.owner) else None

    found = []
    for desk in desks:
        room = seen(desk.room)
        house = None if room is None else seen(room.house)
        nested_house = {"name": house.name} if house else None
        key = house.pk if house else None
        item = {
            "id": desk.pk,
            "room": room.pk if room else None,
            "nested": {"name": room.name, "house": nested_house, "house_key": key} if room else None,
            "slug": room.name if room else None,
            "dotted": room.name if room else None,
            "house": house.name if house else None,
            "house_key": key,
            "lamp": {"owner": desk.lamp.owner} if desk.room and seen(desk.lamp) else None,
        }
        if desk.room is None:
            for name in ("dotted", "house", "house_key"):  # a source that ends at NULL leaves its field out
                del item[name]
        found.append(item)
    return found


@pytest.mark.parametrize("cls", [DeskSerializer, HookedDeskSerializer])
@pytest.mark.parametrize("user", ["ann", "bob", "eve", None])
def test_a_row_behind_a_relation_is_null_for_who_may_not_see_it(desks, cls, user, colour):
    context = {} if user is None else asked_by(user)

    assert (level_of(cls(), Desk) is not None) == (cls is DeskSerializer)
    assert colour.data(cls(Desk.objects.all(), many=True, context=context)) == expected(desks, user)
    assert [colour.data(cls(desk, context=context)) for desk in Desk.objects.all()] == expected(desks, user)


def test_a_user_of_none_is_somebody_who_asks(desks, colour):
    """Where UNAUTHENTICATED_USER is None, nobody is signed in: what nobody owns is all that is seen."""
    shown = colour.data(DeskSerializer(Desk.objects.all(), many=True, context=asked_by(None)))

    assert [desk["room"] for desk in shown] == [None] * 4


@pytest.mark.parametrize("cls", [DeskSerializer, HookedDeskSerializer])
def test_hidden_rows_cost_queries_by_relation_not_by_row(desks, cls, colour, counted):
    def queries(rows):
        with counted() as found:
            colour.data(cls(rows, many=True, context=asked_by("ann")))
        return len(found)

    few = queries(Desk.objects.filter(room__name="ann ann"))
    for room in Room.objects.all():
        for _ in range(5):
            Lamp.objects.create(owner="ann", desk=Desk.objects.create(room=room))

    # The rows, then which rooms, houses and lamps are visible; row by row, rooms, houses and lamps are read, too.
    assert (few, queries(Desk.objects.all())) == ((4, 4) if cls is DeskSerializer else (9, 9))


class RoomOfDeskSerializer(serializers.ModelSerializer):
    class Meta:
        model = Desk
        fields = ["room"]


@pytest.mark.parametrize("written", ["created", "changed"])
def test_the_key_that_a_write_has_looked_up_is_not_asked_again(desks, written, colour, counted):
    sent = Room.objects.get(name="ann bob").pk
    instance = desks[0] if written == "changed" else None
    serializer = RoomOfDeskSerializer(instance, data={"room": sent}, context=asked_by("ann"))

    with counted() as found:
        assert colour.valid(serializer)
        colour.save(serializer)
        shown = colour.data(serializer)

    assert shown == {"room": sent}
    assert len(found) == 2  # the look-up of the room, and the write


def test_the_keys_that_a_list_of_writes_has_looked_up_are_not_asked_again(desks, colour, counted):
    sent = [{"room": room.pk} for room in Room.objects.filter(owner="ann")]
    serializer = RoomOfDeskSerializer(data=sent, many=True, context=asked_by("ann"))
    assert colour.valid(serializer)
    colour.save(serializer)

    with counted() as found:
        assert colour.data(serializer) == sent

    assert found == []


def test_what_is_in_a_row_is_asked_anew_after_a_write(desks, colour):
    """H01: the write may have changed who sees it."""

    class NestedSerializer(RoomOfDeskSerializer):
        nested = RoomSerializer(source="room", read_only=True)

        class Meta:
            model = Desk
            fields = ["room", "nested"]

    serializer = NestedSerializer(data={"room": desks[0].room_id}, context=asked_by("ann"))
    assert colour.valid(serializer)
    colour.save(serializer)
    Room.objects.filter(pk=desks[0].room_id).update(owner="bob")

    assert colour.data(serializer) == {"room": desks[0].room_id, "nested": None}


def test_what_a_write_has_looked_up_for_one_user_says_nothing_of_another(desks, colour):
    serializer = RoomOfDeskSerializer(data={"room": desks[0].room_id}, context=asked_by("ann"))
    assert colour.valid(serializer)
    desk = colour.save(serializer)

    assert colour.data(RoomOfDeskSerializer(desk, context=asked_by("bob"))) == {"room": None}
    desk.room_id = desks[1].room_id
    assert colour.data(RoomOfDeskSerializer(desk, context=asked_by("ann"))) == {"room": None}


class ForEverybody(models.QuerySet):
    def visible_to(self, user):
        return self


def test_what_rows_of_another_kind_call_visible_is_no_answer_for_the_model(desks, colour):
    class OpenSerializer(RoomOfDeskSerializer):
        room = serializers.PrimaryKeyRelatedField(queryset=ForEverybody(Room))

    serializer = OpenSerializer(data={"room": desks[1].room_id}, context=asked_by("ann"))
    assert colour.valid(serializer)
    colour.save(serializer)

    assert colour.data(serializer) == {"room": None}


def test_rows_deep_inside_of_lists(desks, colour, counted):
    with counted() as found:
        (shown,) = colour.data(
            HouseOfDesksSerializer(House.objects.filter(name="ann's"), many=True, context=asked_by("ann"))
        )

    assert shown == {"rooms": [{"desks": expected(desks[:1], "ann")}]}
    assert len(found) == 6


def test_a_field_of_any_kind_is_led_to_no_hidden_row(desks, colour):
    """A property and a plain field are ways to a row as well."""

    class Shown(serializers.Serializer):
        plain = serializers.CharField(source="place")
        text = serializers.StringRelatedField(source="place")
        further = serializers.CharField(source="place.house.name", required=False)

    data = colour.data(Shown(desks[:3], many=True, context=asked_by("bob")))

    assert [row["plain"] for row in data] == [None, "bob ann", None]
    assert [row["text"] for row in data] == [None, "bob ann", None]
    assert [row["further"] for row in data] == [None, None, None]


def test_lists_that_are_no_relations_hold_no_hidden_row(desks, colour):
    class Names(serializers.ListField):
        child = serializers.CharField()

    class Shown(serializers.Serializer):
        neighbours = RoomSerializer(many=True)
        texts = serializers.StringRelatedField(source="neighbours", many=True)
        every = serializers.SlugRelatedField(source="all_rooms", slug_field="name", many=True, read_only=True)
        first = serializers.SlugRelatedField(source="first_rooms", slug_field="name", many=True, read_only=True)
        names = Names(source="all_rooms")
        houses = serializers.SlugRelatedField(source="neighbours", slug_field="house__name", many=True, read_only=True)

    shown = colour.data(Shown(desks[0], context=asked_by("bob")))

    assert [room["name"] for room in shown["neighbours"]] == ["bob ann"]
    assert shown["texts"] == shown["every"] == shown["names"] == ["bob ann"]
    assert shown["first"] == ["bob ann"]
    assert shown["houses"] == [None]


def test_prefetched_lists_hold_no_hidden_row(desks, colour):
    class Shown(serializers.ModelSerializer):
        kept = serializers.StringRelatedField(many=True, read_only=True)
        rooms = serializers.StringRelatedField(many=True, read_only=True)

        class Meta:
            model = House
            fields = ["kept", "rooms"]

    rows = House.objects.prefetch_related("rooms", Prefetch("rooms", to_attr="kept")).order_by("id")
    data = colour.data(Shown(rows, many=True, context=asked_by("ann")))

    assert data == [{"kept": ["ann ann"], "rooms": ["ann ann"]}, {"kept": ["ann bob"], "rooms": ["ann bob"]}]


def test_a_mapping_leads_to_no_hidden_row(desks, colour):
    class Shown(serializers.Serializer):
        room = RoomSerializer()
        name = serializers.CharField(source="room.name")

    shown = Shown({"room": desks[0].room}, context=asked_by("bob"))

    assert colour.data(shown) == {"room": None, "name": None}


def test_a_row_that_is_not_stored_is_nobodys_secret(desks, colour):
    room = Room(pk=1_000, owner="ann", name="new", house=House(name="planned"))

    assert colour.data(RoomSerializer(room, context=asked_by("bob")))["house"] == {"name": "planned"}


def test_a_field_of_ones_own_looks_among_visible_rows(desks, colour):
    """What `get_queryset()` of a relation gives is limited before somebody's own look-up asks for it."""

    class ByName(serializers.RelatedField):
        def to_internal_value(self, data):
            row = self.get_queryset().filter(name=data).first()
            return row or self.fail("required")

        def to_representation(self, value):
            return value.name

    class Sent(serializers.Serializer):
        room = ByName(queryset=Room.objects.all())

    assert colour.valid(Sent(data={"room": "bob ann"}, context=asked_by("bob")))
    assert not colour.valid(Sent(data={"room": "ann ann"}, context=asked_by("bob")))


def test_openapi_says_that_hidden_rows_are_null():
    schemas = {}
    Components(schemas).reference(RoomSerializer())

    assert schemas["Room"]["properties"]["house_key"]["type"] == ["integer", "null"]
    assert {"type": "null"} in schemas["Room"]["properties"]["house"]["anyOf"]
