"""Tables of models that no migration makes: of apps without migrations, or of all where tests want none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from manoir.apps import apps
from manoir.bridge import blocking_function
from manoir.db import Connection, router, transaction
from manoir.migrations._editing import schema_editor
from manoir.migrations._loader import MigrationLoader


async def acreate_missing_tables(connection: Connection, *, migrated: bool = True) -> list[Any]:
    """Create the tables of models that no migration has made.

    Args:
        connection: the database, migrated already.
        migrated: leave apps with migrations to them; False makes the tables of all models.

    Returns:
        The models whose tables were made.
    """
    made_by_migrations = MigrationLoader().migrated_apps if migrated else set[str]()
    present = set(await connection.table_names())
    missing = [
        model
        for model in apps.get_models()
        if model._meta.managed
        and not model._meta.proxy
        and not model._meta.swapped
        and model._meta.app_label not in made_by_migrations
        and model._meta.db_table not in present
        and router.allow_migrate_model(connection.alias, model)
    ]
    if not missing:
        return []
    async with connection.hold():
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            await connection.execute("PRAGMA foreign_keys = OFF")  # as for migrations; the link is reset afterwards
        async with transaction.atomic(using=connection.alias):
            editor = schema_editor(connection)
            await editor.begin()
            for model in targets_first(missing):
                await editor.acreate_model(model)
            await editor.finish()
    return missing


create_missing_tables = blocking_function(acreate_missing_tables)


def targets_first(models: Iterable[Any]) -> Iterator[Any]:
    """Order models so that those a foreign key points to come before it; circles keep the order they were declared in."""
    waiting = dict.fromkeys(models)
    seen: set[Any] = set()

    def with_targets(model: Any) -> Iterator[Any]:
        if model in seen:
            return
        seen.add(model)
        for target in targets_of(model):
            if target in waiting:
                yield from with_targets(target)
        yield model

    for model in waiting:
        yield from with_targets(model)


def targets_of(model: Any) -> list[Any]:
    """Return the models that the tables of a model point to, those of its many-to-many fields included."""
    fields = [*model._meta.local_fields, *model._meta.many_to_many]
    return [field.related_model for field in fields if field.is_relation and field.related_model is not None]
