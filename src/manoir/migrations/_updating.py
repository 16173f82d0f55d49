"""Takes changes into the last migration of an app, for `makemigrations --update`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from manoir.exceptions import MigrationError
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration, MigrationKey
from manoir.migrations._optimizing import optimized


def updated_migration(
    loader: MigrationLoader,
    changes: Sequence[Migration],
    applied: Collection[MigrationKey],
    name: str | None,
) -> tuple[Migration, Migration]:
    """The last migration of an app, and the one with the changes that takes its place.

    Args:
        loader: the migrations.
        changes: new migrations of the app.
        applied: keys of the migrations that a database has.
        name: name of the new one, without its number; None makes one of what it does.

    Raises:
        MigrationError: the app has none, or its last one may not be changed any more; says why.
    """
    app_label = changes[0].app_label
    leaves = loader.graph.leaf_nodes(app_label)
    if not leaves:
        raise MigrationError(f"The app {app_label!r} has no migration to update. Make one without --update.")
    last = loader.graph.nodes[leaves[0]]
    refuse(loader, last, applied)
    made = Migration(last.name, app_label)
    own = {migration.key for migration in changes}
    made.dependencies = list(
        dict.fromkeys(
            [
                *last.dependencies,
                *(key for one in changes for key in one.dependencies if key not in own and key != last.key),
            ]
        )
    )
    made.run_before, made.atomic = list(last.run_before), last.atomic
    if last.initial:
        made.__dict__["initial"] = True
    added = [operation for migration in changes for operation in migration.operations]
    made.operations = optimized([*last.operations, *added], app_label)
    number = last.name.partition("_")[0]
    made.name = f"{number}_{name or made.suggest_name()}"
    return last, made


def refuse(loader: MigrationLoader, last: Migration, applied: Collection[MigrationKey]) -> None:
    """Refuse to change what others have or build upon."""
    if last.replaces:
        raise MigrationError(f"{last} is a squashed migration, which others know by what it replaces. Make a new one.")
    if last.key in applied:
        raise MigrationError(f"{last} is applied. Undo it (manage.py migrate {last.app_label} …), or make a new one.")
    later = [str(loader.graph.nodes[key]) for key in sorted(loader.graph.children[last.key])]
    if later:
        raise MigrationError(f"{last} cannot be changed: {', '.join(later)} depend on it. Make a new one.")
