from __future__ import annotations

import pytest

from manoir.exceptions import DisallowedRedirect
from manoir.http import (
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseGone,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
    HttpResponseNotModified,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    HttpResponseServerError,
)
from manoir.i18n import lazystr


def test_content_forms():
    assert HttpResponse("é").content == "é".encode()
    assert HttpResponse(b"x").content == b"x"
    assert HttpResponse(["a", b"b", 1]).content == b"ab1"
    assert HttpResponse(memoryview(b"m")).content == b"m"
    assert HttpResponse(42).content == b"42"
    assert HttpResponse(lazystr(lambda: "late")).content == b"late"
    assert HttpResponse("é", charset="latin-1").content == b"\xe9"
    assert HttpResponse("é", content_type="text/plain; charset=latin-1").text == "é"


def test_an_iterable_with_close_is_read_at_once_and_closed():
    class Rows:
        closed = False

        def __iter__(self):
            return iter(["a"])

        def close(self):
            self.closed = True

    rows = Rows()
    assert (HttpResponse(rows).content, rows.closed) == (b"a", True)


async def test_it_is_a_file_and_an_iterator():
    response = HttpResponse()
    response.write("a")
    response.writelines(["b", b"c"])
    assert (response.content, response.tell(), response.getvalue(), list(response)) == (b"abc", 3, b"abc", [b"abc"])
    assert [chunk async for chunk in response] == [b"abc"]
    assert (response.writable(), response.readable(), response.seekable()) == (True, False, False)
    assert response.serialize() == b"Content-Type: text/html; charset=utf-8\r\n\r\nabc"


def test_status_and_reason():
    assert HttpResponse(status=404).reason_phrase == "Not Found"
    assert HttpResponse(status="201").status_code == 201
    assert HttpResponse(reason="Because").reason_phrase == "Because"
    assert HttpResponse(status=599).reason_phrase == "Unknown Status Code"
    for bad in ("x", None.__class__, [1]):
        with pytest.raises(TypeError, match="whole number"):
            HttpResponse(status=bad)
    for bad in (99, 600, -1):
        with pytest.raises(ValueError, match="100 to 599"):
            HttpResponse(status=bad)


def test_headers_and_content_type():
    response = HttpResponse(headers={"Age": 120, "Content-Type": "text/csv"})
    assert (response["age"], response.headers["AGE"], response["content-type"]) == ("120", "120", "text/csv")
    assert ("Age" in response, response.has_header("age"), response.get("x", "y")) == (True, True, "y")
    del response["Age"]
    response.setdefault("Age", "1")
    response.setdefault("Age", "2")
    assert list(response.items()) == [("Content-Type", "text/csv"), ("Age", "1")]
    assert response.header_items() == [("content-type", "text/csv"), ("age", "1")]
    with pytest.raises(ValueError, match="content_type"):
        HttpResponse(content_type="a/b", headers={"content-type": "c/d"})
    assert repr(HttpResponse()) == '<HttpResponse status_code=200, "text/html; charset=utf-8">'


def test_closers_run_once():
    calls = []
    response = HttpResponse()
    response.add_closer(lambda: calls.append(1))
    response.close()
    response.close()
    assert (calls, response.closed) == ([1], True)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (HttpResponseBadRequest, 400),
        (HttpResponseForbidden, 403),
        (HttpResponseNotFound, 404),
        (HttpResponseGone, 410),
        (HttpResponseServerError, 500),
    ],
)
def test_kinds_have_their_status(kind, status):
    assert (kind("x").status_code, kind("x").content) == (status, b"x")


def test_not_modified_has_no_content():
    response = HttpResponseNotModified()
    assert (response.status_code, response.content, "Content-Type" in response) == (304, b"", False)
    with pytest.raises(AttributeError, match="no content"):
        response.content = "x"


def test_not_allowed_names_what_is():
    response = HttpResponseNotAllowed(["GET", "POST"], "no")
    assert (response.status_code, response["Allow"], response.content) == (405, "GET, POST", b"no")
    assert repr(response) == "<HttpResponseNotAllowed [GET, POST] status_code=405>"


def test_a_subclass_may_have_its_own_status():
    class Teapot(HttpResponse):
        status_code = 418

    assert (Teapot().status_code, Teapot(status=200).status_code) == (418, 200)


# -- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/a/?q=1#f", "/a/?q=1#f"),
        ("next", "next"),
        ("?page=2", "?page=2"),
        ("https://a.example/é", "https://a.example/%C3%A9"),
        ("/é b", "/%C3%A9%20b"),
        ("", ""),
        ("//evil.example/", "/evil.example/"),
        ("/\\evil.example", "/evil.example"),
        ("\\\\evil.example", "/evil.example"),
        (" \n//evil.example", "/evil.example"),
        ("/a\r\nSet-Cookie: x", "/a%0D%0ASet-Cookie:%20x"),
    ],
)
def test_redirects(target, url):
    response = HttpResponseRedirect(target)
    assert (response.status_code, response.url, response["Location"]) == (302, url, url)


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "http:///evil.example",
        "https:evil.example",
        "file:///etc/passwd",
        "http://[::1",
        "/" + "a" * 20_000,
    ],
)
def test_redirects_that_are_refused(target):
    with pytest.raises(DisallowedRedirect):
        HttpResponseRedirect(target)


def test_redirect_options():
    assert HttpResponsePermanentRedirect("/a").status_code == 301
    assert HttpResponseRedirect("/a", preserve_request=True).status_code == 307
    assert HttpResponsePermanentRedirect("/a", preserve_request=True).status_code == 308
    assert HttpResponseRedirect(lazystr(lambda: "/late")).url == "/late"
    assert len(HttpResponseRedirect("/" + "a" * 20_000, max_length=None).url) == 20_001

    class Mail(HttpResponseRedirect):
        allowed_schemes = ["mailto"]

    with pytest.raises(DisallowedRedirect, match="needs a host"):
        Mail("mailto:a@b.example")
