"""UUIDs that the database makes: for new rows, by `db_default=UUID7()`."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.models._outputs import UUID
from manoir.models._shape import Node
from manoir.models.functions._func import Func


class UUID4(Func):
    """A random UUID (version 4), another one for each row."""

    arity: ClassVar[int | None] = 0
    builtin = "uuid4"

    def result_field(self, args: list[Node]) -> Any:
        return UUID


class UUID7(UUID4):
    """A UUID that begins with the present moment in milliseconds (version 7), so that later ones are larger."""

    builtin = "uuid7"
