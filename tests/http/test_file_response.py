from __future__ import annotations

import io

import pytest

from manoir.http import FileResponse, content_disposition_header
from tests.http.builders import make_request

CONTENT = bytes(range(256)) * 4


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a file.bin"
    path.write_bytes(CONTENT)
    return path


async def body(response) -> bytes:
    content = b"".join([part async for part in response])
    await response.aclose()
    return content


async def test_a_file_is_described_and_sent(path):
    response = FileResponse(path.open("rb"))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Length"] == "1024"
    assert response["Content-Disposition"] == 'inline; filename="a file.bin"'
    assert "Last-Modified" in response
    assert "ETag" in response
    file = response.file_to_stream
    assert (await body(response), file.closed) == (CONTENT, True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.css", "text/css; charset=utf-8"),
        ("a.tar.gz", "application/gzip"),
        ("a.svg", "image/svg+xml"),
        ("a", "application/octet-stream"),
        ("a.html", "text/html; charset=utf-8"),
    ],
)
def test_the_type_comes_from_the_name(name, kind):
    assert FileResponse(io.BytesIO(b"x"), filename=name)["Content-Type"] == kind


def test_what_is_given_stays():
    response = FileResponse(io.BytesIO(b"x"), content_type="text/html", headers={"Content-Disposition": "inline"})
    assert (response["Content-Type"], response["Content-Disposition"]) == ("text/html", "inline")
    assert FileResponse(io.BytesIO(b"xyz"), as_attachment=True)["Content-Disposition"] == "attachment"


def test_length_counts_from_the_position():
    file = io.BytesIO(b"abcdef")
    file.seek(2)
    response = FileResponse(file)
    assert (response["Content-Length"], response.getvalue()) == ("4", b"cdef")


@pytest.mark.parametrize(
    ("header", "status", "part", "content_range"),
    [
        ("bytes=0-9", 206, CONTENT[:10], "bytes 0-9/1024"),
        ("bytes=1000-", 206, CONTENT[1000:], "bytes 1000-1023/1024"),
        ("bytes=-4", 206, CONTENT[-4:], "bytes 1020-1023/1024"),
        ("bytes=1000-99999", 206, CONTENT[1000:], "bytes 1000-1023/1024"),
        ("bytes=2000-", 416, b"", "bytes */1024"),
        ("bytes=-0", 416, b"", "bytes */1024"),
        ("bytes=5-2", 200, CONTENT, None),
        ("bytes=0-1,5-6", 200, CONTENT, None),
        ("bytes=" + ",".join(["0-0"] * 10_000), 200, CONTENT, None),
        ("bytes=x-y", 200, CONTENT, None),
        ("bytes=-", 200, CONTENT, None),
        ("lines=0-9", 200, CONTENT, None),
        ("bytes=" + "9" * 60 + "-", 416, b"", "bytes */1024"),
    ],
)
async def test_ranges(path, header, status, part, content_range):
    response = FileResponse(path.open("rb")).conclude(make_request(headers={"Range": header}))
    assert (response.status_code, response.get("Content-Range")) == (status, content_range)
    assert await body(response) == part


async def test_if_range(path):
    etag = FileResponse(path.open("rb"))
    tag = etag["ETag"]
    etag.close()
    same = FileResponse(path.open("rb")).conclude(make_request(headers={"Range": "bytes=0-0", "If-Range": tag}))
    other = FileResponse(path.open("rb")).conclude(make_request(headers={"Range": "bytes=0-0", "If-Range": '"x"'}))
    assert (same.status_code, other.status_code) == (206, 200)
    same.close()
    other.close()


def test_conditions(path):
    first = FileResponse(path.open("rb"))
    first.close()
    for headers, status in [
        ({"If-None-Match": first["ETag"]}, 304),
        ({"If-None-Match": "W/" + first["ETag"]}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": first["Last-Modified"]}, 304),
        ({"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
        ({"If-Match": '"other"'}, 412),
    ]:
        response = FileResponse(path.open("rb"))
        answer = response.conclude(make_request(headers=headers))
        assert (headers, answer.status_code) == (headers, status)
        response.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", 'attachment; filename="a.txt"'),
        ('a";x="b.txt', 'attachment; filename="a\\";x=\\"b.txt"'),
        ("a\\b\\c.txt", 'attachment; filename="c.txt"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("a\r\nb.txt", 'attachment; filename="ab.txt"'),
        ("naïve €.txt", "attachment; filename*=utf-8''na%C3%AFve%20%E2%82%AC.txt"),
        ("", "attachment"),
        ("..", "attachment"),
    ],
)
def test_a_file_name_cannot_start_a_parameter(name, expected):
    assert content_disposition_header(True, name) == expected
    assert FileResponse(io.BytesIO(b""), as_attachment=True, filename=name)["Content-Disposition"] == expected
