"""The format "json": one list of objects. It is written and read object by object, so that its length does not matter."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from manoir.exceptions import DeserializationError
from manoir.i18n import LazyString
from manoir.serializers._base import Serializer as BaseSerializer
from manoir.serializers._reader import Deserializer as BaseDeserializer
from manoir.serializers._reader import chunks_of_text

READ_SIZE = 64 * 1024
SPACE = re.compile(r"[ \t\r\n]*")


class Encoder(json.JSONEncoder):
    """Dates and times in ISO 8601, with all their digits; Decimal and UUID as text."""

    def default(self, o: Any) -> Any:
        """Return plain data for a value that `json` does not know."""
        if isinstance(o, dt.datetime):
            text = o.isoformat()
            return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
        if isinstance(o, (dt.date, dt.time)):
            return o.isoformat()
        if isinstance(o, (Decimal, UUID, LazyString)):
            return str(o)
        return super().default(o)


class Serializer(BaseSerializer):
    """Writes rows as JSON; `indent` and other options are those of `json.dumps`."""

    encode: Any

    def start_serialization(self) -> None:
        """Begin the list."""
        options: dict[str, Any] = {"cls": Encoder, "ensure_ascii": False, **self.options}
        self.indent: Any = options.get("indent")
        self.encode = options.pop("cls")(**options).encode
        self.write_start()

    def write_start(self) -> None:
        """Write what stands before the first object."""
        self.stream.write("[")

    def end_object(self, obj: Any) -> None:
        """Write one object."""
        before = "" if self.first else "," if self.indent else ", "
        self.stream.write(f"{before}\n" if self.indent else before)
        self.stream.write(self.encode(self.get_dump_object(obj)))

    def end_serialization(self) -> None:
        """End the list."""
        self.stream.write("\n]\n" if self.indent else "]")


class Deserializer(BaseDeserializer):
    """Reads a JSON list of objects, as much at a time as one object needs."""

    def records(self) -> Iterator[Any]:
        """Give the objects of the list."""
        yield from ListReader(self.source).objects()


class ListReader:
    """Takes a JSON list apart while it is read.

    Args:
        source: text, bytes, or a stream of them.
        size: characters that are read at a time.
    """

    def __init__(self, source: Any, size: int = READ_SIZE) -> None:
        self.chunks = chunks_of_text(source, size)
        self.text = ""
        self.position = 0
        self.line = 1
        self.decode = json.JSONDecoder().raw_decode

    def objects(self) -> Iterator[Any]:
        """Give the members of the list.

        Raises:
            DeserializationError: it is no list of JSON objects; says at which line.
        """
        if self.following() != "[":
            raise self.error("a list of objects has to begin with [")
        self.position += 1
        if self.following() == "]":
            return
        while True:
            yield self.member()
            after = self.following()
            self.position += 1
            if after == "]":
                break
            if after != ",":
                self.position -= 1
                raise self.error("after an object there has to be a comma, or ] at the end")
        if self.following():
            raise self.error("there is something behind the end of the list")

    def following(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            found = SPACE.match(self.text, self.position)
            assert found is not None
            self.position = found.end()
            if self.position < len(self.text):
                return self.text[self.position]
            if not self.read(1):
                return ""

    def member(self) -> Any:
        """The object at this place; more is read until it is whole."""
        if self.following() != "{":
            raise self.error("here has to be an object, which begins with {")
        wanted = READ_SIZE
        while True:
            try:
                value, self.position = self.decode(self.text, self.position)
                return value
            except RecursionError:
                raise self.error("this object is nested too deeply") from None
            except ValueError as error:  # JSONDecodeError; else a number of too many digits
                where = getattr(error, "pos", self.position)
                if not isinstance(error, json.JSONDecodeError) or not self.read(wanted):
                    raise self.error(getattr(error, "msg", str(error)), where) from error
                wanted *= 2  # an object of any size is tried anew only so often

    def read(self, wanted: int) -> bool:
        """Read at least so many characters more; False at the end."""
        self.line += self.text.count("\n", 0, self.position)
        parts, self.position, length = [self.text[self.position :]], 0, 0
        for chunk in self.chunks:
            parts.append(chunk)
            length += len(chunk)
            if length >= wanted:
                break
        self.text = "".join(parts)
        return length > 0

    def error(self, message: str, position: int | None = None) -> DeserializationError:
        place = self.position if position is None else position
        line = self.line + self.text.count("\n", 0, place)
        what = self.text[place : place + 40].splitlines()
        return DeserializationError(f"This is no JSON list of objects: {message} (line {line}, at {what[:1]}).")
