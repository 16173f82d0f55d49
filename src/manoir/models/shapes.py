"""Rows of a query as nested data, without instances: for rooms that write answers."""

from __future__ import annotations

from manoir.models._shaped import Expression, RowShape

__all__ = ["Expression", "RowShape"]
