"""Runs migrations: plans, applies and undoes them, each with its row of the history in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from manoir.db import transaction
from manoir.migrations._describing import is_created, table_name, tables_of
from manoir.migrations._editing import schema_editor
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._loader import MigrationLoader
from manoir.migrations._migration import Migration, MigrationKey
from manoir.migrations._operations import AddField, CreateModel
from manoir.migrations._recorder import MigrationRecorder
from manoir.migrations._state import ProjectState

PlanStep: TypeAlias = tuple[Migration, bool]
"""A migration, and whether it is undone."""

Progress: TypeAlias = Callable[[str, Migration, bool], None]
"""Called with `apply_start`, `apply_success`, `unapply_start` or `unapply_success`, the migration, and whether it is faked."""

LOCK_KEY = 0x6D616E6F6972  # "manoir"
LOCK_PAUSE_SECONDS = 0.2


class MigrationExecutor:
    """Brings one database to a point of the history.

    Args:
        connection: the database.
        progress: told about every step; None: nobody is.
    """

    def __init__(self, connection: Any, progress: Progress | None = None) -> None:
        self.connection = connection
        self.recorder = MigrationRecorder(connection)
        self.progress = progress or (lambda event, migration, fake: None)
        self._loader: MigrationLoader | None = None

    async def load(self) -> MigrationLoader:
        """Read the files and the history (anew)."""
        self._loader = MigrationLoader(await self.recorder.applied())
        return self._loader

    @property
    def loader(self) -> MigrationLoader:
        """What `load()` found."""
        if self._loader is None:
            raise RuntimeError("MigrationExecutor.load() has not been awaited yet.")
        return self._loader

    # -- plans -----------------------------------------------------------------------------------------------------

    def migration_plan(self, targets: Iterable[tuple[str, str | None]]) -> list[PlanStep]:
        """What has to be done to reach targets.

        Args:
            targets: keys of migrations; with None for the name, the state before the app's first.
        """
        graph, applied = self.loader.graph, set(self.loader.applied)
        plan: list[PlanStep] = []
        for app_label, name in targets:
            if name is None:
                for root in graph.root_nodes(app_label):
                    self._plan_backwards(root, applied, plan)
            elif (app_label, name) in applied:
                for child in sorted(graph.children[app_label, name]):
                    if child[0] == app_label:
                        self._plan_backwards(child, applied, plan)
            else:
                for key in graph.forwards_plan((app_label, name)):
                    if key not in applied:
                        plan.append((graph.nodes[key], False))
                        applied.add(key)
        return plan

    def _plan_backwards(self, target: MigrationKey, applied: set[MigrationKey], plan: list[PlanStep]) -> None:
        for key in self.loader.graph.backwards_plan(target):
            if key in applied:
                plan.append((self.loader.graph.nodes[key], True))
                applied.discard(key)

    # -- running ---------------------------------------------------------------------------------------------------

    async def migrate(
        self,
        targets: Iterable[tuple[str, str | None]],
        plan: Sequence[PlanStep] | None = None,
        fake: bool = False,
        fake_initial: bool = False,
    ) -> ProjectState | None:
        """Reach targets.

        Args:
            targets: see `migration_plan`.
            plan: that plan, if it is known.
            fake: only write the history.
            fake_initial: only write the history of initial migrations whose tables exist.

        Returns:
            The state of the models afterwards; None when there was nothing to do.
        """
        plan = self.migration_plan(targets) if plan is None else plan
        await self.recorder.ensure_table()
        if not plan:
            await self.record_squashed()
            return None
        if all(backwards for _migration, backwards in plan):
            state = await self._migrate_backwards(plan, fake)
        elif any(backwards for _migration, backwards in plan):
            raise ValueError("One plan cannot both apply and undo migrations; migrate one app after the other.")
        else:
            state = await self._migrate_forwards(plan, fake, fake_initial)
        await self.record_squashed()
        return state

    async def _migrate_forwards(self, plan: Sequence[PlanStep], fake: bool, fake_initial: bool) -> ProjectState:
        waiting = {migration.key for migration, _backwards in plan}
        state = self.loader.base_state()
        for key in self.loader.graph.full_plan():
            migration = self.loader.graph.nodes[key]
            if key in waiting:
                state = await self.apply_migration(state, migration, fake, fake_initial)
                waiting.discard(key)
            elif key in self.loader.applied:
                migration.mutate_state(state, preserve=False)
        return state

    async def _migrate_backwards(self, plan: Sequence[PlanStep], fake: bool) -> ProjectState:
        undone = {migration.key for migration, _backwards in plan}
        states: dict[MigrationKey, ProjectState] = {}
        state = self.loader.base_state()
        left = self.loader.base_state()
        for key in self.loader.graph.full_plan():
            if key not in self.loader.applied:
                continue
            migration = self.loader.graph.nodes[key]
            if key in undone:
                states[key] = state.clone()
            else:
                migration.mutate_state(left, preserve=False)
            migration.mutate_state(state, preserve=False)
        for migration, _backwards in plan:
            await self.unapply_migration(states[migration.key], migration, fake)
        return left

    async def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """Apply one migration to the database and to the state."""
        self.progress("apply_start", migration, fake)
        fake = fake or (fake_initial and migration.is_initial and await self.tables_exist(state, migration))
        if fake:
            state = migration.mutate_state(state)
            async with transaction.atomic(self.connection.alias):
                await self.record(migration)
        else:
            async with self.editing(migration) as editor:
                state = await migration.apply(state, editor)
                await self.record(migration)
        self.loader.applied.add(migration.key)
        self.progress("apply_success", migration, fake)
        return state

    async def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        """Undo one migration; `state` is the state before it."""
        self.progress("unapply_start", migration, fake)
        if fake:
            async with transaction.atomic(self.connection.alias):
                await self.forget(migration)
        else:
            async with self.editing(migration) as editor:
                state = await migration.unapply(state, editor)
                await self.forget(migration)
        self.loader.applied.discard(migration.key)
        self.progress("unapply_success", migration, fake)
        return state

    async def record(self, migration: Migration) -> None:
        """Write that a migration (or each that it replaces) was applied."""
        for app_label, name in migration.replaces or [migration.key]:
            if (app_label, name) not in self.loader.applied:
                await self.recorder.record_applied(app_label, name)
        if migration.replaces and migration.key not in migration.replaces:
            await self.recorder.record_applied(*migration.key)

    async def forget(self, migration: Migration) -> None:
        """Write that a migration (and each that it replaces, and that these do) is no longer applied."""
        gone: list[MigrationKey] = [migration.key]
        for key in gone:
            known = self.loader.disk_migrations.get(key)
            gone += [one for one in (known.replaces if known else ()) if one not in gone]
        for app_label, name in gone:
            await self.recorder.record_unapplied(app_label, name)

    async def record_squashed(self) -> None:
        """Record squashed migrations as applied when all that they replace are."""
        recorded = set(await self.recorder.applied())
        for key, migration in self.loader.disk_migrations.items():
            if migration.replaces and key not in recorded and all(one in recorded for one in migration.replaces):
                await self.recorder.record_applied(*key)

    @asynccontextmanager
    async def editing(self, migration: Migration) -> AsyncGenerator[SchemaEditor]:
        """A schema editor in the transaction of one migration."""
        editor = schema_editor(self.connection, atomic=migration.atomic)
        async with self.connection.hold():
            if self.connection.vendor == "sqlite" and not self.connection.in_atomic_block:
                await self.connection.execute("PRAGMA foreign_keys = OFF")  # does nothing once a transaction is open
            if migration.atomic:
                async with transaction.atomic(self.connection.alias):
                    await editor.begin()
                    yield editor
                    await editor.finish()
            else:
                await editor.begin()
                yield editor
                await editor.finish()

    async def tables_exist(self, before: ProjectState, migration: Migration) -> bool:
        """Whether all tables that an initial migration makes are there already."""
        creations = [one for one in migration.operations if isinstance(one, (CreateModel, AddField))]
        if not any(isinstance(one, CreateModel) for one in creations):
            return False
        after = migration.mutate_state(before)
        wanted: set[str] = set()
        for operation in creations:
            key = (migration.app_label, operation.name_lower)
            if key in after.models and is_created(after.models[key], self.connection):
                wanted.add(table_name(after, after.models[key]))
                wanted.update(table.name for table in tables_of(after, key, self.connection).values())
        return bool(wanted) and wanted <= set(await self.connection.table_names())

    # -- one at a time ---------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def lock(self, waiting: Callable[[], None] | None = None) -> AsyncGenerator[None]:
        """Keep other processes from migrating the same PostgreSQL database meanwhile.

        Args:
            waiting: called once when another process has the lock.
        """
        bound_elsewhere = self.connection.options.get("pgbouncer") or self.connection.in_atomic_block
        if self.connection.vendor != "postgresql" or bound_elsewhere:
            yield  # SQLite has one writer; PgBouncer's sessions do not stay ours; a transaction of a test is alone
            return
        async with self.connection.hold():
            told = False
            while not (await self.connection.fetch_row("SELECT pg_try_advisory_lock($1)", (LOCK_KEY,)))[0]:
                if waiting is not None and not told:
                    waiting()
                told = True
                await asyncio.sleep(LOCK_PAUSE_SECONDS)
            try:
                yield
            finally:
                if not self.connection.needs_rollback:
                    await self.connection.fetch_row("SELECT pg_advisory_unlock($1)", (LOCK_KEY,))


async def collect_sql(connection: Any, loader: MigrationLoader, migration: Migration, backwards: bool) -> list[str]:
    """The statements of a migration, without running them.

    Raises:
        IrreversibleError: it cannot be undone.
    """
    editor = schema_editor(connection, collect_sql=True, atomic=migration.atomic)
    state = loader.project_state([migration.key], at_end=False)
    if backwards:
        await migration.unapply(state, editor)
    else:
        await migration.apply(state, editor)
    return editor.collected_sql
