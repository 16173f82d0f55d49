"""The way of a form's files through the upload handlers: steps that are noted while parsing, and taken in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from manoir.exceptions import BadRequest, SkipFile, StopFutureHandlers, StopUpload
from manoir.http._files import UploadedFile
from manoir.http._querydict import MultiValueDict
from manoir.http._upload_handlers import FileUploadHandler


class NewFile:
    """The beginning of a file, as its headers tell it."""

    __slots__ = ("args", "field_name")

    def __init__(self, field_name: str, *args: Any) -> None:
        self.field_name = field_name
        self.args = args


Step = NewFile | bytes | None
"""What to do next: begin a file, take bytes of it, finish it."""


class Receiver:
    """Takes the steps.

    Args:
        handlers: the upload handlers, in order.
    """

    def __init__(self, handlers: Sequence[FileUploadHandler]) -> None:
        self.files: MultiValueDict[UploadedFile] = MultiValueDict()
        self._handlers = handlers
        self._chunk_size = min((handler.chunk_size for handler in handlers), default=64 * 1024)
        self._active: list[FileUploadHandler] = []
        self._counts: list[int] = []
        self._field_name = ""
        self._stopped = False
        self._over = False

    def begin(
        self, raw: Any, meta: Mapping[str, Any], content_length: int | None, boundary: str, encoding: str
    ) -> tuple[Any, Any] | None:
        """Show the form to the handlers; the first answer that is not None is what becomes of it."""
        for handler in self._handlers:
            result = handler.handle_raw_input(raw, meta, content_length, boundary, encoding)
            if result is not None:
                return result
        return None

    def take(self, steps: Sequence[Step]) -> None:
        """Take some steps.

        Raises:
            BadRequest: a handler wants the connection to end.
        """
        for step in steps:
            if self._stopped:
                return
            try:
                if step is None:
                    self._finish_file()
                elif isinstance(step, bytes):
                    if self._active:
                        self._receive(step)
                else:
                    self._begin_file(step)
            except SkipFile:
                self._active = []
            except StopUpload as stop:
                self._stop(stop)

    def _stop(self, stop: StopUpload) -> None:
        self._stopped = True
        self._active = []
        self.close_files()
        if stop.connection_reset:
            raise BadRequest("The upload was refused while it arrived.") from stop

    def _begin_file(self, step: NewFile) -> None:
        self._field_name = step.field_name
        self._active = []
        for handler in self._handlers:
            self._active.append(handler)
            try:
                handler.new_file(step.field_name, *step.args)
            except StopFutureHandlers:
                break
        self._counts = [0] * len(self._active)

    def _receive(self, data: bytes) -> None:
        size = self._chunk_size
        if len(data) <= size:
            self._receive_chunk(data)
            return
        for start in range(0, len(data), size):
            self._receive_chunk(data[start : start + size])

    def _receive_chunk(self, chunk: bytes) -> None:
        for number, handler in enumerate(self._active):
            before = self._counts[number]
            self._counts[number] = before + len(chunk)
            left = handler.receive_data_chunk(chunk, before)
            if left is None:
                return
            chunk = left

    def _finish_file(self) -> None:
        active, self._active = self._active, []
        for handler, count in zip(active, self._counts, strict=False):
            upload = handler.file_complete(count)
            if upload is not None:
                dict[str, Any].setdefault(self.files, self._field_name, []).append(upload)
                return

    def complete(self) -> None:
        """Tell the handlers that the form was read."""
        self._over = True
        for handler in self._handlers:
            handler.upload_complete()

    def interrupt(self) -> None:
        """Tell the handlers that the form was not read to its end, and remove its files."""
        self.close_files()
        if not self._over:
            self._over = True
            for handler in self._handlers:
                handler.upload_interrupted()

    def close_files(self) -> None:
        """Remove the files that were finished."""
        for _, uploads in self.files.lists():
            for upload in uploads:
                upload.close()
        self.files.clear()
