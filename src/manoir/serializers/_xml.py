"""The format "xml".

It is read by the standard library's expat, which is told to refuse declarations of entities and of document types: without
them no document grows beyond its length, and none reaches for a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from manoir.exceptions import DeserializationError
from manoir.models import JSONField
from manoir.serializers._base import Serializer as BaseSerializer
from manoir.serializers._json import READ_SIZE, Encoder
from manoir.serializers._reader import Deserializer as BaseDeserializer
from manoir.serializers._reader import chunks_of_text

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ROOT = "django-objects"


class Serializer(BaseSerializer):
    """Writes rows as XML, in the documented form, which other frameworks read as well."""

    def start_serialization(self) -> None:
        """Begin the document."""
        self.step: int = self.options.get("indent") or 0
        self.stream.write(f'<?xml version="1.0" encoding="utf-8"?>\n<{ROOT} version="1.0">')

    def end_object(self, obj: Any) -> None:
        """Write one object."""
        record = self.get_dump_object(obj)
        key = f" pk={self.attribute(record['pk'])}" if record.get("pk") is not None else ""
        self.line(1, f"<object model={self.attribute(record['model'])}{key}>")
        for name, value in record["fields"].items():
            self.field(obj, obj._meta.get_field(name), value)
        self.line(1, "</object>")

    def end_serialization(self) -> None:
        """End the document."""
        self.line(0, f"</{ROOT}>")
        if self.step:
            self.stream.write("\n")

    def line(self, depth: int, text: str) -> None:
        """Write a piece, on a line of its own where `indent` is given."""
        self.stream.write(f"\n{' ' * (self.step * depth)}{text}" if self.step else text)

    def field(self, obj: Any, field: Any, value: Any) -> None:
        """Write a field."""
        if field.is_relation:
            kind = type(field.remote_field).__name__
            about = f'rel="{kind}" to={self.attribute(field.related_model._meta.label_lower)}'
        else:
            about = f"type={self.attribute(field.get_internal_type())}"
        start = f"<field name={self.attribute(field.name)} {about}>"
        if field.many_to_many:
            self.line(2, start)
            for key in value:
                self.line(3, self.reference(key))
            self.line(2, "</field>")
            return
        self.line(2, f"{start}{self.content(field, value)}</field>")

    def reference(self, key: Any) -> str:
        """One row of a many-to-many field."""
        return (
            f"<object>{self.natural(key)}</object>"
            if isinstance(key, (list, tuple))
            else (f"<object pk={self.attribute(key)}></object>")
        )

    def content(self, field: Any, value: Any) -> str:
        """The value of a field with a column."""
        if value is None:
            return "<None></None>"
        if isinstance(value, (list, tuple)) and field.is_relation:
            return self.natural(value)
        if isinstance(field, JSONField):
            return self.text(json.dumps(value, cls=field.encoder or Encoder, ensure_ascii=False))
        return self.text(value)

    def natural(self, key: Any) -> str:
        """The parts of a natural key."""
        return "".join(f"<natural>{self.text(part)}</natural>" for part in key)

    def text(self, value: Any) -> str:
        """A value as text.

        Raises:
            ValueError: it holds characters that XML cannot.
        """
        text = value.isoformat() if hasattr(value, "isoformat") else str(value)
        if CONTROLS.search(text):
            raise ValueError(
                f"XML cannot hold the control characters of {text[:80]!r}. Use another format, such as json."
            )
        return escape(text, {"\r": "&#13;"})

    def attribute(self, value: Any) -> str:
        """A value in quotes."""
        self.text(value)
        return quoteattr(str(value))


class Deserializer(BaseDeserializer):
    """Reads XML as it comes; document types and entities are refused."""

    def records(self) -> Iterator[Any]:
        """Give the objects."""
        reader = Reader()
        try:
            for chunk in chunks_of_text(self.source, READ_SIZE):
                reader.parser.Parse(chunk.encode(), False)
                yield from reader.taken()
            reader.parser.Parse(b"", True)
            yield from reader.taken()
        except expat.ExpatError as error:
            raise DeserializationError(f"This is no XML of serialized objects: {error}.") from error


class Reader:
    """Collects objects out of the events of expat."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        for handler in ("StartDoctypeDecl", "EntityDecl", "UnparsedEntityDecl", "ExternalEntityRef"):
            setattr(self.parser, f"{handler}Handler", self.refuse)
        self.done: list[dict[str, Any]] = []
        self.path: list[str] = []
        self.record: dict[str, Any] | None = None
        self.text: list[str] = []
        self.forget_field()

    def forget_field(self) -> None:
        self.name, self.kind, self.is_null = "", "", False
        self.natural: list[str] = []
        self.many: list[Any] = []

    def taken(self) -> list[dict[str, Any]]:
        """The objects that are whole."""
        done, self.done = self.done, []
        return done

    def refuse(self, *_arguments: Any) -> None:
        raise DeserializationError(
            "This XML declares a document type or entities, which may expand without end or name files. Serialized"
            " objects need neither: take the declaration out."
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        path = (*self.path, tag)
        self.path.append(tag)
        self.text = []
        if path == (ROOT, "object"):
            if "model" not in attributes:
                raise self.wrong("an object has no attribute model")
            self.record = {"model": attributes["model"], "pk": attributes.get("pk"), "fields": {}}
        elif path == (ROOT, "object", "field"):
            if "name" not in attributes:
                raise self.wrong("a field has no attribute name")
            self.forget_field()
            self.name, self.kind = attributes["name"], attributes.get("rel") or attributes.get("type", "")
        elif path == (ROOT, "object", "field", "object"):
            self.natural = []
            if "pk" in attributes:
                self.many.append(attributes["pk"])
        elif tag == "None":
            self.is_null = True
        elif tag != "natural" and path != (ROOT,):
            raise self.wrong(f"an element <{tag[:40]}> cannot stand here")

    def characters(self, text: str) -> None:
        self.text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        path = tuple(self.path)
        self.path.pop()
        if tag == "natural":
            self.natural.append("".join(self.text))
        elif path == (ROOT, "object", "field", "object"):
            if self.natural:
                self.many.append(self.natural)
        elif path == (ROOT, "object", "field"):
            assert self.record is not None
            self.record["fields"][self.name] = self.value()
        elif path == (ROOT, "object"):
            assert self.record is not None
            self.done.append(self.record)
            self.record = None
        self.text = []

    def value(self) -> Any:
        """The value of the field that ends."""
        if self.kind == "ManyToManyRel":
            return self.many
        if self.is_null:
            return None
        if self.natural:
            return self.natural
        text = "".join(self.text)
        if self.kind == "JSONField":
            try:
                return json.loads(text)
            except ValueError as error:
                raise self.wrong(f"the field {self.name!r} holds no JSON") from error
        return text

    def wrong(self, message: str) -> DeserializationError:
        return DeserializationError(
            f"This is no XML of serialized objects: {message} (line {self.parser.CurrentLineNumber})."
        )
