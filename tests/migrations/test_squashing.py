"""`squashmigrations` and `optimizemigration`: the same tables as before, on both databases."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import Any

import pytest

from manoir import migrations, models
from manoir.db import Connection
from manoir.exceptions import CommandError
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration
from manoir.migrations._optimizing import optimized
from manoir.migrations._state import ProjectState
from manoir.migrations._writer import MigrationWriter
from tests.migrations.project import Project

STEPS = [
    """
    class Author(models.Model):
        name = models.CharField(max_length=100)
    """,
    """
    class Author(models.Model):
        name = models.CharField(max_length=200, db_index=True)
        nick = models.CharField(max_length=20, default="")
    class Gone(models.Model):
        note = models.TextField()
    """,
    """
    class Author(models.Model):
        name = models.CharField(max_length=200, unique=True)
        born = models.DateField(null=True)
        class Meta:
            ordering = ["name"]
            indexes = [models.Index(fields=["born", "-name"], name="author_born")]
            constraints = [models.CheckConstraint(condition=models.Q(born__gte="1000-01-01"), name="author_lived")]
    class Book(models.Model):
        title = models.CharField(max_length=100)
        author = models.ForeignKey(Author, models.CASCADE)
    """,
    """
    class Author(models.Model):
        name = models.CharField(max_length=200, unique=True)
        born = models.DateField(null=True)
        books = models.ManyToManyField("Book", related_name="+")
        favourite = models.ForeignKey("Book", models.SET_NULL, null=True, related_name="fans")
        class Meta:
            ordering = ["name"]
            indexes = [models.Index(fields=["name", "born"], name="author_name_born")]
    class Book(models.Model):
        title = models.CharField(max_length=150)
        author = models.ForeignKey(Author, models.SET_NULL, null=True)
        pages = models.PositiveIntegerField(default=0)
        class Meta:
            unique_together = [("title", "author")]
            db_table = "work"
    """,
]


async def schema(connection: Connection) -> Any:
    """What the database says about its tables, without the order of columns."""
    tables = [table for table in await connection.inspect_tables() if table.name != "django_migrations"]
    return [replace(table, columns=tuple(sorted(table.columns, key=lambda column: column.name))) for table in tables]


async def written(project: Project, steps: list[str] = STEPS) -> str:
    """An app with a migration for each step."""
    label = project.app(steps[0])
    await project.run("makemigrations", label, name="initial")
    for number, step in enumerate(steps[1:], 2):
        project.models(step)
        await project.run("makemigrations", label, name=f"step_{number}", interactive=False)
    return label


async def test_a_squashed_migration_makes_the_same_tables(project: Project, empty_database: Connection) -> None:
    label = await written(project)
    await project.run("migrate")
    expected = await schema(empty_database)
    state = MigrationLoader().project_state()
    await project.run("migrate", label, "zero")
    told = await project.run("squashmigrations", label, "0004", interactive=False)
    assert (
        "Will squash the following migrations:\n - 0001_initial\n - 0002_step_2\n - 0003_step_3\n - 0004_step_4\n"
        in told
    )
    assert "Optimized from " in told
    assert (
        f"Created new squashed migration {project.directory / label / 'migrations' / '0001_squashed_0004_step_4.py'}"
        in told
    )
    project.forget_migrations()
    loader = MigrationLoader()
    assert list(loader.graph.nodes) == [(label, "0001_squashed_0004_step_4")]
    made = loader.graph.nodes[label, "0001_squashed_0004_step_4"]
    assert made.replaces == [(label, name) for name in ("0001_initial", "0002_step_2", "0003_step_3", "0004_step_4")]
    assert made.is_initial
    kinds = [type(operation).__name__ for operation in made.operations]
    assert kinds.count("CreateModel") == 2
    assert "DeleteModel" not in kinds
    assert len(kinds) <= 5, [operation.describe() for operation in made.operations]
    assert loader.project_state() == state or comparable(loader.project_state()) == comparable(state)
    assert "0001_squashed_0004_step_4... OK" in await project.run("migrate")
    assert await schema(empty_database) == expected
    assert "No changes detected" in await project.run("makemigrations", "--check", "--dry-run")
    await project.run("migrate", label, "zero")
    assert await empty_database.table_names() == ["django_migrations"]


def comparable(state: ProjectState) -> Any:
    return {
        key: (
            {name: field.deconstruct()[1:] for name, field in model.fields.items()},
            {name: value for name, value in model.options.items() if value},
        )
        for key, model in state.models.items()
    }


async def test_databases_that_applied_the_old_ones_go_on(project: Project, empty_database: Connection) -> None:
    label = await written(project)
    await project.run("migrate", label, "0002")
    await project.run("squashmigrations", label, "0004", interactive=False)
    shown = await project.run("showmigrations", label)
    assert "[X] 0002_step_2" in shown
    assert "squashed" not in shown  # some of them are applied: they go on
    assert "Applying" in await project.run("migrate")
    shown = await project.run("showmigrations", label)
    assert "[X] 0001_squashed_0004_step_4 (4 squashed migrations)" in shown
    assert "No migrations to apply" in await project.run("migrate")
    for name in ("0001_initial", "0002_step_2", "0003_step_3", "0004_step_4"):
        (project.directory / label / "migrations" / f"{name}.py").unlink()
    assert "No migrations to apply" in await project.run("migrate")
    assert "No changes detected" in await project.run("makemigrations", "--check", "--dry-run")


async def test_a_squashed_migration_can_be_squashed_again(project: Project, empty_database: Connection) -> None:
    label = await written(project)
    await project.run("migrate")
    expected = await schema(empty_database)
    await project.run("migrate", label, "zero")
    await project.run("squashmigrations", label, "0002", squashed_name="zz", interactive=False)
    await project.run("migrate", label, "0001_zz")
    await project.run("squashmigrations", label, "0004", squashed_name="aa", interactive=False)
    project.forget_migrations()
    assert MigrationLoader().graph.nodes[label, "0001_aa"].replaces[0] == (label, "0001_zz")
    assert "0004_step_4... OK" in await project.run("migrate")
    assert await schema(empty_database) == expected
    assert "[X] 0001_aa (3 squashed migrations)" in await project.run("showmigrations", label)
    await project.run("migrate", label, "zero")
    assert "0001_aa... OK" in await project.run("migrate")
    assert await schema(empty_database) == expected


async def test_squashing_may_begin_later(project: Project, empty_database: Connection) -> None:
    label = await written(project)
    await project.run("migrate")
    expected = await schema(empty_database)
    await project.run("migrate", label, "zero")
    told = await project.run("squashmigrations", label, "0003", "0004", interactive=False, include_header=False)
    assert "0001_initial" not in told
    text = project.read("0003_step_3_squashed_0004_step_4")
    assert not text.startswith("#")
    assert f'("{label}", "0002_step_2")' in text
    assert "initial = True" not in text
    await project.run("migrate")
    assert await schema(empty_database) == expected


async def test_operations_may_be_kept_as_they_are(project: Project, empty_database: Connection) -> None:
    label = await written(project)
    count = sum(len(one.operations) for one in MigrationLoader().disk_migrations.values() if one.app_label == label)
    told = await project.run("squashmigrations", label, "0004", no_optimize=True, interactive=False)
    assert "(Skipping optimization.)" in told
    project.forget_migrations()
    assert len(MigrationLoader().graph.nodes[label, "0001_squashed_0004_step_4"].operations) == count


async def test_code_stands_still_and_elidable_code_is_left_out(project: Project, empty_database: Connection) -> None:
    label = await written(project, STEPS[:1])
    project.migration(
        "0002_fill",
        f'''
        def fill(apps, schema_editor):
            apps.get_model("{label}", "Author").objects.create(name="Ada")


        class Migration(migrations.Migration):
            dependencies = [("{label}", "0001_initial")]
            operations = [
                migrations.RunPython(fill, migrations.RunPython.noop),
                migrations.RunPython(fill, elidable=True),
                migrations.RunSQL("UPDATE nowhere SET x = 1", elidable=True),
                migrations.AddField("author", "age", models.IntegerField(default=30)),
            ]
        ''',
    )
    told = await project.run("squashmigrations", label, "0002", interactive=False)
    assert "Manual porting required" in told
    assert f"    {label}.migrations.0002_fill" in told
    project.forget_migrations()
    made = MigrationLoader().graph.nodes[label, "0001_squashed_0002_fill"]
    assert [type(operation).__name__ for operation in made.operations] == ["CreateModel", "RunPython", "AddField"]
    await project.run("migrate")
    assert [tuple(row) for row in await empty_database.fetch(f"SELECT name, age FROM {label}_author")] == [("Ada", 30)]


@pytest.mark.parametrize(("answer", "files"), [("y\n", 5), ("n\n", 4)])
async def test_squashmigrations_asks(
    project: Project, empty_database: Connection, monkeypatch: pytest.MonkeyPatch, answer: str, files: int
) -> None:
    label = await written(project)
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert "Do you wish to proceed? [y/N]" in await project.run("squashmigrations", label, "0004")
    assert len(project.files()) == files
    if files == 5:
        return
    with pytest.raises(CommandError, match="nobody to answer: run squashmigrations in a terminal, or with --no-input"):
        await project.run("squashmigrations", label, "0004")


async def test_mistakes_are_named(project: Project, empty_database: Connection) -> None:
    label = await written(project, STEPS[:2])
    for arguments, message in [
        (["nope", "0001"], "No installed app has the label 'nope'"),
        ([label, "0009"], "has no migration that begins with '0009'"),
        ([label, "0002", "0001"], "0002_step_2 does not come before .*0001_initial"),
    ]:
        with pytest.raises(CommandError, match=message):
            await project.run("squashmigrations", *arguments, interactive=False)
    with pytest.raises(CommandError, match="--squashed-name=a b cannot name a migration"):
        await project.run("squashmigrations", label, "0002", squashed_name="a b", interactive=False)
    await project.run("squashmigrations", label, "0002", squashed_name="both", interactive=False)
    with pytest.raises(CommandError, match=r"has no migration that begins with '0002'"):  # it was replaced
        await project.run("squashmigrations", label, "0002", squashed_name="both", interactive=False)


# -- optimizemigration --------------------------------------------------------------------------------------------

LONG = """
    class Migration(migrations.Migration):
        initial = True
        dependencies = []
        operations = [
            migrations.CreateModel("Shelf", [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ]),
            migrations.AddField("shelf", "code", models.CharField(max_length=10, default="x"), preserve_default=False),
            migrations.AlterModelTable("shelf", "racks"),
            migrations.RenameField("shelf", "code", "label"),
        ]
