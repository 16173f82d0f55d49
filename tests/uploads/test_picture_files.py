"""`ImageFile`: a file that tells how large the picture in it is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from manoir.storage import ContentFile
from manoir.uploads import ImageFile


def picture(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (7, 5), "red").save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_a_picture_tells_its_size_and_stays_where_it_was(kind: str):
    file = ImageFile(io.BytesIO(picture(kind)), name=f"a.{kind}")
    file.seek(3)
    assert (file.width, file.height) == (7, 5)
    assert file.file.tell() == 3


def test_what_is_no_picture_has_no_size():
    file = ImageFile(ContentFile(b"<svg width='7'/>"), name="a.svg")
    assert (file.width, file.height) == (None, None)


def test_a_closed_file_is_opened_for_it_and_closed_again(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_bytes(picture("png"))
    with path.open("rb") as opened:
        file = ImageFile(opened)
    assert (file.width, file.closed) == (7, True)
