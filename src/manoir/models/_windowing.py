"""The node of a window function, and which nodes hold one: what SQL computes after WHERE, GROUP BY and HAVING."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from manoir.models._shape import Aggregated, AnnotationRef, Call, Composite, Node, Sorted


class Frame(NamedTuple):
    """Which rows around the current one a function sees.

    Attributes:
        mode: whether bounds count rows, or say how far the values of the order may be away.
        start, end: 0 is the current row, less than that before it, more behind it; None is the end of the partition.
        exclusion: what of these is left out; "" leaves it to the database, which is nothing.
    """

    mode: Literal["ROWS", "RANGE"]
    start: int | None
    end: int | None
    exclusion: str = ""


class Windowed(Composite):
    """A function over a window: `parts` are its arguments, what partitions the rows, and the order in a partition.

    It counts as an aggregate: like one it is no value of the row alone, and no term of GROUP BY.
    """

    __slots__ = ("frame", "function", "partition_count")

    def __init__(
        self,
        function: Call | Aggregated,
        partition: Iterable[Node],
        order: Iterable[Sorted],
        frame: Frame | None,
        field: Any,
    ) -> None:
        self.function = function
        self.frame = frame
        partition, order = tuple(partition), tuple(order)
        self.partition_count = len(partition)
        head = ("window", function.key[0], len(partition), len(order), frame)  # type: ignore[index]
        self.assemble(head, (*function.parts, *partition, *order), field, aggregate=True)

    @property
    def partition(self) -> tuple[Node, ...]:
        """What divides the rows."""
        first = len(self.function.parts)
        return self.parts[first : first + self.partition_count]

    @property
    def order(self) -> tuple[Node, ...]:
        """The order inside a partition, as `Sorted` terms."""
        return self.parts[len(self.function.parts) + self.partition_count :]


def holds_window(node: Node) -> bool:
    """Whether a window function stands in a node, or in an annotation that it names."""
    if not node.aggregate:
        return False
    stack = [node]
    while stack:
        found = stack.pop()
        if isinstance(found, Windowed):
            return True
        stack.extend((found.target,) if isinstance(found, AnnotationRef) else found.children)
    return False
