"""The statements of a text of SQL: split at semicolons outside of quotes, comments, dollar quotes and triggers."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"--[^\n]*"  # comment to the end of the line
    r"|/\*|\*/"
    r"|\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$"  # dollar quote of PostgreSQL
    r"|'|\""
    r"|;"
    r"|\b(?:BEGIN|CASE|END)\b",
    re.IGNORECASE,
)
TRIGGER = re.compile(r"\s*CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b", re.IGNORECASE)


def statements_of(sql: str) -> list[str]:
    """The statements, without their semicolons; empty ones are left out.

    Example:
        >>> statements_of("SELECT ';'; SELECT 2;")
        ["SELECT ';'", 'SELECT 2']
    """
    return [text for text in (part.strip() for part in parts_of(sql)) if text and not only_comment(text)]


def parts_of(sql: str) -> Iterator[str]:
    start = position = depth = 0
    while (found := TOKEN.search(sql, position)) is not None:
        token, position = found[0], found.end()
        if token in ("'", '"') or (token.startswith("$") and not preceded_by_word(sql, found.start())):
            end = sql.find(token, position)
            position = len(sql) if end < 0 else end + len(token)
        elif token == "/*":  # noqa: S105  # a comment, no password
            end = sql.find("*/", position)
            position = len(sql) if end < 0 else end + 2
        elif token == ";" and depth == 0:  # noqa: S105
            yield sql[start : found.start()]
            start = position
        elif token.upper() in ("BEGIN", "CASE", "END") and TRIGGER.match(sql, start):
            depth = max(depth + (-1 if token.upper() == "END" else 1), 0)
    yield sql[start:]


def preceded_by_word(sql: str, position: int) -> bool:
    return position > 0 and (sql[position - 1].isalnum() or sql[position - 1] == "_")


def only_comment(text: str) -> bool:
    without = re.sub(r"--[^\n]*", "", text)
    return not without.strip()
