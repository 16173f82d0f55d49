"""Upload handlers: what happens to the bytes of a file while a form arrives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, ClassVar

from manoir.conf import import_string, settings
from manoir.exceptions import ImproperlyConfigured, StopFutureHandlers
from manoir.http._files import InMemoryUploadedFile, TemporaryUploadedFile, UploadedFile


class FileUploadHandler:
    """Takes the bytes of uploaded files as they come. Derive from it, and define at least the two methods that raise.

    Handlers are asked in order. What one returns from `receive_data_chunk` goes to the next; None ends the chain. They
    run in a worker thread, never on the event loop, so they may block, and wait for the database.

    Args:
        request: the request whose files these are.

    Attributes:
        chunk_size: most bytes that are handed over at once; the smallest of all handlers counts.
        field_name: name of the form's field, once `new_file` was called.
        file_name: name the client gave, its last part only.
        content_type: media type the client claims.
        content_length: length the client claims; mostly None.
        charset: charset the client claims.
        content_type_extra: all parameters of the content type.

    Example:
        >>> class Counting(FileUploadHandler):
        ...     seen = 0
        ...
        ...     def receive_data_chunk(self, raw_data, start):
        ...         self.seen += len(raw_data)
        ...         return raw_data
        ...
        ...     def file_complete(self, file_size):
        ...         return None
    """

    chunk_size: ClassVar[int] = 64 * 1024

    def __init__(self, request: Any = None) -> None:
        self.request = request
        self.field_name: str | None = None
        self.file_name: str | None = None
        self.content_type: str | None = None
        self.content_length: int | None = None
        self.charset: str | None = None
        self.content_type_extra: Mapping[str, str] | None = None

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],
        content_length: int | None,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[Any, Any] | None:
        """Hook: look at the form before it is parsed.

        Args:
            input_data: a file with the whole body; None for a large one, whose bytes are still to come.
            META: the request's META.
            content_length: length of the body in bytes, as far as it is known.
            boundary: what stands between its parts.
            encoding: charset of its fields.

        Returns:
            None to go on; a pair of POST and FILES to be done with it.
        """
        return None

    def new_file(
        self,
        field_name: str,
        file_name: str,
        content_type: str | None,
        content_length: int | None,
        charset: str | None = None,
        content_type_extra: Mapping[str, str] | None = None,
    ) -> None:
        """Hook: a file begins. Call `super()`, which sets the attributes.

        Raises:
            StopFutureHandlers: the handlers after this one do not see the file.
            SkipFile: the file is not kept. StopUpload: no file is.
        """
        self.field_name = field_name
        self.file_name = file_name
        self.content_type = content_type
        self.content_length = content_length
        self.charset = charset
        self.content_type_extra = content_type_extra

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take some bytes of the file.

        Args:
            raw_data: the bytes.
            start: how many came to this handler before.

        Returns:
            The bytes for the next handler; None when there is nothing for it.

        Raises:
            SkipFile: the file is not kept. StopUpload: no file is.
        """
        raise NotImplementedError(f"{type(self).__name__} must define receive_data_chunk().")

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Finish the file.

        Args:
            file_size: bytes that came to this handler.

        Returns:
            The file for `request.FILES`, or None to leave that to the next handler.
        """
        raise NotImplementedError(f"{type(self).__name__} must define file_complete().")

    def upload_complete(self) -> None:
        """Hook: the whole form was read."""

    def upload_interrupted(self) -> None:
        """Hook: the form was not read to its end; remove what was kept."""


class MemoryFileUploadHandler(FileUploadHandler):
    """Keeps files in memory, of forms that are no larger than FILE_UPLOAD_MAX_MEMORY_SIZE."""

    activated = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],
        content_length: int | None,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[Any, Any] | None:
        """Decide by the length of the form whether files are kept here."""
        self.activated = content_length is not None and content_length <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        return None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, and let no later handler see it, where files are kept here.

        Raises:
            StopFutureHandlers: they are.
        """
        super().new_file(*args, **kwargs)
        if self.activated:
            self.chunks: list[bytes] = []
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep the bytes, or hand them on."""
        if not self.activated:
            return raw_data
        self.chunks.append(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Return the file, if it was kept here."""
        if not self.activated:
            return None
        content = BytesIO(b"".join(self.chunks))
        self.chunks = []
        return InMemoryUploadedFile(
            content,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )


class TemporaryFileUploadHandler(FileUploadHandler):
    """Keeps files in temporary files, which their owner alone may read and which go with the request."""

    file: TemporaryUploadedFile | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self.discard()
        self.file = TemporaryUploadedFile(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write the bytes."""
        assert self.file is not None
        self.file.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Return the file, at its beginning."""
        file, self.file = self.file, None
        assert file is not None
        file.seek(0)
        file.size = file_size
        return file

    def upload_complete(self) -> None:
        """Remove what was begun and skipped."""
        self.discard()

    def upload_interrupted(self) -> None:
        """Remove what was begun."""
        self.discard()

    def discard(self) -> None:
        """Remove a file that was begun and not finished."""
        if self.file is not None:
            self.file.close()
            self.file = None


BUILT_IN = frozenset([MemoryFileUploadHandler, TemporaryFileUploadHandler])


def only_built_in(handlers: Iterable[FileUploadHandler]) -> bool:
    """Whether no handler of a project is among these."""
    return BUILT_IN.issuperset(map(type, handlers))


def handler_classes() -> tuple[Any, ...]:
    """Return the classes of FILE_UPLOAD_HANDLERS, imported once.

    Raises:
        ImproperlyConfigured: one cannot be imported, or is no class of handlers.
    """
    # hot path: benchmarks/http_objects.py
    paths = tuple(settings.FILE_UPLOAD_HANDLERS)
    found = imported.get(paths)
    if found is None:
        imported.clear()
        found = imported[paths] = tuple([handler_class(path) for path in paths])
    return found


imported: dict[tuple[str, ...], tuple[Any, ...]] = {}


def handler_class(path: str) -> Any:
    """Import one entry of FILE_UPLOAD_HANDLERS."""
    try:
        factory = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"FILE_UPLOAD_HANDLERS: {error}") from error
    if not callable(factory):
        raise ImproperlyConfigured(f"FILE_UPLOAD_HANDLERS: {path!r} is no class of upload handlers.")
    return factory


class SettledHandlers(tuple[FileUploadHandler, ...]):
    """The handlers of a form that was read: changing them would come too late, and says so."""

    __slots__ = ()

    def refuse(self, *args: Any) -> None:
        """Refuse a change.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(TOO_LATE)

    append = extend = insert = pop = remove = clear = __setitem__ = __delitem__ = refuse


TOO_LATE = (
    "The body of this request was read before, so its upload handlers cannot change any more. The body is read before "
    "the view is called: name handlers by the decorator @upload_handlers(...) of manoir.views.decorators, change them in "
    "middleware, or set `view.streams_body = True`, change them in the view, and then `await request.aload()`."
)
