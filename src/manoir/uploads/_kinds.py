"""Kinds of files, told by their content: a closed table of signatures. What a client calls its file counts for nothing."""

from __future__ import annotations

import codecs
import re
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

HEAD: Final = 4_096
MAX_ENTRIES: Final = 10_000
"""Entries of an archive that are looked at."""
MAX_RATIO: Final = 200
"""How many times larger an archive's content may be than the archive itself."""
MAX_DIRECTORY: Final = 2_000_000
"""Bytes of an archive's directory that are read."""
END_RECORD: Final = 65_557
"""Where the last record of an archive may begin: 22 bytes and a comment (APPNOTE 4.3.16)."""
LOCATOR: Final = 20
"""Bytes before that record by which an archive says that it is a ZIP64 (APPNOTE 4.3.15)."""
METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How parts of office documents may be packed (ISO/IEC 29500-2, OpenDocument 1.3).

Of other methods, `zipfile` unpacks at once all that it has read: a kilobyte can become gigabytes, whatever is asked for.
"""
BROKEN: Final = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of files.

    Attributes:
        name: short name, as policies list it.
        media_type: media type to serve it as.
        extensions: extensions of its names; the first is given to files that have none of them.
        inline: browsers may show it within a page of the site; everything else is for download only.
    """

    name: str
    media_type: str
    extensions: tuple[str, ...]
    inline: bool = False


OFFICE: Final = "application/vnd.openxmlformats-officedocument"
OPEN: Final = "application/vnd.oasis.opendocument"

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("png", "image/png", ("png",), inline=True),
        Kind("jpeg", "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), inline=True),
        Kind("gif", "image/gif", ("gif",), inline=True),
        Kind("webp", "image/webp", ("webp",), inline=True),
        Kind("pdf", "application/pdf", ("pdf",)),
        Kind("docx", f"{OFFICE}.wordprocessingml.document", ("docx",)),
        Kind("xlsx", f"{OFFICE}.spreadsheetml.sheet", ("xlsx",)),
        Kind("pptx", f"{OFFICE}.presentationml.presentation", ("pptx",)),
        Kind("odt", f"{OPEN}.text", ("odt",)),
        Kind("ods", f"{OPEN}.spreadsheet", ("ods",)),
        Kind("odp", f"{OPEN}.presentation", ("odp",)),
        Kind("zip", "application/zip", ("zip",)),
        Kind("gzip", "application/gzip", ("gz", "tgz")),
        Kind("mp3", "audio/mpeg", ("mp3",)),
        Kind("wav", "audio/wav", ("wav",)),
        Kind("ogg", "audio/ogg", ("ogg", "oga", "ogv")),
        Kind("mp4", "video/mp4", ("mp4", "m4v", "m4a")),
        Kind("webm", "video/webm", ("webm", "mkv")),
        Kind("text", "text/plain; charset=utf-8", ("txt", "csv", "md", "log", "json", "yaml", "toml")),
    )
}
"""Every kind this house can tell."""

UNKNOWN: Final = Kind("unknown", "application/octet-stream", ("bin",))
"""What is in no row of the table."""


def starts(name: str, *signatures: bytes) -> Callable[[bytes], str | None]:
    return lambda head: name if head.startswith(signatures) else None


def riff(head: bytes) -> str | None:
    if head[:4] != b"RIFF":
        return None
    return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])


def iso_media(head: bytes) -> str | None:
    brands = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"M4A ")
    return "mp4" if head[4:8] == b"ftyp" and head[8:12] in brands else None


def mpeg_audio(head: bytes) -> str | None:
    frame = len(head) > 3 and head[0] == 0xFF and head[1] in (0xFB, 0xFA, 0xF3, 0xF2) and head[2] >> 4 not in (0, 15)
    return "mp3" if head.startswith(b"ID3") or frame else None


SIGNATURES: Final[tuple[Callable[[bytes], str | None], ...]] = (
    starts("png", b"\x89PNG\r\n\x1a\n"),
    starts("jpeg", b"\xff\xd8\xff"),
    starts("gif", b"GIF87a", b"GIF89a"),
    riff,
    # At the very beginning: readers accept it later too, and so do polyglots.
    starts("pdf", b"%PDF-1.", b"%PDF-2."),
    starts("zip", b"PK\x03\x04"),
    starts("gzip", b"\x1f\x8b\x08"),
    starts("ogg", b"OggS\x00"),
    starts("webm", b"\x1aE\xdf\xa3"),
    iso_media,
    mpeg_audio,
)

PARTS: Final = {
    re.compile(r"word/document\d*\.xml"): "docx",
    re.compile(r"xl/workbook\d*\.xml"): "xlsx",
    re.compile(r"ppt/presentation\d*\.xml"): "pptx",
}

CONTENT_TYPES: Final = "[Content_Types].xml"
MAX_DECLARED: Final = 1_000_000
"""Bytes that the list of an office document's parts may have."""
MACROS: Final = re.compile(rb"macroenabled|vbaproject|macrosheet", re.IGNORECASE)
"""What the media types of macros have in common: VBA, and those of Excel 4."""

CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def kind_of(file: Any) -> Kind:
    """Tell what a file is, by its content alone.

    Args:
        file: an open binary file, or an upload. It is left at its beginning.

    Returns:
        The kind; UNKNOWN for what is in no row of the table.

    Example:
        >>> import io
        >>> kind_of(io.BytesIO(b"%PDF-1.7 ...")).media_type
        'application/pdf'
        >>> kind_of(io.BytesIO(bytes(range(256)))).name
        'unknown'
    """
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    for signature in SIGNATURES:
        name = signature(head)
        if name == "zip":
            return KINDS[archive_kind(file)]
        if name is not None:
            return KINDS[name]
    return KINDS["text"] if is_text(file) else UNKNOWN


def is_text(file: Any) -> bool:
    """Whether the whole file is UTF-8 without control characters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(65_536):
            if CONTROLS.search(chunk):
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def directory_size(file: Any) -> int | None:
    """Bytes of an archive's directory, by its last record; None where there is none, or it is a ZIP64.

    It is asked before `zipfile` reads the directory, which makes an object for each entry.
    """
    end = file.seek(0, 2)
    file.seek(max(0, end - END_RECORD - LOCATOR))
    tail: bytes = file.read(END_RECORD + LOCATOR)
    file.seek(0)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) < found + 22:
        return None
    if tail[max(0, found - LOCATOR) : found].startswith(b"PK\x06\x07"):
        return None  # the sizes that count are elsewhere
    size = int.from_bytes(tail[found + 12 : found + 16], "little")
    return None if size == 0xFFFFFFFF else size


def archive_entries(file: Any) -> list[zipfile.ZipInfo] | None:
    """The entries of a ZIP file; None for one that is damaged, or lists too many. Left at its beginning."""
    size = directory_size(file)
    if size is None or size > MAX_DIRECTORY:
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.infolist()
    except BROKEN:
        return None
    finally:
        file.seek(0)


def archive_kind(file: Any) -> str:
    """The kind of a ZIP file: office documents are such, and are told by what they list."""
    names = {entry.filename for entry in archive_entries(file) or ()}
    if CONTENT_TYPES in names:
        return next((kind for part, kind in PARTS.items() if any(map(part.fullmatch, names))), "zip")
    if "mimetype" in names:
        declared = declared_type(file)
        return next((name for name in ("odt", "ods", "odp") if KINDS[name].media_type == declared), "zip")
    return "zip"


def declared_type(file: Any) -> str:
    """What the entry `mimetype` of an OpenDocument says."""
    try:
        return read_part(file, "mimetype", 100).decode("ascii", "replace").strip()
    except (KeyError, *BROKEN):
        return ""


def read_part(file: Any, name: str, most_bytes: int) -> bytes:
    """The beginning of one part of an office document; this is the one place where an archive is unpacked.

    Args:
        file: an open ZIP file. It is left at its beginning.
        name: of the part.
        most_bytes: that are read.

    Raises:
        KeyError: there is no such part.
        BadZipFile: it is packed in a way that office documents are not; and whatever else is in BROKEN.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(name).compress_type not in METHODS:
                raise zipfile.BadZipFile(f"The part {name!r} is packed as no office document is.")
            with archive.open(name) as part:
                return part.read(most_bytes)
    finally:
        file.seek(0)


def archive_problem(file: Any) -> str | None:
    """Say what is wrong with an archive or office document: bombs, macros, odd entries. Nothing is unpacked.

    Args:
        file: an open ZIP file. It is left at its beginning.

    Returns:
        What is wrong, in words; None for nothing.
    """
    entries = archive_entries(file)
    if entries is None:
        return "it is damaged, or lists too many parts"
    size = file.seek(0, 2)
    file.seek(0)
    if len(entries) > MAX_ENTRIES:
        return f"it has more than {MAX_ENTRIES} parts"
    if sum(entry.file_size for entry in entries) > MAX_RATIO * max(size, 1_024):
        return f"its content is more than {MAX_RATIO} times larger than the file"
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        return "two of its parts have one name"
    return next(filter(None, map(entry_problem, entries)), None) or declared_problem(file)


def declared_problem(file: Any) -> str | None:
    """Say what is wrong with the parts that an office document declares: macros may lie in a part of any name."""
    try:
        declared = read_part(file, CONTENT_TYPES, MAX_DECLARED + 1)
    except KeyError:
        return None  # an OpenDocument, or no office document
    except BROKEN:
        return "it is damaged"
    if len(declared) > MAX_DECLARED:
        return "it lists too many parts"
    plain = declared.replace(b"\0", b"")  # UTF-16, which is allowed there, has a NUL beside each letter
    if b"&#" in plain or b"<!" in plain:
        return "its list of parts hides letters"  # by references or entities, which no program writes there
    return "it holds macros" if MACROS.search(plain) else None


def entry_problem(entry: zipfile.ZipInfo) -> str | None:
    """Say what is wrong with one entry of an archive."""
    name = entry.filename.replace("\\", "/").lower()
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
        return "a part has a name that leads out of it"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a part is a link"
    if name.endswith(("vbaproject.bin", "vbadata.xml")) or name.startswith(("basic/", "scripts/")):
        return "it holds macros"
    return "a part is encrypted" if entry.flag_bits & 0x1 else None
