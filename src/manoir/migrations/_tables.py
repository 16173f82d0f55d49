r"""What a table is made of, as plain data: the form in which two states of a model are compared.

Every piece of SQL text in here is a template: a column stands in it as `\x01name\x02`, so that renaming a column
renames it in conditions and expressions too, and quoting happens in one place (`_ddl`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from manoir.models import Identifier

TableKey: TypeAlias = tuple[str, str, str]
"""App label, lower-case model name, and "" for the model's own table or the many-to-many field that made it."""

OPEN, CLOSE = "\x01", "\x02"


def column_token(name: str) -> str:
    """The column's place in a template; no identifier and no literal holds these characters."""
    return f"{OPEN}{name}{CLOSE}"


def renamed_in(template: str | None, renames: Mapping[str, str]) -> str | None:
    if template is None or OPEN not in template:
        return template
    parts = template.split(OPEN)
    moved = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition(CLOSE)
        moved.append(f"{column_token(renames.get(name, name))}{rest}")
    return "".join(moved)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: its name.
        sql_type: its type as DDL writes it, without the numbering of new rows.
        kind: kind of its `ColumnType`; "" for the type of a field of a project's own.
        null: it may hold NULL.
        primary_key: it is the key.
        auto: the database numbers new rows.
        default: SQL text of its `db_default`; None without one.
        comment: `db_comment`.
        generated: template of the expression that the database computes the value by; None for values that are written.
        is_stored: a generated value is kept in the table.
        field: the field that it was made of.
    """

    name: Identifier
    sql_type: str
    kind: str = ""
    null: bool = False
    primary_key: bool = False
    auto: bool = False
    default: str | None = None
    comment: str = ""
    generated: str | None = None
    is_stored: bool = False
    field: Any = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of one column.

    Attributes:
        name: its name where the database keeps names.
        column: the column.
        to_table: table pointed to.
        to_column: column pointed to.
        sql_type: type of both, so that a change of the type makes the key anew.
        on_delete: `CASCADE`, `SET NULL`, `SET DEFAULT`; "" leaves it to manoir.
    """

    name: Identifier
    column: str
    to_table: Identifier
    to_column: Identifier
    sql_type: str
    on_delete: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that every row fulfils.

    Attributes:
        name: its name.
        sql: template of the condition.
        implicit: it follows from the type of a field; nobody chose its name.
    """

    name: Identifier
    sql: str
    implicit: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """An index, or a unique constraint.

    Attributes:
        name: its name.
        parts: templates of what it is over, direction and operator class included.
        unique: no two rows may share the values.
        where: template of the condition of a partial index.
        include: columns it carries along.
        constraint: it can be (and on PostgreSQL is) a constraint: columns only, no condition.
        deferrable: `DEFERRED` or `IMMEDIATE` for a deferrable constraint, else "".
        nulls_distinct: None leaves it to the database.
        tablespace: where it is kept; "" for the usual place.
    """

    name: Identifier
    parts: tuple[str, ...]
    unique: bool = False
    where: str | None = None
    include: tuple[str, ...] = ()
    constraint: bool = False
    deferrable: str = ""
    nulls_distinct: bool | None = None
    tablespace: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, with everything that belongs to it.

    Attributes:
        name: its name.
        columns: its columns, in order.
        foreign_keys: its foreign keys.
        checks: its checks.
        indexes: its indexes and unique constraints.
        comment: `db_table_comment`.
        tablespace: `db_tablespace`; "" for the usual place.
    """

    name: Identifier
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str = ""
    tablespace: str = ""

    @property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def key(self) -> Column | None:
        return next((column for column in self.columns if column.primary_key), None)

    def with_columns_renamed(self, renames: Mapping[str, Identifier]) -> Table:
        """The same table after columns of it were renamed; names of constraints stay what they are."""
        if not renames:
            return self
        return replace(
            self,
            columns=tuple([renamed_column(one, renames) for one in self.columns]),
            foreign_keys=tuple([replace(k, column=renames.get(k.column, k.column)) for k in self.foreign_keys]),
            checks=tuple([replace(one, sql=renamed_in(one.sql, renames) or "") for one in self.checks]),
            indexes=tuple([renamed_index(one, renames) for one in self.indexes]),
        )

    def with_targets_renamed(
        self, tables: Mapping[str, Identifier], columns: Mapping[str, Mapping[str, Identifier]]
    ) -> Table:
        """The same table after tables (and columns of them) that it points to were renamed."""
        keys: list[ForeignKey] = []
        for key in self.foreign_keys:
            column = columns.get(key.to_table, {}).get(key.to_column, key.to_column)
            keys.append(replace(key, to_table=tables.get(key.to_table, key.to_table), to_column=column))
        return replace(self, foreign_keys=tuple(keys))


def renamed_column(column: Column, renames: Mapping[str, Identifier]) -> Column:
    name = renames.get(column.name, column.name)
    return replace(column, name=name, generated=renamed_in(column.generated, renames))


def mentions(template: str | None, names: Collection[str]) -> bool:
    """Whether a template names one of the columns."""
    return template is not None and any(column_token(name) in template for name in names)


def renamed_index(index: Index, renames: Mapping[str, Identifier]) -> Index:
    return replace(
        index,
        parts=tuple([renamed_in(part, renames) or "" for part in index.parts]),
        where=renamed_in(index.where, renames),
        include=tuple([renames.get(name, name) for name in index.include]),
    )
