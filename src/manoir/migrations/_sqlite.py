"""The schema editor of SQLite: what ALTER TABLE cannot do is done by building the table anew, from state.

A rebuild keeps the rows, the numbering of new rows, the indexes, and also the triggers and indexes that the state
does not know (somebody made them by `RunSQL`). Foreign keys are off before the transaction begins (`_executor`): with
them on, dropping the old table would delete rows of others. They are checked before the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manoir.exceptions import DatabaseError, IntegrityError, NotSupportedError, ProgrammingError
from manoir.migrations._comparing import Change, difference
from manoir.migrations._editor import SchemaEditor
from manoir.migrations._tables import Column, Table, TableKey

MAX_SHOWN_VIOLATIONS = 5

CONVERSIONS: dict[tuple[str, str], str] = {
    ("datetime", "date"): "substr({0}, 1, 10)",
    ("date", "datetime"): "{0} || ' 00:00:00'",
    ("datetime", "time"): "substr({0}, 12)",
    ("float", "int"): "CAST({0} AS integer)",
    ("float", "bigint"): "CAST({0} AS integer)",
    ("float", "smallint"): "CAST({0} AS integer)",
}
"""What a value of one kind becomes in a column of another, where the column's affinity alone does not say."""


class SQLiteSchemaEditor(SchemaEditor):
    """Changes the schema of an SQLite database."""

    async def change(self, change: Change) -> None:
        await self.rename(change)
        for table in change.dropped():
            await self.run(self.ddl.drop_table(table.name))
        for table in change.created():
            await self.run(self.ddl.create_table(table))
            await self.run(*[self.ddl.create_index(table.name, index) for index in table.indexes])
        for key, old, new in change.after_renaming():
            await self.change_table(key, old, new, change)

    async def begin(self) -> None:
        if self.collect_sql:
            return
        row = await self.connection.fetch_row("PRAGMA foreign_keys")
        if row[0]:
            raise NotSupportedError(
                "SQLite can only be migrated outside of a transaction: foreign keys have to be switched off before it "
                "begins. Call migrate outside of atomic() (in tests: TransactionTestCase, or a database of its own)."
            )

    async def finish(self) -> None:
        """Refuse to commit rows that point nowhere."""
        if self.collect_sql:
            return
        broken = await self.connection.fetch("PRAGMA foreign_key_check")
        if broken:
            shown = [f"{table} row {rowid} -> {target}" for table, rowid, target, _key in broken[:MAX_SHOWN_VIOLATIONS]]
            more = f" and {len(broken) - len(shown)} more" if len(broken) > len(shown) else ""
            raise IntegrityError(
                f"The migration would leave foreign keys that point to no row: {', '.join(shown)}{more}. "
                "Nothing was changed; correct the rows (by RunPython in an earlier migration), then migrate again."
            )

    # -- tables ----------------------------------------------------------------------------------------------------

    async def rename(self, change: Change) -> None:
        for old, new in change.renamed_tables():
            if old.name.lower() == new.name.lower():  # to SQLite these are one name
                await self.run(self.ddl.rename_table(old.name, f"old__{new.name}"))
                await self.run(self.ddl.rename_table(f"old__{new.name}", new.name))
            else:
                await self.run(self.ddl.rename_table(old.name, new.name))
        for key, _old, new in change.pairs():
            for before, after in change.renamed.get(key, {}).items():
                await self.run(self.ddl.rename_column(new.name, before, after))

    async def change_table(self, key: TableKey, old: Table, new: Table, change: Change) -> None:
        fills = change.fills.get(key, {})
        added = added_at_end(old, new)
        if needs_rebuild(old, new) and not (added is not None and all(can_be_added(new, one, fills) for one in added)):
            await self.rebuild(old, new, fills)
            return
        for column in added or ():
            await self.run(self.ddl.add_column(new.name, column, self.ddl.inline_key(new, column)))
        changed = difference(old.indexes, new.indexes)
        for index in [*changed.gone, *[before for before, _after in changed.renamed]]:
            await self.run(self.ddl.drop_index(index.name))
        for index in [*changed.come, *[after for _before, after in changed.renamed]]:
            await self.run(self.ddl.create_index(new.name, index))

    # -- rebuilding ------------------------------------------------------------------------------------------------

    async def rebuild(self, old: Table, new: Table, fills: Mapping[str, str]) -> None:
        """Make the table anew under another name, copy the rows, put it in the old one's place."""
        temporary = f"new__{new.name}"
        foreign = await self.foreign_members(old)
        await self.run(self.ddl.create_table(new, temporary))
        values = self.values(old, new, fills)
        if values:
            await self.run(self.ddl.copy_rows(new.name, temporary, values))
        if any(column.auto for column in new.columns):
            await self.run(*self.ddl.keep_sequence(new.name, temporary))
        # Without this the rename would follow references to the temporary name and refuse views of the old table.
        await self.run("PRAGMA legacy_alter_table = ON")
        await self.run(self.ddl.drop_table(new.name), self.ddl.rename_table(temporary, new.name))
        await self.run("PRAGMA legacy_alter_table = OFF")
        await self.run(*[self.ddl.create_index(new.name, index) for index in new.indexes])
        for kind, name, sql in foreign:
            await self.restore(kind, name, sql, new)

    def values(self, old: Table, new: Table, fills: Mapping[str, str]) -> dict[str, str]:
        """What each column of the new table gets for the rows there are."""
        known = old.by_name
        values: dict[str, str] = {}
        for column in new.columns:
            if column.generated is not None:
                continue
            before = known.get(column.name)
            fill = fills.get(column.name, column.default)
            if before is None:
                if fill is not None:
                    values[column.name] = fill
                continue
            value = converted(self.ddl.name(column.name), before, column)
            if before.null and not column.null and fill is not None:
                value = f"COALESCE({value}, {fill})"
            values[column.name] = value
        return values

    async def foreign_members(self, old: Table) -> list[tuple[str, str, str]]:
        """Triggers and indexes of the table that the state does not know: kind, name and text of each."""
        known = {index.name for index in old.indexes}
        rows: list[Any] = await self.connection.fetch(
            "SELECT type, name, sql FROM sqlite_master"
            " WHERE type IN ('index', 'trigger') AND tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL ORDER BY rowid",
            (str(old.name),),
        )
        return [(kind, name, sql) for kind, name, sql in rows if kind == "trigger" or name not in known]

    async def restore(self, kind: str, name: str, sql: str, table: Table) -> None:
        """Make a trigger or index of somebody's own again."""
        try:
            await self.run(sql)
        except DatabaseError as error:
            raise ProgrammingError(
                f"The {kind} {name!r} of {table.name!r} does not fit the changed table ({error}). No migration made it by "
                f"an index or constraint of the model: drop it by RunSQL before this operation, and make it again after."
            ) from error


