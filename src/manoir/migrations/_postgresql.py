"""The schema editor of PostgreSQL: ALTER TABLE for everything, in an order that dependencies allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from manoir.exceptions import NotSupportedError
from manoir.migrations._comparing import Change, difference
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._tables import Column, Index, Table, TableKey, mentions
from manoir.models._generated import VIRTUAL_SINCE


async def server_version(connection: Any) -> int:
    """The major version of a server."""
    row = await connection.fetch_row("SHOW server_version_num")
    return int(row[0]) // 10_000


class PostgreSQLSchemaEditor(SchemaEditor):
    """Changes the schema of a PostgreSQL database."""

    async def change(self, change: Change) -> None:
        await self.refuse_virtual(change)
        await self.rename(change)
        pairs = [(key, await self.drop_recomputed(old, new), new) for key, old, new in change.after_renaming()]
        for _key, old, new in pairs:
            await self.drop_members(old, new)
        for table in change.dropped():
            await self.run(self.ddl.drop_table(table.name))
        for key, old, new in pairs:
            await self.change_columns(key, old, new, change)
        for table in change.created():
            await self.create(table)
        for _key, old, new in pairs:
            await self.add_members(old, new)
        for table in change.created():
            await self.run(*[self.ddl.add_foreign_key(table.name, key) for key in table.foreign_keys])

    async def settle(self) -> None:
        # Deferred foreign keys are checked now: PostgreSQL refuses to alter a table with checks still to come.
        if self.connection.in_atomic_block or self.collect_sql:
            await self.run("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")

    async def refuse_virtual(self, change: Change) -> None:
        """Refuse values that are computed when they are read, on a server that does not know them.

        Raises:
            NotSupportedError: there is such a column.
        """
        virtual = [
            f"{table.name}.{column.name}"
            for table in change.after.values()
            for column in table.columns
            if column.generated is not None and not column.is_stored
        ]
        if not virtual or self.collect_sql:
            return
        version = await server_version(self.connection)
        if version < VIRTUAL_SINCE:
            raise NotSupportedError(
                f"{', '.join(virtual)}: PostgreSQL before {VIRTUAL_SINCE} (this one is {version}) computes no values when they "
                "are read: declare db_persist=True."
            )

    # -- tables ----------------------------------------------------------------------------------------------------

    async def rename(self, change: Change) -> None:
        for old, new in change.renamed_tables():
            await self.run(self.ddl.rename_table(old.name, new.name))
        for key, _old, new in change.pairs():
            for before, after in change.renamed.get(key, {}).items():
                await self.run(self.ddl.rename_column(new.name, before, after))

    async def create(self, table: Table) -> None:
        await self.run(self.ddl.create_table(table))
        await self.run(*[self.ddl.create_index(table.name, index) for index in table.indexes if not index.constraint])
        if table.comment:
            await self.run(self.ddl.comment(table))
        for column in table.columns:
            if column.comment:
                await self.run(self.ddl.column_comment(table, column))

    # -- constraints and indexes -----------------------------------------------------------------------------------

    async def drop_members(self, old: Table, new: Table) -> None:
        """Drop (or rename) what is not part of the new table; what belongs to a dropped column goes with it."""
        table = new.name
        keys = difference(old.foreign_keys, new.foreign_keys)
        checks = difference(old.checks, new.checks)
        indexes = difference(old.indexes, new.indexes)
        for one in [*keys.gone, *checks.gone, *[index for index in indexes.gone if index.constraint]]:
            await self.run(self.ddl.drop_constraint(table, one.name))
        for one in indexes.gone:
            if not one.constraint:
                await self.run(self.ddl.drop_index(one.name))
        for before, after in [*keys.renamed, *checks.renamed, *constraints(indexes.renamed)]:
            await self.run(self.ddl.rename_constraint(table, before.name, after.name))
        for before, after in indexes.renamed:
            if not before.constraint:
                await self.run(self.ddl.rename_index(before.name, after.name))
        old_key, new_key = old.key, new.key
        if old_key is not None and (new_key is None or new_key.name != old_key.name) and old_key.name in new.by_name:
            await self.run(self.ddl.drop_constraint(table, await self.name_of_key(table)))

    async def name_of_key(self, table: str) -> str:
        """Name of the primary key of a table, which PostgreSQL chose."""
        if not self.collect_sql:
            rows = await self.connection.fetch(
                "SELECT conname FROM pg_catalog.pg_constraint WHERE contype = 'p' AND conrelid = to_regclass($1)",
                (self.ddl.name(table),),
            )
            if rows:
                return rows[0][0]
        return f"{table}_pkey"[:63]

    async def add_members(self, old: Table, new: Table) -> None:
        table = new.name
        for index in difference(old.indexes, new.indexes).come:
            await self.run(self.ddl.create_index(table, index))
        for check in difference(old.checks, new.checks).come:
            await self.run(self.ddl.add_check(table, check))
        for key in difference(old.foreign_keys, new.foreign_keys).come:
            await self.run(self.ddl.add_foreign_key(table, key))
        if old.comment != new.comment:
            await self.run(self.ddl.comment(new))

    # -- columns ---------------------------------------------------------------------------------------------------

    async def drop_recomputed(self, old: Table, new: Table) -> Table:
        """Drop generated columns whose expression changes, or the type of what they are computed of; they are added anew.

        Returns:
            The old table without them, and without what depended on them.
        """
        known, wanted = old.by_name, new.by_name
        retyped = [name for name in known if name in wanted and known[name].sql_type != wanted[name].sql_type]
        gone: list[str] = []
        for name, column in known.items():
            after = wanted.get(name)
            if after is None or after.generated is None:
                continue
            if replace(column, comment=after.comment) != after or mentions(column.generated, retyped):
                gone.append(name)
                await self.run(self.ddl.drop_column(new.name, name))
        if not gone:
            return old
        return replace(
            old,
            columns=tuple([column for column in old.columns if column.name not in gone]),
            checks=tuple([check for check in old.checks if not mentions(check.sql, gone)]),
            indexes=tuple([index for index in old.indexes if not index_mentions(index, gone)]),
        )

    async def change_columns(self, key: TableKey, old: Table, new: Table, change: Change) -> None:
        fills = change.fills.get(key, {})
        known, wanted = old.by_name, new.by_name
        for name in known:
            if name not in wanted:
                await self.run(self.ddl.drop_column(new.name, name))
        for name, column in wanted.items():
            if name not in known:
                await self.add_column(new, column, fills.get(name))
            elif known[name] != column:
                await self.alter_column(new, known[name], column, fills.get(name))

    async def add_column(self, table: Table, column: Column, fill: str | None) -> None:
        """Add a column; a value for the rows there are is a default that is taken away again."""
        temporary = fill if column.default is None else None
        await self.run(self.ddl.add_column(table.name, column, default=temporary))
        if temporary is not None:
            await self.run(self.ddl.alter_column(table.name, column.name, "DROP DEFAULT"))
        if column.comment:
            await self.run(self.ddl.column_comment(table, column))

    async def alter_column(self, table: Table, old: Column, new: Column, fill: str | None) -> None:
        name = table.name
        if old.generated is not None and new.generated is None:
            await self.run(self.ddl.alter_column(name, new.name, "DROP EXPRESSION"))
        if old.auto and not new.auto:
            await self.run(self.ddl.alter_column(name, new.name, "DROP IDENTITY IF EXISTS"))
        if old.sql_type != new.sql_type:
            if old.default is not None:
                await self.run(self.ddl.alter_column(name, new.name, "DROP DEFAULT"))
                old = replace(old, default=None)
            await self.run(self.ddl.alter_type(name, new.name, new.sql_type))
        if old.default != new.default:
            what = "DROP DEFAULT" if new.default is None else f"SET DEFAULT {new.default}"
            await self.run(self.ddl.alter_column(name, new.name, what))
        await self.alter_null(name, old, new, fill)
        if new.auto and not old.auto:
            await self.run(
                self.ddl.alter_column(name, new.name, "ADD GENERATED BY DEFAULT AS IDENTITY"),
                self.ddl.follow_sequence(name, new.name),
            )
        if new.primary_key and not old.primary_key:
            await self.run(self.ddl.alter(name, f"ADD PRIMARY KEY ({self.ddl.name(new.name)})"))
        if old.comment != new.comment:
            await self.run(self.ddl.column_comment(table, new))

    async def alter_null(self, table: str, old: Column, new: Column, fill: str | None) -> None:
        if old.null and not new.null:
            value = fill if fill is not None else new.default
            if value is not None:
                await self.run(self.ddl.fill(table, new.name, value))
                await self.settle()
            await self.run(self.ddl.alter_column(table, new.name, "SET NOT NULL"))
        elif new.null and not old.null:
            await self.run(self.ddl.alter_column(table, new.name, "DROP NOT NULL"))


def index_mentions(index: Index, names: list[str]) -> bool:
    return any(mentions(part, names) for part in (*index.parts, index.where)) or not set(names).isdisjoint(
        index.include
    )


def constraints(pairs: list[tuple[Index, Index]]) -> list[tuple[Index, Index]]:
    return [pair for pair in pairs if pair[0].constraint]
