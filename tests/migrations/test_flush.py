"""`flush`, `sqlflush` and `sqlsequencereset`, on both databases."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from manoir.apps import apps
from manoir.commands import acall_command
from manoir.db import Connection, transaction
from manoir.exceptions import CommandError
from manoir.models.signals import post_migrate
from tests.migrations.project import Project

MODELS = """
    class Shelf(models.Model):
        name = models.CharField(max_length=20)
        keeper = models.ForeignKey("Book", models.SET_NULL, null=True, related_name="+")
    class Book(models.Model):
        shelf = models.ForeignKey(Shelf, models.CASCADE)
        others = models.ManyToManyField("self")
    class Outside(models.Model):
        name = models.CharField(max_length=20)
        class Meta:
            managed = False
"""


async def fill(project: Project) -> str:
    label = project.app(MODELS)
    await project.run("makemigrations")
    await project.run("migrate")
    shelf = await apps.get_model(label, "Shelf").objects.acreate(name="A")
    book = await apps.get_model(label, "Book").objects.acreate(shelf=shelf)
    await book.others.aadd(await apps.get_model(label, "Book").objects.acreate(shelf=shelf))
    shelf.keeper = book
    await shelf.asave()
    return label


async def test_flush_empties_tables_and_begins_counting_anew(project: Project, empty_database: Connection) -> None:
    label = await fill(project)
    await empty_database.execute("CREATE TABLE foreign_one (name varchar(10))")
    await empty_database.execute("INSERT INTO foreign_one VALUES ('kept')")
    history = len(await empty_database.fetch("SELECT 1 FROM django_migrations"))
    told: list[Any] = []

    def listen(sender: Any, using: str, plan: Any, **kwargs: Any) -> None:
        told.append((sender.label, using, plan))

    post_migrate.connect(listen)
    try:
        assert await project.run("flush", interactive=False) == ""
    finally:
        post_migrate.disconnect(listen)
    shelves = apps.get_model(label, "Shelf").objects
    assert await shelves.acount() == await apps.get_model(label, "Book").objects.acount() == 0
    assert (await shelves.acreate(name="B")).pk == 1
    assert (label, "default", []) in told
    assert len(await empty_database.fetch("SELECT 1 FROM django_migrations")) == history
    assert [row[0] for row in await empty_database.fetch("SELECT name FROM foreign_one")] == ["kept"]


@pytest.mark.parametrize(("answer", "left"), [("yes\n", 0), ("no\n", 1)])
async def test_flush_asks(
    project: Project, empty_database: Connection, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    label = await fill(project)
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    told = await project.run("flush")
    assert "This removes ALL ROWS of the database 'default'" in told
    assert ("Nothing was removed." in told) == bool(left)
    assert await apps.get_model(label, "Shelf").objects.acount() == left
    with pytest.raises(CommandError, match="nobody to answer: run flush in a terminal, or with --no-input"):
        await project.run("flush")


async def test_flush_leaves_what_others_refer_to(project: Project, empty_database: Connection) -> None:
    label = await fill(project)
    await empty_database.execute(f"CREATE TABLE outside_one (shelf bigint REFERENCES {label}_shelf (id))")
    await empty_database.execute("INSERT INTO outside_one VALUES (1)")
    with pytest.raises(
        CommandError, match=r"The database 'default' could not be emptied: .*Do tables of no app refer to these"
    ):
        await project.run("flush", interactive=False)
    assert await apps.get_model(label, "Shelf").objects.acount() == 1


async def test_sqlflush_shows_what_flush_runs(project: Project, empty_database: Connection) -> None:
    label = await fill(project)
    shown = await project.run("sqlflush")
    assert shown.startswith("BEGIN;\n")
    if empty_database.vendor == "postgresql":
        assert f'"{label}_book", "{label}_book_others", "{label}_shelf" RESTART IDENTITY;' in shown
    else:
        assert f'DELETE FROM "{label}_book_others";' in shown
    assert "outside" not in shown
    async with transaction.atomic():
        for statement in shown.split(";")[1:-2]:
            await empty_database.execute(statement)
    assert await apps.get_model(label, "Shelf").objects.acount() == 0


async def test_sqlsequencereset_corrects_counters(project: Project, empty_database: Connection) -> None:
    label = await fill(project)
    shelves = apps.get_model(label, "Shelf").objects
    await shelves.acreate(pk=50, name="own key")
    shown = await project.run("sqlsequencereset", label)
    if empty_database.vendor == "postgresql":
        assert shown.startswith("BEGIN;\nSELECT setval(pg_get_serial_sequence(")
        for statement in shown.split(";")[1:-2]:
            await empty_database.fetch(statement)
    else:
        assert shown == f"{label} has no counters that could be reset.\n"
    assert (await shelves.acreate(name="next")).pk == 51


@pytest.mark.parametrize("command", ["flush", "sqlflush", "sqlsequencereset"])
async def test_an_unknown_database_is_named(command: str, empty_database: Connection) -> None:
    words = ["contenttypes"] if command == "sqlsequencereset" else []
    with pytest.raises(CommandError, match=r"There is no database 'defalt' in DATABASES\. Did you mean 'default'"):
        await acall_command(command, *words, database="defalt")
