"""Expressions in indexes, constraints and defaults: compiled without parameters, or refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from manoir import migrations, models
from manoir.exceptions import FieldError, IntegrityError
from manoir.migrations._literals import literal
from manoir.models import F, Q, Value
from manoir.models.functions import Coalesce, Length, Lower, Now, Upper
from tests.migrations.history import History

FIELDS = [
    ("id", models.BigAutoField(primary_key=True)),
    ("name", models.CharField(max_length=50)),
    ("number", models.IntegerField(default=0)),
    ("price", models.DecimalField(max_digits=8, decimal_places=2, default=0)),
    ("born", models.DateField(null=True)),
    ("seen", models.DateTimeField(null=True)),
    ("extra", models.JSONField(null=True)),
    ("active", models.BooleanField(default=True)),
]
INSERT = "INSERT INTO shop_thing (name, number, price, active) VALUES ('a', 1, {price}, {true})"


async def thing(history: History) -> None:
    await history.apply(migrations.CreateModel("Thing", FIELDS))
    sqlite = history.connection.vendor == "sqlite"
    await history.run(INSERT.format(price="'2.50'" if sqlite else "2.50", true="1" if sqlite else "true"))


INDEXED: list[Any] = [
    Lower("name"),
    Upper("name").desc(),
    F("number") + 1,
    F("price") * 2,
    Coalesce("name", Value("it's %s")),
    Length("name"),
    F("born__year"),
    F("extra__a"),
]


@pytest.mark.parametrize("expression", INDEXED, ids=map(repr, INDEXED))
async def test_expression_of_an_index(history: History, expression: Any) -> None:
    await thing(history)
    await history.apply(migrations.AddIndex("thing", models.Index(expression, name="by_expression")))
    assert "by_expression" in await history.indexes("shop_thing")
    await history.apply(migrations.AlterField("thing", "name", models.CharField(max_length=60)))
    await history.apply(migrations.RenameField("thing", "number", "amount"))
    assert "by_expression" in await history.indexes("shop_thing")
    assert len(await history.rows("SELECT * FROM shop_thing")) == 1


REFUSED: list[tuple[Any, str]] = [
    (F("seen__year"), "cannot depend on the current time zone"),
    (F("nothing"), "nothing"),
    (F("boss__name"), "is a column of another table"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED, ids=["time zone", "unknown", "other table"])
async def test_expression_that_no_definition_can_have(history: History, expression: Any, message: str) -> None:
    await thing(history)
    await history.apply(migrations.AddField("thing", "boss", models.ForeignKey("self", models.CASCADE, null=True)))
    with pytest.raises(FieldError, match=message):
        await history.apply(migrations.AddIndex("thing", models.Index(expression, name="by_expression")))


async def test_default_that_the_database_computes(history: History) -> None:
    await thing(history)
    await history.apply(migrations.AddField("thing", "made", models.DateTimeField(db_default=Now())))
    await history.apply(
        migrations.AddField("thing", "shown", models.CharField(max_length=9, db_default=Lower(Value("ABC"))))
    )
    sqlite = history.connection.vendor == "sqlite"
    await history.run(INSERT.format(price="'2.50'" if sqlite else "2.50", true="1" if sqlite else "true"))
    rows = await history.rows("SELECT made, shown FROM shop_thing")
    assert len(rows) == 2
    assert all(made is not None and shown == "abc" for made, shown in rows)


async def test_literals_of_every_kind_in_a_condition(history: History) -> None:
    await thing(history)
    condition = (
        Q(name="it's; -- %(x)s $1 ?")
        | Q(price__in=["2.50", "3.00"])
        | Q(born="2026-01-02", born__isnull=False)
        | Q(seen="2026-01-02T03:04:05Z", seen__isnull=False)
        | Q(active=False)
        | Q(number__gt=10)
    )
    await history.apply(migrations.AddConstraint("thing", models.CheckConstraint(condition=condition, name="rule")))
    sqlite = history.connection.vendor == "sqlite"
    with pytest.raises(IntegrityError):
        await history.run(INSERT.format(price="'9.99'" if sqlite else "9.99", true="1" if sqlite else "true"))
    await history.run(INSERT.format(price="'9.99'" if sqlite else "9.99", true="0" if sqlite else "false"))


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
@pytest.mark.parametrize("text", ["a\x00b", "\x01name\x02", "\x030\x03"])
def test_text_that_a_literal_cannot_hold_is_refused(vendor: str, text: str) -> None:
    with pytest.raises(Exception, match="control character"):
        literal(text, vendor)


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_values_of_unknown_types_are_refused(vendor: str) -> None:
    class Sly(str):
        def replace(self, *args: Any) -> str:  # type: ignore[override]
            return "'; DROP TABLE x; --"

    with pytest.raises(Exception, match="cannot be written into the definition of a table"):
        literal(Sly("x"), vendor)
