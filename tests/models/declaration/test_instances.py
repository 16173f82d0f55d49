"""Instances in memory: construction, identity, copies, deferred columns."""

from __future__ import annotations

import copy
import pickle
import uuid
from decimal import Decimal
from typing import Any

import pytest
from tests.library.models import Author, Book, Profile, Review, Status, Tag

from manoir import models
from manoir.apps import Apps
from manoir.models import F, signals
from manoir.models._deferred import deferred_class
from manoir.models._state import DEFERRED, ModelState, Origin


def test_defaults_fill_a_new_instance() -> None:
    book = Book(title="A")
    assert (None, "A", None, Decimal("0"), Status.DRAFT) == (
        book.id,
        book.title,
        book.subtitle,
        book.price,
        book.status,
    )
    assert Tag().label == ""
    assert isinstance(Review().id, uuid.UUID)
    assert Review().id != Review().id
    assert Profile().preferences is not Profile().preferences


def test_positional_arguments_follow_the_order_of_fields() -> None:
    tag = Tag(7, "Fiction", "fiction")
    assert (tag.id, tag.label, tag.slug) == (7, "Fiction", "fiction")


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((1, 2, 3, 4), {}, r"Tag\(\) takes 3 positional arguments, but 4 were given"),
        ((1,), {"id": 2}, r"Tag\(\) got 'id' by position and by keyword"),
        ((), {"lable": "x"}, r"Tag\(\) got an unexpected keyword argument 'lable'\. Did you mean 'label'\?"),
    ],
)
def test_wrong_arguments_are_named(args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Tag(*args, **kwargs)


def test_relations_keys_and_pk_are_keywords_too() -> None:
    author = Author(id=3, name="Ann")
    assert (3, author) == (Book(author=author).author_id, Book(author=author).author)
    assert Book(author_id=4).author_id == 4
    assert Tag(pk=9).id == 9


def test_many_relations_are_no_keywords() -> None:
    with pytest.raises(TypeError, match=r"cannot set 'tags': save the instance, then tags\.set"):
        Book(tags=[])
    with pytest.raises(TypeError, match="unexpected keyword argument 'reviews'"):
        Book(reviews=[])


def test_properties_are_keywords(registry: Apps) -> None:
    class Person(models.Model):
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "shop"
            apps = registry

        @property
        def upper(self) -> str:
            return self.name.upper()

        @upper.setter
        def upper(self, value: str) -> None:
            self.name = value.lower()

    assert Person(upper="ANN").name == "ann"


def test_expressions_can_be_values() -> None:
    book = Book(pages=F("pages") + 1)
    assert isinstance(book.pages, models.Expr)


def test_abstract_models_have_no_instances(registry: Apps) -> None:
    class Base(models.Model):
        class Meta:
            abstract = True

    with pytest.raises(TypeError, match="Base is abstract and has no instances"):
        Base()


def test_database_defaults_stand_in_until_saved() -> None:
    assert isinstance(Review().helpful, models.DatabaseDefault)
    assert Review(helpful=3).helpful == 3


def test_instances_are_equal_by_model_and_key() -> None:
    assert Tag(id=1) == Tag(id=1)
    assert Tag(id=1) != Tag(id=2)
    assert Tag(id=1) != Author(id=1)
    assert Tag() != Tag()
    assert len({Tag(id=1), Tag(id=1)}) == 1


def test_unsaved_instances_cannot_be_hashed() -> None:
    with pytest.raises(TypeError, match="This Tag has no key to hash yet: save it"):
        hash(Tag())


def test_default_text_forms() -> None:
    assert str(Book._meta.get_field("contributors").remote_field.through()) == "Credit object (None)"
    assert repr(Tag(label="Fiction")) == "<Tag: Fiction>"


def test_pk_reads_and_writes_the_key() -> None:
    author = Author(id=1)
    profile = Profile(author=author)
    assert profile.pk == 1
    profile.pk = 5
    assert profile.author_id == 5  # pyright: ignore


def test_state_is_made_at_first_use() -> None:
    tag = Tag()
    assert ModelState(None, True) == tag._state
    vars(tag).pop("_state")
    vars(tag)["_origin"] = Origin("other")
    assert ModelState("other", False) == tag._state
    assert tag._state is tag._state


def test_from_db_marks_the_instance_as_stored() -> None:
    tag = Tag.from_db("default", ["id", "label", "slug"], [1, "A", "a"])
    assert (ModelState("default", False), "A") == (tag._state, tag.label)


def test_from_db_defers_what_was_not_read() -> None:
    tag = Tag.from_db("default", ["id", "slug"], [1, "a"])
    assert {"label"} == tag.get_deferred_fields()
    assert isinstance(tag, Tag)
    assert ("Tag", Tag._meta, 1) == (type(tag).__name__, type(tag)._meta, tag.id)


def test_from_db_can_be_overridden_as_documented(registry: Apps) -> None:
    class Person(models.Model):
        name = models.CharField(max_length=9)
        note = models.CharField(max_length=9)

        class Meta:
            app_label = "shop"
            apps = registry

        @classmethod
        def from_db(cls, db: Any, field_names: Any, values: Any) -> Any:
            if len(values) != len(cls._meta.concrete_fields):
                rest = list(values)[::-1]
                values = [rest.pop() if f.attname in field_names else DEFERRED for f in cls._meta.concrete_fields]
            instance = cls(*values)
            instance._state.adding = False
            instance._state.db = db
            instance._loaded_values = dict(zip(field_names, (v for v in values if v is not DEFERRED), strict=True))
            return instance

    person = Person.from_db("default", ["id", "name"], [1, "Ann"])
    assert ({"id": 1, "name": "Ann"}, {"note"}) == (person._loaded_values, person.get_deferred_fields())
    assert Person._has_custom_from_db
    assert not Tag._has_custom_from_db


def test_own_init_sends_rows_through_from_db(registry: Apps) -> None:
    class Person(models.Model):
        class Meta:
            app_label = "shop"
            apps = registry

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)

    assert Person._has_custom_from_db


