"""Rows of a query as nested data, without instances, and which instances were read together: for who writes answers."""

from __future__ import annotations

from manoir.models._peers import peers_of
from manoir.models._shaped import Expression, RowShape

__all__ = ["Expression", "RowShape", "peers_of"]
