"""What a picture says of itself in its first bytes: its format and how many pixels it would become.

A few hundred bytes can claim to be a picture of many gigabytes. So the size is read here, in pure Python, before any
decoder sees the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any, Final

HEAD_BYTES: Final = 64
MAX_SEGMENTS: Final = 512
"""Segments of a JPEG that are passed over in search of its size."""

JPEG_SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of the JPEG segments that hold the size (ITU-T T.81, B.1.1.3)."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What the header of a picture says.

    Attributes:
        format: `"png"`, `"jpeg"`, `"gif"` or `"webp"`.
        width: pixels from left to right.
        height: pixels from top to bottom.
    """

    format: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return self.width * self.height


def picture_header(file: Any) -> PictureHeader | None:
    """Read the header of a picture.

    Args:
        file: an open binary file, or an upload. It is left at its beginning.

    Returns:
        What the header says; None for what is no PNG, JPEG, GIF or WebP, or breaks off before its size.

    Example:
        >>> import io
        >>> picture_header(io.BytesIO(b"GIF89a" + bytes([3, 0, 2, 0])))
        PictureHeader(format='gif', width=3, height=2)
    """
    file.seek(0)
    head: bytes = file.read(HEAD_BYTES)
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and len(head) >= 24:
            return PictureHeader("png", int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))
        if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
            return PictureHeader("gif", int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30:
            return webp_header(head)
        if head.startswith(b"\xff\xd8\xff"):
            return jpeg_header(file)
    finally:
        file.seek(0)
    return None


def webp_header(head: bytes) -> PictureHeader | None:
    """The header of a WebP, by the first of its chunks (RFC 9649, 2.5 to 2.7)."""
    chunk = head[12:16]
    if chunk == b"VP8X":
        return PictureHeader(
            "webp", 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        )
    if chunk == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return PictureHeader("webp", 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF))
    if chunk == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
        return PictureHeader("webp", width & 0x3FFF, height & 0x3FFF)
    return None


def jpeg_header(file: IO[bytes]) -> PictureHeader | None:
    """The header of a JPEG: segments are passed over until the one with the size."""
    file.seek(2)
    for _ in range(MAX_SEGMENTS):
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:
            return None
        kind = marker[1]
        while kind == 0xFF:  # fill bytes before a marker
            filler = file.read(1)
            if not filler:
                return None
            kind = filler[0]
        if kind == 0x01 or 0xD0 <= kind <= 0xD7:
            continue
        length = int.from_bytes(file.read(2), "big")
        if length < 2:
            return None
        if kind in JPEG_SIZES:
            frame = file.read(5)
            if len(frame) < 5:
                return None
            return PictureHeader("jpeg", int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big"))
        if kind == 0xDA:  # the picture begins without having said its size
            return None
        file.seek(length - 2, 1)
    return None
