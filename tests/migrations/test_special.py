"""RunPython, RunSQL, SeparateDatabaseAndState, operations of a project's own; transactions around them."""

from __future__ import annotations

from typing import Any

import pytest

from manoir import migrations, models
from manoir.exceptions import IrreversibleError, ProgrammingError
from manoir.migrations import Operation, ProjectState, SchemaEditor
from manoir.migrations._splitting import statements_of
from tests.migrations.history import History

PERSON = migrations.CreateModel(
    "Person", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))]
)
NAMES = "SELECT name FROM shop_person ORDER BY id"


async def people(history: History) -> None:
    await history.apply(PERSON)
    await history.run("INSERT INTO shop_person (name) VALUES ('ann'), ('bob')")


async def test_run_python_gets_historical_models_and_the_editor(history: History) -> None:
    seen: list[Any] = []

    async def forwards(apps: Any, schema_editor: SchemaEditor) -> None:
        model = apps.get_model("shop", "Person")
        seen.append(([field.name for field in model._meta.fields], model.__module__, schema_editor.connection.alias))
        await schema_editor.aexecute("UPDATE shop_person SET name = %s WHERE name = %s", ["Ann", "ann"])

    await people(history)
    await history.apply(migrations.RunPython(forwards, migrations.RunPython.noop))
    assert seen == [(["id", "name"], "__migrations__", "default")]
    assert await history.rows(NAMES) == [("Ann",), ("bob",)]
    await history.undo()


async def test_run_python_of_either_colour_shares_the_transaction(history: History) -> None:
    def forwards(apps: Any, schema_editor: SchemaEditor) -> None:
        schema_editor.execute("DELETE FROM shop_person")
        raise ArithmeticError

    await people(history)
    with pytest.raises(ArithmeticError):
        await history.apply(
            migrations.AddField("person", "age", models.IntegerField(default=1)), migrations.RunPython(forwards)
        )
    assert await history.columns("shop_person") == ["id", "name"]
    assert await history.rows(NAMES) == [("ann",), ("bob",)]


async def test_run_python_may_use_querysets(history: History) -> None:
    async def forwards(apps: Any, schema_editor: SchemaEditor) -> None:
        model = apps.get_model("shop.Person")
        names = [person.name async for person in model.objects.order_by("-name")]
        await schema_editor.aexecute("UPDATE shop_person SET name = %s", ["+".join(names)])

    await people(history)
    await history.apply(migrations.RunPython(forwards))
    assert await history.rows(NAMES) == [("bob+ann",), ("bob+ann",)]


async def test_schema_changes_after_data_changes_in_one_migration(history: History) -> None:
    """PostgreSQL refuses to alter a table with deferred foreign keys still to be checked; they are checked before."""
    await people(history)
    key = models.ForeignKey("shop.Person", models.CASCADE, null=True, related_name="+")
    await history.apply(migrations.AddField("person", "boss", key))
    await history.apply(
        migrations.RunSQL("UPDATE shop_person SET boss_id = 1"),
        migrations.AddField("person", "age", models.IntegerField(default=1)),
    )
    assert await history.rows("SELECT boss_id, age FROM shop_person") == [(1, 1), (1, 1)]


async def test_without_a_way_back_nothing_is_undone(history: History) -> None:
    await people(history)
    await history.apply(
        migrations.RunPython(migrations.RunPython.noop),
        migrations.AddField("person", "age", models.IntegerField(default=1)),
    )
    with pytest.raises(IrreversibleError, match=r"shop\.0002_step cannot be undone: Raw Python operation"):
        await history.undo()
    assert await history.columns("shop_person") == ["id", "name", "age"]


async def test_run_sql_with_values_several_statements_and_a_way_back(history: History) -> None:
    await people(history)
    await history.apply(
        migrations.RunSQL(
            [
                ("UPDATE shop_person SET name = %s WHERE name = %s", ["100%; 'x'", "ann"]),
                "DELETE FROM shop_person WHERE id = 2",
            ],
            "INSERT INTO shop_person (name) VALUES ('back'); -- a comment; with a semicolon\nDELETE FROM shop_person WHERE id = 1;",
        )
    )
    assert await history.rows(NAMES) == [("100%; 'x'",)]
    await history.undo()
    assert await history.rows(NAMES) == [("back",)]


async def test_run_sql_may_change_the_state(history: History) -> None:
    await people(history)
    await history.apply(
        migrations.RunSQL(
            "ALTER TABLE shop_person ADD COLUMN age integer NULL",
            "ALTER TABLE shop_person DROP COLUMN age",
            state_operations=[migrations.AddField("person", "age", models.IntegerField(null=True))],
        )
    )
    assert "age" in history.state.models["shop", "person"].fields
    await history.undo()
    assert await history.columns("shop_person") == ["id", "name"]


async def test_separate_database_and_state(history: History) -> None:
    await people(history)
    await history.apply(
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("Person", "people")],
            state_operations=[migrations.AlterModelTable("Person", "people")],
        )
    )
    assert await history.rows("SELECT name FROM people ORDER BY id") == [("ann",), ("bob",)]
    await history.undo()
    assert await history.rows(NAMES) == [("ann",), ("bob",)]


async def test_failing_statement_rolls_everything_back(history: History) -> None:
    await people(history)
    with pytest.raises(ProgrammingError):
        await history.apply(
            migrations.AddField("person", "age", models.IntegerField(default=1)),
            migrations.RenameField("person", "name", "label"),
            migrations.RunSQL("SELECT a FROM nowhere"),
        )
    assert await history.rows(NAMES) == [("ann",), ("bob",)]
    assert await history.columns("shop_person") == ["id", "name"]


async def test_migration_that_is_not_atomic_keeps_what_was_done(history: History) -> None:
    await people(history)
    with pytest.raises(ProgrammingError):
        await history.apply(
            migrations.AddField("person", "age", models.IntegerField(default=1)),
            migrations.RunSQL("SELECT a FROM nowhere"),
            atomic=False,
        )
    assert await history.columns("shop_person") == ["id", "name", "age"]


class Shout(Operation):
    """An operation of a project's own, written in sync code."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        schema_editor.execute("UPDATE shop_person SET name = UPPER(name)")

    def database_backwards(
        self, app_label: str, schema_editor: SchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        schema_editor.execute("UPDATE shop_person SET name = LOWER(name)")


async def test_operation_of_a_project_in_sync_code(history: History) -> None:
    await people(history)
    await history.apply(Shout())
    assert await history.rows(NAMES) == [("ANN",), ("BOB",)]
    await history.undo()
    assert await history.rows(NAMES) == [("ann",), ("bob",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ;; ", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT ';'; SELECT 2;", ["SELECT ';'", "SELECT 2"]),
        ('SELECT "a;b"; /* c;d */ SELECT 2', ['SELECT "a;b"', "/* c;d */ SELECT 2"]),
        ("-- only; a comment\n", []),
        ("SELECT $$a;b$$; SELECT $x$;$$;$x$", ["SELECT $$a;b$$", "SELECT $x$;$$;$x$"]),
        ("SELECT 'it''s; fine'; X", ["SELECT 'it''s; fine'", "X"]),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; DELETE FROM c; END; SELECT 1",
            [
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; DELETE FROM c; END",
                "SELECT 1",
            ],
        ),
        ("SELECT 'never closed; ", ["SELECT 'never closed;"]),
    ],
)
def test_statements_are_split_outside_of_quotes(text: str, expected: list[str]) -> None:
    assert statements_of(text) == expected
