"""The tables of installed models, for commands that empty and count them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from manoir.apps import AppConfig, apps
from manoir.db import connections, router


def migrated_models(alias: str, configs: Iterable[AppConfig] | None = None) -> list[Any]:
    """The models whose tables migrations make in a database, those between included."""
    chosen = apps.get_app_configs() if configs is None else configs
    return [
        model
        for config in chosen
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and router.allow_migrate_model(alias, model)
    ]


async def present_tables(alias: str) -> list[str]:
    """The tables of installed models that are there."""
    there = set(await connections[alias].table_names())
    return sorted({str(model._meta.db_table) for model in migrated_models(alias)} & there)


def counted_columns(models: Iterable[Any]) -> list[tuple[str, str]]:
    """The columns that the database counts, with their tables."""
    found = {
        (str(model._meta.db_table), str(column.column))
        for model in models
        for column in model._meta.concrete_fields
        if column.column_type is not None and column.column_type.auto
    }
    return sorted(found)
