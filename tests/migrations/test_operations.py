"""Every operation, forwards and backwards, with rows in the tables, on both databases."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from manoir import migrations, models
from manoir.exceptions import DataError, IntegrityError
from manoir.migrations import Migration
from manoir.models import F, Q
from manoir.models.functions import Lower
from tests.migrations.history import History


def author(**options: object) -> migrations.CreateModel:
    fields = [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=100))]
    return migrations.CreateModel("Author", fields, options)


def book(*extra: tuple[str, models.Field], **options: object) -> migrations.CreateModel:
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=200)),
        ("pages", models.PositiveIntegerField(default=0)),
        ("author", models.ForeignKey("shop.Author", models.CASCADE, related_name="books")),
        *extra,
    ]
    return migrations.CreateModel("Book", fields, options)


async def shelf(history: History, *extra: tuple[str, models.Field], **options: object) -> None:
    """Two authors with three books."""
    await history.apply(author(), book(*extra, **options))
    await history.run(
        "INSERT INTO shop_author (name) VALUES ('Ann'), ('Bob')",
        "INSERT INTO shop_book (title, pages, author_id) VALUES ('One', 10, 1), ('Two', 20, 1), ('Three', 30, 2)",
    )


BOOKS = [(1, "One", 10, 1), (2, "Two", 20, 1), (3, "Three", 30, 2)]
SELECT = "SELECT id, title, pages, author_id FROM shop_book ORDER BY id"


async def refuses(history: History, sql: str) -> bool:
    try:
        await history.run(sql)
    except IntegrityError:
        return True
    return False


async def test_create_model_makes_table_keys_indexes_and_checks(history: History) -> None:
    await shelf(history)
    assert await history.rows(SELECT) == BOOKS
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_author")]
    assert len(await history.indexes("shop_book")) == 1
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('x', -1, 1)")
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 99)")
    await history.undo()
    assert await history.connection.table_names() == []


async def test_numbering_goes_on_after_deleted_rows(history: History) -> None:
    await shelf(history)
    await history.run("DELETE FROM shop_book WHERE id = 3")
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=50)))
    await history.run("INSERT INTO shop_book (title, pages, author_id) VALUES ('Four', 4, 1)")
    assert await history.rows("SELECT MAX(id) FROM shop_book") == [(4,)]


async def test_delete_model_and_back(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.DeleteModel("Book"))
    assert await history.connection.table_names() == ["shop_author"]
    await history.undo()
    assert await history.columns("shop_book") == ["id", "title", "pages", "author_id"]


async def test_rename_model_renames_table_and_what_points_to_it(history: History) -> None:
    await shelf(history, ("tags", models.ManyToManyField("shop.Author", related_name="tagged")))
    await history.run("INSERT INTO shop_book_tags (book_id, author_id) VALUES (1, 2)")
    before = await history.indexes("shop_book")
    await history.apply(migrations.RenameModel("Author", "Writer"))
    assert await history.connection.table_names() == ["shop_book", "shop_book_tags", "shop_writer"]
    assert await history.rows("SELECT name FROM shop_writer ORDER BY id") == [("Ann",), ("Bob",)]
    assert await history.rows("SELECT book_id, writer_id FROM shop_book_tags") == [(1, 2)]
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_writer")]
    assert await history.foreign_keys("shop_book_tags") == [("book_id", "shop_book"), ("writer_id", "shop_writer")]
    assert history.state.models["shop", "book"].fields["author"].target_label == "shop.Writer"
    await history.undo()
    assert await history.rows("SELECT book_id, author_id FROM shop_book_tags") == [(1, 2)]
    assert await history.rows(SELECT) == BOOKS
    assert await history.indexes("shop_book") == before


async def test_rename_model_with_a_relation_to_itself(history: History) -> None:
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("parent", models.ForeignKey("self", models.CASCADE, null=True)),
        ("friends", models.ManyToManyField("self")),
    ]
    await history.apply(migrations.CreateModel("Node", fields))
    await history.run("INSERT INTO shop_node (parent_id) VALUES (NULL)", "INSERT INTO shop_node (parent_id) VALUES (1)")
    await history.run("INSERT INTO shop_node_friends (from_node_id, to_node_id) VALUES (1, 2)")
    await history.apply(migrations.RenameModel("Node", "Leaf"))
    assert await history.rows("SELECT from_leaf_id, to_leaf_id FROM shop_leaf_friends") == [(1, 2)]
    assert await history.foreign_keys("shop_leaf") == [("parent_id", "shop_leaf")]
    await history.undo()
    assert await history.rows("SELECT id, parent_id FROM shop_node ORDER BY id") == [(1, None), (2, 1)]


async def test_alter_model_table(history: History) -> None:
    await shelf(history, ("tags", models.ManyToManyField("shop.Author", related_name="tagged")))
    await history.apply(migrations.AlterModelTable("Book", "volumes"))
    assert await history.rows(SELECT.replace("shop_book", "volumes")) == BOOKS
    assert await history.foreign_keys("volumes_tags") == [("author_id", "shop_author"), ("book_id", "volumes")]
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=20, unique=True)))
    await history.undo()
    await history.undo()
    assert await history.rows(SELECT) == BOOKS


async def test_options_and_managers_change_the_state_only(history: History) -> None:
    await shelf(history)
    manager = models.Manager()
    await history.apply(
        migrations.AlterModelOptions("Book", {"ordering": ["title"]}),
        migrations.AlterModelManagers("Book", [("rows", manager)]),
    )
    model = history.state.models["shop", "book"]
    assert model.options["ordering"] == ["title"]
    assert model.managers == [("rows", manager)]
    await history.apply(migrations.AlterModelOptions("Book", {}))
    assert "ordering" not in history.state.models["shop", "book"].options


async def test_alter_unique_together(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.AlterUniqueTogether("Book", {("title", "author")}))
    twice = "INSERT INTO shop_book (title, pages, author_id) VALUES ('One', 1, 1)"
    assert await refuses(history, twice)
    await history.apply(migrations.AlterUniqueTogether("Book", set()))
    assert not await refuses(history, twice)
    await history.run("DELETE FROM shop_book WHERE id > 3")
    await history.undo()
    assert await refuses(history, twice)


ADDED = [
    (models.CharField(max_length=20, default="none"), "none"),
    (models.CharField(max_length=20, null=True), None),
    (models.CharField(max_length=20, blank=True), ""),
    (models.IntegerField(default=7), 7),
    (models.IntegerField(db_default=8), 8),
    (models.DecimalField(max_digits=8, decimal_places=2, default=Decimal("1.5")), Decimal("1.50")),
    (models.BooleanField(default=True), True),
    (models.DateField(default=dt.date(2026, 1, 2)), dt.date(2026, 1, 2)),
    (
        models.DateTimeField(default=dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)),
        dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC),
    ),
    (models.DurationField(default=dt.timedelta(days=-1, seconds=5)), dt.timedelta(days=-1, seconds=5)),
    (models.TimeField(default=dt.time(4, 5, 6)), dt.time(4, 5, 6)),
    (models.UUIDField(default=uuid.UUID(int=5)), uuid.UUID(int=5)),
    (models.JSONField(default=dict), {}),
    (models.BinaryField(default=b"\x00'\xff"), b"\x00'\xff"),
    (models.TextField(default="it's; 100% \\ $1 ? {x}"), "it's; 100% \\ $1 ? {x}"),
    (models.FloatField(default=0.1), 0.1),
]


@pytest.mark.parametrize(("field", "expected"), ADDED, ids=[f"{type(one).__name__}-{value!r}" for one, value in ADDED])
async def test_add_field_fills_rows_that_are_there(history: History, field: models.Field, expected: object) -> None:
    await shelf(history)
    await history.apply(migrations.AddField("book", "extra", field))
    read = history.connection.from_driver(field.column_type)
    values = [row[0] for row in await history.rows("SELECT extra FROM shop_book")]
    assert [value if read is None or value is None else read(value) for value in values] == [expected] * 3
    await history.undo()
    assert await history.columns("shop_book") == ["id", "title", "pages", "author_id"]
    assert await history.rows(SELECT) == BOOKS


async def test_add_field_leaves_no_default_in_the_database(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.AddField("book", "stock", models.IntegerField(default=3), preserve_default=False))
    assert not history.state.models["shop", "book"].fields["stock"].has_default()
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 1)")


async def test_db_default_stays_in_the_database(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.AddField("book", "stock", models.IntegerField(db_default=3)))
    await history.run("INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 1)")
    await history.apply(migrations.AlterField("book", "stock", models.IntegerField(db_default=4)))
    await history.run("INSERT INTO shop_book (title, pages, author_id) VALUES ('y', 1, 1)")
    assert await history.rows("SELECT stock FROM shop_book ORDER BY id") == [(3,), (3,), (3,), (3,), (4,)]
    await history.apply(migrations.AlterField("book", "stock", models.IntegerField()))
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('z', 1, 1)")


async def test_add_and_remove_foreign_key(history: History) -> None:
    await shelf(history)
    await history.apply(
        migrations.AddField(
            "book", "editor", models.ForeignKey("shop.Author", models.SET_NULL, null=True, related_name="+")
        )
    )
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_author"), ("editor_id", "shop_author")]
    assert await refuses(history, "UPDATE shop_book SET editor_id = 99")
    await history.apply(migrations.RemoveField("book", "editor"))
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_author")]
    await history.undo()
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_author"), ("editor_id", "shop_author")]


async def test_add_and_remove_many_to_many(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.AddField("book", "friends", models.ManyToManyField("shop.Author", related_name="+")))
    await history.run("INSERT INTO shop_book_friends (book_id, author_id) VALUES (1, 1), (1, 2)")
    assert await refuses(history, "INSERT INTO shop_book_friends (book_id, author_id) VALUES (1, 1)")
    await history.apply(migrations.RenameField("book", "friends", "fans"))
    assert await history.rows("SELECT book_id, author_id FROM shop_book_fans ORDER BY id") == [(1, 1), (1, 2)]
    await history.undo()
    await history.apply(migrations.RemoveField("book", "friends"))
    assert await history.connection.table_names() == ["shop_author", "shop_book"]
    await history.undo()
    assert await history.rows("SELECT * FROM shop_book_friends") == []


async def test_remove_field_takes_its_indexes_along(history: History) -> None:
    await shelf(history)
    index = models.Index(fields=["title"], name="by_title")
    await history.apply(migrations.AddIndex("book", index))
    await history.apply(migrations.RemoveIndex("book", "by_title"), migrations.RemoveField("book", "title"))
    assert await history.columns("shop_book") == ["id", "pages", "author_id"]
    assert "by_title" not in await history.indexes("shop_book")


async def test_rename_field_keeps_values_indexes_and_conditions(history: History) -> None:
    index = models.Index(fields=["title", "-pages"], name="by_title", condition=Q(pages__gt=5))
    check = models.CheckConstraint(condition=Q(pages__lt=1000) | Q(title="big"), name="not_too_long")
    together = {("title", "author")}
    await shelf(history, indexes=[index], constraints=[check], unique_together=together, ordering=["-pages"])
    before = await history.indexes("shop_book")
    await history.apply(migrations.RenameField("book", "pages", "length"))
    assert await history.rows("SELECT title, length FROM shop_book ORDER BY id") == [
        ("One", 10),
        ("Two", 20),
        ("Three", 30),
    ]
    assert await refuses(history, "INSERT INTO shop_book (title, length, author_id) VALUES ('x', 2000, 1)")
    assert await refuses(history, "INSERT INTO shop_book (title, length, author_id) VALUES ('x', -1, 1)")
    model = history.state.models["shop", "book"]
    assert model.options["indexes"][0].fields == ["title", "-length"]
    assert model.options["constraints"][0].condition == Q(length__lt=1000) | Q(title="big")
    assert model.options["ordering"] == ["-length"]
    await history.apply(migrations.AlterField("book", "length", models.IntegerField()))
    await history.undo()
    await history.undo()
    assert await history.rows(SELECT) == BOOKS
    assert await history.indexes("shop_book") == before


async def test_rename_of_a_field_that_others_point_to(history: History) -> None:
    fields = [("code", models.CharField(max_length=3, primary_key=True))]
    copy = [("id", models.AutoField(primary_key=True)), ("land", models.ForeignKey("shop.Land", models.CASCADE))]
    await history.apply(migrations.CreateModel("Land", fields), migrations.CreateModel("Town", copy))
    await history.run("INSERT INTO shop_land (code) VALUES ('fr')", "INSERT INTO shop_town (land_id) VALUES ('fr')")
    await history.apply(migrations.RenameField("land", "code", "iso"))
    assert await refuses(history, "INSERT INTO shop_town (land_id) VALUES ('xx')")
    await history.apply(migrations.AlterField("land", "iso", models.CharField(max_length=10, primary_key=True)))
    await history.run(
        "INSERT INTO shop_land (iso) VALUES ('a-longer')", "INSERT INTO shop_town (land_id) VALUES ('a-longer')"
    )
    assert await history.rows("SELECT land_id FROM shop_town ORDER BY id") == [("fr",), ("a-longer",)]


ALTERED = [
    (models.IntegerField(), models.CharField(max_length=10), "12", "12"),
    (models.CharField(max_length=10), models.IntegerField(), "'12'", 12),
    (models.IntegerField(), models.BigIntegerField(), "12", 12),
    (models.IntegerField(), models.DecimalField(max_digits=8, decimal_places=2), "12", Decimal(12)),
    (models.CharField(max_length=10), models.TextField(), "'ab'", "ab"),
    (models.DateField(), models.DateTimeField(), "'2026-01-02'", dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
    (models.DateTimeField(), models.DateField(), "'2026-01-02 03:04:05'", dt.date(2026, 1, 2)),
    (models.FloatField(), models.IntegerField(), "3.0", 3),
]


@pytest.mark.parametrize(
    ("old", "new", "written", "expected"),
    ALTERED,
    ids=[f"{type(a).__name__}-{type(b).__name__}" for a, b, _x, _y in ALTERED],
)
async def test_alter_field_changes_the_type(
    history: History, old: models.Field, new: models.Field, written: str, expected: object
) -> None:
    await history.apply(author(), migrations.AddField("author", "value", old_with_null(old)))
    await history.run(f"INSERT INTO shop_author (name, value) VALUES ('x', {written})")
    await history.apply(migrations.AlterField("author", "value", old_with_null(new)))
    read = history.connection.from_driver(new.column_type)
    value = (await history.rows("SELECT value FROM shop_author"))[0][0]
    assert (value if read is None else read(value)) == expected


def old_with_null(field: models.Field) -> models.Field:
    _name, _path, args, kwargs = field.deconstruct()
    return type(field)(*args, **{**kwargs, "null": True})


async def test_alter_field_null_and_back(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=200, null=True)))
    await history.run("INSERT INTO shop_book (title, pages, author_id) VALUES (NULL, 1, 1)")
    field = models.CharField(max_length=200, default="untitled")
    await history.apply(migrations.AlterField("book", "title", field, preserve_default=False))
    assert await history.rows("SELECT title FROM shop_book WHERE id > 3") == [("untitled",)]
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES (NULL, 1, 1)")
    await history.undo()
    assert not await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES (NULL, 1, 1)")


async def test_alter_field_unique_index_and_positive(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=200, unique=True)))
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('One', 1, 1)")
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=200, db_index=True)))
    assert not await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('One', 1, 1)")
    await history.apply(migrations.AlterField("book", "pages", models.IntegerField()))
    assert not await refuses(history, "UPDATE shop_book SET pages = -1 WHERE id > 3")
    await history.run("UPDATE shop_book SET pages = 1 WHERE id > 3")
    await history.undo()
    assert await refuses(history, "UPDATE shop_book SET pages = -1 WHERE id > 3")
    assert len(await history.rows(SELECT)) == 4


async def test_alter_field_points_elsewhere(history: History) -> None:
    await shelf(history)
    await history.apply(migrations.CreateModel("Press", [("id", models.BigAutoField(primary_key=True))]))
    await history.run("INSERT INTO shop_press (id) VALUES (1)", "INSERT INTO shop_press (id) VALUES (2)")
    await history.apply(migrations.AlterField("book", "author", models.ForeignKey("shop.Press", models.CASCADE)))
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_press")]
    assert await history.rows(SELECT) == BOOKS


async def test_alter_key_changes_what_points_to_it(history: History) -> None:
    fields = [("id", models.AutoField(primary_key=True)), ("name", models.CharField(max_length=10))]
    town = [
        ("id", models.AutoField(primary_key=True)),
        ("land", models.ForeignKey("shop.Land", models.CASCADE)),
        ("others", models.ManyToManyField("shop.Land", related_name="+")),
    ]
    await history.apply(migrations.CreateModel("Land", fields), migrations.CreateModel("Town", town))
    await history.run("INSERT INTO shop_land (name) VALUES ('fr')", "INSERT INTO shop_town (land_id) VALUES (1)")
    await history.run("INSERT INTO shop_town_others (town_id, land_id) VALUES (1, 1)")
    await history.apply(migrations.AlterField("land", "id", models.BigAutoField(primary_key=True)))
    if history.connection.vendor == "postgresql":
        types = "SELECT data_type FROM information_schema.columns WHERE column_name = 'land_id' ORDER BY table_name"
        assert await history.rows(types) == [("bigint",), ("bigint",)]
    await history.run("INSERT INTO shop_land (name) VALUES ('de')")
    assert await history.rows("SELECT id FROM shop_land ORDER BY id") == [(1,), (2,)]
    assert await history.rows("SELECT town_id, land_id FROM shop_town_others") == [(1, 1)]
    assert await refuses(history, "UPDATE shop_town SET land_id = 99")


async def test_integer_key_becomes_automatic(history: History) -> None:
    await history.apply(migrations.CreateModel("Land", [("id", models.IntegerField(primary_key=True))]))
    await history.run("INSERT INTO shop_land (id) VALUES (5)")
    await history.apply(
        migrations.AlterField("land", "id", models.BigAutoField(primary_key=True)),
        migrations.AddField("land", "name", models.CharField(max_length=5, default="x")),
    )
    await history.run("INSERT INTO shop_land (name) VALUES ('y')")
    assert await history.rows("SELECT id, name FROM shop_land ORDER BY id") == [(5, "x"), (6, "y")]


async def test_unique_field_with_a_computed_default_gets_a_value_per_row(history: History) -> None:
    await shelf(history)
    field = models.UUIDField(default=uuid.uuid4, unique=True)
    await history.apply(migrations.AddField("book", "token", field))
    assert len({row[0] for row in await history.rows("SELECT token FROM shop_book")}) == 3
    assert await refuses(
        history,
        "UPDATE shop_book SET token = (SELECT MAX(CAST(token AS text)) FROM shop_book)"
        + UUID_CAST[history.connection.vendor],
    )
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 1)")
    await history.undo()
    assert await history.rows(SELECT) == BOOKS


UUID_CAST = {"sqlite": "", "postgresql": "::uuid"}


async def test_shorter_text_never_cuts_values_off(history: History) -> None:
    await shelf(history)
    operation = migrations.AlterField("book", "title", models.CharField(max_length=3))
    if history.connection.vendor == "postgresql":
        with pytest.raises(DataError):
            await history.apply(operation)
    else:
        await history.apply(operation)  # SQLite does not limit text
    assert await history.rows(SELECT) == BOOKS


async def test_alter_field_with_a_default_of_another_type_and_back(history: History) -> None:
    await history.apply(author(), migrations.AddField("author", "code", models.IntegerField(default=1)))
    await history.run("INSERT INTO shop_author (name, code) VALUES ('x', 12)")
    await history.apply(migrations.AlterField("author", "code", models.CharField(max_length=9, default="abc")))
    assert await history.rows("SELECT code FROM shop_author") == [("12",)]
    await history.undo()
    assert await history.rows("SELECT code FROM shop_author") == [(12,)]


async def test_alter_field_renames_its_column(history: History) -> None:
    await shelf(history)
    key = models.ForeignKey("shop.Author", models.CASCADE, related_name="books", db_column="writer")
    await history.apply(migrations.AlterField("book", "author", key))
    assert await history.columns("shop_book") == ["id", "title", "pages", "writer"]
    assert await history.foreign_keys("shop_book") == [("writer", "shop_author")]
    await history.undo()
    assert await history.rows(SELECT) == BOOKS
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_author")]


async def test_foreign_key_without_constraint_and_one_to_one(history: History) -> None:
    await shelf(history)
    loose = models.ForeignKey("shop.Author", models.DO_NOTHING, db_constraint=False, related_name="+")
    await history.apply(migrations.AlterField("book", "author", loose))
    assert await history.foreign_keys("shop_book") == []
    assert not await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 99)")
    await history.run("DELETE FROM shop_book WHERE author_id IN (1, 99) AND title <> 'One'")
    one = models.OneToOneField("shop.Author", models.CASCADE, related_name="+")
    await history.apply(migrations.AlterField("book", "author", one))
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 1)")
    assert await history.foreign_keys("shop_book") == [("author_id", "shop_author")]


async def test_alter_between_column_and_table_is_refused(history: History) -> None:
    await shelf(history)
    many = models.ManyToManyField("shop.Author")
    with pytest.raises(ValueError, match=r"shop\.book\.author cannot be altered from ForeignKey to ManyToManyField"):
        await history.apply(migrations.AlterField("book", "author", many))
    assert await history.rows(SELECT) == BOOKS


INDEXES = [
    models.Index(fields=["title"], name="one"),
    models.Index(fields=["-pages", "title"], name="two"),
    models.Index(fields=["title"], name="partial", condition=Q(pages__gte=10, author__isnull=False)),
    models.Index(fields=["title"], name="listed", condition=Q(title__in=["a", "b'c"]) | ~Q(pages=3)),
    models.Index(Lower("title").desc(), F("pages"), name="expression"),
    models.Index(fields=["title"], include=["pages"], name="covering"),
]


@pytest.mark.parametrize("index", INDEXES, ids=[index.name for index in INDEXES])
async def test_add_rename_and_remove_index(history: History, index: models.Index) -> None:
    await shelf(history)
    await history.apply(migrations.AddIndex("book", index))
    assert index.name in await history.indexes("shop_book")
    await history.apply(migrations.RenameIndex("book", new_name="another", old_name=index.name))
    assert "another" in await history.indexes("shop_book")
    assert index.name not in await history.indexes("shop_book")
    await history.undo()
    await history.apply(migrations.RemoveIndex("book", index.name))
    assert index.name not in await history.indexes("shop_book")
    await history.undo()
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=77)))
    assert index.name in await history.indexes("shop_book")
    assert await history.rows(SELECT) == BOOKS


async def test_rename_index_by_its_fields(history: History) -> None:
    await shelf(history, indexes=[models.Index(fields=["title"], name="old_name")])
    operation = migrations.RenameIndex("book", new_name="new_name", old_fields=["title"])
    assert not operation.reversible
    await history.apply(operation)
    assert "new_name" in await history.indexes("shop_book")


CHECKS = [
    (Q(pages__gt=1), "('x', 1, 1)"),
    (Q(pages__gte=F("author_id")), "('x', 0, 1)"),
    (Q(title__in=["One", "Two", "Three", "it's"]), "('x', 1, 1)"),
    (~Q(title="x"), "('x', 1, 1)"),
    (Q(title__startswith="T") | Q(title="One"), "('x', 1, 1)"),
    (Q(title__contains="%x") | Q(pages__lt=50), "('x', 99, 1)"),
    (Q(pages__range=(5, 50)), "('x', 1, 1)"),
    (Q(F("pages") * 2 > 10), "('x', 1, 1)"),
    (Q(author__isnull=False) & Q(author=F("author")) & Q(pages__lt=40), "('x', 41, 1)"),
]


@pytest.mark.parametrize(("condition", "bad"), CHECKS, ids=[repr(condition) for condition, _bad in CHECKS])
async def test_check_constraint(history: History, condition: Q, bad: str) -> None:
    await shelf(history)
    insert = f"INSERT INTO shop_book (title, pages, author_id) VALUES {bad}"
    await history.apply(migrations.AddConstraint("book", models.CheckConstraint(condition=condition, name="rule")))
    assert await history.rows(SELECT) == BOOKS
    assert await refuses(history, insert)
    await history.apply(migrations.AlterField("book", "title", models.CharField(max_length=30)))
    assert await refuses(history, insert)
    await history.apply(migrations.RemoveConstraint("book", "rule"))
    assert not await refuses(history, insert)


async def test_check_constraint_that_rows_violate_changes_nothing(history: History) -> None:
    await shelf(history)
    rule = models.CheckConstraint(condition=Q(pages__gt=15), name="rule")
    with pytest.raises(IntegrityError):
        await history.apply(migrations.AddConstraint("book", rule))
    assert await history.rows(SELECT) == BOOKS


UNIQUE = [
    (models.UniqueConstraint(fields=["title", "author"], name="rule"), "('One', 1, 1)", "('One', 1, 2)"),
    (
        models.UniqueConstraint(fields=["title"], condition=Q(pages__gt=5), name="rule"),
        "('One', 9, 2)",
        "('One', 1, 2)",
    ),
    (models.UniqueConstraint(Lower("title"), name="rule"), "('ONE', 1, 1)", "('Four', 1, 1)"),
    (models.UniqueConstraint(fields=["title"], include=["pages"], name="rule"), "('One', 1, 1)", "('Four', 1, 1)"),
    (
        models.UniqueConstraint(fields=["title"], deferrable=models.Deferrable.DEFERRED, name="rule"),
        "('One', 1, 1)",
        "('Four', 1, 1)",
    ),
]


@pytest.mark.parametrize(
    ("constraint", "bad", "good"), UNIQUE, ids=["fields", "condition", "expression", "include", "deferrable"]
)
async def test_unique_constraint(history: History, constraint: models.UniqueConstraint, bad: str, good: str) -> None:
    await shelf(history)
    insert = "INSERT INTO shop_book (title, pages, author_id) VALUES "
    await history.apply(migrations.AddConstraint("book", constraint))
    assert await refuses(history, insert + bad)
    assert not await refuses(history, insert + good)
    await history.undo()
    assert not await refuses(history, insert + bad)


async def test_alter_constraint_changes_the_message_only(history: History) -> None:
    rule = models.CheckConstraint(condition=Q(pages__gt=1), name="rule")
    await shelf(history, constraints=[rule])
    said = models.CheckConstraint(condition=Q(pages__gt=1), name="rule", violation_error_message="Too short.")
    await history.apply(migrations.AlterConstraint("book", "rule", said))
    assert history.state.models["shop", "book"].options["constraints"][0].violation_error_message == "Too short."
    assert await refuses(history, "INSERT INTO shop_book (title, pages, author_id) VALUES ('x', 1, 1)")


async def test_on_delete_in_the_database(history: History) -> None:
    key = models.ForeignKey("shop.Author", models.DB_CASCADE, related_name="+")
    await history.apply(
        author(), migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("author", key)])
    )
    await history.run("INSERT INTO shop_author (name) VALUES ('Ann')", "INSERT INTO shop_note (author_id) VALUES (1)")
    await history.run("DELETE FROM shop_author")
    assert await history.rows("SELECT * FROM shop_note") == []


async def test_names_that_only_quotes_make_possible(history: History) -> None:
    fields = [
        ("id", models.AutoField(primary_key=True)),
        ("order", models.IntegerField(db_column="the order", default=1)),
    ]
    await history.apply(migrations.CreateModel("Select", fields, {"db_table": "group"}))
    await history.run('INSERT INTO "group" ("the order") VALUES (3)')
    await history.apply(migrations.AddField("select", "end", models.IntegerField(default=5, db_index=True)))
    assert await history.rows('SELECT "the order", "end" FROM "group"') == [(3, 5)]


def test_names_that_close_quotes_are_refused() -> None:
    with pytest.raises(Exception, match="cannot name a table or column"):
        models.IntegerField(db_column='x"; DROP TABLE shop_book; --').set_attributes_from_name("x")


def test_every_operation_describes_itself() -> None:
    described = {
        "Create model Author": author(),
        "Delete model Book": migrations.DeleteModel("Book"),
        "Rename model A to B": migrations.RenameModel("A", "B"),
        "Rename table for Book to x": migrations.AlterModelTable("Book", "x"),
        "Add field a to book": migrations.AddField("book", "a", models.IntegerField()),
        "Remove field a from book": migrations.RemoveField("book", "a"),
        "Alter field a on book": migrations.AlterField("book", "a", models.IntegerField()),
        "Rename field a on book to b": migrations.RenameField("book", "a", "b"),
        "Create index i on field(s) a of model book": migrations.AddIndex("book", models.Index(fields=["a"], name="i")),
        "Raw Python operation": migrations.RunPython(migrations.RunPython.noop),
        "Raw SQL operation": migrations.RunSQL("SELECT 1"),
    }
    assert {operation.describe() for operation in described.values()} == set(described)
    assert Migration("0001_x", "shop").suggest_name() == "auto"
