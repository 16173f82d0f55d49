"""Uploaded files: in memory, or in a temporary file; a file object either way."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Self

from manoir.conf import settings
from manoir.storage import File

# Controls, and the marks that let a name be shown in another order than it has ("gpj.exe" for "exe.jpg").
_CONTROLS = dict.fromkeys(
    [*range(32), *range(127, 160), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)
MAX_FILE_NAME = 255
PLAIN_NAME = re.compile(r"\w(?:[\w .-]*[\w-])?")
"""Most names: nothing has to be taken out of them."""


def safe_file_name(name: str) -> str:
    r"""Return the last part of the name a client sent, without controls, at most 255 characters, its extension kept.

    The name is metadata: storages make their own. "" when nothing is left.

    Example:
        >>> safe_file_name("C:\\temp\\..\\photo.jpg"), safe_file_name("../..")
        ('photo.jpg', '')
    """
    if len(name) <= MAX_FILE_NAME and PLAIN_NAME.fullmatch(name):
        return name
    base = name.replace("\\", "/").rpartition("/")[2].translate(_CONTROLS).strip()
    if base in ("", ".", ".."):
        return ""
    if len(base) > MAX_FILE_NAME:
        suffix = PurePosixPath(base).suffix[:MAX_FILE_NAME]
        base = base[: MAX_FILE_NAME - len(suffix)] + suffix
    return base


class UploadedFile(File):
    """A file that came with a form: a `File` with what the client said about it.

    Args:
        file: the open file that holds the content.
        name: name the client gave; only its last part is kept.
        content_type: media type the client claims; check the content before believing it.
        size: length in bytes.
        charset: charset parameter of the content type.
        content_type_extra: all parameters of the content type.

    Example:
        >>> upload = SimpleUploadedFile("a/b.txt", b"hello")
        >>> upload.name, upload.size, upload.read()
        ('b.txt', 5, b'hello')
    """

    def __init__(
        self,
        file: IO[bytes] | None = None,
        name: str | None = None,
        content_type: str | None = None,
        size: int | None = None,
        charset: str | None = None,
        content_type_extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(file, name)
        self.content_type = content_type
        if size is not None:
            self.size = size
        self.charset = charset
        self.content_type_extra: Mapping[str, str] = content_type_extra or {}

    if TYPE_CHECKING:
        name: str | None
    else:

        @property
        def name(self) -> str | None:
            """Last part of the name the client gave."""
            return self._name

        @name.setter
        def name(self, value: str | None) -> None:
            self._name = safe_file_name(value) if value else value

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name} ({self.content_type})>"

    def open(self, mode: str | None = None) -> Self:
        """Go back to the start, to read again."""
        self.file.seek(0)
        return self

    def readable(self) -> bool:
        """Uploads can be read."""
        return True

    def writable(self) -> bool:
        """Uploads are not written to."""
        return False


class InMemoryUploadedFile(UploadedFile):
    """An upload small enough to stay in memory.

    Args:
        file: the open file.
        field_name: name of the form's field.
        name: name the client gave.
        content_type: media type the client claims.
        size: length in bytes.
        charset: charset parameter of the content type.
        content_type_extra: all parameters of the content type.
    """

    def __init__(
        self,
        file: IO[bytes],
        field_name: str | None,
        name: str | None,
        content_type: str | None,
        size: int | None,
        charset: str | None = None,
        content_type_extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(file, name, content_type, size, charset, content_type_extra)
        self.field_name = field_name

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        """Whatever is in memory is one chunk."""
        return False

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the whole content."""
        self.file.seek(0)
        yield self.file.read()


class TemporaryUploadedFile(UploadedFile):
    """An upload in a temporary file, in settings.FILE_UPLOAD_TEMP_DIR, readable by this user only.

    Args:
        name: name the client gave.
        content_type: media type the client claims.
        size: length in bytes.
        charset: charset parameter of the content type.
        content_type_extra: all parameters of the content type.
    """

    def __init__(
        self,
        name: str | None,
        content_type: str | None,
        size: int | None,
        charset: str | None,
        content_type_extra: Mapping[str, str] | None = None,
    ) -> None:
        # The generated name carries nothing the client chose; mode 0600 comes from mkstemp.
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - lives on
        super().__init__(file, name, content_type, size, charset, content_type_extra)  # type: ignore[arg-type]

    def temporary_file_path(self) -> str:
        """Return the full path of the temporary file."""
        return self.file.name

    def close(self) -> None:
        """Remove the temporary file; fine when somebody has moved it."""
        try:
            super().close()
        except FileNotFoundError:
            return


class SimpleUploadedFile(InMemoryUploadedFile):
    """An upload made by hand, for tests and scripts.

    Args:
        name: name of the file.
        content: its bytes, or text, which is encoded as UTF-8.
        content_type: media type.
    """

    def __init__(self, name: str, content: bytes | str | None, content_type: str | None = "text/plain") -> None:
        data = content.encode() if isinstance(content, str) else content or b""
        super().__init__(BytesIO(data), None, name, content_type, len(data))

    @classmethod
    def from_dict(cls, file_dict: Mapping[str, Any]) -> Self:
        """Make one from a mapping with `filename`, `content` and perhaps `content-type`."""
        return cls(file_dict["filename"], file_dict["content"], file_dict.get("content-type", "text/plain"))
