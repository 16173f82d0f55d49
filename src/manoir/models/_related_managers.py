"""Managers of the far sides of relations."""

from __future__ import annotations

from typing import Any, TypeVar

from manoir.models._manager import Manager

M = TypeVar("M")


class RelatedManager(Manager[M]):
    pass


class ManyRelatedManager(RelatedManager[M]):
    pass


def related_manager(instance: Any, rel: Any) -> Any:
    raise TypeError("Related managers do not exist yet.")


def many_related_manager(instance: Any, field: Any) -> Any:
    raise TypeError("Related managers do not exist yet.")
