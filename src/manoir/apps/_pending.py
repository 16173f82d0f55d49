"""Work that waits until certain models exist, such as relations to models that are declared later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

ModelKey: TypeAlias = tuple[str, str]
"""App label and lower-case model name."""


@dataclass(slots=True, eq=False)
class Operation:
    """A function that is called once all its models are known.

    Attributes:
        function: called with the models, in the order of the keys.
        keys: the models it waits for.
        missing: how many of them are not known yet.
    """

    function: Callable[..., object]
    keys: tuple[ModelKey, ...]
    missing: set[ModelKey] = field(default_factory=set[ModelKey])


class PendingOperations:
    """Operations by the model they wait for."""

    def __init__(self) -> None:
        self._waiting: dict[ModelKey, list[Operation]] = {}

    def add(self, operation: Operation) -> None:
        for key in operation.missing:
            self._waiting.setdefault(key, []).append(operation)

    def arrived(self, key: ModelKey) -> list[Operation]:
        """Note that a model exists, and return the operations that wait for nothing else, in their order."""
        operations = self._waiting.pop(key, [])
        for operation in operations:
            operation.missing.discard(key)
        return [operation for operation in operations if not operation.missing]

    def keys(self) -> list[ModelKey]:
        """Models that something still waits for."""
        return list(self._waiting)

    def functions(self, key: ModelKey) -> list[Callable[..., Any]]:
        """The functions that wait for this model, for checks."""
        return [operation.function for operation in self._waiting.get(key, [])]
