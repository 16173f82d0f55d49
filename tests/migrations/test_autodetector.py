"""What is found between two sets of models, in which order, and what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from manoir import models
from manoir.apps import apps
from manoir.conf import settings
from manoir.exceptions import CircularDependencyError
from manoir.migrations import Migration, MigrationGraph, ModelState, ProjectState
from manoir.migrations._autodetector import MigrationAutodetector
from manoir.migrations._detecting import Assuming
from manoir.migrations._questioner import InteractiveQuestioner, Questioner
from manoir.migrations._writer import MigrationWriter
from manoir.models import F, Q
from manoir.models.functions import Lower


def model(
    name: str, /, *, app: str = "shop", options: dict[str, Any] | None = None, **fields: models.Field
) -> ModelState:
    key = {"id": models.BigAutoField(primary_key=True)} if not any(one.primary_key for one in fields.values()) else {}
    bases = (options or {}).pop("bases", None)
    return ModelState(app, name, {} if (options or {}).get("proxy") else {**key, **fields}, options, bases)


def state(*states: ModelState) -> ProjectState:
    made = ProjectState()
    for one in states:
        made.add_model(one)
    return made


def graph_of(*keys: tuple[str, str]) -> MigrationGraph:
    graph = MigrationGraph()
    for app_label, name in keys:
        graph.add_node(Migration(name, app_label))
    return graph


class Yes(Assuming):
    def ask_rename(self, model_name: str, old_name: str, new_name: str, field: Any) -> bool:
        return True

    def ask_rename_model(self, old_label: str, new_label: str) -> bool:
        return True


def changes(
    old: list[ModelState], new: list[ModelState], questioner: Questioner | None = None, *leaves: tuple[str, str]
) -> dict[str, list[Migration]]:
    before, after = state(*old), state(*new)
    labels = {one.app_label for one in [*old, *new]}
    found = MigrationAutodetector(before, after, questioner or Assuming()).changes(graph_of(*leaves), labels)
    check_leads_there(before, after, found)
    return found


def check_leads_there(before: ProjectState, after: ProjectState, found: dict[str, list[Migration]]) -> None:
    """Migrations, run in the order of their dependencies, leave nothing to be found."""
    waiting = [migration for migrations in found.values() for migration in migrations]
    here = {migration.key for migration in waiting}
    reached, done = before.clone(), set[Any]()
    while waiting:
        ready = next(
            one for one in waiting if all(tuple(key) not in here or tuple(key) in done for key in one.dependencies)
        )
        waiting.remove(ready)
        done.add(ready.key)
        reached = ready.mutate_state(reached)
    labels = {key[0] for key in [*before.models, *after.models]}
    again = MigrationAutodetector(reached, after, Assuming()).changes(graph_of(), labels)
    assert {app: [str(op) for one in ms for op in one.operations] for app, ms in again.items()} == {}


def described(found: dict[str, list[Migration]], app: str = "shop") -> list[str]:
    return [operation.describe() for migration in found.get(app, []) for operation in migration.operations]


def char(**options: Any) -> models.Field:
    return models.CharField(max_length=10, **options)


def fk(to: str, **options: Any) -> models.Field:
    return models.ForeignKey(to, models.CASCADE, **options)


A, B = model("A", name=char()), model("B", name=char(), a=fk("shop.A"))

TABLE: list[tuple[str, list[ModelState], list[ModelState], list[str]]] = [
    ("nothing", [A, B], [A, B], []),
    ("create", [], [B, A], ["Create model A", "Create model B"]),
    ("delete", [A, B], [], ["Delete model B", "Delete model A"]),
    ("add field", [A], [model("A", name=char(), age=models.IntegerField(default=1))], ["Add field age to a"]),
    ("remove field", [A], [model("A")], ["Remove field name from a"]),
    ("alter field", [A], [model("A", name=char(null=True))], ["Alter field name on a"]),
    ("type changes", [A], [model("A", name=models.IntegerField(default=1))], ["Alter field name on a"]),
    (
        "rename not assumed",
        [A],
        [model("A", label=char(default=""))],
        ["Remove field name from a", "Add field label to a"],
    ),
    (
        "circle",
        [],
        [model("A", b=fk("shop.B", related_name="+")), model("B", a=fk("shop.A", related_name="+"))],
        ["Create model A", "Create model B", "Add field b to a"],
    ),
    (
        "circle deleted",
        [model("A", b=fk("shop.B", related_name="+")), model("B", a=fk("shop.A", related_name="+"))],
        [],
        ["Remove field a from b", "Delete model A", "Delete model B"],
    ),
    ("to itself", [], [model("A", a=fk("self", null=True))], ["Create model A"]),
    (
        "through",
        [],
        [
            model("A", others=models.ManyToManyField("shop.B", through="shop.Link")),
            model("B"),
            model("Link", a=fk("shop.A"), b=fk("shop.B")),
        ],
        ["Create model B", "Create model A", "Create model Link", "Add field others to a"],
    ),
    (
        "many to many gets a declared table",
        [A, model("C", many=models.ManyToManyField("shop.A"))],
        [
            A,
            model("C", many=models.ManyToManyField("shop.A", through="shop.L")),
            model("L", a=fk("shop.A"), c=fk("shop.C")),
        ],
        ["Remove field many from c", "Create model L", "Add field many to c"],
    ),
    (
        "deleted model that a kept one pointed to",
        [A, B],
        [model("B", name=char())],
        ["Remove field a from b", "Delete model A"],
    ),
    (
        "target changes",
        [A, model("C"), B],
        [model("C"), model("B", name=char(), a=fk("shop.C"))],
        ["Alter field a on b", "Delete model A"],
    ),
    ("table", [A], [model("A", name=char(), options={"db_table": "x"})], ["Rename table for a to x"]),
    ("options", [A], [model("A", name=char(), options={"ordering": ["name"]})], ["Change Meta options on a"]),
    (
        "unique together",
        [model("A", name=char(), options={"unique_together": {("name",)}})],
        [model("A", name=char(), age=models.IntegerField(default=1), options={"unique_together": {("age",)}})],
        [
            "Alter unique_together for a (0 constraint(s))",
            "Add field age to a",
            "Alter unique_together for a (1 constraint(s))",
        ],
    ),
    (
        "index",
        [A],
        [model("A", name=char(), options={"indexes": [models.Index(fields=["name"], name="i")]})],
        ["Create index i on field(s) name of model a"],
    ),
    (
        "index renamed",
        [model("A", name=char(), options={"indexes": [models.Index(fields=["name"], name="i")]})],
        [model("A", name=char(), options={"indexes": [models.Index(fields=["name"], name="j")]})],
        ["Rename index i on a to j"],
    ),
    (
        "index of a removed field",
        [model("A", name=char(), options={"indexes": [models.Index(Lower("name"), name="i")]})],
        [model("A")],
        ["Remove index i from a", "Remove field name from a"],
    ),
    (
        "constraint changes",
        [
            model(
                "A",
                n=models.IntegerField(),
                options={"constraints": [models.CheckConstraint(condition=Q(n=1), name="c")]},
            )
        ],
        [
            model(
                "A",
                n=models.IntegerField(),
                options={"constraints": [models.CheckConstraint(condition=Q(n=2), name="c")]},
            )
        ],
        ["Remove constraint c from model a", "Create constraint c on model a"],
    ),
    (
        "message of a constraint",
        [
            model(
                "A",
                n=models.IntegerField(),
                options={"constraints": [models.CheckConstraint(condition=Q(n=1), name="c")]},
            )
        ],
        [
            model(
                "A",
                n=models.IntegerField(),
                options={
                    "constraints": [models.CheckConstraint(condition=Q(n=1), name="c", violation_error_message="Odd")]
                },
            )
        ],
        ["Alter constraint c on a"],
    ),
    (
        "index on a field that is added later",
        [],
        [
            model("A", b=fk("shop.B", related_name="+"), options={"indexes": [models.Index(fields=["b"], name="i")]}),
            model("B", a=fk("shop.A", related_name="+")),
        ],
        ["Create model A", "Create model B", "Add field b to a", "Create index i on field(s) b of model a"],
    ),
    (
        "equal conditions",
        [
            model(
                "A",
                n=models.IntegerField(),
                options={"indexes": [models.Index(F("n") + 1, name="i", condition=Q(n__in=[1]))]},
            )
        ],
        [
            model(
                "A",
                n=models.IntegerField(),
                options={"indexes": [models.Index(F("n") + 1, name="i", condition=Q(n__in=[1]))]},
            )
        ],
        [],
    ),
    (
        "proxy",
        [A],
        [A, model("P", options={"proxy": True, "bases": ("shop.a",)})],
        ["Create proxy model P"],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_difference(old: list[ModelState], new: list[ModelState], expected: list[str]) -> None:
    assert described(changes(old, new)) == expected


def test_renamed_field_is_one_operation_when_the_user_says_so() -> None:
    index = models.Index(fields=["name"], name="i")
    renamed = models.Index(fields=["label"], name="i")
    found = changes(
        [model("A", name=char(), options={"indexes": [index]})],
        [model("A", label=char(), options={"indexes": [renamed]})],
        Yes(),
    )
    assert described(found) == ["Rename field name on a to label"]


def test_renamed_field_that_keeps_its_column() -> None:
    found = changes([A], [model("A", label=char(db_column="name"))], Yes())
    assert described(found) == ["Rename field name on a to label", "Alter field label on a"]


def test_renamed_model_and_what_points_to_it() -> None:
    found = changes([A, B], [model("Z", name=char()), model("B", name=char(), a=fk("shop.Z"))], Yes())
    assert described(found) == ["Rename model A to Z"]


def test_names_and_numbers() -> None:
    assert changes([], [A])["shop"][0].name == "0001_initial"
    found = changes([A], [model("A", name=char(), age=models.IntegerField(null=True))], None, ("shop", "0041_before"))
    migration = found["shop"][0]
    assert (migration.name, migration.dependencies) == ("0042_a_age", [("shop", "0041_before")])
    many = {f"long_field_name_{number}": models.IntegerField(null=True) for number in range(9)}
    name = changes([A], [model("A", name=char(), **many)], None, ("shop", "0001_initial"))["shop"][0].name
    assert name == "0002_a_long_field_name_0_a_long_field_name_1_and_more"


def test_apps_that_need_each_other_in_turns() -> None:
    found = changes(
        [],
        [
            model("A", b=fk("other.B", related_name="+")),
            model("B", app="other", a=fk("shop.A", related_name="+")),
        ],
    )
    assert {app: len(migrations) for app, migrations in found.items()} == {"shop": 2, "other": 1}
    assert found["other"][0].dependencies == [("shop", "0001_initial")]
    assert ("other", "0001_initial") in found["shop"][1].dependencies


def test_whole_apps_come_in_one_migration_whatever_their_names() -> None:
    found = changes([], [model("A", app="alpha", z=fk("zeta.Z")), model("X", app="alpha"), model("Z", app="zeta")])
    assert {app: len(migrations) for app, migrations in found.items()} == {"alpha": 1, "zeta": 1}
    assert found["alpha"][0].dependencies == [("zeta", "0001_initial")]


def test_relation_to_an_app_with_history_depends_on_its_last_migration() -> None:
    user = model("User", app="people", name=char())
    found = changes([user], [user, model("A", user=fk("people.User"))], None, ("people", "0007_x"))
    assert found["shop"][0].dependencies == [("people", "0007_x")]


def test_swappable_model_is_a_dependency_on_the_setting() -> None:
    class Swappable(models.Model):
        class Meta:
            app_label = "migrations_swappable"
            swappable = "MIGRATIONS_TEST_MODEL"

    with settings.override(MIGRATIONS_TEST_MODEL="people.User"):
        user = model("User", app="people", name=char())
        found = changes([user], [user, model("A", user=fk("people.User"))], None, ("people", "0007_x"))
        dependency = found["shop"][0].dependencies[0]
        assert tuple(dependency) == ("people", "__first__")
        assert dependency.setting == "MIGRATIONS_TEST_MODEL"
        text = MigrationWriter(found["shop"][0]).as_string()
        assert "dependencies = [migrations.swappable_dependency(settings.MIGRATIONS_TEST_MODEL)]" in text
        assert "to=settings.MIGRATIONS_TEST_MODEL" in text
        assert "from manoir import migrations, models\nfrom manoir.conf import settings\n" in text
    del apps.all_models["migrations_swappable"]
    apps.clear_cache()


def test_null_that_is_no_longer_allowed_asks_for_a_value() -> None:
    answers = iter(["1", "'x'"])
    questioner = InteractiveQuestioner(write=lambda text, /: None, read=lambda prompt: next(answers))
    found = changes([model("A", name=char(null=True))], [A], questioner)
    operation = found["shop"][0].operations[0]
    assert (operation.field.default, operation.preserve_default) == ("x", False)


def test_wrong_answers_are_asked_again() -> None:
    answers = iter(["x", "7", "2"])
    written: list[str] = []
    questioner = InteractiveQuestioner(write=lambda text, /: written.append(text), read=lambda prompt: next(answers))
    assert questioner.choose("Which?", ["one", "two"]) == 2
    assert written.count("Please enter a number from 1 to 2.") == 2


def test_key_in_a_circle_is_named() -> None:
    one = model("A", id=models.OneToOneField("shop.B", models.CASCADE, primary_key=True, related_name="+"))
    two = model("B", id=models.OneToOneField("shop.A", models.CASCADE, primary_key=True, related_name="+"))
    with pytest.raises(CircularDependencyError, match="Create model A"):
        changes([], [one, two])
