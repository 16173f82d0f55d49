"""`Recorded`: what migrations write down by how it was made."""

from __future__ import annotations

from typing import Any, Self

from manoir.models._fields._support import public_path


class Recorded:
    """Base of what migrations write down: keeps the arguments it was made of."""

    _made_of: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Keep the arguments beside whatever `__init__` makes of them."""
        made = super().__new__(cls)
        made._made_of = (args, kwargs)
        return made

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Import path and arguments, for migrations."""
        return public_path(type(self)), *self._made_of
