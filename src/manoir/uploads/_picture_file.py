"""`ImageFile`: a file that tells how large the picture in it is."""

from __future__ import annotations

from manoir.storage import File
from manoir.uploads._headers import picture_header


class ImageFile(File):
    """A `File` with a picture: PNG, JPEG, GIF or WebP.

    The size is read out of the header once; nothing is decoded, so Pillow is not needed.

    Example:
        >>> import io
        >>> picture = ImageFile(io.BytesIO(b"GIF89a" + bytes([3, 0, 2, 0])), name="dot.gif")
        >>> picture.width, picture.height
        (3, 2)
    """

    @property
    def width(self) -> int | None:
        """Width in pixels; None for what is no picture."""
        return self._picture_size()[0]

    @property
    def height(self) -> int | None:
        """Height in pixels; None for what is no picture."""
        return self._picture_size()[1]

    def _picture_size(self) -> tuple[int, int] | tuple[None, None]:
        known = self.__dict__.get("_dimensions")
        if known is None:
            shut = self.closed
            if shut:
                self.open()
            position = self.file.tell()
            header = picture_header(self.file)
            self.file.seek(position)
            if shut:
                self.close()
            known = (None, None) if header is None else (header.width, header.height)
            self.__dict__["_dimensions"] = known
        return known
