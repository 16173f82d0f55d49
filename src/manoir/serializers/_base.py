"""`Serializer`: what the writers of all formats share."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any, ClassVar

from manoir.bridge import blocking
from manoir.serializers._rows import Choice, arecords, check_names, chunks_of


class Serializer:
    """Writes instances as text; subclass it for a format of your own.

    A format overrides `end_object()`, which writes what `get_dump_object()` answers to `self.stream`, and perhaps
    `start_serialization()` and `end_serialization()`.

    Attributes:
        internal_use_only: not for users: `get_public_serializer_formats()` leaves it out.
        stream: what is written to.
        options: further keyword arguments of `serialize()`, for the format.
        first: whether the object at hand is the first one.
    """

    internal_use_only: ClassVar[bool] = False

    stream: Any
    options: dict[str, Any]
    first: bool = True
    _record: dict[str, Any]

    async def aserialize(
        self,
        queryset: Any,
        *,
        stream: Any = None,
        fields: Iterable[str] | None = None,
        use_natural_foreign_keys: bool = False,
        use_natural_primary_keys: bool = False,
        include_secrets: bool = False,
        **options: Any,
    ) -> Any:
        """Write instances.

        Args:
            queryset: a queryset, which is streamed, or any iterable of instances, also of several models.
            stream: a text stream; None keeps the text, which is returned.
            fields: names of the fields to write; None writes all but those with `secret = True`.
            use_natural_foreign_keys: refer to other rows by their natural keys, where they have them.
            use_natural_primary_keys: leave out the primary keys of rows that have natural ones.
            include_secrets: also write fields with `secret = True` that `fields` does not name.
            **options: for the format, such as `indent`.

        Returns:
            What `getvalue()` answers: the text, or None for a stream that does not keep it.

        Raises:
            FieldError: `fields` names no field of the queryset's model.
            TypeError: an object is no instance of a model.
        """
        names = None if fields is None else frozenset(getattr(name, "path", name) for name in fields)
        if names is not None and getattr(queryset, "model", None) is not None:
            check_names(queryset.model, names)
        choice = Choice(names, use_natural_foreign_keys, use_natural_primary_keys, include_secrets)
        self.options = options
        self.stream = self.make_stream() if stream is None else stream
        self.first = True
        self.start_serialization()
        async for chunk in chunks_of(queryset):
            for instance, record in zip(chunk, await arecords(chunk, choice), strict=True):
                self._record = record
                self.start_object(instance)
                self.end_object(instance)
                self.first = False
        self.end_serialization()
        return self.getvalue()

    serialize = blocking(aserialize)

    def make_stream(self) -> Any:
        """Hook: the stream that is written to when none is given."""
        return io.StringIO()

    def start_serialization(self) -> None:
        """Hook: called before the first object."""

    def end_serialization(self) -> None:
        """Hook: called after the last object."""

    def start_object(self, obj: Any) -> None:
        """Hook: called before an object."""

    def end_object(self, obj: Any) -> None:
        """Hook: write the object."""
        raise NotImplementedError(f"{type(self).__qualname__} must define end_object(self, obj).")

    def get_dump_object(self, obj: Any) -> dict[str, Any]:
        """Return the object as a dict of `model`, `pk` and `fields`."""
        return self._record

    def getvalue(self) -> Any:
        """Return the text; None when the stream does not keep it."""
        read = getattr(self.stream, "getvalue", None)
        return read() if callable(read) else None
