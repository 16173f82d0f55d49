"""Files of many kinds, made here: nothing that is hostile is stored in the repository."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file of the makers of virus scanners, harmless by design; in two parts so that none flags this source."""


def picture(format: str = "png", size: tuple[int, int] = (8, 6), mode: str = "RGB", **options: Any) -> bytes:
    stream = BytesIO()
    colour: Any = {"RGB": "red", "RGBA": (255, 0, 0, 100), "CMYK": (0, 200, 200, 0), "P": 1, "L": 90, "1": 1}[mode]
    Image.new(mode, size, colour).save(stream, format, **options)
    return stream.getvalue()


def photo() -> bytes:
    """A JPEG with all that cameras add: place, time, orientation, a comment, a colour profile."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return picture("jpeg", exif=exif, comment=b"SECRET-COMMENT", icc_profile=profile)


def animation(frames: int = 3, format: str = "gif") -> bytes:
    stream = BytesIO()
    first, *others = [Image.new("RGB", (5, 5), (80 * number % 255, 30, 200)) for number in range(frames)]
    first.save(stream, format, save_all=True, append_images=others, duration=50)
    return stream.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of a few bytes that would become gigabytes."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(b"\0" * 100)) + (
        png_chunk(b"IEND", b"")
    )  # fmt: skip


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return stream.getvalue()


def docx(extra: dict[str, bytes] | None = None) -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **(extra or {})})


def odt() -> bytes:
    return archive({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<o/>"})


def webp_header(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas


def jpeg_header(width: int, height: int) -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 1) + bytes(3)
    return b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"
