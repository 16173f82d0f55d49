from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.library.models import Author, Book, Tag
from tests.models.colours import Do, make_library, statements
from tests.models.tables import create_tables

from manoir import models
from manoir.apps import Apps
from manoir.bridge import wait
from manoir.db import connections

shelves = Apps([])


class PlantQuerySet(models.QuerySet[Any]):
    def tall(self) -> Any:
        return self.filter(height__gte=100)

    def _hidden(self) -> Any:
        return self

    def only_queryset(self) -> Any:
        return self

    only_queryset.queryset_only = True  # type: ignore[attr-defined]


class LivingManager(models.Manager.from_queryset(PlantQuerySet)):  # type: ignore[misc]
    use_in_migrations = True

    def __init__(self, *flags: str) -> None:
        super().__init__()
        self.flags = flags

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(dead=False)


class Garden(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        app_label = "gardens"
        apps = shelves


class Plant(models.Model):
    garden = models.ForeignKey(Garden, on_delete=models.CASCADE, related_name="plants")
    friends = models.ManyToManyField("self")
    height = models.IntegerField(default=0)
    dead = models.BooleanField(default=False)
    objects = LivingManager("a")
    everything = PlantQuerySet.as_manager()

    class Meta:
        app_label = "gardens"
        apps = shelves


@pytest.fixture
def gardens(library: Any) -> list[Garden]:
    wait(create_tables(library, [Garden, Plant]))
    made = Garden.objects.bulk_create([Garden(name=name) for name in "ab"])
    Plant.everything.bulk_create(
        [Plant(garden=garden, height=height, dead=height == 150) for garden in made for height in (50, 150, 250)]
    )
    return made


def test_a_manager_begins_with_its_own_queryset(gardens: list[Garden], do: Do) -> None:
    assert (do(Plant.objects, "count"), do(Plant.everything, "count")) == (4, 6)
    assert Plant.objects.tall().count() == 2
    assert Plant.everything.tall().count() == 4


def test_relations_use_the_default_manager_of_the_other_model(gardens: list[Garden], library: Any) -> None:
    with statements(library) as sent:
        found = [[plant.height for plant in garden.plants.all()] for garden in Garden.objects.all()]
        assert [garden.plants.tall().count() for garden in gardens] == [1, 1]
    assert [sorted(heights) for heights in found] == [[50, 250], [50, 250]]
    assert len(sent) == 2 + 2
    assert gardens[0].plants.flags == ("a",)
    assert gardens[0].plants(manager="everything").count() == 3
    assert sorted(one.height for one in Garden.objects.prefetch_related("plants").get(name="a").plants.all()) == [
        50,
        250,
    ]


def test_rows_are_reached_whatever_the_default_manager_leaves_out(gardens: list[Garden]) -> None:
    dead = Plant.everything.filter(dead=True)[0]
    dead.height = 7
    dead.save()
    dead.refresh_from_db()
    assert dead.height == 7
    assert dead.garden.pk in {garden.pk for garden in gardens}
    assert gardens[0].delete()[1]["gardens.Plant"] == 3


def test_symmetrical_friends_load_for_all(gardens: list[Garden], library: Any) -> None:
    plants = list(Plant.objects.all())
    plants[0].friends.set(plants[1:])
    with statements(library) as sent:
        assert sorted(len(plant.friends.all()) for plant in Plant.objects.all()) == [1, 1, 1, 3]
    assert len(sent) == 2


def test_what_a_manager_takes_over_from_a_queryset() -> None:
    assert hasattr(Plant.objects, "tall")
    assert not hasattr(Plant.objects, "_hidden")
    assert not hasattr(Plant.objects, "only_queryset")
    assert not hasattr(Plant.objects, "delete")
    assert Plant._meta.default_manager.name == "objects"
    assert Plant.objects.use_in_migrations
    assert Plant.objects.deconstruct()[1] == f"{__name__}.LivingManager"
    assert Plant.everything.deconstruct()[:3] == (True, None, f"{__name__}.PlantQuerySet")


# -- a second database ------------------------------------------------------------------------------------------------


@pytest.fixture
def other(library: Any) -> Iterator[Any]:
    with connections.override({"other": {"ENGINE": "manoir.db.sqlite", "NAME": ":memory:"}}):
        wait(make_library(connections["other"]))
        yield connections["other"]


def test_instances_stay_on_their_database(library: Any, other: Any, do: Do) -> None:
    author = Author.objects.using("other").create(name="Jane")
    with statements(library) as sent:
        book = do(author.books, "create", title="Emma")
        book.tags.add(Tag.objects.using("other").create(label="a", slug="a"))
        again = Book.objects.using("other").get()
        assert (again.author, [tag.label for tag in again.tags.all()]) == (author, ["a"])
        again.title = "x"
        do(again, "save")
        do(again, "refresh_from_db")
        assert author.books.filter(title="x").exists()
        do(author, "delete")
    assert sent == []
    assert Book.objects.using("other").count() == 0


def test_a_manager_of_another_database(library: Any, other: Any) -> None:
    manager = Author.objects.db_manager("other")
    manager.create(name="x")
    assert (manager.db, manager.count(), Author.objects.count()) == ("other", 1, 0)
    author = Author.objects.using("other").get()
    with pytest.raises(ValueError, match="of the database 'other' to a row of 'default'"):
        Author.objects.create(name="y").friends.add(author)
    author.save(using="default")
    assert Author.objects.get(pk=author.pk).name == "x"  # numbers of rolled-back rows are not given again on PostgreSQL
    assert author._state.db == "default"
