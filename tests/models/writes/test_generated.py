"""Columns that the database computes: there after every way of writing, and written by nobody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.models.colours import Do, statements

from manoir import models
from manoir.apps import Apps
from manoir.bridge import wait
from manoir.exceptions import FieldError, IntegrityError, ValidationError
from manoir.migrations import schema_editor
from manoir.models import Case, F, Q, Value, When
from manoir.models._fields import DatabaseDefault
from manoir.models.functions import Concat, Lower

registry = Apps([])


class Kind(models.TextChoices):
    SMALL = "small"
    LARGE = "large"


class Line(models.Model):
    title = models.CharField(max_length=50)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    count = models.IntegerField(default=1)
    day = models.DateField(null=True, blank=True)
    total = models.GeneratedField(
        expression=F("price") * F("count"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
    )
    slug = models.GeneratedField(
        expression=Concat(Lower("title"), Value("-"), "count"),
        output_field=models.CharField(max_length=80),
        db_persist=True,
        unique=True,
    )
    is_dear = models.GeneratedField(expression=Q(price__gt=10), output_field=models.BooleanField(), db_persist=True)
    kind = models.GeneratedField(
        expression=Case(When(count__gt=5, then=Value("large")), default=Value("small")),
        output_field=models.CharField(max_length=5, choices=Kind),
        db_persist=True,
    )
    year = models.GeneratedField(
        expression=F("day__year"), output_field=models.IntegerField(), db_persist=True, null=True
    )

    class Meta:
        apps = registry
        app_label = "shop"
        constraints = [models.CheckConstraint(condition=Q(total__lte=1000), name="total_at_most_1000")]


@pytest.fixture
def lines(database: Any) -> Any:
    wait(schema_editor(database).acreate_model(Line))
    return database


def line(**values: Any) -> Line:
    return Line(**{"title": "Pen", "price": Decimal("2.50"), "count": 3, **values})


def computed(one: Line) -> tuple[Any, ...]:
    own = vars(one)
    return own["total"], own["slug"], own["is_dear"], own["kind"], own["year"]


FIRST = (Decimal("7.50"), "pen-3", False, Kind.SMALL, None)
SECOND = (Decimal("77.00"), "ink-7", True, Kind.LARGE, None)


def test_values_are_there_after_save_without_another_query(lines: Any, do: Do) -> None:
    one = line()
    assert isinstance(one.total, DatabaseDefault)
    with statements(lines) as sent:
        do(one, "save")
    assert len(sent) == 1
    assert computed(one) == FIRST
    assert type(one.is_dear) is bool


def test_values_are_fresh_after_the_next_save(lines: Any, do: Do) -> None:
    one = line()
    do(one, "save")
    one.title, one.price, one.count = "Ink", Decimal(11), 7
    with statements(lines) as sent:
        do(one, "save")
    assert len(sent) == 1
    assert computed(one) == SECOND
    one.count = 1
    do(one, "save", update_fields=["count"])
    assert (one.total, one.slug, one.kind) == (Decimal("11.00"), "ink-1", Kind.SMALL)
    one.count = F("count") + 6
    do(one, "save")
    assert (one.count, one.total, one.slug) == (7, Decimal("77.00"), "ink-7")


def test_values_are_there_after_create(lines: Any, do: Do) -> None:
    made = do(Line.objects, "create", title="Pen", price=Decimal("2.50"), count=3)
    assert computed(made) == FIRST
    made, created = do(Line.objects, "get_or_create", title="Ink", defaults={"price": Decimal(11), "count": 7})
    assert (created, computed(made)) == (True, SECOND)
    made, created = do(Line.objects, "update_or_create", title="Ink", defaults={"count": 2})
    assert (created, made.total) == (False, Decimal("22.00"))
    made = do(Line.objects, "create", title="Cap", price=Value(1) + 1, count=2)
    assert made.total == Decimal(4)


def test_values_are_there_after_bulk_create(lines: Any, do: Do) -> None:
    rows = [line(), line(title="Ink", price=Decimal(11), count=7)]
    with statements(lines) as sent:
        do(Line.objects, "bulk_create", rows)
    assert len(sent) == 1
    assert [computed(one) for one in rows] == [FIRST, SECOND]
    many = [line(title=f"Pen {number}") for number in range(700)]
    do(Line.objects, "bulk_create", many)
    assert [one.slug for one in many] == [f"pen {number}-3" for number in range(700)]


def test_values_are_there_after_bulk_create_over_rows_that_are_there(lines: Any, do: Do) -> None:
    first = line(pk=1)
    do(Line.objects, "bulk_create", [first])
    again = line(pk=1, count=7)
    do(
        Line.objects,
        "bulk_create",
        [again],
        update_conflicts=True,
        update_fields=["count"],
        unique_fields=["id"],
    )
    assert again.total == Decimal("17.50")


def test_values_are_fresh_after_bulk_update(lines: Any, do: Do) -> None:
    rows = [line(), line(title="Ink", price=Decimal(11), count=7)]
    do(Line.objects, "bulk_create", rows)
    rows[0].count, rows[1].count = 4, 1
    do(Line.objects, "bulk_update", rows, ["count"])
    assert [(one.total, one.slug) for one in rows] == [(Decimal("10.00"), "pen-4"), (Decimal("11.00"), "ink-1")]
    rows[0].count = F("count") + 1
    do(Line.objects, "bulk_update", rows, ["count"])
    assert rows[0].total == Decimal("12.50")


def test_values_follow_update(lines: Any, do: Do) -> None:
    one = line()
    do(one, "save")
    assert do(Line.objects.all(), "update", count=10) == 1
    do(one, "refresh_from_db")
    assert (one.total, one.kind) == (Decimal("25.00"), Kind.LARGE)


def test_what_an_instance_was_given_does_not_count(lines: Any, do: Do) -> None:
    one = line(total=5)
    do(one, "save")
    assert one.total == Decimal("7.50")
    one.total = 1  # type: ignore[assignment]
    do(one, "save")
    assert one.total == Decimal("7.50")


def test_they_are_conditions_orders_and_values(lines: Any, do: Do) -> None:
    do(Line.objects, "bulk_create", [line(), line(title="Ink", price=Decimal(11), count=7, day="2026-03-04")])
    assert [one.title for one in Line.objects.filter(total__gt=10)] == ["Ink"]
    assert [one.title for one in Line.objects.filter(Line.total < 10, is_dear=False)] == ["Pen"]
    assert [one.title for one in Line.objects.order_by("-total")] == ["Ink", "Pen"]
    assert list(Line.objects.values_list("total", "kind", "year").order_by("total")) == [
        (Decimal("7.50"), Kind.SMALL, None),
        (Decimal("77.00"), Kind.LARGE, 2026),
    ]
    assert Line.objects.filter(slug__startswith="ink", kind=Kind.LARGE, year=2026).count() == 1
    assert Line.objects.aggregate(sum=models.Sum("total"))["sum"] == Decimal("84.50")


def test_deferred_values_are_loaded(lines: Any, do: Do) -> None:
    do(line(), "save")
    one = Line.objects.only("title").get()
    assert "total" not in vars(one)
    assert one.total == Decimal("7.50")
    one = Line.objects.defer("total").get()
    one.title = "Cap"
    do(one, "save")
    assert (one.total, one.slug) == (Decimal("7.50"), "cap-3")


def test_nobody_writes_them(lines: Any, do: Do) -> None:
    one = line()
    do(one, "save")
    source = r"the database computes it as .*\. Change what it is computed of\."
    with pytest.raises(FieldError, match=rf"update\(\) cannot write 'total': {source}"):
        do(Line.objects, "update", total=5)
    with pytest.raises(ValueError, match=rf"bulk_update\(\) cannot write 'total': {source}"):
        do(Line.objects, "bulk_update", [one], ["total"])
    with pytest.raises(ValueError, match=rf"save\(update_fields=…\) cannot write 'total': {source}"):
        do(one, "save", update_fields=["total"])
    with pytest.raises(ValueError, match=rf"bulk_create\(update_fields=…\) cannot write 'total': {source}"):
        do(
            Line.objects,
            "bulk_create",
            [line()],
            update_conflicts=True,
            update_fields=["total"],
            unique_fields=["id"],
        )


def test_validation_computes_what_a_constraint_asks_for(lines: Any, do: Do) -> None:
    one = line()
    do(one, "full_clean")
    one.count = 1000
    with pytest.raises(ValidationError, match="total_at_most_1000"):
        do(one, "full_clean")
    with pytest.raises(IntegrityError):
        do(one, "save")


def test_a_unique_value_is_guarded_by_the_database(lines: Any, do: Do) -> None:
    do(line(), "save")
    with pytest.raises(IntegrityError):
        do(line(), "save")


def test_conflicts_that_are_ignored(lines: Any, do: Do) -> None:
    do(line(), "save")
    do(Line.objects, "bulk_create", [line(), line(title="Ink")], ignore_conflicts=True)
    assert sorted(Line.objects.values_list("slug", flat=True)) == ["ink-3", "pen-3"]


def test_values_that_are_computed_when_they_are_read(database: Any, do: Do) -> None:
    if database.vendor == "postgresql":
        return  # PostgreSQL knows them from 18 on; migrations say so before

    class Point(models.Model):
        x = models.IntegerField()
        double = models.GeneratedField(expression=F("x") * 2, output_field=models.IntegerField(), db_persist=False)

        class Meta:
            apps = Apps([])
            app_label = "shop"

    wait(schema_editor(database).acreate_model(Point))
    point = Point(x=3)
    do(point, "save")
    assert point.double == 6
    assert Point.objects.filter(double=6).count() == 1


def test_rows_whose_every_column_is_up_to_the_database(database: Any, do: Do) -> None:
    class Ticket(models.Model):
        number = models.IntegerField(db_default=3)
        note = models.CharField(max_length=9, null=True, db_default="new")
        double = models.GeneratedField(expression=F("number") * 2, output_field=models.IntegerField(), db_persist=True)

        class Meta:
            apps = Apps([])
            app_label = "shop"

    wait(schema_editor(database).acreate_model(Ticket))
    ticket = do(Ticket.objects, "create")
    assert (type(ticket.pk), ticket.number, ticket.note, ticket.double) == (int, 3, "new", 6)
    many = do(Ticket.objects, "bulk_create", [Ticket(), Ticket(), Ticket()])
    assert [(one.number, one.note, one.double) for one in many] == [(3, "new", 6)] * 3
    assert len({one.pk for one in many}) == 3


def test_documents_dates_and_choices(database: Any, do: Do) -> None:
    class Visit(models.Model):
        data = models.JSONField(default=dict)
        day = models.DateField()
        owner = models.IntegerField(db_column="owner id", default=1)
        place = models.GeneratedField(
            expression=F("data__place"), output_field=models.JSONField(), db_persist=True, null=True
        )
        month = models.GeneratedField(expression=F("day__month"), output_field=models.IntegerField(), db_persist=True)
        next_owner = models.GeneratedField(
            expression=F("owner") + 1, output_field=models.IntegerField(), db_persist=True
        )

        class Meta:
            apps = Apps([])
            app_label = "shop"
            indexes = [models.Index(fields=["month"], name="visit_month")]

    wait(schema_editor(database).acreate_model(Visit))
    made = do(Visit.objects, "create", data={"place": {"city": "Ulm"}}, day="2026-05-06")
    assert (made.place, made.month, made.next_owner) == ({"city": "Ulm"}, 5, 2)
    found = Visit.objects.get(place__city="Ulm", month=5)
    assert (found.place, found.day.year) == ({"city": "Ulm"}, 2026)
    empty = do(Visit.objects, "create", day="2026-05-06")
    assert empty.place is None


def test_labels_of_choices(lines: Any, do: Do) -> None:
    one = line(count=9)
    do(one, "save")
    assert (one.kind, one.get_kind_display()) == (Kind.LARGE, "Large")
