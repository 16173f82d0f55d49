"""`Deserializer`: what the readers of all formats share. It is iterated in either colour, and reads as it goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any

from manoir.bridge import wait
from manoir.exceptions import DeserializationError
from manoir.serializers._building import Lookup, Reading, build
from manoir.serializers._deserialized import DeserializedObject


class Deserializer:
    """Reads serialized rows; subclass it for a format of your own, and override `records()`.

    Args:
        stream_or_string: what holds the rows: text, bytes, or a stream of them (a list for "python").
        using: alias of the database that the rows are meant for.
        ignorenonexistent: leave out models and fields that there are no more.
        handle_forward_references: put relations to rows that do not exist yet off, as `deferred_fields`.
        before_lookup: awaited before a row is looked for by its natural key, in coroutines; for who writes in batches.
        **options: for the format.

    Raises:
        DeserializationError: while iterating; says which object is wrong, and what to do.
    """

    def __init__(
        self,
        stream_or_string: Any,
        *,
        using: str = "default",
        ignorenonexistent: bool = False,
        handle_forward_references: bool = False,
        before_lookup: Callable[[], Awaitable[object]] | None = None,
        **options: Any,
    ) -> None:
        self.source = stream_or_string
        self.before_lookup = before_lookup
        self.options = options
        self.reading = Reading(using, ignorenonexistent, handle_forward_references)

    def records(self) -> Iterator[Any]:
        """Hook: give the mappings of `model`, `pk` and `fields`, one after the other."""
        yield from self.source

    def __iter__(self) -> Iterator[DeserializedObject]:
        for record in self.records():
            found = answered(build(record, self.reading))
            if found is not None:
                yield found

    async def __aiter__(self) -> AsyncIterator[DeserializedObject]:
        for record in self.records():
            found = await aanswered(build(record, self.reading), self.before_lookup)
            if found is not None:
                yield found


def answered(steps: Generator[Lookup, Any, Any]) -> Any:
    """Go through the steps of `build` in sync code; only a natural key waits."""
    answer = None
    while True:
        try:
            lookup = steps.send(answer)
        except StopIteration as end:
            return end.value
        answer = wait(lookup.afind())


async def aanswered(
    steps: Generator[Lookup, Any, Any], before_lookup: Callable[[], Awaitable[object]] | None = None
) -> Any:
    """Go through the steps of `build` in a coroutine."""
    answer = None
    while True:
        try:
            lookup = steps.send(answer)
        except StopIteration as end:
            return end.value
        if before_lookup is not None:
            await before_lookup()
        answer = await lookup.afind()


def chunks_of_text(source: Any, size: int) -> Iterator[str]:
    """The text of a string, of bytes or of a stream of either, in pieces of about `size` characters.

    Raises:
        DeserializationError: it is no text in UTF-8.
    """
    import codecs

    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    try:
        for piece in pieces(source, size):
            text = piece if isinstance(piece, str) else decode(piece)
            if text:
                yield text
        decode(b"", True)
    except UnicodeDecodeError as error:
        raise DeserializationError(f"The input is no text in UTF-8: {error.reason} at byte {error.start}.") from error


def pieces(source: Any, size: int) -> Iterator[Any]:
    if isinstance(source, (str, bytes, bytearray, memoryview)):
        yield source if isinstance(source, str) else bytes(source)
        return
    if not hasattr(source, "read"):
        raise TypeError(f"Serialized rows are text, bytes or a stream, not {type(source).__name__}.")
    while piece := source.read(size):
        yield piece
