"""Puts several migrations of an app into one that replaces them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manoir.exceptions import MigrationError
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration, SwappableTuple
from manoir.migrations._optimizing import optimized, without_elidable


def chosen_migrations(loader: MigrationLoader, app_label: str, start: str | None, end: str) -> list[Migration]:
    """The migrations of an app from one (None: its first) to another, in order.

    Raises:
        NodeNotFoundError: a name fits none; names the nearest.
        AmbiguityError: a name fits several.
        MigrationError: the first one does not come before the last one.
    """
    last = loader.get_migration_by_prefix(app_label, end)
    found = [loader.graph.nodes[key] for key in loader.graph.forwards_plan(last.key) if key[0] == app_label]
    if start is None:
        return found
    first = loader.get_migration_by_prefix(app_label, start)
    if first not in found:
        raise MigrationError(
            f"{first} does not come before {last}, so that nothing can be squashed from there. The order of migrations:"
            f" manage.py showmigrations {app_label}"
        )
    return found[found.index(first) :]


def squashed(migrations: Sequence[Migration], name: str, *, initial: bool, optimize: bool) -> tuple[Migration, int]:
    """A migration with the effect of several, and the number of operations that these have.

    Args:
        migrations: those of one app, in order.
        name: name of the new one.
        initial: it begins with the first migration of the app.
        optimize: make fewer operations; those that are elidable are left out in any case.
    """
    app_label = migrations[0].app_label
    inside = {migration.key for migration in migrations}
    made = Migration(name, app_label)
    dependencies: dict[Any, None] = {}
    for migration in migrations:
        for dependency in migration.dependencies:
            own = dependency[0] == app_label and not isinstance(dependency, SwappableTuple)
            if not own or (dependency not in inside and dependency[1] != "__first__"):
                dependencies[dependency] = None
    made.dependencies = list(dependencies)
    made.run_before = list(
        dict.fromkeys(later for one in migrations for later in one.run_before if later not in inside)
    )
    made.replaces = [migration.key for migration in migrations]
    every = [operation for migration in migrations for operation in migration.operations]
    kept = without_elidable(every)
    made.operations = optimized(kept, app_label) if optimize else kept
    made.atomic = all(migration.atomic for migration in migrations)
    if initial:
        made.__dict__["initial"] = True
    return made, len(every)


def squashed_name(migrations: Sequence[Migration], given: str | None) -> str:
    """The name of the migration that replaces others: of the first and the last, or the given one with its number."""
    number, _line, _rest = migrations[0].name.partition("_")
    if given:
        return f"{number}_{given}"
    first = number if migrations[0].is_initial else migrations[0].name
    return f"{first}_squashed_{migrations[-1].name}"