def test_deferred_class_is_made_once_and_looks_like_the_model() -> None:
    first = deferred_class(Tag, frozenset({"label"}))
    assert first is deferred_class(Tag, frozenset({"label"}))
    assert first is not deferred_class(Tag, frozenset({"slug"}))
    assert deferred_class(first, frozenset()) is Tag
    assert (Tag.__module__, Tag.__qualname__, Tag._meta) == (first.__module__, first.__qualname__, first._meta)
    assert Tag in first.__mro__


def test_deferred_classes_do_not_call_init_subclass(registry: Apps) -> None:
    seen: list[str] = []

    class Base(models.Model):
        class Meta:
            abstract = True

        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            seen.append(cls.__name__)

    class Person(Base):
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "shop"
            apps = registry

    deferred_class(Person, frozenset({"name"}))
    assert seen == ["Person"]


def test_setting_a_deferred_value_needs_no_loading() -> None:
    tag = Tag.from_db("default", ["id", "slug"], [1, "a"])
    tag.label = "B"
    assert ("B", set()) == (tag.label, tag.get_deferred_fields())


def test_equality_across_deferred_classes() -> None:
    assert Tag.from_db("default", ["id"], [1]) == Tag(id=1)


def test_copy_and_pickle_keep_values_and_forget_peers() -> None:
    tag = Tag(id=1, label="A")
    vars(tag)["_origin"] = Origin("default", [tag])
    for twin in (copy.copy(tag), copy.deepcopy(tag), pickle.loads(pickle.dumps(tag))):
        assert (tag, "A", ModelState("default", False)) == (twin, twin.label, twin._state)
        assert "_origin" not in vars(twin)
        assert twin._state is not tag._state


def test_deferred_instances_survive_pickle() -> None:
    twin = pickle.loads(pickle.dumps(Tag.from_db("default", ["id"], [1])))
    assert {"label", "slug"} == twin.get_deferred_fields()


def test_pickle_of_another_version_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    from manoir.models import _model

    data = pickle.dumps(Tag(id=1))
    monkeypatch.setattr(_model, "__version__", "99.0")
    with pytest.warns(RuntimeWarning, match=r"pickled by manoir 0\..* is read by manoir 99\.0"):
        pickle.loads(data)


def test_serializable_value() -> None:
    book = Book(author_id=3)
    assert (book.serializable_value("author"), book.serializable_value("author_id")) == (3, 3)
    book.extra_attribute = 1  # pyright: ignore
    assert book.serializable_value("extra_attribute") == 1


def test_init_signals() -> None:
    seen: list[Any] = []

    def before(**kwargs: Any) -> None:
        seen.append((kwargs["sender"], kwargs["kwargs"]))

    def after(**kwargs: Any) -> None:
        seen.append(kwargs["instance"].label)

    signals.pre_init.connect(before, sender=Tag)
    signals.post_init.connect(after, sender="library.Tag")
    try:
        Tag(label="x")
        Author(name="y")
    finally:
        signals.pre_init.disconnect(before, sender=Tag)
        signals.post_init.disconnect(after, sender="library.Tag")
    assert [(Tag, {"label": "x"}), "x"] == seen


def test_signal_senders_may_come_later(registry: Apps) -> None:
    with pytest.raises(ValueError, match="'Tag' is no sender"):
        signals.post_save.connect(lambda **kwargs: None, sender="Tag")


def test_class_prepared_is_sent(registry: Apps) -> None:
    seen: list[Any] = []

    def heard(sender: Any, **kwargs: Any) -> None:
        seen.append((sender.__name__, sender._meta.pk.name))

    signals.class_prepared.connect(heard)
    try:

        class Person(models.Model):
            class Meta:
                app_label = "shop"
                apps = registry
    finally:
        signals.class_prepared.disconnect(heard)
    assert seen == [("Person", "id")]


def test_attribute_reads_touch_no_python_code() -> None:
    book = Book(title="A", author_id=3)
    assert all(name in vars(book) for name in Book._meta.attnames)
    assert not any("__getattr__" in vars(base) or "__getattribute__" in vars(base) for base in Book.__mro__[:-1])
    assert {id(key) for key in vars(book)} == {id(attname) for attname in Book._meta.attnames}
