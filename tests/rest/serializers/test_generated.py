"""Columns that the database computes: shown as what they are, taken from nobody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from manoir import models
from manoir.apps import Apps
from manoir.models import F, Q
from manoir.rest import serializers
from manoir.rest._declared_filters import build_filter


class Line(models.Model):
    price = models.DecimalField(max_digits=8, decimal_places=2)
    count = models.IntegerField(default=1)
    total = models.GeneratedField(
        verbose_name="all of it",
        expression=F("price") * F("count"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
    )
    is_dear = models.GeneratedField(expression=Q(price__gt=10), output_field=models.BooleanField(), db_persist=True)

    class Meta:
        apps = Apps([])
        app_label = "shop"


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = Line
        fields = "__all__"


def test_they_are_read_only_fields_of_their_kind() -> None:
    fields: Any = LineSerializer().fields
    assert {name: type(field) for name, field in fields.items()} == {
        "id": serializers.IntegerField,
        "price": serializers.DecimalField,
        "count": serializers.IntegerField,
        "total": serializers.DecimalField,
        "is_dear": serializers.BooleanField,
    }
    assert [name for name, field in fields.items() if field.read_only] == ["id", "total", "is_dear"]
    assert fields["total"].label == "All of it"


def test_they_are_shown_and_not_taken() -> None:
    line = Line(id=1, price=Decimal("2.50"), count=3)
    line.__dict__.update(total=Decimal("7.50"), is_dear=False)
    assert LineSerializer(line).data == {"id": 1, "price": "2.50", "count": 3, "total": "7.50", "is_dear": False}
    sent = LineSerializer(data={"price": "1.00", "count": 2, "total": "9.00", "is_dear": True})
    assert sent.is_valid()
    assert sent.validated_data == {"price": Decimal("1.00"), "count": 2}


def test_clients_filter_by_them_as_by_columns_of_their_kind() -> None:
    dear = build_filter(Line, "is_dear", "exact", "filterset_fields")
    total = build_filter(Line, "total", "gt", "filterset_fields")
    assert (dear.clean("true"), total.clean("2.50")) == (True, Decimal("2.50"))
    assert (dear.schema["type"], build_filter(Line, "total", "isnull", "x").clean("false")) == ("boolean", False)
