"""What PostgreSQL says about its tables."""

from __future__ import annotations

import re
from typing import Any

from manoir.db._inspecting import InspectedColumn, InspectedIndex, InspectedKey, InspectedTable

KINDS = {
    "int2": "smallint", "int4": "int", "int8": "bigint", "numeric": "decimal", "float4": "float", "float8": "float",
    "bool": "bool", "varchar": "char", "bpchar": "char", "text": "text", "citext": "text", "date": "date", "time": "time",
    "timestamptz": "datetime", "timestamp": "datetime", "interval": "duration", "uuid": "uuid", "jsonb": "json",
    "json": "json", "bytea": "binary",
}  # fmt: skip
"""Kind of column by the type's own name."""

RELATIONS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table"}
ACTIONS = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
NUMBERS = re.compile(r"\((\d+)(?:,(\d+))?\)")

TABLES = """
SELECT c.oid, c.relname, c.relkind, c.relispartition, coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_catalog.pg_class c
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_catalog.pg_table_is_visible(c.oid)
  AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname), a.attnotnull OR t.typnotnull,
       a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid),
       CASE WHEN a.attcollation <> t.typcollation THEN l.collname END, coalesce(col_description(a.attrelid, a.attnum), ''),
       CASE WHEN b.oid IS NOT NULL THEN format_type(t.typbasetype, t.typtypmod) END
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
CONSTRAINTS = """
SELECT k.contype::text, f.relname, k.confdeltype::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place)
FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
WHERE k.conrelid = $1 AND k.contype IN ('p', 'u', 'f') AND k.conparentid = 0
ORDER BY k.conname
"""
INDEXES = """
SELECT c.relname, i.indisunique,
       ARRAY(SELECT CASE WHEN (i.indoption[u.place - 1] & 1) = 1 THEN '-' ELSE '' END || a.attname
             FROM unnest(i.indkey) WITH ORDINALITY u(number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
             WHERE u.place <= i.indnkeyatts ORDER BY u.place)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam
WHERE i.indrelid = $1 AND NOT i.indisprimary AND i.indpred IS NULL AND i.indexprs IS NULL AND m.amname = 'btree'
  AND NOT EXISTS (SELECT 1 FROM unnest(i.indclass) o JOIN pg_catalog.pg_opclass p ON p.oid = o WHERE NOT p.opcdefault)
ORDER BY c.relname
"""


async def inspect_tables(connection: Any, *, views: bool, partitions: bool) -> list[InspectedTable]:
    """Describe the tables (views, foreign tables, partitions) of a database, by name."""
    found: list[InspectedTable] = []
    for oid, name, relation, is_partition, comment in await connection.fetch(TABLES):
        kind = RELATIONS[letter(relation)]
        if (is_partition and not partitions) or (kind.endswith("view") and not views):
            continue
        columns = tuple(column(row) for row in await connection.fetch(COLUMNS, (oid,)))
        key, keys, unique = constraints(await connection.fetch(CONSTRAINTS, (oid,)))
        indexes: list[InspectedIndex] = []
        for index, is_unique, parts in await connection.fetch(INDEXES, (oid,)):
            if is_unique:
                unique.add(tuple(part.removeprefix("-") for part in parts))
            else:
                indexes.append(InspectedIndex(index, tuple(parts)))
        kind = "partition" if is_partition else kind
        found.append(InspectedTable(name, kind, columns, key, keys, tuple(sorted(unique)), tuple(indexes), comment))
    return found


def letter(value: Any) -> str:
    """A value of PostgreSQL's type "char", which drivers give as bytes."""
    return value.decode() if isinstance(value, bytes) else value


def column(row: Any) -> InspectedColumn:
    """Describe one row of COLUMNS."""
    name, type_text, base, not_null, identity, generated, default, collation, comment, base_text = row
    kind = KINDS.get(base)
    numbers = NUMBERS.search(base_text or type_text)
    first, second = (None, None) if numbers is None else (int(numbers[1]), int(numbers[2] or 0))
    counted = kind in ("smallint", "int", "bigint")
    return InspectedColumn(
        name,
        type_text,
        None if type_text.endswith("[]") else kind,
        null=not not_null,
        length=first if kind == "char" else None,
        digits=first if kind == "decimal" else None,
        places=second if kind == "decimal" else None,
        auto=counted and (bool(identity) or str(default or "").startswith("nextval(")),
        generated=bool(generated),
        collation=collation,
        comment=comment,
    )


def constraints(rows: Any) -> tuple[tuple[str, ...], dict[str, InspectedKey], set[tuple[str, ...]]]:
    """The primary key, foreign keys of one column, and unique groups."""
    key: tuple[str, ...] = ()
    keys: dict[str, InspectedKey] = {}
    unique: set[tuple[str, ...]] = set()
    for kind, to_table, action, names, to_names in rows:
        if kind == "p":
            key = tuple(names)
        elif kind == "u":
            unique.add(tuple(names))
        elif len(names) == 1:
            keys[names[0]] = InspectedKey(names[0], to_table, to_names[0], ACTIONS.get(action, ""))
    return key, keys, unique
