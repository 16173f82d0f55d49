from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.exceptions import BadRequest, InvalidHeader
from manoir.http import HttpHeaders, HttpResponse, ResponseHeaders, header_value
from tests.http.builders import make_request


def test_names_are_found_in_any_spelling():
    headers = HttpHeaders([("user-agent", "curl"), ("x-a", "1"), ("x-a", "2")])
    assert headers["User-Agent"] == headers["USER-AGENT"] == headers["user_agent"] == headers.user_agent == "curl"
    assert headers["X-A"] == "1, 2"
    assert headers.get("nope", "-") == "-"
    assert list(headers) == ["User-Agent", "X-A"]
    with pytest.raises(KeyError):
        headers["nope"]
    with pytest.raises(AttributeError):
        headers.nope


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda headers: pickle.loads(pickle.dumps(headers))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_headers_can_be_copied(copied):
    headers = HttpHeaders([("user-agent", "curl")])
    assert copied(headers) == headers


def test_cookies_of_http2_are_joined_by_semicolons():
    assert HttpHeaders([("cookie", "a=1"), ("cookie", "b=2")])["Cookie"] == "a=1; b=2"


def test_an_underscore_twin_cannot_shadow_a_header():
    request = make_request(headers={"X_Remote_User": "root"})
    assert "X-Remote-User" not in request.headers
    assert "HTTP_X_REMOTE_USER" not in request.META
    both = make_request(headers={"X-Remote-User": "ann", "X_Remote_User": "root"})
    assert both.META["HTTP_X_REMOTE_USER"] == both.headers["X-Remote-User"] == "ann"


def test_too_many_headers_are_refused_before_they_are_parsed():
    with pytest.raises(BadRequest, match="200 headers"):
        HttpHeaders([(f"x-{number}", "") for number in range(201)])
    with pytest.raises(BadRequest, match="bytes"):
        HttpHeaders([("x", "a" * 70_000), ("y", "a" * 70_000)])


BAD_VALUES = ["a\r\nSet-Cookie: x=1", "a\nb", "a\rb", "a\0b", "a\x0bb", "a\x7fb", "\u0a0d", "é", "a\u2028b"]


@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_value_that_http_does_not_allow_is_refused_where_it_is_set(value):
    response = HttpResponse()
    with pytest.raises(InvalidHeader, match="visible ASCII"):
        response["X-Test"] = value
    with pytest.raises(ValueError, match="visible ASCII"):
        response.headers.setdefault("X-Test", value)
    with pytest.raises(InvalidHeader):
        HttpResponse(headers={"X-Test": value})
    with pytest.raises(InvalidHeader):
        HttpResponse(content_type=value)
    with pytest.raises(InvalidHeader):
        HttpResponse(reason=value)
    assert "X-Test" not in response


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "é", "a" * 300, "x(y)"])
def test_a_name_that_is_no_token_is_refused(name):
    with pytest.raises(InvalidHeader, match="no name of a header"):
        HttpResponse()[name] = "1"


@given(st.text(max_size=40))
@hypothesis_settings(derandomize=True, max_examples=150)
def test_whatever_is_accepted_is_one_line_of_ascii(text):
    try:
        value = header_value(text)
    except InvalidHeader:
        return
    assert all(character == "\t" or 32 <= ord(character) < 127 for character in value)


def test_response_headers_behave_like_a_dict():
    headers = ResponseHeaders({"X-One": 1})
    headers["etag"] = '"a"'
    assert dict(headers) == {"X-One": "1", "ETag": '"a"'}
    del headers["X-ONE"]
    del headers["never-there"]
    assert ("x-one" in headers, headers.get("x-one"), len(headers)) == (False, None, 1)
    assert headers.setdefault("ETag", "no") == '"a"'


def test_meta_is_a_read_only_view():
    request = make_request(
        "/a%20b",
        "POST",
        query="q=1",
        headers={"Content-Type": "a/b", "X-Y": "z"},
        client="10.0.0.1:99",
        server=("::1", 80),
    )
    meta = request.META
    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a b",
        "QUERY_STRING": "q=1",
        "REMOTE_ADDR": "10.0.0.1",
        "SERVER_NAME": "::1",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "a/b",
        "HTTP_X_Y": "z",
        "HTTP_HOST": "testserver",
    }
    assert {name: meta[name] for name in expected} == expected
    with pytest.raises(TypeError, match="read-only"):
        meta["HTTP_X_Y"] = "other"
