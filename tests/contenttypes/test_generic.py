"""Generic foreign keys and relations, in both colours, on every database."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

import manoir

manoir.setup()

from manoir import models  # noqa: E402
from manoir.apps import Apps  # noqa: E402
from manoir.checks import run_checks  # noqa: E402
from manoir.contenttypes import ContentType, GenericForeignKey, GenericPrefetch, GenericRelation  # noqa: E402
from manoir.contenttypes._checks import messages_of  # noqa: E402
from manoir.exceptions import FieldError, RelationNotLoaded  # noqa: E402
from manoir.models import Count, Prefetch, Q  # noqa: E402
from manoir.models._plan import plans_of  # noqa: E402
from tests.labels.models import Box, Gadget, Item, Label, Labelled, Note, RedShelf, Shelf  # noqa: E402


@pytest.fixture(autouse=True)
def _forget(database):
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()


@pytest.fixture
def statements(database):
    seen: list[str] = []
    with database.observe(lambda event: seen.append(event.sql)):
        yield seen


@pytest.fixture
def shelves() -> list[Shelf]:
    """Three shelves with two items each; every shelf and item has a label."""
    made = [Shelf.objects.create(name=f"shelf {number}") for number in range(3)]
    for shelf in made:
        Label.objects.create(text=f"on {shelf.name}", content_object=shelf)
        for number in range(2):
            item = Item.objects.create(name=f"item {number} of {shelf.name}", shelf=shelf)
            Label.objects.create(text=f"on {item.name}", content_object=item)
    return made


# -- the key ----------------------------------------------------------------------------------------------------------


def test_a_row_points_to_a_row_of_any_model():
    shelf, box = Shelf.objects.create(name="s"), Box.objects.create(name="b")
    label = Label.objects.create(text="fragile", content_object=shelf)
    assert (label.content_type, label.object_id) == (ContentType.objects.get_for_model(Shelf), shelf.pk)
    assert Label.objects.get().content_object == shelf
    label.content_object = box
    assert (label.content_type.model, label.object_id, label.content_object) == ("box", box.pk, box)
    label.save()
    assert Label.objects.get().content_object == box


async def test_in_coroutines():
    """The content type is found before the row is written, when nobody has read it yet."""
    shelf = await Shelf.objects.acreate(name="s")
    label = Label(text="fragile", content_object=shelf)
    assert label.content_object is shelf
    await label.asave()
    assert label.content_type_id == (await ContentType.objects.aget_for_model(Shelf)).pk
    found = await Label.objects.aget()
    with pytest.raises(RelationNotLoaded, match=r'prefetch_related\("content_object"\)'):
        _ = found.content_object
    await found.aload("content_object")
    assert found.content_object == shelf


async def test_assigned_in_a_coroutine_and_made_in_bulk():
    shelf, box = await Shelf.objects.acreate(name="s"), await Box.objects.acreate(name="b")
    await Label.objects.abulk_create([Label(text="a", content_object=shelf), Label(text="b", content_object=box)])
    found = [label async for label in Label.objects.prefetch_related("content_object")]
    assert [label.content_object for label in found] == [shelf, box]


def test_the_columns_decide():
    """What was loaded is forgotten when the columns say something else, and read anew."""
    first, second = Shelf.objects.create(name="1"), Shelf.objects.create(name="2")
    label = Label.objects.create(text="x", content_object=first)
    label.object_id = second.pk
    assert label.content_object == second
    label.content_type = ContentType.objects.get_for_model(Box)
    assert label.content_object is None
    label.refresh_from_db()
    assert label.content_object == first


def test_an_instance_that_is_not_saved_yet():
    shelf = Shelf(name="later")
    label = Label(text="x", content_object=shelf)
    with pytest.raises(ValueError, match="would lose 'content_object': that object is not saved yet"):
        label.save()
    shelf.save()
    label.save()
    assert (label.object_id, Label.objects.get().content_object) == (shelf.pk, shelf)


def test_only_instances_can_be_assigned():
    with pytest.raises(ValueError, match=r"labels\.Label\.content_object points to instances of models, not to 7"):
        Label(text="x", content_object=7)


def test_a_row_that_is_gone_or_was_never_named():
    shelf = Shelf.objects.create(name="s")
    Label.objects.create(text="x", content_type=ContentType.objects.get_for_model(Box), object_id=shelf.pk)
    Note.objects.create(body="nowhere", subject=None)
    Note.objects.create(body="odd", kind=ContentType.objects.get_for_model(Shelf), key="no number")
    dragon = ContentType.objects.create(app_label="labels", model="dragon")
    Note.objects.create(body="of a model that is gone", kind=dragon, key="7")
    assert Label.objects.get().content_object is None
    assert [note.subject for note in Note.objects.all()] == [None, None, None]
    assert [note.subject for note in Note.objects.prefetch_related("subject")] == [None, None, None]


def test_keys_of_every_kind():
    gadget, shelf = Gadget.objects.create(name="g"), Shelf.objects.create(name="s")
    Note.objects.create(body="1", subject=gadget)
    Note.objects.create(body="2", subject=shelf)
    assert [note.key for note in Note.objects.all()] == [str(gadget.pk), str(shelf.pk)]
    assert [note.subject for note in Note.objects.all()] == [gadget, shelf]
    assert isinstance(Note.objects.get(body="1").subject.pk, uuid.UUID)
    assert [note.body for note in gadget.notes.all()] == ["1"]


def test_proxies_count_as_their_model_unless_asked_otherwise():
    red = RedShelf.objects.create(name="red")
    label = Label.objects.create(text="x", content_object=red)
    note = Note.objects.create(body="x", subject=red)
    assert (label.content_type.model, note.kind.model) == ("shelf", "redshelf")
    assert type(Note.objects.get().subject) is RedShelf
    assert [found.text for found in red.labels.all()] == ["x"]
    assert [found.body for found in Shelf.objects.get().notes.all()] == []


# -- batches ----------------------------------------------------------------------------------------------------------


def test_one_query_for_each_model_pointed_to(shelves, statements):
    """No N+1: reading it for one row loads it for all rows of the query."""
    labels = list(Label.objects.all())
    ContentType.objects.clear_cache()
    statements.clear()
    assert len([label.content_object.name for label in labels]) == 9
    assert len(statements) == 3  # content types, shelves, items
    assert next(label.content_object.name for label in labels) == "shelf 0"
    assert len(statements) == 3


async def test_prefetching_in_coroutines(shelves, statements):
    statements.clear()
    labels = [label async for label in Label.objects.prefetch_related("content_object")]
    assert [label.text for label in labels] == [f"on {label.content_object.name}" for label in labels]
    assert len(statements) == 3  # labels, shelves, items


async def test_prefetching_beyond_the_key(shelves, statements):
    """Rows of models without that relation are passed over."""
    statements.clear()
    labels = [label async for label in Label.objects.prefetch_related("content_object__shelf", "content_object__items")]
    assert len(statements) == 5
    for label in labels:
        target = label.content_object
        if isinstance(target, Item):
            assert target.shelf.name in target.name
        else:
            assert len(target.items.all()) == 2


def test_prefetching_by_querysets_of_ones_own(shelves, statements):
    shelf_names = Shelf.objects.only("name").filter(name="shelf 1")
    statements.clear()
    labels = list(Label.objects.prefetch_related(GenericPrefetch("content_object", [shelf_names, Item.objects.select_related("shelf")])))  # fmt: skip
    assert len(statements) == 3
    found = [label.content_object for label in labels]
    assert [one.name for one in found if isinstance(one, Shelf)] == ["shelf 1"]
    assert [one.shelf.name for one in found if isinstance(one, Item)] == [name for name in ("shelf 0", "shelf 1", "shelf 2") for _ in "ab"]  # fmt: skip
    assert found.count(None) == 2
    assert len(statements) == 3


def test_prefetching_into_an_attribute(shelves):
    labels = Label.objects.prefetch_related(GenericPrefetch("content_object", [Item.objects.none()], to_attr="target"))
    assert [getattr(label.target, "name", None) for label in labels][:3] == ["shelf 0", None, None]
    assert labels[1].content_object.name == "item 0 of shelf 0"


@pytest.mark.parametrize(
    ("lookup", "message"),
    [
        (lambda: GenericPrefetch("content_object", [Item.objects.values("name")]), "has to give instances"),
        (lambda: GenericPrefetch("content_object", [Item.objects.all(), Item.objects.none()]), "two querysets of Item"),
        (lambda: Prefetch("content_object", Item.objects.all()), "takes a GenericPrefetch"),
    ],
)
def test_prefetching_that_cannot_be(shelves, lookup, message):
    with pytest.raises(ValueError, match=message):
        list(Label.objects.prefetch_related(lookup()))


# -- the way back -----------------------------------------------------------------------------------------------------


def test_a_manager_of_the_rows_that_point_here():
    shelf, other = Shelf.objects.create(name="s"), Box.objects.create(name="b")
    first = shelf.labels.create(text="1")
    assert (first.content_object, other.labels.create(text="of the box").content_object) == (shelf, other)
    second, made = shelf.labels.get_or_create(text="2", defaults={})
    assert (made, shelf.labels.get_or_create(text="2")) == (True, (second, False))
    changed, made = shelf.labels.update_or_create(text="2", defaults={"text": "two"})
    assert (changed.pk, changed.text, made) == (second.pk, "two", False)
    shelf.labels.bulk_create([Label(text="3"), Label(text="4")])
    assert [label.text for label in shelf.labels.all()] == ["1", "two", "3", "4"]
    assert (shelf.labels.count(), other.labels.count(), shelf.labels.filter(text="3").exists()) == (4, 1, True)


def test_adding_removing_and_setting():
    shelf, box = Shelf.objects.create(name="s"), Box.objects.create(name="b")
    moved = box.labels.create(text="moved")
    shelf.labels.add(moved)
    assert (list(box.labels.all()), list(shelf.labels.all()), moved.content_object) == ([], [moved], shelf)
    with pytest.raises(ValueError, match=r"is not stored in this database\. Save it first"):
        shelf.labels.add(Label(text="new"))
    shelf.labels.add(Label(text="new"), bulk=False)
    new = shelf.labels.get(text="new")
    with pytest.raises(TypeError, match="takes instances of Label, not"):
        shelf.labels.add(box)
    shelf.labels.set([new])
    assert [label.text for label in Label.objects.all()] == ["new"]
    other = box.labels.create(text="of the box")
    shelf.labels.remove(other)
    assert box.labels.count() == 1
    shelf.labels.set([other], clear=True)
    assert [label.text for label in Label.objects.all()] == ["of the box"]
    shelf.labels.clear(bulk=False)
    assert Label.objects.count() == 0
    with pytest.raises(TypeError, match=r"use labels\.set"):
        shelf.labels = [new]


async def test_the_manager_in_coroutines():
    shelf = await Shelf.objects.acreate(name="s")
    first = await shelf.labels.acreate(text="1")
    second, _made = await shelf.labels.aget_or_create(text="2")
    assert [label.text async for label in shelf.labels.all()] == ["1", "2"]
    await shelf.labels.aremove(first)
    assert [label async for label in shelf.labels.all()] == [second]
    await shelf.labels.aset([])
    assert await shelf.labels.acount() == 0
    await shelf.labels.aadd(Label(text="3"), bulk=False)
    await shelf.labels.aclear()
    assert await Label.objects.acount() == 0


def test_an_instance_that_is_not_saved_has_no_rows():
    with pytest.raises(ValueError, match=r"has no primary key.*save it first"):
        Shelf(name="s").labels.all()
    with pytest.raises(ValueError, match=r"has no primary key.*save it first"):
        Shelf(name="s").labels.create(text="x")


def test_the_rows_of_many_are_read_at_once(shelves, statements):
    found = list(Shelf.objects.all())
    statements.clear()
    texts = [[label.text for label in shelf.labels.all()] for shelf in found]
    assert texts == [["on shelf 0"], ["on shelf 1"], ["on shelf 2"]]
    assert len(statements) == 1
    assert all(label.content_object is shelf for shelf in found for label in shelf.labels.all())
    assert len(statements) == 1
    assert [shelf.labels.count() for shelf in Shelf.objects.all()] == [1, 1, 1]


async def test_prefetching_the_way_back(shelves, statements):
    statements.clear()
    chosen = Prefetch("labels", Label.objects.filter(text__endswith="1"), to_attr="ones")
    found = [shelf async for shelf in Shelf.objects.prefetch_related("items__labels", "labels", chosen)]
    assert len(statements) == 5
    assert next([label.text for item in shelf.items.all() for label in item.labels.all()] for shelf in found) == [
        "on item 0 of shelf 0",
        "on item 1 of shelf 0",
    ]
    assert [len(shelf.ones) for shelf in found] == [0, 1, 0]


def test_abstract_models_hand_it_down():
    assert [field.name for field in Box._meta.private_fields] == ["labels"]
    assert Box._meta.get_field("labels").model is Box
    assert Box._meta.private_fields[0] is not Labelled._meta.private_fields[0]
    assert {"labels", "content_object"} & {field.name for field in Label._meta.get_fields()} == {"content_object"}


# -- in queries -------------------------------------------------------------------------------------------------------


def test_filtering_over_the_relation(shelves):
    Item.objects.create(name="plain", shelf=shelves[0])
    assert [shelf.name for shelf in Shelf.objects.filter(labels__text="on shelf 1")] == ["shelf 1"]
    assert [item.name for item in Item.objects.filter(labels=None)] == ["plain"]
    assert [item.name for item in Item.objects.exclude(labels__text__startswith="on")] == ["plain"]
    label = Label.objects.get(text="on shelf 2")
    assert [shelf.name for shelf in Shelf.objects.filter(labels=label)] == ["shelf 2"]
    either = Q(labels__text="on shelf 0") | Q(items__labels__text="on item 1 of shelf 2")
    assert Shelf.objects.filter(either).distinct().count() == 2
    assert list(Shelf.objects.values_list("labels__text", flat=True)) == ["on shelf 0", "on shelf 1", "on shelf 2"]


def test_keys_that_are_equal_do_not_meet_rows_of_other_models():
    shelf, box = Shelf.objects.create(name="s"), Box.objects.create(name="b")
    Box.objects.filter(pk=box.pk).update(id=shelf.pk)
    Label.objects.create(text="of the shelf", content_object=shelf)
    assert Box.objects.filter(labels__text="of the shelf").count() == 0
    assert list(Box.objects.get().labels.all()) == []
    assert Box.objects.aggregate(number=Count("labels")) == {"number": 0}


def test_counting(shelves):
    shelves[0].labels.create(text="another")
    assert list(Shelf.objects.annotate(number=Count("labels")).values_list("number", flat=True)) == [2, 1, 1]
    assert Shelf.objects.aggregate(number=Count("labels"))["number"] == 4


def test_the_way_back_in_queries_of_the_rows(shelves):
    assert [label.text for label in Label.objects.filter(shelf__name="shelf 1")] == ["on shelf 1"]
    assert Label.objects.filter(item__shelf__name="shelf 1").count() == 2
    assert Label.objects.filter(item=None).count() == 3
    assert set(Label.objects.filter(item=None).order_by("-shelf__name").values_list("shelf__name", flat=True)) == {
        "shelf 0",
        "shelf 1",
        "shelf 2",
    }


def test_text_keys_in_queries():
    shelf = Shelf.objects.create(name="s")
    shelf.notes.create(body="n")
    assert [found.name for found in Shelf.objects.filter(notes__body="n")] == ["s"]
    assert [note.body for note in Note.objects.filter(shelf__name="s")] == ["n"]


def test_the_key_itself_is_no_column():
    with pytest.raises(FieldError, match="no field 'content_object'"):
        Label.objects.filter(content_object=7)
    with pytest.raises(FieldError, match="labels"):
        Shelf.objects.select_related("labels")
    with pytest.raises(ValueError, match="labels"):
        Shelf.objects.create(name="s", labels=[])


# -- deletion ---------------------------------------------------------------------------------------------------------


def test_rows_go_with_the_instance(shelves, statements):
    Box.objects.create(name="b").labels.create(text="stays")
    total, by_model = shelves[0].delete()
    assert (total, by_model) == (6, {"labels.Label": 3, "labels.Item": 2, "labels.Shelf": 1})
    assert Label.objects.count() == 7
    Item.objects.all().delete()
    assert sorted(label.text for label in Label.objects.all()) == ["on shelf 1", "on shelf 2", "stays"]
    Shelf.objects.filter(name="shelf 1").delete()
    assert Label.objects.count() == 2


def test_plans_are_made_once(shelves, database):
    """The condition of the type is part of the shape and always the same."""
    for shelf in shelves[:2]:
        list(shelf.labels.all())
        shelf.delete()
    before = plans_of(database).compiled
    list(shelves[2].labels.all())
    shelves[2].delete()
    assert plans_of(database).compiled == before


async def test_rows_go_in_coroutines():
    shelf = await Shelf.objects.acreate(name="s")
    await shelf.notes.acreate(body="n")
    await Note.objects.acreate(body="stays", kind=await ContentType.objects.aget_for_model(Box), key=str(shelf.pk))
    await shelf.adelete()
    assert [note.body async for note in Note.objects.all()] == ["stays"]


# -- checks -----------------------------------------------------------------------------------------------------------


def test_the_models_of_the_tests_are_fine():
    assert [message for message in run_checks(tags=["models"]) if "contenttypes" in (message.id or "")] == []


def test_fields_that_are_missing_are_named():
    registry = Apps()

    class Odd(models.Model):
        number = models.IntegerField()
        one = GenericForeignKey("kind", "key")
        two_ = GenericForeignKey("number", "number")
        three = GenericRelation(Label, "text")
        four: Any = GenericRelation("labels.Gone")

        class Meta:
            apps = registry
            app_label = "labels"

    found = {field.name: [message.id for message in messages_of(field)] for field in Odd._meta.private_fields}
    assert found == {
        "one": ["manoir.contenttypes.E002", "manoir.contenttypes.E001"],
        "two_": ["manoir.contenttypes.E003", "manoir.contenttypes.E006"],
        "three": ["manoir.contenttypes.E004"],
        "four": ["manoir.contenttypes.E007"],
    }
