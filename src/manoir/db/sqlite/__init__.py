"""SQLite by the standard library's sqlite3: `"ENGINE": "manoir.db.sqlite"`."""

from __future__ import annotations

from manoir.db.sqlite._connection import SQLiteConnection as Connection

__all__ = ["Connection"]
