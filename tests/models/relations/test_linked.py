"""A row that is made together with its many-to-many relations."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from tests.library.models import Author, Book, Tag
from tests.models.colours import make_library, statements, wait
from tests.models.tables import create_tables

from manoir import models
from manoir.apps import Apps
from manoir.db import transaction
from manoir.exceptions import IntegrityError
from manoir.models import F, Value, signals
from manoir.models.functions import Upper
from manoir.models.relations import acreate_linked

travels = Apps([])


class Place(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "travels"
        apps = travels
        ordering = ["name"]


class PublicManager(models.Manager):
    async def acreate(self, **kwargs: Any) -> Any:
        return await super().acreate(**{**kwargs, "name": f"public {kwargs['name']}"})


class Trip(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40)
    places = models.ManyToManyField(Place)
    before = models.ManyToManyField("self", symmetrical=False)
    like = models.ManyToManyField("self")
    objects = models.Manager()
    public = PublicManager()

    class Meta:
        app_label = "travels"
        apps = travels


class LoudQuerySet(models.QuerySet):
    def create(self, **kwargs: Any) -> Any:
        return super().create(**{**kwargs, "name": kwargs["name"].upper()})


class QuietQuerySet(models.QuerySet):
    async def acreate(self, **kwargs: Any) -> Any:
        return await super().acreate(**{**kwargs, "name": kwargs["name"].lower()})


class LoudManager(models.Manager):
    def create(self, **kwargs: Any) -> Any:
        return super().create(**{**kwargs, "name": f"{kwargs['name']}!"})


class Walk(models.Model):
    name = models.CharField(max_length=40)
    places = models.ManyToManyField(Place)
    objects = LoudQuerySet.as_manager()
    loud = LoudManager.from_queryset(LoudQuerySet)()
    called = LoudManager()
    quiet = QuietQuerySet.as_manager()

    class Meta:
        app_label = "travels"
        apps = travels


@pytest.fixture
def world(database: Any) -> Any:
    wait(create_tables(database, [Place, Trip, Walk]))
    return database


@pytest.fixture
def shelf(library: Any) -> tuple[Author, list[Tag]]:
    return Author.objects.create(name="Ann"), [Tag.objects.create(label=name, slug=name) for name in "abc"]


def labels(book: Any) -> Any:
    return book.tags.order_by("label").values_list("label", flat=True)._afetch()


async def test_a_row_and_its_relations_are_one_statement_on_postgresql(shelf, library, vendor):
    author, (first, second, third) = shelf
    await acreate_linked(Book.objects, {"title": "Zeroth", "author": author}, {"tags": [first]})

    with statements(library) as sent:
        book = await acreate_linked(Book.objects, {"title": "Emma", "author": author}, {"tags": [third, second, third]})

    assert len(sent) == {"postgresql": 1, "sqlite": 2}[vendor]
    assert await labels(book) == ["b", "c"]
    found = await Book.objects.aget(title="Emma")
    assert (book.pk, book._state.adding, book._state.db) == (found.pk, False, "default")
    assert found.created == book.created


async def test_rows_between_are_made_in_the_order_of_the_instances(shelf, library):
    author, tags = shelf
    book = await acreate_linked(Book.objects, {"title": "Emma", "author": author}, {"tags": tags[::-1]})

    between = Book.tags.through.objects.filter(book=book).order_by("pk").values_list("tag_id", flat=True)

    assert await between._afetch() == [tag.pk for tag in tags[::-1]]


async def test_a_row_without_related_rows_is_made_as_ever(shelf, library):
    book = await acreate_linked(Book.objects, {"title": "Emma", "author": shelf[0]}, {"tags": []})
    assert (book.pk is not None, await labels(book)) == (True, [])


async def test_keys_stand_for_instances(shelf, library):
    author, (first, second, _third) = shelf
    book = await acreate_linked(Book.objects, {"title": "Emma", "author": author}, {"tags": [first.pk, second]})
    assert await labels(book) == ["a", "b"]


async def test_what_cannot_be_related_is_refused_and_nothing_is_stored(shelf, library):
    author, (first, _second, _third) = shelf
    for wrong, kind in (([author], TypeError), ([Tag(label="new")], ValueError)):
        with pytest.raises(kind):
            async with transaction.atomic():
                await acreate_linked(Book.objects, {"title": "Emma", "author": author}, {"tags": [first, *wrong]})
    assert not await Book.objects.aexists()


async def test_a_related_row_that_is_gone_leaves_no_row_behind(committing_database, vendor):
    await make_library(committing_database)
    author = await Author.objects.acreate(name="Ann")
    tag = await Tag.objects.acreate(label="a", slug="a")
    await Tag.objects.filter(pk=tag.pk).adelete()

    with pytest.raises(IntegrityError):
        await acreate_linked(Book.objects, {"title": "Emma", "author": author}, {"tags": [tag]})

    assert not await Book.objects.aexists()


async def test_signals_are_sent_to_whoever_listens(shelf, library):
    author, (first, second, _third) = shelf
    seen: list[Any] = []

    def saved(sender: Any, **told: Any) -> None:
        seen.append(("saved", told["created"]))

    def related(sender: Any, **told: Any) -> None:
        seen.append((told["action"], sorted(told["pk_set"])))

    keys = sorted([first.pk, second.pk])
    for signal, receiver, expected in (
        (signals.post_save, saved, [("saved", True)]),
        (signals.m2m_changed, related, [("pre_add", keys), ("post_add", keys)]),
    ):
        seen.clear()
        signal.connect(receiver)
        try:
            book = await acreate_linked(
                Book.objects, {"title": signal.__class__.__name__ + str(len(expected)), "author": author},
                {"tags": [first, second]},
            )  # fmt: skip
        finally:
            signal.disconnect(receiver)
        assert (seen, await labels(book)) == (expected, ["a", "b"])


async def test_values_that_the_database_computes_come_back(shelf, library):
    author, (first, _second, _third) = shelf
    values = {"title": Upper(Value("emma")), "author": author}
    book = await acreate_linked(Book.objects, values, {"tags": [first]})
    assert (book.title, await labels(book)) == ("EMMA", ["a"])
    with pytest.raises(ValueError, match="reads the row, which is not there yet"):
        await acreate_linked(Book.objects, {**values, "title": F("isbn")}, {"tags": [first]})


async def test_keys_of_ones_own_several_relations_and_those_to_the_model_itself(world, vendor):
    rome, oslo = [await Place.objects.acreate(name=name) for name in ("Rome", "Oslo")]
    first = await acreate_linked(Trip.objects, {"name": "first"}, {"places": [rome]})

    with statements(world) as sent:
        second = await acreate_linked(Trip.objects, {"name": "second"}, {"places": [rome, oslo], "before": [first]})

    assert len(sent) == {"postgresql": 1, "sqlite": 3}[vendor]
    assert [place.name async for place in second.places.all()] == ["Oslo", "Rome"]
    assert [trip.pk async for trip in second.before.all()] == [first.pk]
    assert [trip.pk async for trip in first.before.all()] == []


async def test_a_symmetrical_relation_holds_both_ways(world):
    first = await Trip.objects.acreate(name="first")
    second = await acreate_linked(Trip.objects, {"name": "second"}, {"like": [first]})
    assert [trip.pk async for trip in first.like.all()] == [second.pk]


async def test_a_manager_of_ones_own_makes_the_row(world):
    rome = await Place.objects.acreate(name="Rome")
    trip = await acreate_linked(Trip.public, {"name": "trip"}, {"places": [rome]})
    assert (trip.name, [place.name async for place in trip.places.all()]) == ("public trip", ["Rome"])


async def test_relations_that_were_loaded_before_are_read_again(world):
    await Place.objects.acreate(name="Oslo")
    rome = await Place.objects.acreate(name="Rome")
    await acreate_linked(Trip.objects, {"name": "first"}, {"places": [rome]})
    places = await Place.objects.all()._afetch()
    assert [len(await place.trip_set.all()._afetch()) for place in places] == [0, 1]

    await acreate_linked(Trip.objects, {"name": "second"}, {"places": places})

    assert [len(await place.trip_set.all()._afetch()) for place in places] == [1, 2]


@pytest.mark.parametrize(
    ("manager", "name"), [("objects", "HOME"), ("called", "Home!"), ("loud", "HOME!"), ("quiet", "home")]
)
@pytest.mark.parametrize("has_places", [True, False])
def test_a_create_of_a_project_makes_the_row(world, manager, name, has_places):
    place = Place.objects.create(name="north")
    many = {"places": [place] if has_places else []}

    walk = wait(acreate_linked(getattr(Walk, manager), {"name": "Home"}, many))

    assert (walk.name, Walk.objects.get().name, walk.places.count()) == (name, name, int(has_places))


def test_a_sync_create_is_part_of_the_transaction(world):
    with pytest.raises(ValueError, match="Place"):
        wait(acreate_linked(Walk.objects, {"name": "home"}, {"places": [Place(name="not stored")]}))
    assert not Walk.objects.exists()
