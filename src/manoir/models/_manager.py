"""Managers: the querysets that models have as attributes."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, Generic

from typing_extensions import Self, TypeVar

from manoir.models._fields._base import next_counter

M = TypeVar("M", default=Any)


class Manager(Generic[M]):
    is_manager: ClassVar[bool] = True
    auto_created: bool = False
    use_in_migrations: bool = False

    def __init__(self) -> None:
        self.creation_counter = next_counter(False)
        self.name = ""

    def contribute_to_class(self, cls: Any, name: str) -> None:
        self.name = name
        self.model = cls
        cls._meta.add_manager(name, self)

    def bind(self, model: Any) -> Self:
        twin = copy.copy(self)
        twin.model = model
        return twin
