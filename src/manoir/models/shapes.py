"""Rows as who writes answers wants them: nested data without instances, rows by their keys, and which came together."""

from __future__ import annotations

from manoir.models._keyed import KeyedRows, KeyedTogether, keyed_rows
from manoir.models._peers import peers_of
from manoir.models._shaped import Expression, RowShape

__all__ = ["Expression", "KeyedRows", "KeyedTogether", "RowShape", "keyed_rows", "peers_of"]
