"""`makemigrations --update` and `migrate --run-syncdb`."""

from __future__ import annotations

import pytest

from manoir.db import Connection
from manoir.exceptions import CommandError
from tests.migrations.project import Project

FIRST = "class Shelf(models.Model):\n    name = models.CharField(max_length=10)\n"
SECOND = FIRST + "    size = models.IntegerField(default=1)\n"
THIRD = SECOND + "    room = models.CharField(max_length=5, null=True)\n"


async def test_changes_are_taken_into_the_last_migration(project: Project, empty_database: Connection) -> None:
    label = project.app(FIRST)
    await project.run("makemigrations")
    await project.run("migrate")
    project.models(SECOND)
    await project.run("makemigrations")
    assert project.files() == ["0001_initial", "0002_shelf_size"]
    project.models(THIRD)
    before = project.read("0002_shelf_size")
    await project.run("makemigrations", update=True, dry_run=True)
    assert project.read("0002_shelf_size") == before
    told = await project.run("makemigrations", update=True)
    assert "Deleted " in told
    assert project.files() == ["0001_initial", "0002_shelf_size_shelf_room"]
    text = project.read("0002_shelf_size_shelf_room")
    assert text.count("migrations.AddField") == 2
    await project.run("migrate")
    assert "No changes detected" in await project.run("makemigrations", "--check", "--dry-run")
    columns = {column.name for table in await empty_database.inspect_tables() for column in table.columns}
    assert {"name", "size", "room"} <= columns
    assert label in text


async def test_an_initial_migration_keeps_its_name(project: Project, empty_database: Connection) -> None:
    label = project.app(FIRST)
    await project.run("makemigrations")
    project.models(SECOND)
    await project.run("makemigrations", label, update=True)
    assert project.files() == ["0001_initial"]
    text = project.read("0001_initial")
    assert (text.count("migrations."), "initial = True" in text, '"size"' in text) == (2, True, True)
    project.models(THIRD)
    await project.run("makemigrations", label, update=True, name="all")
    assert project.files() == ["0001_all"]


async def test_what_others_have_is_not_changed(project: Project, empty_database: Connection) -> None:
    label = project.app(FIRST)
    with pytest.raises(CommandError, match=rf"The app '{label}' has no migration to update"):
        await project.run("makemigrations", update=True)
    await project.run("makemigrations")
    await project.run("migrate")
    project.models(SECOND)
    with pytest.raises(CommandError, match=rf"{label}\.0001_initial is applied\. Undo it \(manage\.py migrate {label}"):
        await project.run("makemigrations", update=True)
    await project.run("migrate", label, "zero")
    other = project.app(FIRST)
    project.migration("0001_initial", f'''
        class Migration(migrations.Migration):
            dependencies = [("{label}", "0001_initial")]
    ''', other)  # fmt: skip
    with pytest.raises(
        CommandError, match=rf"{label}\.0001_initial cannot be changed: {other}\.0001_initial depend on it"
    ):
        await project.run("makemigrations", label, update=True)


async def test_functions_are_not_lost(project: Project, empty_database: Connection) -> None:
    label = project.app(FIRST)
    await project.run("makemigrations")
    project.migration(
        "0002_fill",
        f"""
        def fill(apps, schema_editor): ...


        class Migration(migrations.Migration):
            dependencies = [("{label}", "0001_initial")]
            operations = [migrations.RunPython(fill)]
        """,
    )
    project.models(SECOND)
    with pytest.raises(CommandError, match=rf"{label}\.0002_fill has functions of its own"):
        await project.run("makemigrations", update=True)
    assert project.files() == ["0001_initial", "0002_fill"]


async def test_tables_of_apps_without_migrations_are_made_on_demand(
    project: Project, empty_database: Connection
) -> None:
    label = project.app(FIRST, migrations=False)
    await project.run("migrate")
    assert f"{label}_shelf" not in await empty_database.table_names()
    told = await project.run("migrate", run_syncdb=True)
    assert "Synchronizing apps without migrations:\n" in told
    assert f"  Creating table {label}_shelf\n" in told
    assert f"{label}_shelf" in await empty_database.table_names()
    assert "  No tables to create.\n" in await project.run("migrate", run_syncdb=True)
