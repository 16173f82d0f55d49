"""Columns that the database computes: made, changed, renamed and removed by migrations, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from manoir import migrations, models
from manoir.apps import apps
from manoir.db import Connection
from manoir.exceptions import FieldError, NotSupportedError
from manoir.migrations._questioner import Questioner
from manoir.models import Case, F, Q, Value, When
from manoir.models.functions import Concat, Lower
from tests.migrations.history import History
from tests.migrations.project import Project
from tests.migrations.test_autodetector import changes, described, model


def total(expression: Any = None, **options: Any) -> Any:
    return models.GeneratedField(
        expression=F("price") * F("count") if expression is None else expression,
        output_field=options.pop("output_field", None) or models.DecimalField(max_digits=10, decimal_places=2),
        **{"db_persist": True, **options},
    )


def line(*extra: tuple[str, Any], **options: Any) -> migrations.CreateModel:
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=50)),
        ("price", models.DecimalField(max_digits=8, decimal_places=2)),
        ("count", models.IntegerField(default=1)),
        *extra,
    ]
    return migrations.CreateModel("Line", fields, options)


async def fill(history: History) -> None:
    await history.run("INSERT INTO shop_line (title, price, count) VALUES ('Pen', '2.50', 3), ('Ink', '11', 2)")


async def values(history: History, column: str = "total") -> list[Any]:
    return [
        value if value is None else str(value)
        for (value,) in await history.rows(f"SELECT {column} FROM shop_line ORDER BY id")
    ]


async def test_a_model_is_made_with_it(history: History) -> None:
    await history.apply(line(("total", total())))
    await fill(history)
    assert await values(history) == ["7.50", "22.00"]
    await history.run("UPDATE shop_line SET count = 4 WHERE title = 'Pen'")
    assert await values(history) == ["10.00", "22.00"]


async def test_it_is_added_with_a_value_for_every_row_and_removed_again(history: History) -> None:
    await history.apply(line())
    await fill(history)
    await history.apply(migrations.AddField("line", "total", total()))
    assert await values(history) == ["7.50", "22.00"]
    await history.undo()
    assert "total" not in await history.columns("shop_line")
    await history.apply(
        migrations.AddField("line", "slug", total(Lower("title"), output_field=models.TextField(), unique=True))
    )
    assert await values(history, "slug") == ["pen", "ink"]
    await history.apply(migrations.RemoveField("line", "slug"))
    await history.undo()
    assert await values(history, "slug") == ["pen", "ink"]


async def test_values_that_are_computed_when_they_are_read(history: History) -> None:
    await history.apply(line())
    await fill(history)
    virtual = migrations.AddField("line", "total", total(db_persist=False))
    if history.connection.vendor == "postgresql":
        (version,) = (await history.rows("SHOW server_version_num"))[0]
        if int(version) < 180000:
            with pytest.raises(NotSupportedError, match=r"shop_line\.total.*before 18.*db_persist=True"):
                await history.apply(virtual)
            return
    await history.apply(virtual)
    assert await values(history) == ["7.50", "22.00"]
    await history.apply(migrations.AlterField("line", "total", total()))
    assert await values(history) == ["7.50", "22.00"]


async def test_another_expression_computes_all_values_anew(history: History) -> None:
    index = models.Index(fields=["total"], name="line_total")
    positive = models.CheckConstraint(condition=Q(total__gte=0), name="total_positive")
    await history.apply(line(("total", total(db_index=True)), indexes=[index], constraints=[positive]))
    await fill(history)
    known = await history.indexes("shop_line")
    await history.apply(migrations.AlterField("line", "total", total(F("price") * F("count") * 2, db_index=True)))
    assert await values(history) == ["15.00", "44.00"]
    assert await history.indexes("shop_line") == known
    await history.undo()
    assert await values(history) == ["7.50", "22.00"]
    assert await history.indexes("shop_line") == known


async def test_columns_that_it_is_computed_of_change_their_type(history: History) -> None:
    await history.apply(line(("total", total(db_index=True))))
    await fill(history)
    known = await history.indexes("shop_line")
    await history.apply(migrations.AlterField("line", "count", models.BigIntegerField(default=1)))
    assert await values(history) == ["7.50", "22.00"]
    assert await history.indexes("shop_line") == known


async def test_columns_that_it_is_computed_of_are_renamed(history: History) -> None:
    size = Case(When(count__gt=2, then=Value("large")), default=Concat("title", Value("!")))
    await history.apply(line(("total", total()), ("size", total(size, output_field=models.TextField()))))
    await fill(history)
    await history.apply(
        migrations.RenameField("line", "count", "number"),
        migrations.RenameField("line", "title", "name"),
        migrations.RenameField("line", "total", "sum"),
    )
    assert await values(history, "sum") == ["7.50", "22.00"]
    assert await values(history, "size") == ["large", "Ink!"]
    kept = history.state.models["shop", "line"].fields
    assert kept["sum"].expression.identity() == (F("price") * F("number")).identity()
    await history.apply(migrations.AlterField("line", "price", models.DecimalField(max_digits=9, decimal_places=2)))
    assert await values(history, "sum") == ["7.50", "22.00"]
    await history.undo()
    await history.undo()
    assert await values(history) == ["7.50", "22.00"]


async def test_a_plain_column_keeps_the_values(history: History) -> None:
    await history.apply(line(("total", total())))
    await fill(history)
    await history.apply(migrations.AlterField("line", "total", models.DecimalField(max_digits=10, decimal_places=2)))
    await history.run("UPDATE shop_line SET total = '1.00' WHERE title = 'Pen'")
    assert await values(history) == ["1.00", "22.00"]
    await history.undo()
    assert await values(history) == ["7.50", "22.00"]


async def test_a_plain_column_does_not_become_one(history: History) -> None:
    await history.apply(line())
    with pytest.raises(ValueError, match=r"shop\.line\.count cannot be altered into a generated field"):
        await history.apply(migrations.AlterField("line", "count", total(F("price"))))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (F("twice") + 1, "refers to 'twice', which is generated itself"),
        (F("prise"), "Did you mean 'price'"),
        (models.Count("price"), "computed over several rows"),
    ],
)
async def test_expressions_that_no_column_can_have(history: History, expression: Any, message: str) -> None:
    await history.apply(line(("twice", total(F("price") * 2))))
    with pytest.raises(FieldError, match=message):
        await history.apply(migrations.AddField("line", "total", total(expression)))


class Silent(Questioner):
    """Fails when it is asked anything."""

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        raise AssertionError("asked for a value")


def lines(**fields: Any) -> Any:
    return model("Line", price=models.IntegerField(), count=models.IntegerField(default=1), **fields)


def double(expression: Any, **options: Any) -> Any:
    return total(expression, output_field=models.IntegerField(), **options)


def test_makemigrations_asks_for_no_value() -> None:
    found = changes([lines()], [lines(double=double(F("price") * 2))], Silent())
    assert described(found) == ["Add field double to line"]


def test_makemigrations_sees_another_expression() -> None:
    before, after = [lines(double=double(F("price") * 2))], [lines(double=double(F("price") * 3))]
    assert described(changes(before, after, Silent())) == ["Alter field double on line"]
    assert changes(before, [lines(double=double(F("price") * 2))], Silent()) == {}


def test_makemigrations_removes_what_is_computed_before_what_it_is_computed_of() -> None:
    before = [lines(size=models.IntegerField(), double=double(F("size") * 2))]
    assert described(changes(before, [lines()], Silent())) == [
        "Remove field double from line",
        "Remove field size from line",
    ]
    after = [lines(double=double(F("price") * 2))]
    assert described(changes(before, after, Silent())) == ["Alter field double on line", "Remove field size from line"]
    again = [lines(double=double(F("size") * 2), size=models.IntegerField(null=True))]
    assert described(changes([lines()], again, Silent())) == ["Add field size to line", "Add field double to line"]


def test_makemigrations_makes_a_plain_column_anew() -> None:
    found = changes([lines(double=models.IntegerField())], [lines(double=double(F("price") * 2))], Silent())
    assert described(found) == ["Remove field double from line", "Add field double to line"]


MODELS = """
from manoir.models import F, Q, Value
from manoir.models.functions import Concat, Lower

class Line(models.Model):
    title = models.CharField(max_length=50)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    count = models.IntegerField(default=1)
    total = models.GeneratedField(
        expression=F("price") * F("count"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
    )
    slug = models.GeneratedField(
        expression=Concat(Lower("title"), Value("-"), "count"), output_field=models.TextField(), db_persist=True
    )
    dear = models.GeneratedField(expression=Q(price__gt=10), output_field=models.BooleanField(), db_persist=True)
"""


async def test_a_project_from_models_to_rows(project: Project, empty_database: Connection) -> None:
    label = project.app(MODELS)
    await project.run("makemigrations")
    assert "No changes" in await project.run("makemigrations", "--check", "--dry-run")
    await project.run("migrate")
    line = apps.get_model(label, "Line")
    made = await line.objects.acreate(title="Pen", price=20, count=2)
    assert (made.total, made.slug, made.dear) == (40, "pen-2", True)
    project.models(MODELS.replace("price__gt=10", "price__gt=30"))
    await project.run("makemigrations")
    await project.run("migrate")
    line = apps.get_model(label, "Line")
    assert [one.dear async for one in line.objects.all()] == [False]
