from __future__ import annotations

import threading

import pytest

from manoir.bridge import to_thread
from manoir.conf import settings
from manoir.exceptions import (
    BadRequest,
    MultiPartParserError,
    RequestDataTooBig,
    SynchronousOnlyOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from manoir.http import HttpRequest, InMemoryUploadedFile, RequestBody, RequestHead, TemporaryUploadedFile
from tests.http.builders import MULTIPART, URLENCODED, arriving, form, make_request

SMALL = {
    "DATA_UPLOAD_MAX_MEMORY_SIZE": 1_000,
    "FILE_UPLOAD_MAX_MEMORY_SIZE": 1_000,
    "DATA_UPLOAD_MAX_BODY_SIZE": 10_000,
}


def test_urlencoded_form():
    request = make_request("/", "POST", b"a=1&a=2&b=%C3%A9", headers=URLENCODED)
    assert (request.POST.getlist("a"), request.POST["b"], dict(request.FILES)) == (["1", "2"], "é", {})
    assert request.body == b"a=1&a=2&b=%C3%A9"
    with pytest.raises(AttributeError, match="read-only"):
        request.POST["a"] = "3"


def test_a_form_is_read_for_post_only():
    assert dict(make_request("/", "PUT", b"a=1", headers=URLENCODED).POST) == {}
    assert dict(make_request("/", "POST", b'{"a":1}', headers={"Content-Type": "application/json"}).POST) == {}


def test_multipart_form_with_files():
    body = form(
        [("title", "é"), ("title", "b")], [("doc", "C:\\x\\a.txt", b"1"), ("doc", "../b.txt", b"22"), ("none", "", b"")]
    )
    request = make_request("/", "POST", body, headers=MULTIPART)
    uploads = request.FILES.getlist("doc")
    assert request.POST.getlist("title") == ["é", "b"]
    assert [(upload.name, upload.size, upload.read(), upload.content_type) for upload in uploads] == [
        ("a.txt", 1, b"1", "text/plain"),
        ("b.txt", 2, b"22", "text/plain"),
    ]
    assert isinstance(uploads[0], InMemoryUploadedFile)
    assert "none" not in request.FILES
    assert request.body == body


async def test_a_body_is_read_in_a_coroutine_before_it_is_looked_at():
    request = make_request("/", "POST", [b"a=", b"1"], headers=URLENCODED)
    with pytest.raises(SynchronousOnlyOperation):
        request.body
    assert await request.aread() == b"a=1"
    assert (request.POST["a"], request.body, request.read(), request.read()) == ("1", b"a=1", b"a=1", b"")


def test_a_body_is_read_by_sync_code_when_it_is_looked_at():
    assert make_request("/", "POST", [b"a=", b"1"], headers=URLENCODED).POST["a"] == "1"


async def test_a_large_form_is_parsed_while_it_arrives_and_its_files_go_to_disk():
    content = bytes(range(256)) * 20
    body = form([("a", "1")], [("doc", "a.bin", content)])
    chunks = [body[start : start + 100] for start in range(0, len(body), 100)]
    with settings.override(**SMALL):
        request = make_request("/", "POST", chunks, headers=MULTIPART)
        await request.aload()
        upload = request.FILES["doc"]
        assert isinstance(upload, TemporaryUploadedFile)
        assert (request.POST["a"], upload.size, b"".join(upload.chunks(1_000)) == content) == ("1", len(content), True)
        with pytest.raises(RequestDataTooBig):
            request.body
        path = upload.temporary_file_path()
        request.close()
        assert upload.closed
    with pytest.raises(FileNotFoundError):
        open(path)  # noqa: SIM115, PTH123


async def test_files_are_written_in_a_thread(monkeypatch):
    threads = set()
    original = TemporaryUploadedFile.__init__

    def remember(self, *args):
        threads.add(threading.current_thread())
        original(self, *args)

    monkeypatch.setattr(TemporaryUploadedFile, "__init__", remember)
    with settings.override(**SMALL):
        request = make_request("/", "POST", [form([], [("a", "a", b"x" * 5_000)])], headers=MULTIPART)
        await request.aload()
        request.close()
    assert threads
    assert threading.current_thread() not in threads


async def test_a_large_raw_body_goes_to_disk_and_can_be_read_in_parts():
    with settings.override(**SMALL):
        request = make_request(
            "/", "PUT", [b"x" * 900, b"y" * 900], headers={"Content-Type": "application/octet-stream"}
        )
        await request.aload()
        assert (request.read(901), len(request.read())) == (b"x" * 900 + b"y", 899)
        with pytest.raises(RequestDataTooBig, match="1,000 bytes"):
            request.body
        with pytest.raises(RequestDataTooBig):
            await request.aread()
        request.close()


@pytest.mark.parametrize(
    ("method", "headers"),
    [("POST", URLENCODED), ("POST", MULTIPART), ("POST", {"Content-Type": "application/json"}), ("PUT", {})],
)
async def test_no_parser_gets_round_the_limit(method, headers):
    with settings.override(**SMALL):
        request = make_request("/", method, [b"x" * 1_000] * 11, headers=headers)
        with pytest.raises((RequestDataTooBig, MultiPartParserError)):
            await request.aload()


async def test_a_content_length_that_lies_changes_nothing():
    with settings.override(**SMALL):
        request = make_request("/", "POST", [b"x" * 6_000] * 2, headers={"Content-Length": "1"})
        request.body_stream.content_length = 1
        with pytest.raises(RequestDataTooBig) as caught:
            await request.aload()
        assert caught.value.status == 413
        early = make_request("/", "POST", [b""])
        early.body_stream.content_length = 20_000
        with pytest.raises(RequestDataTooBig):
            await early.aload()


@pytest.mark.parametrize("reads", [HttpRequest.aload, HttpRequest.aread])
async def test_a_body_that_breaks_off_is_not_acted_upon(reads):
    request = make_request("/", "POST", [b"amount=1", b"0"], headers=URLENCODED)
    request.body_stream.content_length = 10
    with pytest.raises(BadRequest, match="Of 10 announced bytes only 9 came"):
        await reads(request)
    with pytest.raises(BadRequest):  # nor by whoever caught that
        _ = request.POST


async def test_a_body_that_the_server_gives_whole_meets_the_same_limits():
    async def gives(content: bytes) -> bytes:
        return content

    async def breaks() -> bytes:
        raise RuntimeError("closed")

    async def nothing():
        raise AssertionError("asked for parts")
        yield b""

    body = RequestBody(nothing(), 3, whole=lambda: gives(b"a=1"))
    await body.aload()
    assert (body.memory, body.loaded, body.streamed) == (b"a=1", True, False)
    for whole in (lambda: gives(b"a="), breaks):
        broken = RequestBody(nothing(), 3, whole=whole)
        with pytest.raises(BadRequest, match=r"Of 3 announced bytes only \d came"):
            await broken.aload()
    with settings.override(**SMALL), pytest.raises(RequestDataTooBig):
        await RequestBody(nothing(), 20_000, whole=breaks).aload()


def test_field_data_of_a_multipart_form_is_limited_without_its_files():
    with settings.override(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        ok = make_request("/", "POST", form([("a", "1")], [("f", "f", b"x" * 5_000)]), headers=MULTIPART)
        assert ok.FILES["f"].size == 5_000
        with pytest.raises(RequestDataTooBig):
            make_request("/", "POST", form([("a", "x" * 101)]), headers=MULTIPART).POST


def test_counts_are_limited():
    with settings.override(DATA_UPLOAD_MAX_NUMBER_FIELDS=2, DATA_UPLOAD_MAX_NUMBER_FILES=1):
        fields = make_request("/", "POST", form([("a", "1")] * 3), headers=MULTIPART)
        with pytest.raises(TooManyFieldsSent, match="DATA_UPLOAD_MAX_NUMBER_FIELDS"):
            fields.POST
        files = make_request("/", "POST", form([], [("a", "a", b"1")] * 2), headers=MULTIPART)
        with pytest.raises(TooManyFilesSent, match="DATA_UPLOAD_MAX_NUMBER_FILES"):
            files.FILES
        with pytest.raises(TooManyFieldsSent):
            make_request("/", "POST", b"a=1&a=1&a=1", headers=URLENCODED).POST


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary",
        b"--XX\r\n",
        b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\nunfinished',
        b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n",
        b'--XX\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--XX--\r\n',
        b'--XX\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--XX--\r\n',
        b'--XX\r\nContent-Disposition: form-data; name="' + b"a" * 2_000 + b'"\r\n\r\nx\r\n--XX--\r\n',
        b"--XX\r\n" + b"X: y\r\n" * 9 + b'Content-Disposition: form-data; name="a"\r\n\r\nx\r\n--XX--\r\n',
    ],
)
def test_a_malformed_form_is_refused(body):
    request = make_request("/", "POST", body, headers=MULTIPART)
    if not body:
        assert dict(request.POST) == {}
        return
    with pytest.raises(MultiPartParserError):
        request.POST


