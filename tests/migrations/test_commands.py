"""The commands, on apps in a directory of their own and a real database."""

from __future__ import annotations

import io
from typing import Any

import pytest

from manoir.apps import apps
from manoir.db import Connection, connections
from manoir.exceptions import CommandError
from manoir.migrations import aunapplied
from manoir.migrations._loader import MigrationLoader
from manoir.models import signals
from tests.migrations.project import Project

AUTHOR = """
    class Author(models.Model):
        name = models.CharField(max_length=100)
"""
BOOK = """
    class Book(models.Model):
        title = models.CharField(max_length=200)
        author = models.ForeignKey(Author, models.CASCADE)
"""


@pytest.fixture
def database(empty_database: Connection) -> Connection:
    return empty_database


async def test_first_migration_change_and_way_back(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    written = await project.run("makemigrations")
    assert "0001_initial.py" in written
    assert "- Create model Author" in written
    assert project.files() == ["0001_initial"]
    assert await aunapplied() == [(label, "0001_initial")]
    told = await project.run("migrate")
    assert told == (
        f"Operations to perform:\n  Apply all migrations: {label}\nRunning migrations:\n"
        f"  Applying {label}.0001_initial... OK\n"
    )
    await database.execute(f"INSERT INTO {label}_author (name) VALUES ('Ann')")
    assert "No changes detected" in await project.run("makemigrations")

    project.models(AUTHOR + "        age = models.IntegerField(default=30)\n" + BOOK)
    assert "Models have changes that no migration has yet" in await project.run("migrate")
    written = await project.run("makemigrations")
    assert project.files() == ["0001_initial", "0002_book_author_age"]
    assert "- Add field age to author" in written
    await project.run("migrate")
    assert [tuple(row) for row in await database.fetch(f"SELECT name, age FROM {label}_author")] == [("Ann", 30)]
    assert await aunapplied() == []

    assert f"  Unapplying {label}.0002_book_author_age... OK" in await project.run("migrate", label, "0001")
    assert sorted(await database.table_names()) == ["django_migrations", f"{label}_author"]
    await project.run("migrate", label, "zero")
    assert await database.table_names() == ["django_migrations"]
    assert await aunapplied() == [(label, "0001_initial"), (label, "0002_book_author_age")]


async def test_nothing_to_do(project: Project, database: Connection) -> None:
    project.app(AUTHOR)
    await project.run("makemigrations")
    await project.run("migrate")
    assert "  No migrations to apply.\n" in await project.run("migrate")


async def test_plan_tells_operations_and_what_they_cost(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    assert await project.run("migrate", plan=True) == (
        f"Planned operations:\n{label}.0001_initial\n    Create model Author  [new table, nothing waits]\n"
    )
    assert await database.table_names() == []
    await project.run("migrate")
    assert await project.run("migrate", plan=True) == "Planned operations:\n  No planned migration operations.\n"
    assert "Undo Create model Author" in await project.run("migrate", label, "zero", plan=True)


async def test_check_fails_while_something_is_left(project: Project, database: Connection) -> None:
    project.app(AUTHOR)
    with pytest.raises(SystemExit) as caught:
        await project.run("makemigrations", check_changes=True)
    assert caught.value.code == 1
    assert project.files() == []
    await project.run("makemigrations")
    with pytest.raises(SystemExit) as caught:
        await project.run("migrate", check_unapplied=True)
    assert caught.value.code == 1
    await project.run("migrate")
    await project.run("migrate", check_unapplied=True)
    await project.run("makemigrations", check_changes=True)


async def test_fake_and_fake_initial(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    assert "FAKED" in await project.run("migrate", fake=True)
    assert await database.table_names() == ["django_migrations"]
    await project.run("migrate", label, "zero", fake=True)
    await project.run("migrate")
    await database.execute("DELETE FROM django_migrations")
    assert "FAKED" in await project.run("migrate", fake_initial=True)
    assert await aunapplied() == []


async def test_showmigrations(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    await project.run("migrate")
    project.models(AUTHOR + BOOK)
    await project.run("makemigrations")
    assert await project.run("showmigrations") == f"{label}\n [X] 0001_initial\n [ ] 0002_book\n"
    assert await project.run("showmigrations", label, "--plan", verbosity=2) == (
        f"[X]  {label}.0001_initial\n[ ]  {label}.0002_book ... ({label}.0001_initial)\n"
    )
    assert " [X] 0001_initial (applied at " in await project.run("showmigrations", verbosity=2)


async def test_sqlmigrate_shows_and_runs_nothing(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    shown = await project.run("sqlmigrate", label, "0001")
    assert shown.startswith("BEGIN;\n--\n-- Create model Author\n--\nCREATE TABLE ")
    assert shown.endswith("COMMIT;\n")
    assert f'DROP TABLE "{label}_author"' in await project.run("sqlmigrate", label, "0001", backwards=True)
    assert await database.table_names() == []


async def test_options_of_makemigrations(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    shown = await project.run("makemigrations", dry_run=True, verbosity=3)
    assert "class Migration(migrations.Migration):" in shown
    assert project.files() == []
    await project.run("makemigrations", name="begin")
    assert project.files() == ["0001_begin"]
    await project.run("makemigrations", label, empty=True, name="data", include_header=False)
    assert project.read("0002_data") == (
        "from manoir import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f'    dependencies = [("{label}", "0001_begin")]\n\n    operations = []\n'
    )
    assert "No changes detected in app" in await project.run("makemigrations", label)
    with pytest.raises(CommandError, match="cannot name a migration"):
        await project.run("makemigrations", name="../../etc/passwd")
    with pytest.raises(CommandError, match="needs the label of an app"):
        await project.run("makemigrations", empty=True)
    with pytest.raises(CommandError, match="No installed app has the label"):
        await project.run("makemigrations", "shopp")


async def test_app_without_migrations_gets_them_when_it_is_named(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR, migrations=False)
    assert "No changes detected" in await project.run("makemigrations")
    await project.run("makemigrations", label)
    assert project.files() == ["0001_initial"]
    assert (project.directory / label / "migrations" / "__init__.py").exists()


async def test_apps_that_point_to_each_other(project: Project, database: Connection) -> None:
    first = project.app(AUTHOR)
    second = project.app(
        f"""
        class Firm(models.Model):
            boss = models.ForeignKey("{first}.Author", models.CASCADE, related_name="+")
        """
    )
    project.models(
        AUTHOR + f'        firm = models.ForeignKey("{second}.Firm", models.CASCADE, related_name="+")\n', first
    )
    await project.run("makemigrations")
    assert (len(project.files(first)), len(project.files(second))) == (2, 1)
    await project.run("migrate")
    assert {f"{first}_author", f"{second}_firm"} <= set(await database.table_names())
    assert await project.run("makemigrations") == "No changes detected\n"


async def test_renames_are_asked_and_not_assumed(
    project: Project, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.app(AUTHOR)
    await project.run("makemigrations")
    project.models(AUTHOR.replace("name", "label"))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    written = await project.run("makemigrations")
    assert "Was Author.name renamed to Author.label (a CharField)? [y/N]" in written
    assert "- Rename field name on author to label" in written


async def test_no_input_names_the_cure_for_a_missing_value(project: Project, database: Connection) -> None:
    project.app(AUTHOR)
    await project.run("makemigrations")
    project.models(AUTHOR + "        age = models.IntegerField()\n")
    with pytest.raises(
        CommandError, match=r"Author\.age is new, may not be NULL and has no default.*null=True"
    ) as caught:
        await project.run("makemigrations", interactive=False)
    assert caught.value.returncode == 3
    assert project.files() == ["0001_initial"]


async def test_a_value_for_rows_that_are_there_is_asked(
    project: Project, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    await project.run("migrate")
    await database.execute(f"INSERT INTO {label}_author (name) VALUES ('Ann')")
    project.models(
        AUTHOR + "        age = models.IntegerField()\n        seen = models.DateTimeField(auto_now_add=True)\n"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("1\nnonsense\n6 * 7\n1\n\n"))
    written = await project.run("makemigrations")
    assert "That does not work: NameError" in written
    text = project.read("0002_author_age_author_seen")
    assert "field=models.IntegerField(default=42)" in text
    assert "preserve_default=False" in text
    assert "default=timezone.now" in text
    await project.run("migrate")
    assert [row[0] for row in await database.fetch(f"SELECT age FROM {label}_author")] == [42]


CONFLICT = """
    class Migration(migrations.Migration):
        dependencies = [("{label}", "0001_initial")]
        operations = [migrations.AddField("author", "{field}", models.IntegerField(null=True))]
"""


async def test_conflicts_are_named_and_merged(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    project.migration("0002_left", CONFLICT.format(label=label, field="left"))
    project.migration("0002_right", CONFLICT.format(label=label, field="right"))
    with pytest.raises(CommandError, match=r"several ends \(0002_left, 0002_right in shop.*--merge"):
        await project.run("migrate")
    with pytest.raises(CommandError, match=r"--merge"):
        await project.run("makemigrations")
    told = await project.run("makemigrations", merge=True, interactive=False)
    assert "Branch 0002_left\n    - Add field left to author" in told
    assert project.files()[-1] == "0003_merge_0002_left_0002_right"
    await project.run("migrate")
    assert await aunapplied() == []
    assert "No conflicts detected to merge." in await project.run("makemigrations", merge=True)


async def test_squashed_migration_stands_for_those_it_replaces(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    await project.run("migrate")
    project.migration(
        "0001_squashed",
        f"""
        class Migration(migrations.Migration):
            replaces = [("{label}", "0001_initial")]
            initial = True
            operations = [migrations.CreateModel("Author", [("id", models.BigAutoField(primary_key=True, auto_created=True,
                serialize=False, verbose_name="ID")), ("name", models.CharField(max_length=100))])]
        """,
    )
    assert await aunapplied() == []
    await project.run("migrate")
    rows = [tuple(row) for row in await database.fetch("SELECT name FROM django_migrations ORDER BY name")]
    assert rows == [("0001_initial",), ("0001_squashed",)]
    await project.run("migrate", label, "zero")
    await project.run("migrate")
    assert "[X] 0001_squashed (1 squashed migrations)" in await project.run("showmigrations", label)


async def test_errors_name_what_is_wrong(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    for args, message in [
        (("nothere",), "No installed app has the label 'nothere'"),
        (("library",), "has no migrations"),
        ((label, "0009"), "no migration that begins with '0009'"),
    ]:
        with pytest.raises(CommandError, match=message):
            await project.run("migrate", *args)
    with pytest.raises(CommandError, match=r"There is no database .defalt. in DATABASES\. Did you mean .default."):
        await project.run("migrate", database="defalt")
    project.migration("0002_odd", "x = 1")
    with pytest.raises(CommandError, match=r"0002_odd .* has no class Migration"):
        await project.run("migrate")
    project.migration("0002_odd", "def (")
    with pytest.raises(CommandError, match=r"0002_odd cannot be read"):
        await project.run("migrate")
    project.migration(
        "0002_odd", f"class Migration(migrations.Migration):\n    dependencies = [('{label}', '0001_inital')]"
    )
    with pytest.raises(
        CommandError, match=r"depends on shop\d+\.0001_inital, which does not exist. Did you mean '0001_initial'"
    ):
        await project.run("migrate")


async def test_history_that_contradicts_itself_is_refused(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    project.models(AUTHOR + BOOK)
    await project.run("makemigrations")
    await project.run("migrate")
    await database.execute("DELETE FROM django_migrations WHERE name = '0001_initial'")
    with pytest.raises(CommandError, match=rf"{label}\.0002_book is applied .* but {label}\.0001_initial"):
        await project.run("migrate")


async def test_failing_migration_is_rolled_back_and_not_recorded(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    project.migration(
        "0002_odd",
        f"""
        class Migration(migrations.Migration):
            dependencies = [("{label}", "0001_initial")]
            operations = [
                migrations.AddField("author", "age", models.IntegerField(default=1)),
                migrations.RunSQL("SELECT a FROM nowhere"),
            ]
        """,
    )
    with pytest.raises(Exception, match="nowhere"):
        await project.run("migrate")
    assert await aunapplied() == [(label, "0002_odd")]
    rows = await database.fetch(f"SELECT * FROM {label}_author")
    assert len(rows) == 0
    await database.execute(f"INSERT INTO {label}_author (name) VALUES ('no age needed')")


async def test_signals_are_sent_for_each_app_in_both_colours(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    seen: list[Any] = []

    def before(**named: Any) -> None:
        seen.append(("pre", named["app_config"].label, named["using"], len(named["plan"])))

    async def after(**named: Any) -> None:
        if named["app_config"].label == label:
            model = named["apps"].get_model(label, "Author")
            seen.append(("post", [field.name for field in model._meta.fields]))

    signals.pre_migrate.connect(before, sender=apps.get_app_config(label))
    signals.post_migrate.connect(after)
    try:
        await project.run("migrate")
    finally:
        signals.pre_migrate.disconnect(before, sender=apps.get_app_config(label))
        signals.post_migrate.disconnect(after)
    assert seen == [("pre", label, "default", 1), ("post", ["id", "name"])]


async def test_prune_forgets_migrations_whose_files_are_gone(project: Project, database: Connection) -> None:
    label = project.app(AUTHOR)
    await project.run("makemigrations")
    await project.run("migrate")
    await database.execute(
        f"INSERT INTO django_migrations (app, name, applied) VALUES ('{label}', '0009_gone', '2026-01-01 00:00:00')"
    )
    assert f"Pruned {label}.0009_gone" in await project.run("migrate", label, prune=True)
    assert "No migrations to prune" in await project.run("migrate", label, prune=True)


def test_sync_code_can_migrate_too(project: Project, database: Connection) -> None:
    from manoir.commands import call_command

    project.app(AUTHOR)
    call_command("makemigrations", verbosity=0)
    project.forget_migrations()
    call_command("migrate", verbosity=0, database="default", interactive=False)
    assert connections["default"] is database


async def test_models_without_migrations_may_point_to_models_with_some(project: Project, database: Connection) -> None:
    """They have no place in the history before what they point to: migrating another app goes on without them."""
    author = project.app(AUTHOR)
    other = project.app("class Shelf(models.Model):\n    name = models.CharField(max_length=10)")
    project.app(
        f'class Note(models.Model):\n    author = models.ForeignKey("{author}.Author", on_delete=models.CASCADE)\n\n\n'
        "class Reply(models.Model):\n    note = models.ForeignKey(Note, on_delete=models.CASCADE)",
        migrations=False,
    )
    await project.run("makemigrations", author, other)
    project.forget_migrations()
    await project.run("migrate", other)
    assert f"{other}_shelf" in await database.table_names()
    state = MigrationLoader().project_state()
    assert {model.__name__ for model in state.apps.get_models()} >= {"Author", "Shelf", "Note", "Reply"}
