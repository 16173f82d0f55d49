"""Managers of the far sides of relations."""

from __future__ import annotations

from typing import Any, TypeVar

from manoir.models._manager import Manager

M = TypeVar("M")


class RelatedManager(Manager[M]):
    """Manager of the rows that point to one row."""


class ManyRelatedManager(RelatedManager[M]):
    """Manager of the rows that belong together with one row, many to many."""


def related_manager(instance: Any, rel: Any) -> Any:
    raise TypeError("Related managers do not exist yet.")


def many_related_manager(instance: Any, field: Any) -> Any:
    raise TypeError("Related managers do not exist yet.")
