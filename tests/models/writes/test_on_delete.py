"""The policies of `on_delete` that the library's models do not use."""

from __future__ import annotations

from typing import Any

import pytest
from tests.models.colours import Do, statements
from tests.models.tables import foreign_keys, table_sql

from manoir import models
from manoir.apps import Apps
from manoir.bridge import wait
from manoir.db import transaction
from manoir.exceptions import IntegrityError

nodes = Apps([])


def make(name: str, /, **namespace: Any) -> Any:
    meta = type("Meta", (), {"app_label": "policies", "apps": nodes})
    return type(models.Model)(name, (models.Model,), {"Meta": meta, "__module__": __name__, **namespace})


Root = make("Root", name=models.CharField(max_length=20))


def first_root() -> Any:
    return Root.objects.order_by("pk")[0]


def leaf(name: str, policy: Any, **options: Any) -> Any:
    return make(name, root=models.ForeignKey(Root, on_delete=policy, related_name=f"{name.lower()}s", **options))


Defaulted = leaf("Defaulted", models.SET_DEFAULT, default=1)
Fixed = leaf("Fixed", models.SET(1))
Computed = leaf("Computed", models.SET(first_root))
Ignored = leaf("Ignored", models.DO_NOTHING)
Cascaded = leaf("Cascaded", models.DB_CASCADE)
Nulled = leaf("Nulled", models.DB_SET_NULL, null=True)
EVERY = (Root, Defaulted, Fixed, Computed, Ignored, Cascaded, Nulled)


async def create(connection: Any) -> None:
    for model in EVERY:
        await connection.execute(table_sql(connection, model))
    if connection.vendor == "postgresql":
        for model in EVERY:
            for text in foreign_keys(connection, model):
                await connection.execute(text)


@pytest.fixture
def roots(library: Any) -> Any:
    wait(create(library))
    return Root.objects.bulk_create([Root(pk=1, name="kept"), Root(pk=2, name="gone")])


@pytest.mark.parametrize("model", [Defaulted, Fixed, Computed], ids=["SET_DEFAULT", "SET(value)", "SET(callable)"])
def test_rows_that_point_elsewhere_afterwards(roots: Any, do: Do, model: Any) -> None:
    row = model.objects.create(root=roots[1])
    assert do(roots[1], "delete") == (1, {"policies.Root": 1})
    row.refresh_from_db()
    assert row.root_id == 1


def test_the_database_deletes_and_nulls_by_itself(roots: Any, library: Any, do: Do) -> None:
    Cascaded.objects.create(root=roots[1])
    nulled = Nulled.objects.create(root=roots[1])
    with statements(library) as sent:
        assert do(roots[1], "delete") == (1, {"policies.Root": 1})
    assert not [text for text in sent if "cascaded" in text or "nulled" in text]
    nulled.refresh_from_db()
    assert (Cascaded.objects.count(), nulled.root_id) == (0, None)


def test_do_nothing_leaves_the_refusal_to_the_database(roots: Any, library: Any) -> None:
    Ignored.objects.create(root=roots[1])
    check = "PRAGMA foreign_key_check" if library.vendor == "sqlite" else "SET CONSTRAINTS ALL IMMEDIATE"

    async def broken() -> bool:
        try:
            async with transaction.atomic():
                rows = await library.fetch(check)
                if rows:
                    raise IntegrityError("broken")
        except IntegrityError:
            return True
        return False

    roots[1].delete()
    assert wait(broken())
    Ignored.objects.all().delete()
