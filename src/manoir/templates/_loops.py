"""What `{% for %}` loops over and tells about itself."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import TYPE_CHECKING, Any

from manoir import bridge

if TYPE_CHECKING:
    from manoir.templates._context import Context

NAMES = ("counter", "counter0", "revcounter", "revcounter0", "first", "last", "length", "parentloop")


class ForLoop:
    """The variable `forloop` where code outside the template's own function may read it.

    Attributes:
        counter0: number of the current item, from 0.
        length: how many items there are.
        parentloop: the loop around this one; an empty dict when there is none.
        cells: what `{% ifchanged %}` remembers in templates that are included inside this loop.
    """

    __slots__ = ("cells", "counter0", "length", "parentloop")

    def __init__(self, length: int, parentloop: Any, counter0: int = 0) -> None:
        self.counter0 = counter0
        self.length = length
        self.parentloop: Any = parentloop if isinstance(parentloop, ForLoop) else {}
        self.cells: dict[int, Any] = {}

    @property
    def counter(self) -> int:
        return self.counter0 + 1

    @property
    def revcounter(self) -> int:
        return self.length - self.counter0

    @property
    def revcounter0(self) -> int:
        return self.length - self.counter0 - 1

    @property
    def first(self) -> bool:
        return self.counter0 == 0

    @property
    def last(self) -> bool:
        return self.counter0 == self.length - 1

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __repr__(self) -> str:
        return repr({name: self[name] for name in NAMES})


def as_sized(values: Any) -> Any:
    """Return something that can be iterated and has a length; nothing for None."""
    if values is None:
        return ()
    if isinstance(values, Sized):
        return values
    return as_list(values)


def as_list(values: Any) -> list[Any]:
    """Return the values of anything that can be iterated, also of async generators, as a list."""
    if values is None:
        return []
    if not hasattr(values, "__iter__") and hasattr(values, "__aiter__"):
        return list(bridge.iterate(values))
    return list(values)


def unpacked(item: Any, count: int) -> Any:
    """Return the values of an item for `{% for a, b in … %}`.

    Raises:
        ValueError: it has more or fewer values than there are names.
    """
    try:
        values = tuple(item)
    except TypeError:
        values = (item,)
    if len(values) != count:
        raise ValueError(f"The loop names {count} variables, but an item has {len(values)} values: {item!r:.80}.")
    return values


def changed_cells(context: Context) -> dict[int, Any]:
    """Return where `{% ifchanged %}` keeps what it saw: in the innermost loop, otherwise in this rendering."""
    loop = context.lookup("forloop")
    if isinstance(loop, ForLoop):
        return loop.cells
    assert context.frame is not None
    return context.frame.cells
