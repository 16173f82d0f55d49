"""PostgreSQL by asyncpg, which is imported when the first connection is opened: `"ENGINE": "manoir.db.postgresql"`."""

from __future__ import annotations

from manoir.db.postgresql._connection import PostgreSQLConnection as Connection

__all__ = ["Connection"]
