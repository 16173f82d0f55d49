"""What a file is, by its content."""

from __future__ import annotations

import struct
import tracemalloc
import warnings
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manoir.uploads import KINDS, kind_of, picture_header
from manoir.uploads._kinds import archive_problem
from tests.uploads.samples import animation, archive, docx, jpeg_header, odt, photo, picture, png_bomb, webp_header

SAMPLES = {
    "png": picture("png"),
    "jpeg": photo(),
    "gif": animation(),
    "webp": picture("webp"),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\n",
    "docx": docx(),
    "xlsx": archive({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
    "pptx": archive({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}),
    "odt": odt(),
    "zip": archive({"a.txt": b"x"}),
    "gzip": b"\x1f\x8b\x08\x00abc\x00",
    "mp3": b"ID3\x04\x00\x00",
    "wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "ogg": b"OggS\x00\x02",
    "mp4": b"\x00\x00\x00\x18ftypisom\x00\x00",
    "webm": b"\x1aE\xdf\xa3\x01\x00",
    "text": "Grüße,\r\n\tein Text €\n".encode(),
    "unknown": bytes(range(64)),
}

HOSTILE = {
    "html": b"<!DOCTYPE html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "pdf after junk": b"GARBAGE\n%PDF-1.4",
    "latin-1": "Grüße".encode("latin-1"),
    "null": b"text\x00text",
    "cut character": "€".encode()[:2],
    "exe": b"MZ\x90\x00\x03",
    "elf": b"\x7fELF\x02",
    "fits": b"SIMPLE  =                    T",
    "tiff": b"II*\x00\x08\x00\x00\x00",
    "bmp": b"BM6\x00\x00\x00",
    "postscript": b"%!PS-Adobe-3.0\n",
    "empty": b"",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_kinds_are_told_by_content(name: str):
    file = BytesIO(SAMPLES[name])
    file.seek(3)
    assert kind_of(file).name == name
    assert file.tell() == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_runs_is_shown_inline(name: str):
    """H16: what is no picture is never inline, whatever it begins with."""
    assert kind_of(BytesIO(HOSTILE[name])).name in ("text", "unknown")
    assert not kind_of(BytesIO(HOSTILE[name])).inline


def test_only_pictures_are_inline():
    assert {name for name, kind in KINDS.items() if kind.inline} == {"png", "jpeg", "gif", "webp"}


def test_text_is_utf_8_across_chunks():
    assert kind_of(BytesIO("a€".encode() * 40_000)).name == "text"
    assert kind_of(BytesIO("€".encode() * 40_000 + b"\xff")).name == "unknown"


@given(st.binary(max_size=300))
def test_any_bytes_are_told_or_unknown(data: bytes):
    for start in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF1234WEBP",
        b"\xff\xd8\xff",
        b"PK\x03\x04",
        b"\xff\xfb\x90",
    ):
        file = BytesIO(start + data)
        assert kind_of(file).media_type
        header = picture_header(file)
        assert header is None or header.pixels >= 0
        assert file.tell() == 0


# -- archives ---------------------------------------------------------------------------------------------------------


def link() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = 0o120777 << 16
        made.writestr(entry, "/etc/passwd")
    return stream.getvalue()


def many(count: int) -> bytes:
    return archive({f"{number}": b"" for number in range(count)}, zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (docx(), None),
        (odt(), None),
        (archive({"a/b/c..txt": b"x"}), None),
        (archive({"../../evil": b"x"}), "leads out"),
        (archive({"/etc/passwd": b"x"}), "leads out"),
        (archive({"a\\..\\..\\b": b"x"}), "leads out"),
        (archive({"C:/x": b"x"}), "leads out"),
        (docx({"word/vbaProject.bin": b"x"}), "macros"),
        (
            docx(
                {
                    "[Content_Types].xml": b"<Override ContentType='application/vnd.ms-word.document.MacroEnabled.main+xml'/>"
                }
            ),
            "macros",
        ),
        (
            docx(
                {
                    "[Content_Types].xml": "<Override ContentType='application/vnd.ms-office.vbaProject'/>".encode(
                        "utf-16"
                    )
                }
            ),
            "macros",
        ),
        (docx({"[Content_Types].xml": b"<Override ContentType='application/vnd.ms-excel.macrosheet+xml'/>"}), "macros"),
        (
            docx({"[Content_Types].xml": b"<Override ContentType='application/vnd.ms-office.vba&#80;roject'/>"}),
            "hides letters",
        ),
        (
            docx({"[Content_Types].xml": b"<!DOCTYPE a [<!ENTITY p 'P'>]><Override ContentType='vba&p;roject'/>"}),
            "hides letters",
        ),
        (
            archive({"[Content_Types].xml": b" " * 1_000_001, "x": bytes(range(256)) * 100}, zipfile.ZIP_STORED),
            "too many parts",
        ),
        (archive({"Basic/Standard/script.xml": b"x"}), "macros"),
        (link(), "a part is a link"),
        (archive({"bomb": bytes(50_000_000)}), "200 times larger"),
        (many(10_001), "more than 10000 parts"),
        (b"PK\x03\x04" + bytes(30), "damaged"),
        (docx()[:-30], "damaged"),
    ],
)
def test_archives(content: bytes, problem: str | None):
    """C22, H20: names that lead out, links, macros, bombs; nothing is unpacked to find out."""
    found = archive_problem(BytesIO(content))
    assert found is None if problem is None else problem in str(found)


def test_an_archive_that_promises_too_many_parts_is_not_read():
    """H22: the size of the directory is known before an object is made for each entry."""
    content = bytearray(archive({"a": b""}))
    content[-10:-6] = (50_000_000).to_bytes(4, "little")
    assert archive_problem(BytesIO(bytes(content))) == "it is damaged, or lists too many parts"
    assert kind_of(BytesIO(bytes(content))).name == "zip"


def lying(content: bytes) -> bytes:
    """An archive whose directory says of its first part that it is ten bytes long."""
    found = content.index(b"PK\x01\x02") + 24
    return content[:found] + (10).to_bytes(4, "little") + content[found + 4 :]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", ["[Content_Types].xml", "mimetype"])
def test_a_part_that_lies_about_its_size_is_not_unpacked(name: str, method: int):
    """H20, H22: of two methods Python unpacks at once all that it has read, some 700 bytes a gigabyte."""
    content = lying(archive({name: bytes(45_000_000), "word/document.xml": b"<w/>"}, method))
    tracemalloc.start()
    try:
        assert kind_of(BytesIO(content)).name in ("docx", "zip")
        archive_problem(BytesIO(content))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_parts_are_packed_as_office_documents_are():
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        packed = archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}, method)
        assert archive_problem(BytesIO(packed)) == "it is damaged"