def needs_rebuild(old: Table, new: Table) -> bool:
    """Whether ALTER TABLE and indexes alone do not lead from one to the other; comments are not kept by SQLite."""
    return (
        [essence(column) for column in old.columns] != [essence(column) for column in new.columns]
        or [(key.column, key.to_table, key.to_column, key.on_delete) for key in old.foreign_keys]
        != [(key.column, key.to_table, key.to_column, key.on_delete) for key in new.foreign_keys]
        or [(check.sql, None if check.implicit else check.name) for check in old.checks]
        != [(check.sql, None if check.implicit else check.name) for check in new.checks]
    )


def essence(column: Column) -> tuple[Any, ...]:
    written = column.name, column.sql_type, column.null, column.primary_key, column.auto, column.default
    return *written, column.generated, column.is_stored


def added_at_end(old: Table, new: Table) -> list[Column] | None:
    """The new columns, when adding them behind the old ones is all that changes."""
    width = len(old.columns)
    added = list(new.columns[width:])
    names = {column.name for column in added}
    same_columns = [essence(one) for one in old.columns] == [essence(one) for one in new.columns[:width]]
    same_keys = [key for key in new.foreign_keys if key.column not in names] == list(old.foreign_keys)
    same_checks = list(old.checks) == list(new.checks)
    return added if added and same_columns and same_keys and same_checks else None


def can_be_added(table: Table, column: Column, fills: Mapping[str, str]) -> bool:
    """Whether `ADD COLUMN` can add it: NULL for all rows, and no more; or computed when it is read."""
    if column.generated is not None:
        return not column.is_stored
    return column.null and not column.primary_key and column.default is None and column.name not in fills


def converted(name: str, old: Column, new: Column) -> str:
    """The expression that reads an old value for the new column."""
    form = CONVERSIONS.get((old.kind, new.kind))
    return name if form is None else form.format(name)
