"""Characters of a text: what `F("name")[2:5]` is."""

from __future__ import annotations

from typing import Any

from manoir.exceptions import FieldError
from manoir.models import _expressions
from manoir.models._expressions import Expr, as_reference
from manoir.models._outputs import TEXTS, kind_of
from manoir.models._recorded import Recorded
from manoir.models._scope import Scope
from manoir.models._shape import Call, Literal, Node


class Sliced(Recorded, Expr[Any, Any]):
    """Characters of a text, as `F("name")[2:5]` makes it.

    Args:
        source: the text.
        start: how many characters are left out.
        length: how many are taken; None: all that follow.
    """

    def __init__(self, source: Any, start: int, length: int | None) -> None:
        self.source = as_reference(source)
        self.start = start
        self.length = length

    def bind(self, scope: Scope) -> Node:
        """Bind the source; see `Expr.bind`."""
        node = self.source.bind(scope)
        kind = kind_of(node.field)
        if kind not in TEXTS:
            raise FieldError(
                f"Only text is sliced, and {self.source!r} is {kind or 'a value of unknown type'} (in {scope.method})."
            )
        numbers = [Literal(self.start + 1), *([] if self.length is None else [Literal(self.length)])]
        return Call("substr", (node, *numbers), node.field)

    def __repr__(self) -> str:
        return f"{self.source!r}[{self.start}:{'' if self.length is None else self.start + self.length}]"


def characters(text: Any, key: Any) -> tuple[int, int | None]:
    """Which characters a key means: how many are left out, and how many are taken.

    Raises:
        TypeError, ValueError: as `F.__getitem__` says.
    """
    if isinstance(key, int) and not isinstance(key, bool):
        key = slice(key, key + 1)
    if not isinstance(key, slice) or any(part is not None and type(part) is not int for part in (key.start, key.stop)):
        raise TypeError(f"{text!r} is sliced by whole numbers, such as [0] or [2:5], not by {key!r:.80}.")
    start, stop = key.start or 0, key.stop
    if key.step is not None:
        raise ValueError(f"{text!r} is sliced without a step.")
    if start < 0 or (stop is not None and stop < 0):
        raise ValueError(
            f"{text!r} is counted from its beginning, not from its end: use Right() of manoir.models.functions."
        )
    if stop is not None and stop <= start:
        raise ValueError(f"{text!r}[{start}:{stop}] holds nothing: the second number is larger than the first.")
    return start, None if stop is None else stop - start


def sliced(text: Any, key: Any) -> Sliced:
    """`text[key]`."""
    return Sliced(text, *characters(text, key))


_expressions.make_slice = sliced

__all__ = ["Sliced"]
