"""What a database says about its tables: for `inspectdb`. Nothing else of manoir reads a schema back."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InspectedColumn:
    """A column.

    Attributes:
        name: as it is in the database.
        type: its type, as the database writes it.
        kind: a kind of `ColumnType`, or None where there is no field for the type.
        null: whether it may hold NULL.
        length: most characters; None without limit.
        digits, places: of a decimal; None without limit.
        auto: the database counts it.
        unsigned: it holds no negative numbers.
        generated: the database computes it.
        collation: its own collation; None: the database's.
        comment: its comment.
    """

    name: str
    type: str
    kind: str | None
    null: bool = False
    length: int | None = None
    digits: int | None = None
    places: int | None = None
    auto: bool = False
    unsigned: bool = False
    generated: bool = False
    collation: str | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class InspectedKey:
    """A foreign key of one column.

    Attributes:
        column: the column.
        to_table, to_column: what it points to.
        on_delete: what the database does: "CASCADE", "SET NULL", "SET DEFAULT" or "" for nothing.
    """

    column: str
    to_table: str
    to_column: str
    on_delete: str = ""


@dataclass(frozen=True, slots=True)
class InspectedIndex:
    """An index over columns; those with expressions or conditions are left out.

    Attributes:
        name: its name.
        columns: its columns; a leading "-" means that the order is descending.
    """

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InspectedTable:
    """A table or a view.

    Attributes:
        name: its name.
        kind: "table", "partition", "view", "materialized view" or "foreign table".
        columns: in order.
        primary_key: names of columns; empty where there is none.
        keys: foreign keys of one column, by column.
        unique: groups of columns that are unique together.
        indexes: by name.
        comment: its comment.
    """

    name: str
    kind: str
    columns: tuple[InspectedColumn, ...]
    primary_key: tuple[str, ...] = ()
    keys: dict[str, InspectedKey] = field(default_factory=dict[str, InspectedKey])
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[InspectedIndex, ...] = ()
    comment: str = ""
