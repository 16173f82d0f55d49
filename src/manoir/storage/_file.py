"""Files as the rest of the application sees them, wherever they are stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar

from manoir.bridge import to_thread


class File:
    """A file: a Python file object with a name, a size, and reading by chunks.

    Args:
        file: the open Python file object.
        name: its name in its storage; None takes the file object's own.

    Attributes:
        file: the Python file object.
        name: its name, or None.
        mode: the mode it was opened in.

    Example:
        >>> ContentFile(b"one, two").read()
        b'one, two'
    """

    DEFAULT_CHUNK_SIZE: ClassVar[int] = 64 * 1024
    file: Any
    name: str | None

    def __init__(self, file: Any, name: str | None = None) -> None:
        self.file = file
        self.name = getattr(file, "name", None) if name is None else name
        # Only what the project opened itself is opened again by its path: `name` may come from a visitor.
        opened = getattr(file, "name", None)
        self._opened_path = Path(opened) if isinstance(opened, str) else None
        if hasattr(file, "mode"):
            self.mode = file.mode

    def __str__(self) -> str:
        return self.name or ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self or 'None'}>"

    def __bool__(self) -> bool:
        return bool(self.name)

    def __len__(self) -> int:
        return self.size

    @property
    def size(self) -> int:
        """Length in bytes.

        Raises:
            AttributeError: nothing tells how long it is.
        """
        known = self.__dict__.get("_size")
        return self._find_size() if known is None else known

    @size.setter
    def size(self, value: int) -> None:
        self._size = value

    def _find_size(self) -> int:
        if hasattr(self.file, "size"):
            return self.file.size
        if hasattr(self.file, "tell") and hasattr(self.file, "seek"):
            position = self.file.tell()
            self.file.seek(0, 2)
            end = self.file.tell()
            self.file.seek(position)
            return end
        raise AttributeError("size")  # `__getattr__` says it in full

    @property
    def closed(self) -> bool:
        """True when there is no file object, or it is closed."""
        return not self.file or self.file.closed

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        """Read the file from its beginning, at most `chunk_size` (64 KiB) at a time."""
        if self.seekable():
            self.seek(0)
        while data := self.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
            yield data

    async def achunks(self, chunk_size: int | None = None) -> AsyncIterator[Any]:
        """Do `chunks` without blocking the event loop."""
        await to_thread(self.seek, 0)
        while data := await self.aread(chunk_size or self.DEFAULT_CHUNK_SIZE):
            yield data

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        """Tell whether the file is longer than one chunk."""
        return self.size > (chunk_size or self.DEFAULT_CHUNK_SIZE)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.file)

    def __enter__(self) -> File:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> File:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def open(self, mode: str | None = None) -> File:
        """Go back to the beginning; a closed file is opened again by its path.

        Raises:
            ValueError: it is closed and has no path on this machine.
        """
        if not self.closed:
            self.seek(0)
        elif self._opened_path is not None and self._opened_path.is_file():
            self.file = self._opened_path.open(mode or getattr(self, "mode", "rb"))
        else:
            raise ValueError(f"{self!r} is closed and cannot be opened again. Open it through its storage.")
        return self

    def read(self, size: int = -1) -> Any:
        """Read `size` bytes or characters, or all that is left."""
        return self.file.read(size)

    async def aread(self, size: int = -1) -> Any:
        """Do `read` without blocking the event loop."""
        return await to_thread(self.read, size)

    def write(self, data: Any) -> int:
        """Write data and return how much was written."""
        return self.file.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a position."""
        return self.file.seek(offset, whence)

    def seekable(self) -> bool:
        """Tell whether `seek` works."""
        return not self.closed and getattr(self.file, "seekable", lambda: hasattr(self.file, "seek"))()

    def close(self) -> None:
        """Close the file."""
        if self.file is not None:
            self.file.close()

    async def aclose(self) -> None:
        """Do `close` without blocking the event loop."""
        await to_thread(self.close)

    def __getattr__(self, name: str) -> Any:
        # What is left of a file object's methods (readline, tell, fileno, flush …); copy and pickle ask before `file` is set.
        if name == "size":
            raise AttributeError(
                f"The size of {self!r} cannot be found out: its file object has neither size nor seek()."
            )
        if name.startswith("_") or "file" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")
        return getattr(self.file, name)


class ContentFile(File):
    """A file made of text or bytes in memory.

    Args:
        content: what it holds.
        name: its name; None for none.

    Example:
        >>> ContentFile("hello", name="greeting.txt").size
        5
    """

    def __init__(self, content: str | bytes, name: str | None = None) -> None:
        stream: IO[Any] = StringIO(content) if isinstance(content, str) else BytesIO(content)
        super().__init__(stream, name=name)
        self.size = len(content)

    def __str__(self) -> str:
        return "Raw content"

    def __bool__(self) -> bool:
        return True

    def open(self, mode: str | None = None) -> ContentFile:
        """Go back to the beginning."""
        self.seek(0)
        return self

    def write(self, data: Any) -> int:
        """Write data; the size is counted anew."""
        self.__dict__.pop("_size", None)
        return super().write(data)

    def close(self) -> None:
        """Stay open: there is nothing to give back."""
