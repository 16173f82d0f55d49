"""The format "python": rows as dicts, values as Python has them."""

from __future__ import annotations

from typing import Any, ClassVar

from manoir.serializers._base import Serializer as BaseSerializer
from manoir.serializers._reader import Deserializer as BaseDeserializer


class Serializer(BaseSerializer):
    """Gives rows as a list of dicts of `model`, `pk` and `fields`."""

    internal_use_only: ClassVar[bool] = True
    objects: list[dict[str, Any]]

    def start_serialization(self) -> None:
        """Begin with no objects."""
        self.objects = []

    def end_object(self, obj: Any) -> None:
        """Keep the object."""
        self.objects.append(self.get_dump_object(obj))

    def getvalue(self) -> list[dict[str, Any]]:
        """Return the list."""
        return self.objects


class Deserializer(BaseDeserializer):
    """Reads a list of dicts."""
