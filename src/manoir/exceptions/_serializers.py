"""Rows as text, and back."""

from __future__ import annotations

from manoir.exceptions._root import ManoirError


class DeserializationError(ManoirError, ValueError):
    """What was given as serialized rows cannot be read; says where, and what is wrong there."""

    code = "serializers.input"


class SerializerDoesNotExist(ManoirError, KeyError):
    """No serializer has this name, or what it needs is not installed."""

    code = "serializers.format"

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would show its repr
