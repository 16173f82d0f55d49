"""Finds the migrations of all apps on disk and builds their graph."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from manoir.apps import AppConfig, apps
from manoir.conf import settings
from manoir.exceptions import (
    AmbiguityError,
    BadMigrationError,
    InconsistentMigrationHistory,
    NodeNotFoundError,
    nearest,
)
from manoir.migrations._graph import MigrationGraph
from manoir.migrations._migration import Migration, MigrationKey
from manoir.migrations._state import ProjectState

MIGRATIONS = "migrations"


class MigrationLoader:
    """All migrations of the installed apps.

    Args:
        applied: keys of the migrations that a database has; None: no database is looked at.

    Attributes:
        disk_migrations: migrations found, by key.
        graph: their graph, in which squashed migrations stand for what they replace where they can.
        migrated_apps: labels of apps with migrations.
        unmigrated_apps: labels of apps without.
        applied: keys of applied migrations; a squashed one when all it replaces are.
    """

    def __init__(self, applied: Iterable[MigrationKey] | None = None) -> None:
        self.recorded = None if applied is None else set(applied)
        self.applied: set[MigrationKey] = set(self.recorded or ())
        self.disk_migrations: dict[MigrationKey, Migration] = {}
        self.migrated_apps: set[str] = set()
        self.unmigrated_apps: set[str] = set()
        for config in apps.get_app_configs():
            self._load_app(config)
        self.graph = self._graph()

    # -- files -----------------------------------------------------------------------------------------------------

    def _load_app(self, config: AppConfig) -> None:
        module_name = migrations_module(config)
        package = None if module_name is None else import_package(module_name)
        if package is None:
            self.unmigrated_apps.add(config.label)
            return
        self.migrated_apps.add(config.label)
        for name in migration_names(package):
            migration = load_migration(f"{package.__name__}.{name}", name, config.label)
            self.disk_migrations[migration.key] = migration

    # -- graph -----------------------------------------------------------------------------------------------------

    def _graph(self) -> MigrationGraph:
        chosen, stand_ins = self._resolve_squashed()
        graph = MigrationGraph()
        for migration in chosen.values():
            graph.add_node(migration)
        for migration in chosen.values():
            for dependency in migration.dependencies:
                if dependency[0] == migration.app_label and dependency[1] == "__first__":
                    continue
                for parent in self._resolved(dependency, chosen, stand_ins, migration):
                    graph.add_dependency(migration, migration.key, parent)
            for later in migration.run_before:
                for child in self._resolved(later, chosen, stand_ins, migration):
                    graph.add_dependency(migration, child, migration.key)
        graph.ensure_not_cyclic()
        return graph

    def _resolve_squashed(self) -> tuple[dict[MigrationKey, Migration], dict[MigrationKey, MigrationKey]]:
        """The migrations that are used, and for replaced ones the one in their place.

        A squashed migration stands for those it replaces when all or none of them are applied; otherwise they go on.
        """
        chosen = dict(self.disk_migrations)
        stand_ins: dict[MigrationKey, MigrationKey] = {}
        for key, migration in self._replacing():
            states = [one in self.applied for one in migration.replaces]
            if key in self.applied or all(states) or not any(states):
                if all(states):
                    self.applied.add(key)
                elif key in self.applied and self.recorded is not None and not any(states):
                    self.applied.update(migration.replaces)
                for one in migration.replaces:
                    if one != key:
                        chosen.pop(one, None)
                        stand_ins[one] = key
            else:
                chosen.pop(key)
        return chosen, stand_ins

    def _replacing(self) -> list[tuple[MigrationKey, Migration]]:
        """Squashed migrations, each after those squashed ones that it replaces itself."""
        waiting = {key: one for key, one in self.disk_migrations.items() if one.replaces}
        ordered: list[tuple[MigrationKey, Migration]] = []
        while waiting:
            ready = [
                key
                for key, one in waiting.items()
                if not any(inner in waiting for inner in one.replaces if inner != key)
            ]
            for key in ready or list(waiting):
                ordered.append((key, waiting.pop(key)))
        return ordered

    def _resolved(
        self,
        dependency: MigrationKey,
        chosen: Mapping[MigrationKey, Migration],
        stand_ins: Mapping[MigrationKey, MigrationKey],
        migration: Migration,
    ) -> list[MigrationKey]:
        app_label, name = dependency
        if name in ("__first__", "__latest__"):
            if app_label in self.unmigrated_apps:
                return []
            if app_label not in self.migrated_apps:
                hint = nearest(app_label, self.migrated_apps)
                raise NodeNotFoundError(f"{migration} depends on the app {app_label!r}, which is not installed.{hint}")
            return ends_of(app_label, chosen, first=name == "__first__")
        for _step in range(len(stand_ins) + 1):
            if dependency not in stand_ins:
                break
            dependency = stand_ins[dependency]
        return [] if dependency == migration.key else [dependency]

    # -- questions -------------------------------------------------------------------------------------------------

    def get_migration(self, app_label: str, name: str) -> Migration:
        """The migration of that name.

        Raises:
            NodeNotFoundError: there is none.
        """
        try:
            return self.graph.nodes[app_label, name]
        except KeyError:
            raise NodeNotFoundError(f"There is no migration {app_label}.{name}.") from None

    def get_migration_by_prefix(self, app_label: str, prefix: str) -> Migration:
        """The one migration whose name begins so.

        Raises:
            AmbiguityError: there are several.
            NodeNotFoundError: there is none; the message names the nearest.
        """
        names = [name for label, name in self.graph.nodes if label == app_label]
        found = [prefix] if prefix in names else [name for name in names if name.startswith(prefix)]
        if len(found) > 1:
            raise AmbiguityError(f"{prefix!r} fits several migrations of {app_label!r}: {', '.join(sorted(found))}.")
        if not found:
            raise NodeNotFoundError(
                f"The app {app_label!r} has no migration that begins with {prefix!r}.{nearest(prefix, names)}"
            )
        return self.get_migration(app_label, found[0])

    def detect_conflicts(self) -> dict[str, list[str]]:
        """Apps whose history has several ends, with their names."""
        ends: dict[str, list[str]] = {}
        for app_label, name in self.graph.leaf_nodes():
            ends.setdefault(app_label, []).append(name)
        return {app_label: names for app_label, names in ends.items() if len(names) > 1}

    def check_consistent_history(self, alias: str) -> None:
        """Raise when a migration is applied before one that it depends on.

        Raises:
            InconsistentMigrationHistory: names both.
        """
        for key in sorted(self.applied & set(self.graph.nodes)):
            for parent in sorted(self.graph.parents[key]):
                if parent in self.applied or self._is_replacing_applied(parent):
                    continue
                raise InconsistentMigrationHistory(
                    f"Migration {'.'.join(key)} is applied on the database {alias!r}, but {'.'.join(parent)}, which it "
                    "depends on, is not."
                )

    def _is_replacing_applied(self, key: MigrationKey) -> bool:
        replaces = self.graph.nodes[key].replaces
        return bool(replaces) and all(one in self.applied for one in replaces)

    def project_state(self, nodes: Iterable[MigrationKey] | None = None, at_end: bool = True) -> ProjectState:
        """The state that migrations lead to.

        Args:
            nodes: the migrations; None: all.
            at_end: after them; False: just before them.
        """
        targets = self.graph.leaf_nodes() if nodes is None else list(nodes)
        state = self.base_state()
        for key in self.graph.ordered(targets, self.graph.parents):
            if at_end or key not in targets:
                self.graph.nodes[key].mutate_state(state, preserve=False)
        return state

    def base_state(self) -> ProjectState:
        """The state before all migrations: the models of apps without migrations."""
        state = ProjectState.from_apps(apps, self.unmigrated_apps) if self.unmigrated_apps else ProjectState()
        state.floating = frozenset(state.models)
        return state


def migrations_module(config: AppConfig) -> str | None:
    """Dotted path of the migrations of an app; None when MIGRATION_MODULES says that it has none."""
    chosen = settings.MIGRATION_MODULES
    return chosen.get(config.label, f"{config.name}.{MIGRATIONS}")


def import_package(module_name: str) -> Any:
    """The package of migrations; None when there is none.

    Raises:
        BadMigrationError: it is a module, not a package.
    """
    parent, _dot, _name = module_name.rpartition(".")
    if parent and find_spec(parent) is None:
        return None
    if find_spec(module_name) is None:
        return None
    package = import_module(module_name)
    if not hasattr(package, "__path__"):
        raise BadMigrationError(f"{module_name} is a file; migrations live in a package (a directory) of that name.")
    return package


def migration_names(package: Any) -> list[str]:
    """Names of the migrations in a package: its modules, save those that begin with `_` or `~`."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if not module.ispkg and module.name[0] not in "_~"
    )


def load_migration(path: str, name: str, app_label: str) -> Migration:
    """Import a migration.

    Raises:
        BadMigrationError: the file has no class `Migration`, or cannot be imported.
    """
    try:
        module = import_module(path)
    except SyntaxError as error:
        raise BadMigrationError(f"Migration {app_label}.{name} cannot be read: {error}.") from error
    found: Any = getattr(module, "Migration", None)
    if not (isinstance(found, type) and issubclass(found, Migration)):
        raise BadMigrationError(
            f"Migration {app_label}.{name} ({path}) has no class Migration that derives from migrations.Migration."
        )
    return found(name, app_label)


def ends_of(app_label: str, migrations: Mapping[MigrationKey, Migration], *, first: bool) -> list[MigrationKey]:
    """The first or last migrations of an app, by what its own migrations say about each other."""
    own = {key: one for key, one in migrations.items() if key[0] == app_label}
    if first:
        return sorted(key for key, one in own.items() if not any(parent in own for parent in one.dependencies))
    inner = {parent for one in own.values() for parent in one.dependencies}
    return sorted(key for key in own if key not in inner)
