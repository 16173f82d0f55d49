from __future__ import annotations

import stat
from pathlib import Path

import pytest

from manoir.http import SimpleUploadedFile, TemporaryUploadedFile


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.txt", "a.txt"),
        ("/abs/a.txt", "a.txt"),
        ("a\0b\r\n.txt", "ab.txt"),
        ("..", ""),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069\u200f\ufeff.txt\x85", "a.txt"),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
    ],
)
def test_of_a_name_the_last_part_is_kept(sent, kept):
    assert SimpleUploadedFile(sent, b"").name == kept


def test_it_is_a_file():
    upload = SimpleUploadedFile("a.txt", "één\ntwee", content_type="text/plain")
    assert (upload.size, upload.readline(), upload.read(), bool(upload), len(upload)) == (
        10,
        "één\n".encode(),
        b"twee",
        True,
        10,
    )
    assert list(upload.open().chunks()) == ["één\ntwee".encode()]
    assert (upload.multiple_chunks(), upload.readable(), upload.writable(), upload.seekable()) == (
        False,
        True,
        False,
        True,
    )
    with upload:
        upload.seek(0)
        assert list(upload) == ["één\n".encode(), b"twee"]
    assert upload.closed


def test_a_temporary_file_is_private_and_leaves():
    upload = TemporaryUploadedFile("../a.txt", "text/plain", 0, None)
    path = Path(upload.temporary_file_path())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ("a.txt" in path.name, upload.name) == (False, "a.txt")
    upload.close()
    assert not path.exists()
    upload.close()


def test_closing_after_somebody_moved_the_file(tmp_path):
    upload = TemporaryUploadedFile("a.txt", None, 0, None)
    Path(upload.temporary_file_path()).rename(tmp_path / "kept")
    upload.close()
