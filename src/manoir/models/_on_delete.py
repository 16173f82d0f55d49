"""What happens to rows when the row they point to is deleted: the documented values of `on_delete`."""

from __future__ import annotations

from typing import Any


class OnDelete:
    """One policy. Compare by identity (`rel.on_delete is CASCADE`), `SET(…)` by its name.

    Attributes:
        name: its documented name.
        in_database: the database does it (`ON DELETE …` in the foreign key), so no signals are sent.
        value: for `SET`: the value, or a callable that answers it.
    """

    __slots__ = ("in_database", "name", "value")

    def __init__(self, name: str, *, in_database: bool = False, value: Any = None) -> None:
        self.name = name
        self.in_database = in_database
        self.value = value

    def __repr__(self) -> str:
        return f"manoir.models.{self.name}" + (f"({self.value!r})" if self.name == "SET" else "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OnDelete) and (self.name, self.value) == (other.name, other.value)

    def __hash__(self) -> int:
        return hash(self.name)

    def __copy__(self) -> OnDelete:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> OnDelete:
        return self

    def __reduce__(self) -> Any:
        return _policy, (self.name, self.value)

    def get_value(self) -> Any:
        """For `SET`: the value to write."""
        return self.value() if callable(self.value) else self.value

    def deconstruct(self) -> tuple[str, list[Any] | None, dict[str, Any]]:
        """Import path, and arguments for `SET` (None: the path is the object itself)."""
        return f"manoir.models.{self.name}", [self.value] if self.name == "SET" else None, {}


CASCADE = OnDelete("CASCADE")
"""Delete them too, with their signals."""
PROTECT = OnDelete("PROTECT")
"""Refuse with ProtectedError while they exist."""
RESTRICT = OnDelete("RESTRICT")
"""Refuse with RestrictedError, unless they are deleted by the same operation through another CASCADE."""
SET_NULL = OnDelete("SET_NULL")
"""Write NULL; the field needs `null=True`."""
SET_DEFAULT = OnDelete("SET_DEFAULT")
"""Write the field's default."""
DO_NOTHING = OnDelete("DO_NOTHING")
"""Leave them to the database, which may refuse."""
DB_CASCADE = OnDelete("DB_CASCADE", in_database=True)
"""`ON DELETE CASCADE`: the database deletes them."""
DB_SET_NULL = OnDelete("DB_SET_NULL", in_database=True)
"""`ON DELETE SET NULL`."""
DB_SET_DEFAULT = OnDelete("DB_SET_DEFAULT", in_database=True)
"""`ON DELETE SET DEFAULT`; the field needs `db_default`."""


def SET(value: Any) -> OnDelete:  # the documented spelling
    """Write `value`, or what `value()` answers when it is callable.

    Example:
        >>> SET(0).get_value()
        0
    """
    return OnDelete("SET", value=value)


_BY_NAME = {
    policy.name: policy
    for policy in (
        CASCADE,
        PROTECT,
        RESTRICT,
        SET_NULL,
        SET_DEFAULT,
        DO_NOTHING,
        DB_CASCADE,
        DB_SET_NULL,
        DB_SET_DEFAULT,
    )
}


def _policy(name: str, value: Any) -> OnDelete:
    return _BY_NAME.get(name) or SET(value)
