"""Models of these tests live in registries of their own; the shared library is loaded once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.models.tables import create_tables

import manoir
from manoir.apps import Apps, apps
from manoir.bridge import wait
from tests import databases

manoir.setup()


@pytest.fixture
def registry() -> Apps:
    """An empty registry for `class Meta: apps = registry; app_label = "shop"`."""
    return Apps([])


@databases.on_create
async def _tables(connection: Any) -> None:
    await create_tables(connection, apps.get_app_config("library").get_models())


@pytest.fixture
def library(database: Any) -> Any:
    """The tables of tests/library with two authors, a publisher, a tag and a book."""
    wait(fill(database))
    return database


async def fill(connection: Any) -> None:
    rows: list[tuple[str, dict[str, Any]]] = [
        ("author", {"id": 1, "name": "Ann", "email": "ann@example.com", "active": True}),
        ("author", {"id": 2, "name": "Ben", "active": True}),
        ("publisher", {"id": 1, "name": "Penguin", "country": "", "website": ""}),
        ("tag", {"id": 1, "label": "Fiction", "slug": "fiction"}),
    ]
    for number, title in enumerate(("A", "B", "C"), start=1):
        moment = dt.datetime(2026, 1, number, tzinfo=dt.UTC)
        values = {"id": number, "title": title, "author_id": 1, "created": moment, "updated": moment, "pages": 10}
        rows.append(("book", {**values, "price": Decimal(number), "status": "live", "on_sale": False}))
    for table, values in rows:
        await insert(connection, apps.get_model("library", table), values)


async def insert(connection: Any, model: Any, values: dict[str, Any]) -> None:
    """Write one row by plain SQL."""
    arguments: list[Any] = []
    for name, value in values.items():
        field = model._meta.get_field(name)
        convert = connection.to_driver(field.column_type)
        arguments.append(convert(value) if convert else value)
    columns = ", ".join(connection.quote_name(model._meta.get_field(name).column) for name in values)
    marks = ", ".join(f"${i}" if connection.vendor == "postgresql" else "?" for i in range(1, len(values) + 1))
    await connection.execute(f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})", arguments)
