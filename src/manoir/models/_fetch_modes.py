"""Fetch modes: who is asked for when a relation or a field that was not read is touched."""

from __future__ import annotations

import enum


class FetchMode(enum.Enum):
    """What touching a relation or a field that was not read does; for `QuerySet.fetch_mode()`.

    Attributes:
        ONE: it is read for this instance alone.
        PEERS: it is read for all instances of the same query at once, as without a mode.
        RAISE: it raises FieldFetchBlocked.
    """

    ONE = "FETCH_ONE"
    PEERS = "FETCH_PEERS"
    RAISE = "FETCH_RAISE"

    def __repr__(self) -> str:
        return f"models.{self.value}"


FETCH_ONE = FetchMode.ONE
FETCH_PEERS = FetchMode.PEERS
FETCH_RAISE = FetchMode.RAISE