def test_an_archive_that_moves_its_directory_is_not_read():
    """H22: a ZIP64 says the size elsewhere, and `zipfile` believes that before what was looked at."""
    content = many(60_000)
    end = content.rindex(b"PK\x05\x06")
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    start = int.from_bytes(content[end + 16 : end + 20], "little")
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 60_000, 60_000, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    small = content[end : end + 12] + (100).to_bytes(4, "little") + content[end + 16 :]
    moved = content[:end] + record + locator + small
    with zipfile.ZipFile(BytesIO(moved)) as read:
        assert len(read.infolist()) == 60_000
    for ending in (b"", b"\xff\xff" + bytes(65_535)):
        hidden = moved if not ending else moved[:-2] + ending
        assert archive_problem(BytesIO(hidden)) == "it is damaged, or lists too many parts"


def test_a_part_is_there_once():
    """C22: who reads another one of two than was looked at reads what was not looked at."""
    for first, second in (("a.txt", "a.txt"), ("[Content_Types].xml", "[content_types].XML")):
        stream = BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as made:
            warnings.simplefilter("ignore")  # the module warns of it
            for name in (first, second):
                made.writestr(name, "x")
        assert archive_problem(stream) == "two of its parts have one name"


# -- sizes of pictures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["png", "jpeg", "gif", "webp"])
def test_sizes_out_of_headers(format: str):
    header = picture_header(BytesIO(picture(format, (31, 17))))
    assert header is not None
    assert (header.format, header.width, header.height) == (format, 31, 17)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0x"}])
def test_sizes_of_every_webp(options: dict[str, object]):
    header = picture_header(BytesIO(picture("webp", (31, 17), **options)))
    assert header is not None
    assert (header.width, header.height) == (31, 17)


def test_sizes_behind_long_segments():
    large = picture("jpeg", (31, 17), icc_profile=bytes(200_000), exif=b"Exif\0\0" + bytes(60_000))
    header = picture_header(BytesIO(large))
    assert header is not None
    assert (header.width, header.height) == (31, 17)


@pytest.mark.parametrize("content", [png_bomb(), webp_header(16_777_216, 16_777_216), jpeg_header(65_535, 65_535)])
def test_bombs_say_their_size(content: bytes):
    """H19: the pixels are known before anything is decoded."""
    header = picture_header(BytesIO(content))
    assert header is not None
    assert header.pixels > 10**9


@pytest.mark.parametrize(
    "content", [b"\xff\xd8\xff" + b"\xff" * 500, b"\xff\xd8\xff\xe0\x00\x02" * 600, b"\xff\xd8\xff\xda\x00\x04ab"]
)
def test_headers_that_never_come(content: bytes):
    assert picture_header(BytesIO(content)) is None
