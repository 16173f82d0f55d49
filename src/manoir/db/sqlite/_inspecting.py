"""What SQLite says about its tables."""

from __future__ import annotations

import re
from typing import Any

from manoir.db._inspecting import InspectedColumn, InspectedIndex, InspectedKey, InspectedTable

KINDS = {
    "smallint": "smallint", "tinyint": "smallint", "int2": "smallint",
    "integer": "int", "int": "int", "mediumint": "int", "int4": "int",
    "bigint": "bigint", "int8": "bigint",
    "decimal": "decimal", "numeric": "decimal", "decimaltext": "decimal",
    "real": "float", "double": "float", "double precision": "float", "float": "float",
    "bool": "bool", "boolean": "bool",
    "char": "char", "varchar": "char", "nvarchar": "char", "nchar": "char", "character varying": "char", "character": "char",
    "text": "text", "clob": "text",
    "date": "date", "time": "time", "datetime": "datetime", "timestamp": "datetime",
    "blob": "binary", "json": "json",
}  # fmt: skip
"""Kind of column by the type's name: SQLite takes any name, these are usual."""

TYPE = re.compile(r"\s*([a-z0-9_]+(?: +[a-z0-9_]+)*)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)
GENERATED = (2, 3)
HIDDEN = 1
EXPRESSION = -2


async def inspect_tables(connection: Any, *, views: bool) -> list[InspectedTable]:
    """Describe the tables (and views) of a database, by name."""
    rows = await connection.fetch(
        "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [await inspect_table(connection, name, kind) for name, kind in rows if kind == "table" or views]


async def inspect_table(connection: Any, name: str, kind: str) -> InspectedTable:
    quoted = connection.quote_name(name)
    rows = [row for row in await connection.fetch(f"PRAGMA table_xinfo({quoted})") if row[6] != HIDDEN]
    key = tuple(row[1] for row in sorted(rows, key=lambda row: row[5]) if row[5])
    columns = tuple(column(row, is_key=key == (row[1],)) for row in rows)
    unique, indexes = await indexes_of(connection, quoted)
    return InspectedTable(name, kind, columns, key, await keys_of(connection, quoted), unique, indexes)


def column(row: Any, *, is_key: bool) -> InspectedColumn:
    """Describe one row of `PRAGMA table_xinfo`."""
    _number, name, type_text, not_null, _default, _key, hidden = row
    words, length, places = type_parts(type_text)
    unsigned = "unsigned" in words
    kind = KINDS.get(words.replace("unsigned", "").strip())
    auto = is_key and words == "integer"  # such a key is the number of the row, which has 64 bits
    return InspectedColumn(
        name,
        type_text or "one without a type",
        "bigint" if auto else kind,
        null=not not_null and not is_key,
        length=length if kind == "char" else None,
        digits=length if kind == "decimal" else None,
        places=(places or 0) if kind == "decimal" and length is not None else None,
        auto=auto,
        unsigned=unsigned,
        generated=hidden in GENERATED,
    )


def type_parts(text: str) -> tuple[str, int | None, int | None]:
    """The name of a type in lower case, and the numbers in its parentheses."""
    found = TYPE.match(text)
    if found is None:
        return text.lower(), None, None
    words, first, second = found.groups()
    rest = text[found.end() :].strip()
    words = f"{words} {rest}".strip().lower()
    return words, None if first is None else int(first), None if second is None else int(second)


async def keys_of(connection: Any, quoted: str) -> dict[str, InspectedKey]:
    """The foreign keys of a table that have one column."""
    groups: dict[int, list[Any]] = {}
    for row in await connection.fetch(f"PRAGMA foreign_key_list({quoted})"):
        groups.setdefault(row[0], []).append(row)
    found: dict[str, InspectedKey] = {}
    for rows in groups.values():
        if len(rows) > 1:
            continue
        _number, _position, to_table, name, to_column, _on_update, on_delete, _match = rows[0]
        if to_column is None:  # the primary key of the other table is meant
            target = await connection.fetch(f"PRAGMA table_xinfo({connection.quote_name(to_table)})")
            to_column = next((row[1] for row in target if row[5]), None)
        if to_column is not None:
            done = on_delete if on_delete in ("CASCADE", "SET NULL", "SET DEFAULT") else ""
            found[name] = InspectedKey(name, to_table, to_column, done)
    return found


async def indexes_of(connection: Any, quoted: str) -> tuple[tuple[tuple[str, ...], ...], tuple[InspectedIndex, ...]]:
    """The groups of unique columns, and the other indexes, of a table."""
    unique: list[tuple[str, ...]] = []
    indexes: list[InspectedIndex] = []
    for _number, name, is_unique, origin, partial in await connection.fetch(f"PRAGMA index_list({quoted})"):
        rows = await connection.fetch(f"PRAGMA index_xinfo({connection.quote_name(name)})")
        parts = [row for row in rows if row[5]]
        if origin == "pk" or partial or any(row[1] == EXPRESSION for row in parts):
            continue
        if is_unique:
            unique.append(tuple(row[2] for row in parts))
        else:
            indexes.append(InspectedIndex(name, tuple(f"{'-' if row[3] else ''}{row[2]}" for row in parts)))
    return tuple(sorted(unique)), tuple(sorted(indexes, key=lambda index: index.name))
