"""SQLAlchemy's types for manoir's columns: what parameters are cast to on PostgreSQL; SQLite needs none."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from manoir.db import ColumnType

SIMPLE: dict[str, Any] = {
    "smallint": sa.SmallInteger(),
    "int": sa.Integer(),
    "bigint": sa.BigInteger(),
    "decimal": sa.Numeric(),  # without digits: a cast to (8, 2) would round the value that a column is compared with
    "float": sa.Double(),
    "bool": sa.Boolean(),
    "char": sa.String(),
    "text": sa.String(),
    "date": sa.Date(),
    "time": sa.Time(),
    "datetime": sa.DateTime(timezone=True),
    "duration": sa.Interval(),
    "uuid": sa.Uuid(),
    "json": JSONB(),
    "binary": sa.LargeBinary(),
}


def sa_type(column_type: ColumnType | None, vendor: str) -> Any:
    """The type of a bind parameter or an expression."""
    if column_type is None or vendor != "postgresql":
        return sa.types.NULLTYPE
    return SIMPLE[column_type.kind]
