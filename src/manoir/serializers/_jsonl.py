"""The format "jsonl": one JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from manoir.exceptions import DeserializationError
from manoir.serializers._json import READ_SIZE
from manoir.serializers._json import Serializer as JSONSerializer
from manoir.serializers._reader import Deserializer as BaseDeserializer
from manoir.serializers._reader import chunks_of_text


class Serializer(JSONSerializer):
    """Writes each row as JSON on a line of its own."""

    def start_serialization(self) -> None:
        """Prepare the encoder: what is indented would be no line."""
        self.options.pop("indent", None)
        super().start_serialization()

    def write_start(self) -> None:
        """Write nothing."""

    def end_object(self, obj: Any) -> None:
        """Write one line."""
        self.stream.write(f"{self.encode(self.get_dump_object(obj))}\n")

    def end_serialization(self) -> None:
        """Write nothing."""


class Deserializer(BaseDeserializer):
    """Reads a JSON object of each line; empty lines are passed over."""

    def records(self) -> Iterator[Any]:
        """Give the objects."""
        for number, line in enumerate(lines_of(chunks_of_text(self.source, READ_SIZE)), 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                reason = getattr(error, "msg", "it is nested too deeply")
                raise DeserializationError(f"Line {number} is no JSON object: {reason} (at {line[:40]!r}).") from error


def lines_of(chunks: Iterator[str]) -> Iterator[str]:
    """The lines of a text that comes in pieces; only the ends of lines that JSON knows count."""
    rest: list[str] = []
    for chunk in chunks:
        first, *others = chunk.split("\n")
        rest.append(first)
        for other in others:
            yield "".join(rest)
            rest = [other]
    yield "".join(rest)
