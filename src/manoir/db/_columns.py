"""What a column holds, in words that every backend understands, and what a backend can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "smallint",
    "int",
    "bigint",
    "decimal",
    "float",
    "bool",
    "char",
    "text",
    "date",
    "time",
    "datetime",
    "duration",
    "uuid",
    "json",
    "binary",
]

Converter: TypeAlias = Callable[[Any], Any]
"""Turns one value that is not None into another; a converter of None stands for the identity."""


@dataclass(frozen=True, slots=True)
class ColumnType:
    """The type of a column, free of any database.

    Attributes:
        kind: what it holds. The canonical Python values are int, Decimal, float, bool, str, date, naive time, datetime
            (aware in UTC when USE_TZ, else naive), timedelta, UUID, a JSON-able object and bytes.
        length: longest text of a `char`, in characters; None: no limit.
        digits: digits of a `decimal` in all; None: any.
        places: digits of a `decimal` behind the point; None: any.
        auto: the database numbers new rows (`smallint`, `int`, `bigint`).
        collation: name of a collation for text; None: the database's own.

    Example:
        >>> ColumnType("decimal", digits=8, places=2)
        ColumnType(kind='decimal', length=None, digits=8, places=2, auto=False, collation=None)
    """

    kind: Kind
    length: int | None = None
    digits: int | None = None
    places: int | None = None
    auto: bool = False
    collation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a database can do; read as `connection.features`.

    Attributes:
        can_rollback_ddl: DDL takes part in transactions.
        has_concurrent_indexes: indexes can be built without blocking writers.
        has_deferrable_constraints: foreign keys and unique constraints can wait for the end of the transaction.
        has_covering_indexes: indexes can carry further columns (`INCLUDE`).
        has_distinct_on: `SELECT DISTINCT ON (…)`.
        has_filter_clause: `FILTER (WHERE …)` behind aggregates.
        has_full_join: `FULL JOIN`.
        has_lateral_joins: `LATERAL`.
        has_listen: `LISTEN` and `NOTIFY`.
        has_native_arrays: a list is one parameter (`= ANY($1)`).
        has_nulls_distinct: `NULLS [NOT] DISTINCT` in unique constraints.
        has_partial_indexes: `CREATE INDEX … WHERE`.
        has_expression_indexes: indexes on expressions.
        has_regular_expressions: case-sensitive matches by the database itself or by a registered function.
        has_returning: `RETURNING` behind INSERT, UPDATE and DELETE.
        has_select_for_update: row locks; `of`, `nowait`, `skip_locked` and `no_key` with them.
        has_upsert: `ON CONFLICT … DO UPDATE | DO NOTHING`.
        has_native_types: decimals, dates, times, durations and UUIDs are types of the database, not text or integers.
        is_in_memory: the database vanishes with its connection.
        max_parameters: parameters one statement may have.
        max_identifier_length: bytes of the longest name; None: no limit.
        single_writer: one writing transaction at a time.
    """

    can_rollback_ddl: bool
    has_concurrent_indexes: bool
    has_deferrable_constraints: bool
    has_covering_indexes: bool
    has_distinct_on: bool
    has_filter_clause: bool
    has_full_join: bool
    has_lateral_joins: bool
    has_listen: bool
    has_native_arrays: bool
    has_nulls_distinct: bool
    has_partial_indexes: bool
    has_expression_indexes: bool
    has_regular_expressions: bool
    has_returning: bool
    has_select_for_update: bool
    has_upsert: bool
    has_native_types: bool
    is_in_memory: bool
    max_parameters: int
    max_identifier_length: int | None
    single_writer: bool
