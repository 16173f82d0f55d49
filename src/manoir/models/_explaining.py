"""EXPLAIN, with options out of a closed list for each database."""

from __future__ import annotations

import json
from typing import Any

from manoir.db import connections
from manoir.exceptions import nearest
from manoir.models._query import Query
from manoir.models._reading import sql_of

FORMATS = {"postgresql": ("text", "json", "yaml", "xml"), "sqlite": ()}
SWITCHES = {
    "postgresql": (
        "analyze",
        "buffers",
        "costs",
        "generic_plan",
        "memory",
        "settings",
        "summary",
        "timing",
        "verbose",
        "wal",
    ),
    "sqlite": (),
}
SERIALIZE = ("none", "text", "binary")


async def explain_text(query: Query, alias: str, format: str | None, options: dict[str, Any]) -> str:
    """The database's plan for a query, as text.

    Raises:
        ValueError: the database has no such format or option.
    """
    if query.is_empty:
        return ""
    connection = connections[alias]
    head = explain_head(connection.vendor, format, options)
    text, args = sql_of(query, alias)
    rows = await connection.fetch(f"{head} {text}", args)
    if connection.vendor == "sqlite":
        return "\n".join([" ".join([str(value) for value in row]) for row in rows])
    return "\n".join([row[0] if isinstance(row[0], str) else json.dumps(row[0]) for row in rows])


def explain_head(vendor: str, format: str | None, options: dict[str, Any]) -> str:
    """`EXPLAIN` with its options, each a word of the tables above."""
    words: list[str] = []
    if format is not None:
        known = FORMATS[vendor]
        if not isinstance(format, str) or format.lower() not in known:  # pyright: ignore[reportUnnecessaryIsInstance]
            listed = f" It has: {', '.join(known)}." if known else " Leave format= out."
            raise ValueError(f"explain() on {vendor} has no format {str(format)[:40]!r}.{listed}")
        words.append(f"FORMAT {known[known.index(format.lower())].upper()}")
    for name, value in options.items():
        words.append(option(vendor, name, value))
    if vendor == "sqlite":
        return "EXPLAIN QUERY PLAN"
    return f"EXPLAIN ({', '.join(words)})" if words else "EXPLAIN"


def option(vendor: str, name: str, value: Any) -> str:
    known = SWITCHES[vendor]
    if vendor == "postgresql" and name == "serialize":
        word = str(value).lower()
        if word not in SERIALIZE:
            raise ValueError(f"serialize takes one of {', '.join(SERIALIZE)}.")
        return f"SERIALIZE {SERIALIZE[SERIALIZE.index(word)].upper()}"
    if name not in known:
        listed = f" Known: {', '.join(known)}." if known else " It takes none."
        raise ValueError(f"explain() on {vendor} has no option {name[:40]!r}.{nearest(name[:40], known)}{listed}")
    if not isinstance(value, bool):
        raise ValueError(f"The option {name!r} of explain() is True or False, not {str(value)[:40]!r}.")
    return f"{known[known.index(name)].upper()} {'TRUE' if value else 'FALSE'}"