"""


async def test_optimizemigration_writes_the_file_anew(project: Project, empty_database: Connection) -> None:
    label = project.app(
        """
        class Shelf(models.Model):
            label = models.CharField(max_length=10)
            class Meta:
                db_table = "racks"
        """
    )
    project.migration("0001_initial", LONG)
    with pytest.raises(SystemExit):
        await project.run("optimizemigration", label, "0001", check=True)
    assert "RenameField" in project.read("0001_initial")
    told = await project.run("optimizemigration", label, "0001")
    assert told.startswith("Optimizing from 4 operations to 1 operations.\nOptimized migration ")
    text = project.read("0001_initial")
    assert "initial = True" in text
    assert text.count("migrations.CreateModel") == 1
    assert "RenameField" not in text
    assert "No changes detected" in await project.run("makemigrations", "--check", "--dry-run")
    assert await project.run("optimizemigration", label, "0001") == "No optimizations possible.\n"
    await project.run("migrate")
    assert "racks" in await empty_database.table_names()


async def test_a_migration_with_functions_is_written_beside(project: Project, empty_database: Connection) -> None:
    label = project.app("class Shelf(models.Model):\n    label = models.CharField(max_length=10)\n")
    source = LONG.replace('"racks"', "None").replace(
        "        ]\n", "            migrations.RunPython(fill),\n        ]\n"
    )
    project.migration("0001_initial", "    def fill(apps, schema_editor):\n        pass\n\n" + source.lstrip("\n"))
    told = await project.run("optimizemigration", label, "0001")
    assert "0001_initial_optimized.py" in told
    assert "Manual porting required" in told
    assert "RenameField" in project.read("0001_initial")
    project.forget_migrations()
    made = MigrationLoader().graph.nodes[label, "0001_initial_optimized"]
    assert made.replaces == [(label, "0001_initial")]
    await project.run("migrate")


# -- pairs of operations ------------------------------------------------------------------------------------------

CHAR = models.CharField(max_length=10)
LONGER = models.CharField(max_length=20)
KEY = ("id", models.BigAutoField(primary_key=True))


def fk(to: str) -> Any:
    return models.ForeignKey(to, on_delete=models.CASCADE)


M = migrations
PAIRS: dict[str, tuple[list[Any], list[str]]] = {
    "created and deleted": ([M.CreateModel("A", [KEY]), M.DeleteModel("A")], []),
    "created and renamed": ([M.CreateModel("A", [KEY]), M.RenameModel("A", "B")], ["Create model B"]),
    "created, and a field added": ([M.CreateModel("A", [KEY]), M.AddField("a", "x", CHAR)], ["Create model A"]),
    "renamed twice": ([M.RenameModel("A", "B"), M.RenameModel("B", "C")], ["Rename model A to C"]),
    "renamed and back": ([M.RenameModel("A", "B"), M.RenameModel("B", "A")], []),
    "added and removed": ([M.AddField("a", "x", CHAR), M.RemoveField("a", "x")], []),
    "added and altered": ([M.AddField("a", "x", CHAR), M.AlterField("a", "x", LONGER)], ["Add field x to a"]),
    "added and renamed": ([M.AddField("a", "x", CHAR), M.RenameField("a", "x", "y")], ["Add field y to a"]),
    "altered twice": ([M.AlterField("a", "x", CHAR), M.AlterField("a", "x", LONGER)], ["Alter field x on a"]),
    "altered and removed": ([M.AlterField("a", "x", CHAR), M.RemoveField("a", "x")], ["Remove field x from a"]),
    "field renamed twice": ([M.RenameField("a", "x", "y"), M.RenameField("a", "y", "z")], ["Rename field x on a to z"]),
    "options twice": ([M.AlterModelOptions("a", {"ordering": ["x"]}), M.AlterModelOptions("a", {})], ["Change Meta options on a"]),
    "changed and deleted": ([M.AddField("a", "x", CHAR), M.DeleteModel("A")], ["Delete model A"]),
    "index and back": ([M.AddIndex("a", models.Index(fields=["x"], name="i")), M.RemoveIndex("a", "i")], []),
    "index and renamed": (
        [M.AddIndex("a", models.Index(fields=["x"], name="i")), M.RenameIndex("a", new_name="j", old_name="i")],
        ["Create index j on field(s) x of model a"],
    ),
    "constraint and back": (
        [M.AddConstraint("a", models.UniqueConstraint(fields=["x"], name="u")), M.RemoveConstraint("a", "u")],
        [],
    ),
    "over another field": (
        [M.AddField("a", "x", CHAR), M.AddField("a", "y", CHAR), M.AlterField("a", "x", LONGER)],
        ["Add field y to a", "Add field x to a"],
    ),
    "over another model": (
        [M.CreateModel("A", [KEY]), M.CreateModel("B", [KEY]), M.AddField("a", "b", fk("app.B"))],
        ["Create model B", "Create model A"],
    ),
    "not over what refers to it": (
        [M.CreateModel("A", [KEY]), M.CreateModel("B", [KEY, ("a", fk("app.A"))]), M.RenameModel("A", "C")],
        ["Create model A", "Create model B", "Rename model A to C"],
    ),
    "not over a circle": (
        [M.CreateModel("A", [KEY]), M.CreateModel("B", [KEY, ("a", fk("app.A"))]), M.AddField("a", "b", fk("app.B"))],
        ["Create model A", "Create model B", "Add field b to a"],
    ),
    "not over code": (
        [M.AddField("a", "x", CHAR), M.RunSQL("SELECT 1"), M.RemoveField("a", "x")],
        ["Add field x to a", "Raw SQL operation", "Remove field x from a"],
    ),
    "not where rows would have no value": (
        [M.AddField("a", "x", models.IntegerField(default=1)), M.AlterField("a", "x", models.IntegerField())],
        ["Add field x to a", "Alter field x on a"],
    ),
    "of other models": ([M.AddField("a", "x", CHAR), M.RemoveField("b", "x")], ["Add field x to a", "Remove field x from b"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_what_operations_become_together(name: str) -> None:
    operations, expected = PAIRS[name]
    assert [operation.describe() for operation in optimized(operations, "app")] == expected


def test_what_became_one_can_be_written() -> None:
    [made] = optimized(
        [
            M.CreateModel("A", [KEY, ("x", CHAR)]),
            M.AddField("a", "parent", fk("self")),
            M.AlterUniqueTogether("a", [("x", "parent")]),
            M.RenameField("a", "x", "y"),
            M.AddIndex("a", models.Index(fields=["y"], name="i")),
        ],
        "app",
    )
    migration = Migration("0001_initial", "app")
    migration.operations = [made]
    text = MigrationWriter(migration, include_header=False).as_string()
    assert "unique_together" in text
    assert '("y", "parent")' in text
    assert '"indexes": [models.Index(name="i", fields=["y"])]' in text
