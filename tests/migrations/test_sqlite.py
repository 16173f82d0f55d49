"""What rebuilding a table of SQLite keeps."""

from __future__ import annotations

import pytest

from manoir import migrations, models
from manoir.db import transaction
from manoir.exceptions import IntegrityError, NotSupportedError, ProgrammingError
from tests.migrations.history import History
from tests.migrations.test_operations import BOOKS, SELECT, shelf


@pytest.fixture
def vendor() -> str:
    return "sqlite"


async def rebuild(history: History) -> None:
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=33)))


async def test_triggers_survive_and_fire(history: History) -> None:
    await shelf(history)
    await history.run(
        "CREATE TABLE log (entry text)",
        "CREATE TRIGGER seen AFTER INSERT ON shop_book BEGIN INSERT INTO log VALUES (new.title); END",
        "CREATE TRIGGER other AFTER DELETE ON shop_author BEGIN DELETE FROM shop_book WHERE author_id = old.id; END",
    )
    await rebuild(history)
    assert await history.rows("SELECT * FROM log") == []
    await history.run("INSERT INTO shop_book (title, pages, author_id) VALUES ('Four', 4, 1)")
    assert await history.rows("SELECT * FROM log") == [("Four",)]
    await history.run("DELETE FROM shop_author WHERE id = 2")
    assert [row[0] for row in await history.rows(SELECT)] == [1, 2, 4]


async def test_views_and_indexes_of_others_survive(history: History) -> None:
    await shelf(history)
    await history.run(
        "CREATE VIEW titles AS SELECT title FROM shop_book",
        "CREATE INDEX mine ON shop_book (lower(title)) WHERE pages > 5",
    )
    await rebuild(history)
    assert await history.rows("SELECT * FROM titles ORDER BY title") == [("One",), ("Three",), ("Two",)]
    assert "mine" in await history.indexes("shop_book")


async def test_index_of_somebody_else_on_a_removed_column_stops_the_migration(history: History) -> None:
    await shelf(history)
    await history.run("CREATE INDEX mine ON shop_book (title)")
    with pytest.raises(ProgrammingError, match=r"The index 'mine' of 'shop_book' does not fit the changed table"):
        await history.apply(migrations.RemoveField("book", "title"))
    assert await history.rows(SELECT) == BOOKS


async def test_rows_of_others_are_not_deleted_by_cascades(history: History) -> None:
    await shelf(history)
    await history.run(
        "CREATE TABLE child (id integer PRIMARY KEY, book_id integer REFERENCES shop_book (id) ON DELETE CASCADE)",
        "INSERT INTO child VALUES (1, 1)",
    )
    await rebuild(history)
    assert await history.rows("SELECT * FROM child") == [(1, 1)]
    await history.run("DELETE FROM shop_book WHERE id = 1")
    assert await history.rows("SELECT * FROM child") == []


async def test_foreign_keys_are_on_again_afterwards(history: History) -> None:
    await shelf(history)
    assert await history.rows("PRAGMA foreign_keys") == [(1,)]
    assert await history.rows("PRAGMA legacy_alter_table") == [(0,)]
    with pytest.raises(IntegrityError):
        await history.run("INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 99)")


async def test_rows_that_point_nowhere_stop_the_migration(history: History) -> None:
    await shelf(history)
    with pytest.raises(IntegrityError, match=r"shop_book row 3 -> shop_author"):
        await history.apply(migrations.RunSQL("DELETE FROM shop_author WHERE id = 2"))
    assert await history.rows("SELECT COUNT(*) FROM shop_author") == [(2,)]


async def test_collation_and_numbering_survive(history: History) -> None:
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    await shelf(history, ("price", price))
    await rebuild(history)
    sql = (await history.rows("SELECT sql FROM sqlite_master WHERE name = 'shop_book'"))[0][0]
    assert "COLLATE decimal" in sql
    assert "AUTOINCREMENT" in sql


async def test_migrating_inside_a_transaction_is_refused(history: History) -> None:
    with pytest.raises(NotSupportedError, match=r"outside of a transaction"):
        async with transaction.atomic():
            await shelf(history)


async def test_nullable_column_is_added_without_a_rebuild(history: History) -> None:
    await shelf(history)
    before = await history.rows("SELECT rootpage FROM sqlite_master WHERE name = 'shop_book'")
    await history.apply(
        migrations.AddField("book", "note", models.TextField(null=True)),
        migrations.AddField("book", "code", models.CharField(max_length=3, null=True, unique=True)),
    )
    assert await history.rows("SELECT rootpage FROM sqlite_master WHERE name = 'shop_book'") == before