@pytest.mark.parametrize("boundary", ["", "x" * 201, "é"])
def test_a_boundary_is_short_ascii(boundary):
    request = make_request("/", "POST", b"--x", headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})
    with pytest.raises(MultiPartParserError, match="boundary"):
        request.POST


async def test_after_an_error_no_file_is_left(tmp_path):
    body = form([], [("a", "a", b"x" * 3_000)])[:-10]
    with settings.override(FILE_UPLOAD_TEMP_DIR=tmp_path, **SMALL):
        with pytest.raises(MultiPartParserError):
            await make_request("/", "POST", [body], headers=MULTIPART).aload()
        assert list(tmp_path.iterdir()) == []


async def test_a_streaming_view_reads_the_parts_as_they_come():
    with settings.override(**SMALL):
        request = make_request("/", "POST", [b"a", b"", b"b"])
        assert [part async for part in request] == [b"a", b"b"]
        with pytest.raises(BadRequest, match="streamed"):
            request.body
        with pytest.raises(BadRequest, match="streamed"):
            request.read()
        endless = make_request("/", "POST", [b"x" * 1_000] * 11)
        with pytest.raises(RequestDataTooBig):
            _ = [part async for part in endless]


def test_file_interface():
    request = make_request("/", "POST", b"one\ntwo\nthree")
    assert (request.readline(), list(request), request.readlines()) == (b"one\n", [b"two\n", b"three"], [])


async def test_reading_from_a_thread():
    request = make_request("/", "POST", [b"a=1"], headers=URLENCODED)
    assert await to_thread(lambda: request.POST["a"]) == "1"


async def test_a_servers_body_is_iterated_once_and_only_when_it_is_wanted():
    class Protocol:
        taken = 0

        def __aiter__(self):
            self.taken += 1
            return arriving([b"a=1"])

    protocol = Protocol()
    request = HttpRequest(RequestHead(method="POST"), RequestBody(protocol))
    assert protocol.taken == 0
    assert await request.aread() == await request.aread() == b"a=1"
    assert protocol.taken == 1
