"""System checks: each says what is wrong, where, and how to cure it."""

from __future__ import annotations

from typing import Any

import pytest

from manoir import checks, models
from manoir.apps import Apps
from manoir.models import Q
from manoir.models._checks import check_definition_names, check_tables


def options(registry: Any, **more: Any) -> Any:
    return type("Meta", (), {"app_label": "shop", "apps": registry, **more})


def found(model: Any) -> list[tuple[str, str]]:
    return [(message.id, message.msg) for message in model.check()]


def ids(model: Any) -> list[str]:
    return [message.id for message in model.check()]


def test_the_library_has_no_complaints() -> None:
    assert checks.run_checks(tags=[checks.Tags.models]) == []


@pytest.mark.parametrize(
    ("field", "check_id"),
    [
        (models.DecimalField(), "manoir.models.E113"),  # pyright: ignore
        (models.DecimalField(max_digits=2, decimal_places=3), "manoir.models.E115"),
        (models.DecimalField(max_digits=0, decimal_places=0), "manoir.models.E114"),
        (models.CharField(max_length=-1), "manoir.models.E111"),
        (models.CharField(max_length=True), "manoir.models.E111"),
        (models.CharField(max_length=1, choices=[("long", "L")]), "manoir.models.E106"),
        (models.CharField(max_length=9, choices="ab"), "manoir.models.E105"),  # pyright: ignore
        (models.IntegerField(max_length=3), "manoir.models.W112"),  # pyright: ignore
        (models.JSONField(default={}), "manoir.models.E118"),
        (models.DateField(auto_now=True, default=None), "manoir.models.E116"),
        (models.GenericIPAddressField(blank=True), "manoir.models.E117"),
        (models.IntegerField(validators=[3]), "manoir.models.E108"),  # pyright: ignore
        (models.IntegerField(db_default=dict), "manoir.models.E109"),
    ],
)
def test_field_checks(registry: Apps, field: Any, check_id: str) -> None:
    class Item(models.Model):
        value = field
        Meta = options(registry)

    assert {check_id} == set(ids(Item))


@pytest.mark.parametrize(
    ("make", "check_id"),
    [
        (lambda to: models.ForeignKey(to, models.SET_NULL, related_name="+"), "manoir.models.E207"),
        (lambda to: models.ForeignKey(to, models.SET_DEFAULT, related_name="+"), "manoir.models.E208"),
        (lambda to: models.ForeignKey(to, models.DB_SET_DEFAULT, related_name="+"), "manoir.models.E209"),
        (lambda to: models.ForeignKey(to, models.CASCADE, related_name="+", unique=True), "manoir.models.W212"),
        (lambda to: models.ForeignKey(to, models.CASCADE, related_name="+", to_field="nme"), "manoir.models.E210"),
        (lambda to: models.ForeignKey(to, models.CASCADE, related_name="+", to_field="name"), "manoir.models.E211"),
        (lambda to: models.ForeignKey("Nowhere", models.CASCADE), "manoir.models.E201"),
        (lambda to: models.ForeignKey(to, models.CASCADE, related_name="a-b"), "manoir.models.E203"),
        (lambda to: models.ForeignKey(to, models.CASCADE, related_name="name"), "manoir.models.E205"),
        (lambda to: models.ForeignKey(to, models.CASCADE, related_name="books"), "manoir.models.E206"),
        (lambda to: models.ManyToManyField(to, related_name="+", null=True), "manoir.models.W213"),  # pyright: ignore
        (lambda to: models.ManyToManyField(to, related_name="+", through="Nowhere"), "manoir.models.E216"),
    ],
)
def test_relation_checks(registry: Apps, make: Any, check_id: str) -> None:
    class Target(models.Model):
        name = models.CharField(max_length=9)
        Meta = options(registry)

    class First(models.Model):
        target = models.ForeignKey(Target, models.CASCADE, related_name="books")
        Meta = options(registry)

    class Item(models.Model):
        value = make(Target)
        Meta = options(registry)

    registry.models_ready = True
    assert {check_id} == set(ids(Item))


def test_missing_model_names_the_nearest(registry: Apps) -> None:
    class Tree(models.Model):
        Meta = options(registry)

    class Leaf(models.Model):
        tree = models.ForeignKey("Tre", models.CASCADE)
        Meta = options(registry)

    registry.models_ready = True
    registry.app_configs = {}
    assert found(Leaf) == [("manoir.models.E201", "The relation points to 'Tre', which is not installed.")]


@pytest.mark.parametrize(
    ("meta", "check_id", "message"),
    [
        (
            {"ordering": ["nme"]},
            "E008",
            "'ordering' refers to 'nme', but Item has no field 'nme'. Did you mean 'name'?",
        ),
        ({"ordering": "name"}, "E007", "'ordering' is a list of names, even for one."),
        ({"ordering": ["parent__nme"]}, "E008", "'ordering' refers to 'parent__nme', but Item has no field 'nme'."),
        ({"unique_together": [("name", "x")]}, "E009", "'unique_together' refers to 'x', which Item does not have."),
        (
            {"indexes": [models.Index(fields=["nam"], name="i")]},
            "E010",
            "The index 'i' refers to 'nam', which Item does not have. Did you mean 'name'?",
        ),
        (
            {"indexes": [models.Index(fields=["name"], name="_i")]},
            "E011",
            "The index name '_i' begins with '_' or a digit.",
        ),
        (
            {"constraints": [models.CheckConstraint(condition=Q(nme="x"), name="c")]},
            "E012",
            "The constraint 'c' refers to 'nme', which Item does not have. Did you mean 'name'?",
        ),
        (
            {"constraints": [models.CheckConstraint(condition=Q(parent__name="x"), name="c")]},
            "E013",
            "The constraint 'c' follows a relation ('parent__name'), which a CHECK cannot.",
        ),
        ({"default_manager_name": "rows"}, "E018", "default_manager_name = 'rows' names no manager."),
    ],
)
def test_option_checks(registry: Apps, meta: Any, check_id: str, message: str) -> None:
    class Item(models.Model):
        name = models.CharField(max_length=5)
        parent = models.ForeignKey("self", models.CASCADE, null=True)
        Meta = options(registry, **meta)

    assert any(
        (f"manoir.models.{check_id}", True) == (known, text.startswith(message)) for known, text in found(Item)
    ), found(Item)


