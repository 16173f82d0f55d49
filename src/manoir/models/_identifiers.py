"""`Identifier`: the only strings that may name a table, a column, an index or a constraint in SQL."""

from __future__ import annotations

import hashlib
import re
from typing import Self

from manoir.exceptions import ImproperlyConfigured

MAX_LENGTH = 63
"""PostgreSQL silently cuts longer names; SQLite knows no limit."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LENIENT = re.compile(r"[A-Za-z_][A-Za-z0-9_ .$\-]*", re.ASCII)


class Identifier(str):
    """A name that is safe in SQL text once it is quoted.

    ASCII letters, digits and `_`, not beginning with a digit, at most 63 characters. Tables and columns that already
    exist (`db_table`, `db_column`) may also hold spaces, dots, `$` and `-`; nothing that closes a quote or that
    looks like a placeholder is ever accepted.

    Args:
        name: the name.
        existing: accept the wider alphabet of names that somebody else gave.

    Raises:
        ImproperlyConfigured: the name holds other characters, is empty or is too long.

    Example:
        >>> Identifier("shop_book")
        'shop_book'
    """

    __slots__ = ()

    def __new__(cls, name: str, *, existing: bool = False) -> Self:
        if isinstance(name, cls):
            return name
        pattern = _LENIENT if existing else _PLAIN
        if len(name) > MAX_LENGTH:
            raise ImproperlyConfigured(f"The SQL name {name!r} has {len(name)} characters; {MAX_LENGTH} are the most.")
        if not pattern.fullmatch(name):
            raise ImproperlyConfigured(
                f"{name!r} cannot name a table or column: use ASCII letters, digits and '_', not beginning with a digit."
            )
        return super().__new__(cls, name)


def shortened(name: str, limit: int = MAX_LENGTH) -> str:
    """Return `name`, or its beginning with a digest of the whole where it is longer than `limit`."""
    if len(name) <= limit:
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{name[: limit - 9]}_{digest}"


def generated_name(table: str, columns: list[str], suffix: str, limit: int = MAX_LENGTH) -> Identifier:
    """Name an index or constraint after its table and columns, unique by a digest of both.

    Example:
        >>> generated_name("shop_book", ["title"], "idx").startswith("shop_book_title_")
        True
    """
    digest = hashlib.blake2b("\0".join([table, *columns]).encode(), digest_size=4).hexdigest()
    ending = f"_{digest}_{suffix}"
    words = re.sub(r"[^A-Za-z0-9_]", "_", "_".join([table, *columns])).lstrip("_0123456789") or "x"
    return Identifier(words[: limit - len(ending)] + ending)
