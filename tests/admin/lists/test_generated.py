"""Columns that the database computes, in lists: filtered by and shown as what they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import manoir

manoir.setup()

from manoir import models  # noqa: E402  # models need apps
from manoir.admin import AdminSite, BooleanFieldListFilter, DateFieldListFilter, ModelAdmin  # noqa: E402
from manoir.admin._display import display_for_field  # noqa: E402
from manoir.admin._filters_of import make_filter  # noqa: E402
from manoir.apps import Apps  # noqa: E402
from manoir.models import F, Q  # noqa: E402
from manoir.testing import RequestFactory  # noqa: E402


class Line(models.Model):
    price = models.DecimalField(max_digits=8, decimal_places=2)
    made = models.DateField()
    total = models.GeneratedField(
        expression=F("price") * 2, output_field=models.DecimalField(max_digits=9, decimal_places=2), db_persist=True
    )
    is_dear = models.GeneratedField(expression=Q(price__gt=10), output_field=models.BooleanField(), db_persist=True)
    due = models.GeneratedField(expression=F("made"), output_field=models.DateField(), db_persist=True)

    class Meta:
        apps = Apps([])
        app_label = "shop"


def test_filters_are_those_of_their_kind() -> None:
    model_admin = ModelAdmin(Line, AdminSite())
    request: Any = RequestFactory().get("/")
    made = [make_filter(name, request, {}, model_admin) for name in ("is_dear", "due")]
    assert [type(one) for one in made] == [BooleanFieldListFilter, DateFieldListFilter]


def test_values_that_are_not_there_yet_are_shown_as_empty() -> None:
    new = Line(price=1)
    shown = [
        display_for_field(getattr(new, name), Line._meta.get_field(name), "-") for name in ("total", "is_dear", "due")
    ]
    assert {(one.text, one.kind) for one in shown} == {("-", "empty")}


def test_values_are_shown_as_those_of_their_kind() -> None:
    assert display_for_field(Decimal("7.50"), Line._meta.get_field("total"), "-").kind == "number"
    shown = [display_for_field(value, Line._meta.get_field("is_dear"), "-") for value in (True, False)]
    plain = models.BooleanField()
    plain.set_attributes_from_name("x")
    assert shown == [display_for_field(value, plain, "-") for value in (True, False)]
