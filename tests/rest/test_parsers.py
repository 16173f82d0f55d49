"""Parsers: bodies in, within their caps (H20, H21, H48, H52, H53)."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manoir.conf import settings
from manoir.exceptions import RequestDataTooBig
from manoir.http import HttpRequest, RequestBody, RequestHead, SimpleUploadedFile
from manoir.rest.decorators import api_view, parser_classes
from manoir.rest.exceptions import ParseError
from manoir.rest.parsers import FileUploadParser, FormParser, JSONParser, MultiPartParser, parse_json
from manoir.rest.response import Response
from manoir.testing import APIRequestFactory

factory = APIRequestFactory()
JSON = "application/json"


@api_view(["POST", "PUT", "PATCH"])
@parser_classes([JSONParser, FormParser, MultiPartParser])
def echo(request):
    data = request.data
    if hasattr(data, "lists"):
        return Response({name: [str(one) for one in values] for name, values in data.lists()})
    return Response(data)


def post(body, content_type=JSON, method="post"):
    return getattr(factory, method)("/", body, content_type=content_type)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_json_that_was_written_is_read_again(value):
    text = json.dumps(value)
    try:
        text.encode()
        json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        with pytest.raises(ParseError):
            parse_json(text.encode())
        return
    assert parse_json(text.encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(ParseError):
        parse_json(content)


@pytest.mark.parametrize("depth", [99, 100, 101, 2_000, 100_000])
@pytest.mark.parametrize("pair", ["[]", '{"a":}'])
def test_json_deeper_than_100_is_refused(depth, pair):
    """H52: depth table; RecursionError is never the answer."""
    opened, closed = (pair[0], pair[1]) if pair == "[]" else ('{"a":', "}")
    text = opened * depth + ("" if pair == "[]" else "1") + closed * depth
    response = echo(post(text))
    assert response.status_code == (200 if depth <= 100 else 400)
    if depth > 100:
        assert response.data["detail"] == "The JSON is nested more than 100 levels deep."


def test_brackets_in_texts_are_no_depth():
    assert echo(post(json.dumps({"a": "[{" * 500 + '\\"['}))).status_code == 200
    assert echo(post(json.dumps([[]] * 500))).status_code == 200


@pytest.mark.parametrize("start", ["[" * 101, "\\ud800"], ids=["depth", "surrogate"])
def test_a_string_without_end_costs_one_pass(start):
    """H52, H44: two megabytes of escaped quotes are looked at once, not once for each quote."""
    ending = '\\"' * 1_000_000
    for text in (f'"{start}{ending}', f'"{ending}{start}', f'"{ending}{start}\\'):
        with pytest.raises(ParseError):
            parse_json(text.encode())


@pytest.mark.parametrize(
    "number", ["1e1000000", "-1e999", "1" * 401, "1" * 5_000, "0." + "1" * 401, "NaN", "Infinity", "-Infinity"]
)
def test_numbers_without_bound_are_refused(number):
    """H53: number table."""
    assert echo(post(f'{{"a": {number}}}')).status_code == 400


def test_numbers_within_the_bound_are_exact():
    assert echo(post('{"a": 123456789012345678901234567890}')).data == {"a": 123456789012345678901234567890}


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '[{"b": {"x": 1, "x": 1}}]', '{"\\u0061": 1, "a": 2}'])
def test_a_key_that_comes_twice_is_refused(text):
    """H48: parameter pollution, two grammars."""
    response = echo(post(text))
    assert (response.status_code, "twice" in response.data["detail"]) == (400, True)


@pytest.mark.parametrize("text", ['"\\ud800"', '{"a": "x\\udfffy"}', '["\\uDBFF\\uDBFF"]'])
def test_half_a_surrogate_pair_is_refused(text):
    assert echo(post(text)).status_code == 400


def test_whole_surrogate_pairs_and_escaped_backslashes_are_read():
    assert echo(post('["\\ud83d\\ude00", "\\\\ud800"]')).data == ["\U0001f600", "\\ud800"]


@pytest.mark.parametrize("charset", ["bz2", "zip", "idna", "utf-16", "latin-1", "unknown", "utf-7", "rot13", "hex"])
@pytest.mark.parametrize("kind", [JSON, "application/x-www-form-urlencoded"])
def test_charsets_but_utf_8_are_415(kind, charset):
    """H20: codec table."""
    request = HttpRequest(
        RequestHead(method="POST", raw_path="/", headers=[("content-type", f"{kind}; charset={charset}")]),
        RequestBody(b'{"a": 1}'),
    )
    assert echo(request).status_code == 415


@pytest.mark.parametrize("kind", [JSON, "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"])
def test_compressed_bodies_are_415(kind):
    """H20: nothing unpacks a body."""
    headers = [("content-type", kind), ("content-encoding", "gzip")]
    request = HttpRequest(RequestHead(method="POST", raw_path="/", headers=headers), RequestBody(b'{"a": 1}'))
    assert echo(request).status_code == 415


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8"])
def test_utf_8_is_read(charset):
    assert echo(post('{"a": "é"}'.encode(), f"{JSON}; charset={charset}")).data == {"a": "é"}


def test_json_that_is_no_utf_8_is_refused():
    assert echo(post(b'{"a": "\xff"}')).data["detail"].startswith("The JSON is not UTF-8")


BIG = 3_000_000


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b'"' + b"x" * BIG + b'"'),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * BIG),
        (
            "multipart/form-data; boundary=B",
            b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * BIG + b"\r\n--B--\r\n",
        ),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_three_megabytes_are_413_through_every_parser(kind, body, announced, method):
    """H21: the limit lives in the body, whatever Content-Length says."""

    async def arriving():
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = [("content-type", kind)]
    request = HttpRequest(
        RequestHead(method=method, raw_path="/", headers=headers),
        RequestBody(arriving(), content_length=len(body) if announced else None),
    )
    try:
        await request.aload()
        status = (await echo(request)).status_code
    except RequestDataTooBig as error:  # refused while it arrives: the handler answers by this status
        status = error.status
    finally:
        request.close()
    assert status == 413


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_forms_of_any_verb(method):
    assert echo(post("a=1&a=2&b=%C3%A9", "application/x-www-form-urlencoded", method)).data == {
        "a": ["1", "2"],
        "b": ["é"],
    }
    upload = SimpleUploadedFile("a.txt", b"hello")
    response = echo(getattr(factory, method)("/", {"a": "1", "f": upload}, format="multipart"))
    assert response.data == {"a": ["1"], "f": ["a.txt"]}


def test_malformed_multipart_is_400():
    response = echo(post(b"--B\r\nnonsense", "multipart/form-data; boundary=B"))
    assert (response.status_code, response.data["detail"].code) == (400, "parse_error")


def test_more_fields_than_the_limit_are_400():
    with settings.override(DATA_UPLOAD_MAX_NUMBER_FIELDS=3):
        assert echo(post("a=1&b=1&c=1&d=1", "application/x-www-form-urlencoded")).status_code == 400


def test_unknown_media_type_is_415():
    """H07: text/plain that holds JSON is not read."""
    response = echo(post('{"a": 1}', "text/plain"))
    assert (response.status_code, response.data["detail"].code) == (415, "unsupported_media_type")


def test_no_body_is_no_data():
    assert echo(factory.post("/", content_type=JSON)).data == {}


def test_data_that_failed_once_is_empty_for_whoever_asks_again():
    seen = []

    @api_view(["POST"])
    def twice(request):
        try:
            _ = request.data
        except ParseError:
            seen.append(dict(request.data))
        return Response()

    twice(post("{"))
    assert seen == [{}]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename=a.txt", "a.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="a\\"; x=y.txt"', 'a"; x=y.txt'),
        ("attachment; filename*=utf-8''caf%C3%A9.txt; filename=cafe.txt", "café.txt"),
        ("attachment; filename*=bz2''x; filename=b.txt", "b.txt"),
        ("attachment", None),
        ("", None),
        ("attachment; filename=..", None),
    ],
)
def test_the_name_of_an_uploaded_file(header, name):
    """H17: base name only, one builder."""

    @api_view(["PUT"])
    @parser_classes([FileUploadParser])
    def upload(request):
        file = request.data["file"]
        return Response({"name": file.name, "size": file.size, "read": file.read().decode()})

    extra = {"headers": {"Content-Disposition": header}} if header else {}
    response = upload(factory.put("/", b"hello", content_type="image/png", **extra))
    if name is None:
        assert response.status_code == 400
    else:
        assert response.data == {"name": name, "size": 5, "read": "hello"}


def test_parsers_read_files_too():
    assert JSONParser().parse(io.BytesIO(b'{"a": 1}')) == {"a": 1}
    assert FormParser().parse(io.BytesIO(b"a=1&a=2")).getlist("a") == ["1", "2"]
    body = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n'
    assert MultiPartParser().parse(io.BytesIO(body), "multipart/form-data; boundary=B").data["a"] == "1"
    with settings.override(DATA_UPLOAD_MAX_MEMORY_SIZE=3), pytest.raises(RequestDataTooBig):
        JSONParser().parse(io.BytesIO(b'{"a": 1}'))


def test_an_error_of_a_parser_is_no_missing_attribute():
    class Broken(JSONParser):
        def parse(self, stream, media_type=None, parser_context=None):
            return stream.nothing

    @api_view(["POST"])
    @parser_classes([Broken])
    def view(request):
        return Response(request.data)

    with pytest.raises(RuntimeError, match="parser failed with an error of its own"):
        view(post("{}"))