def test_good_orderings_pass(registry: Apps) -> None:
    class Item(models.Model):
        name = models.CharField(max_length=5)
        made = models.DateTimeField()
        parent = models.ForeignKey("self", models.CASCADE, null=True)
        Meta = options(
            registry,
            ordering=["-name", "?", "pk", "parent__name", "parent_id", "made__year", models.F("name").desc()],
        )

    assert found(Item) == []


@pytest.mark.parametrize(("name", "check_id"), [("a__b", "E102"), ("a_", "E101"), ("save", "E005"), ("pk", "E103")])
def test_names_that_lookups_or_methods_need(registry: Apps, name: str, check_id: str) -> None:
    body = {"__module__": __name__, name: models.IntegerField(), "Meta": options(registry)}
    item = type(models.Model)("Item", (models.Model,), body)
    assert f"manoir.models.{check_id}" in ids(item)


def test_columns_used_twice(registry: Apps) -> None:
    class Item(models.Model):
        a = models.IntegerField()
        b = models.IntegerField(db_column="a")
        Meta = options(registry)

    assert found(Item) == [("manoir.models.E006", "The column 'a' of 'b' is that of 'a', too.")]


def test_attnames_that_clash(registry: Apps) -> None:
    class Item(models.Model):
        parent = models.ForeignKey("self", models.CASCADE)
        parent_id = models.IntegerField(db_column="other")
        Meta = options(registry)

    assert "manoir.models.E004" in ids(Item)


def test_id_that_is_no_key(registry: Apps) -> None:
    class Item(models.Model):
        id = models.IntegerField()
        code = models.CharField(max_length=5, primary_key=True)
        Meta = options(registry)

    assert ids(Item) == ["manoir.models.E019"]


def test_two_keys(registry: Apps) -> None:
    class Item(models.Model):
        a = models.IntegerField(primary_key=True)
        b = models.IntegerField(primary_key=True)
        Meta = options(registry)

    assert found(Item) == [("manoir.models.E020", "There are 2 primary keys: a, b.")]


def test_unique_for_date_needs_a_date(registry: Apps) -> None:
    class Item(models.Model):
        a = models.IntegerField(unique_for_date="made")
        b = models.IntegerField(unique_for_year="a")
        c = models.IntegerField(unique_for_month="day")
        day = models.DateField()
        Meta = options(registry)

    assert ids(Item) == ["manoir.models.E014", "manoir.models.E015"]


def test_reverse_declaration_without_relation(registry: Apps) -> None:
    class Item(models.Model):
        parts: models.Reverse[Any] = models.Reverse()
        Meta = options(registry)

    assert ids(Item) == ["manoir.models.E016"]


def test_hooks_overridden_in_both_colours(registry: Apps) -> None:
    class Item(models.Model):
        Meta = options(registry)

        def save(self, **kwargs: Any) -> None: ...  # pyright: ignore
        async def asave(self, **kwargs: Any) -> None: ...  # pyright: ignore

    assert found(Item) == [("manoir.models.E017", "Item overrides both save() and asave().")]


def test_clashing_far_sides_of_one_model(registry: Apps) -> None:
    class Target(models.Model):
        Meta = options(registry)

    class Source(models.Model):
        a = models.ForeignKey(Target, models.CASCADE)
        b = models.ForeignKey(Target, models.CASCADE)
        Meta = options(registry)

    assert ids(Source) == ["manoir.models.E206", "manoir.models.E206"]
    assert "is made by shop.Source.b, too" in found(Source)[0][1]
    assert Source.check()[0].hint == "Give 'a' or 'b' a related_name of its own."


def test_through_with_too_many_keys(registry: Apps) -> None:
    class Person(models.Model):
        Meta = options(registry)

    class Group(models.Model):
        members = models.ManyToManyField(Person, through="Membership")
        Meta = options(registry)

    class Membership(models.Model):
        group = models.ForeignKey(Group, models.CASCADE)
        person = models.ForeignKey(Person, models.CASCADE, related_name="+")
        inviter = models.ForeignKey(Person, models.CASCADE, related_name="+")
        Meta = options(registry)

    assert ids(Group) == ["manoir.models.E218"]
    assert ids(Membership) == []


def test_tables_and_definition_names_are_used_once(registry: Apps) -> None:
    index = models.Index(fields=["id"], name="same")

    class One(models.Model):
        Meta = options(registry, db_table="things", indexes=[index])

    class Two(models.Model):
        Meta = options(registry, db_table="things", indexes=[index])

    assert [message.msg for message in check_tables([One, Two])] == [
        "The table 'things' belongs to several models: shop.One, shop.Two."
    ]
    assert [message.msg for message in check_definition_names([One, Two])] == [
        "The name 'same' is used by several indexes or constraints: shop.One, shop.Two."
    ]


def test_swapped_model_that_is_not_installed(registry: Apps) -> None:
    from manoir.conf import settings

    with settings.override(SHOP_MODEL="shop.Missing"):

        class Item(models.Model):
            Meta = options(registry, swappable="SHOP_MODEL")

        registry.models_ready = True
        assert ids(Item) == ["manoir.models.E002"]
