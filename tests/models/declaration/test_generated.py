"""Declaring columns that the database computes: arguments, descriptions, checks."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from manoir import models
from manoir.apps import Apps
from manoir.bridge import wait
from manoir.forms import modelform_factory
from manoir.models import Count, Exists, F, GeneratedField, OuterRef, Value, Window
from manoir.models._generated import check_virtual_columns
from manoir.models.functions import Lower, Now, RowNumber, TruncDate

INTEGER = models.IntegerField()


def field(expression: Any = "price", **options: Any) -> Any:
    return GeneratedField(
        expression=expression, **{"output_field": models.IntegerField(), "db_persist": True, **options}
    )


def model(registry: Apps, **fields: Any) -> Any:
    meta = type("Meta", (), {"apps": registry, "app_label": "shop"})
    base = {"price": models.IntegerField(), "name": models.CharField(max_length=10), "Meta": meta}
    return type("Thing", (models.Model,), {**base, **fields, "__module__": __name__})


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: field(3), TypeError, r"give an expression, not 3"),
        (lambda: field(output_field="int"), TypeError, r"is a field, such as IntegerField\(\), not 'int'"),
        (
            lambda: field(output_field=models.ForeignKey("x.Y", models.CASCADE)),
            TypeError,
            "a field with a value of its own, not a ForeignKey",
        ),
        (lambda: field(output_field=field()), TypeError, "not a GeneratedField"),
        (lambda: field(db_persist=None), ValueError, r"db_persist=None\) is True or False"),
        (lambda: field(default=3), ValueError, "leave default out"),
        (lambda: field(db_default=3), ValueError, "leave db_default out"),
        (lambda: field(primary_key=True), ValueError, "leave primary_key out"),
        (lambda: field(editable=True), ValueError, "leave editable out"),
        (lambda: field(blank=False), ValueError, "leave blank out"),
        (lambda: field(db_indx=True), TypeError, "Did you mean 'db_index'"),
    ],
)
def test_arguments_are_checked_at_import(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_it_is_of_the_type_of_its_output_field(registry: Apps) -> None:
    thing = model(registry, lower=field(Lower("name"), output_field=models.CharField(max_length=10)))
    lower = thing._meta.get_field("lower")
    assert (lower.get_internal_type(), lower.column_type.kind, lower.column_type.length) == ("CharField", "char", 10)
    assert (lower.editable, lower.generated, lower.db_returning, lower.has_default()) == (False, True, True, False)
    assert lower.to_python(5) == "5"
    assert str(lower.output_field) == "shop.Thing.lower"


def test_its_bound_output_field_says_the_same_of_itself(registry: Apps) -> None:
    thing = model(registry, double=field(F("price") * 2, null=True, verbose_name="twice as much", help_text="!"))
    double = thing._meta.get_field("double")
    shown = double.output_field
    assert (shown.name, shown.null, shown.editable, shown.verbose_name, shown.help_text) == (
        "double",
        True,
        False,
        "twice as much",
        "!",
    )
    assert double.deconstruct()[3]["output_field"].deconstruct()[3] == {}
    assert type(double.formfield()).__name__ == "IntegerField"


def test_it_can_be_made_again_from_its_description(registry: Apps) -> None:
    original = field(F("price") * 2, null=True, db_index=True, help_text="twice")
    thing = model(registry, double=original)
    name, path, args, kwargs = thing._meta.get_field("double").deconstruct()
    assert (name, path, args) == ("double", "manoir.models.GeneratedField", [])
    assert sorted(kwargs) == ["db_index", "db_persist", "expression", "help_text", "null", "output_field"]
    again = GeneratedField(*args, **kwargs)
    assert again.deconstruct()[3]["expression"].identity() == original.expression.identity()
    assert copy.deepcopy(original).expression is original.expression
    assert pickle.loads(pickle.dumps(models.IntegerField(null=True))).null


def test_abstract_models_pass_it_on(registry: Apps) -> None:
    class Priced(models.Model):
        price = models.IntegerField()
        double = field(F("price") * 2)

        class Meta:
            abstract = True

    def made(name: str) -> Any:
        meta = type("Meta", (), {"apps": registry, "app_label": "shop"})
        return type(name, (Priced,), {"Meta": meta, "__module__": __name__})

    first, second = made("First"), made("Second")
    assert str(first._meta.get_field("double").output_field) == "shop.First.double"
    assert str(second._meta.get_field("double").output_field) == "shop.Second.double"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("prise", r"Did you mean 'price'"),
        ("other__price", "refers to another table"),
        ("double", "refers to 'double', which is generated itself"),
        (Count("price"), "computed over several rows"),
        (Window(RowNumber()), "computed over several rows"),
        (Now(), "not always the same"),
        (TruncDate("made"), "depends on the current time zone"),
    ],
    ids=repr,
)
def test_expressions_that_no_column_can_have(registry: Apps, expression: Any, message: str) -> None:
    thing = model(
        registry,
        other=models.ForeignKey("self", models.CASCADE, null=True),
        made=models.DateTimeField(null=True),
        double=field(F("price") * 2),
        bad=field(expression),
    )
    found = thing._meta.get_field("bad").check()
    assert [one.id for one in found] in (["manoir.models.E119"], ["manoir.models.E120"])
    assert any(part in str(found[0]) for part in [message]) or pytest.fail(str(found[0]))
    assert thing._meta.get_field("double").check() == []


def test_subqueries_are_no_columns(registry: Apps) -> None:
    thing = model(registry)
    again = model(
        Apps([]), bad=field(Exists(thing.objects.filter(pk=OuterRef("pk"))), output_field=models.BooleanField())
    )
    assert "holds a subquery" in str(again._meta.get_field("bad").check()[0])


def test_forms_leave_it_out(registry: Apps) -> None:
    thing = model(registry, double=field(F("price") * 2))
    assert list(modelform_factory(thing, fields="__all__")().fields) == ["price", "name"]
    with pytest.raises(Exception, match="nobody edits"):
        modelform_factory(thing, fields=["double"])


def test_a_value_is_an_expression_too() -> None:
    assert field(Value(3) + F("price")).expression.identity() == (Value(3) + F("price")).identity()


def test_the_check_of_databases_knows_servers_that_compute_nothing_when_they_are_read(database: Any) -> None:
    class Virtual(models.Model):
        price = models.IntegerField()
        double = field(F("price") * 2, db_persist=False)

        class Meta:
            app_label = "library"
            apps = Apps([])

    class App:
        def get_models(self) -> list[Any]:
            return [Virtual]

    found = wait(check_virtual_columns(app_configs=[App()], databases=["default"]))  # type: ignore[list-item]
    assert wait(check_virtual_columns(app_configs=[App()])) == []  # type: ignore[list-item]
    if database.vendor == "sqlite":
        assert found == []
        return
    version = int(wait(database.fetch_row("SHOW server_version_num"))[0]) // 10_000
    if version < 18:
        assert [(one.id, one.hint) for one in found] == [("manoir.models.E121", "Declare db_persist=True.")]
    else:
        assert found == []


def test_what_is_computed_into_a_secret_field_is_secret():
    class Secret(models.CharField):
        secret = True

    assert models.GeneratedField(expression=F("name"), output_field=Secret(max_length=9), db_persist=True).secret
    assert not models.GeneratedField(
        expression=F("name"), output_field=models.CharField(max_length=9), db_persist=True
    ).secret
