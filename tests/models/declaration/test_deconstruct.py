"""Fields, indexes and constraints say how to make them again, and say no more than needed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from tests.library.models import Book, Status

from manoir import models
from manoir.models import Q


def paths() -> list[str]:
    return ["a", "b"]


@pytest.mark.parametrize(
    ("field", "kwargs"),
    [
        (models.CharField("Title", max_length=5), {"max_length": 5, "verbose_name": "Title"}),
        (models.CharField(max_length=5, choices=[("a", "A")]), {"max_length": 5, "choices": [("a", "A")]}),
        (models.CharField(choices=paths, max_length=1), {"choices": paths, "max_length": 1}),
        (
            models.CharField(max_length=9, choices=Status, default=Status.LIVE),
            {"max_length": 9, "choices": Status.choices, "default": "live"},
        ),
        (models.EmailField(), {"max_length": 254}),
        (models.SlugField(), {"max_length": 50}),
        (models.SlugField(db_index=False), {"max_length": 50, "db_index": False}),
        (models.IntegerField(null=True, db_default=3), {"null": True, "db_default": 3}),
        (models.DecimalField(max_digits=5, decimal_places=2), {"max_digits": 5, "decimal_places": 2}),
        (models.JSONField(default=dict), {"default": dict}),
        (models.BinaryField(), {}),
        (models.BinaryField(editable=True), {"editable": True}),
        (models.DateField(auto_now=True), {"auto_now": True}),
        (models.GenericIPAddressField(protocol="IPv4"), {"protocol": "IPv4"}),
        (models.FilePathField(path="/srv/pictures"), {"path": "/srv/pictures"}),
        (models.BigAutoField(primary_key=True), {"primary_key": True}),
    ],
)
def test_deconstruct_lists_options_that_differ(field: Any, kwargs: dict[str, Any]) -> None:
    _name, path, args, found = field.deconstruct()
    assert (f"manoir.models.{type(field).__name__}", [], kwargs) == (path, args, found)


@pytest.mark.parametrize("name", [field.name for field in [*Book._meta.fields, *Book._meta.many_to_many]])
def test_clone_of_every_library_field_deconstructs_alike(name: str) -> None:
    field = Book._meta.get_field(name)
    if callable(field.deconstruct()[3].get("to")):
        pytest.skip("a function is compared by identity")
    clone = field.clone()
    assert field.deconstruct()[1:] == clone.deconstruct()[1:]
    assert not hasattr(clone, "model")


def test_foreign_key_deconstructs_to_label_and_policy() -> None:
    _name, path, args, kwargs = Book._meta.get_field("author").deconstruct()
    assert path == "manoir.models.ForeignKey"
    assert args == []
    assert kwargs == {"to": "library.Author", "on_delete": models.CASCADE, "related_name": "books"}


def test_one_to_one_and_many_to_many_deconstruct() -> None:
    kwargs = Book._meta.get_field("sequel_to").deconstruct()[3]
    assert (kwargs["to"], kwargs["on_delete"], kwargs["null"]) == ("library.Book", models.SET_NULL, True)
    kwargs = Book._meta.get_field("contributors").deconstruct()[3]
    assert kwargs == {
        "to": "library.Author",
        "through": "library.Credit",
        "through_fields": ("book", "author"),
        "related_name": "contributions",
        "blank": True,
    }


def test_fields_compare_by_order_of_declaration() -> None:
    first, second = models.CharField(), models.CharField()
    assert first < second
    assert first != second
    assert first == copy.copy(first)
    assert [first, second] == sorted([second, first])
    assert {first: 1}[first] == 1


def test_field_of_a_model_is_pickled_by_its_name() -> None:
    field = Book._meta.get_field("title")
    assert pickle.loads(pickle.dumps(field)) is field


def test_on_delete_policies_survive_pickle_and_name_themselves() -> None:
    assert pickle.loads(pickle.dumps(models.CASCADE)) is models.CASCADE
    assert models.SET(3) == pickle.loads(pickle.dumps(models.SET(3)))
    assert models.SET(3).deconstruct() == ("manoir.models.SET", [3], {})
    assert models.SET(lambda: 3).get_value() == 3
    assert (models.DB_CASCADE.in_database, models.CASCADE.in_database) == (True, False)


def test_index_deconstructs_and_compares() -> None:
    index = models.Index(fields=["-title"], name="t_idx", condition=Q(price__gt=1))
    path, args, kwargs = index.deconstruct()
    assert (path, args) == ("manoir.models.Index", ())
    assert {"fields": ["-title"], "name": "t_idx", "condition": Q(price__gt=1)} == kwargs
    assert index == index.clone()
    assert index != models.Index(fields=["title"], name="t_idx")
    assert index.fields_orders == [("title", "DESC")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs a field or an expression"),
        ({"fields": "title"}, "fields is a list of names"),
        ({"fields": ["a"], "condition": 5, "name": "x"}, "condition is a Q"),
        ({"fields": ["a"], "condition": Q(a=1)}, "needs a name"),
        ({"fields": ["a"], "opclasses": ["x", "y"], "name": "x"}, "2 opclasses for 1 fields"),
        ({"fields": ["a"], "name": "x" * 31}, "31 characters; 30 are the most"),
    ],
)
def test_index_refuses_contradictions(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        models.Index(**arguments)


def test_unique_constraint_deconstructs_and_compares() -> None:
    constraint = models.UniqueConstraint(fields=["a", "b"], name="u", deferrable=models.Deferrable.DEFERRED)
    assert constraint.deconstruct()[2] == {"name": "u", "fields": ("a", "b"), "deferrable": models.Deferrable.DEFERRED}
    assert constraint == constraint.clone()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "u"}, "needs a field or an expression"),
        ({"fields": ["a"], "name": ""}, "needs a name"),
        ({"fields": ["a"], "name": "u", "condition": 3}, "condition is a Q"),
        ({"fields": ["a"], "name": "u", "deferrable": models.Deferrable.DEFERRED, "include": ["b"]}, "deferrable"),
    ],
)
def test_unique_constraint_refuses_contradictions(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        models.UniqueConstraint(**arguments)


def test_check_constraint_needs_a_condition() -> None:
    with pytest.raises(TypeError, match="must be a Q or a comparison, not 'price > 0'"):
        models.CheckConstraint(condition="price > 0", name="c")


def test_constraint_names_are_filled_in_for_each_model() -> None:
    assert Book._meta.constraints[0].name == "book_price_not_negative"


def test_violation_messages() -> None:
    plain = models.CheckConstraint(condition=Q(a=1), name="c")
    assert plain.get_violation_error_message() == "Constraint “c” is violated."
    own = models.CheckConstraint(
        condition=Q(a=1), name="c", violation_error_message="%(name)s!", violation_error_code="x"
    )
    assert (own.get_violation_error_message(), own.violation().error_code) == ("c!", "x")
