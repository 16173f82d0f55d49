"""Cursors: a position in an order, signed, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from manoir import signing
from manoir.exceptions import BadSignature, ValidationError
from manoir.rest._keyset import Keyset

SALT = "manoir.rest.cursor"
MAX_CURSOR = 2_000

Position: TypeAlias = "tuple[Any, ...]"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position and a direction.

    Attributes:
        position: values of the order's columns.
        reverse: whether the page is the one before it.
    """

    position: Position
    reverse: bool

    def encode(self, keyset: Keyset) -> str:
        """Return it as text that nobody can change."""
        content = [keyset.name, int(self.reverse), keyset.texts_of(self.position)]
        return signing.dumps(content, salt=SALT, compress=True)

    @classmethod
    def decode(cls, text: str, keyset: Keyset) -> Cursor | None:
        """Return the cursor of a text; None for one that was changed, or made for another order."""
        if len(text) > MAX_CURSOR:
            return None
        try:
            name, reverse, texts = signing.loads(text, salt=SALT)
            position = keyset.from_texts(texts) if name == keyset.name else None
        except (BadSignature, ValidationError, ValueError, TypeError):
            return None
        return None if position is None else cls(position, bool(reverse))


def position_of(row: Any, keyset: Keyset) -> Position:
    """Return the position of a row."""
    return keyset.values_of(row)
