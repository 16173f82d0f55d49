from __future__ import annotations

import pytest

from manoir.http import (
    HttpResponse,
    add_never_cache_headers,
    get_conditional_response,
    get_max_age,
    has_vary_header,
    http_date,
    keep_private,
    parse_etags,
    parse_http_date,
    patch_cache_control,
    patch_response_headers,
    patch_vary_headers,
    quote_etag,
    set_response_etag,
)
from tests.http.builders import make_request


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ('"a", W/"b"', ['"a"', 'W/"b"']),
        ("*", ["*"]),
        ("", []),
        ("unquoted", []),
        ('"a', []),
        ('"a,b"', ['"a,b"']),
        (", ".join(['"a"'] * 500), ['"a"'] * 50),
    ],
)
def test_parsing_etags(header, tags):
    assert parse_etags(header) == tags


def test_dates():
    assert parse_http_date(http_date(1_700_000_000)) == 1_700_000_000
    assert [parse_http_date(text) for text in ("nonsense", "", "x" * 1_000, "Thu, 99 Foo 1970")] == [None] * 4
    assert (quote_etag("a"), quote_etag('"a"'), quote_etag('W/"a"')) == ('"a"', '"a"', 'W/"a"')


MOMENT = 1_700_000_000


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 200),
        ("GET", {"If-None-Match": '"a"'}, 304),
        ("GET", {"If-None-Match": 'W/"a"'}, 304),
        ("GET", {"If-None-Match": "*"}, 304),
        ("PUT", {"If-None-Match": "*"}, 412),
        ("GET", {"If-None-Match": '"b"', "If-Modified-Since": http_date(MOMENT)}, 200),
        ("GET", {"If-Modified-Since": http_date(MOMENT)}, 304),
        ("GET", {"If-Modified-Since": http_date(MOMENT - 1)}, 200),
        ("PUT", {"If-Modified-Since": http_date(MOMENT)}, 200),
        ("PUT", {"If-Match": '"a"'}, 200),
        ("PUT", {"If-Match": 'W/"a"'}, 412),
        ("PUT", {"If-Unmodified-Since": http_date(MOMENT - 1)}, 412),
        ("PUT", {"If-Unmodified-Since": http_date(MOMENT)}, 200),
    ],
)
def test_conditions(method, headers, status):
    response = HttpResponse("x", headers={"ETag": '"a"', "Cache-Control": "max-age=1", "X-Other": "1"})
    answer = get_conditional_response(make_request(method=method, headers=headers), '"a"', MOMENT, response)
    assert answer.status_code == status
    if status == 304:
        assert dict(answer.items()) == {"Cache-Control": "max-age=1", "ETag": '"a"'}


def test_etag_of_content():
    assert set_response_etag(HttpResponse("a"))["ETag"] == set_response_etag(HttpResponse("a"))["ETag"]
    assert "ETag" not in set_response_etag(HttpResponse(""))


def test_cache_control():
    response = HttpResponse()
    patch_cache_control(response, public=True, max_age=60, no_transform=True)
    patch_cache_control(response, private=True, max_age=3600)
    assert response["Cache-Control"] == "max-age=60, no-transform, private"
    assert get_max_age(response) == 60
    assert get_max_age(HttpResponse()) is None
    add_never_cache_headers(response)
    assert response["Cache-Control"] == "max-age=0, no-transform, private, no-cache, no-store, must-revalidate"
    other = HttpResponse()
    patch_response_headers(other, 100)
    assert (get_max_age(other), parse_http_date(other["Expires"]) is not None) == (100, True)


def test_vary():
    response = HttpResponse()
    patch_vary_headers(response, ["Cookie", "Accept"])
    patch_vary_headers(response, ["cookie", "Accept-Language"])
    assert response["Vary"] == "Cookie, Accept, Accept-Language"
    assert (has_vary_header(response, "COOKIE"), has_vary_header(response, "Cook")) == (True, False)
    patch_vary_headers(response, ["*"])
    assert response["Vary"] == "*"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (None, "private"),
        ("max-age=60", "max-age=60, private"),
        ("no-cache", "no-cache, private"),
        ("Public, max-age=60", "Public, max-age=60"),
        ("s-maxage=60", "s-maxage=60"),
        ("no-store", "no-store"),
        ("private, max-age=1", "private, max-age=1"),
    ],
)
def test_what_is_one_visitors_is_private_unless_it_says_whose_it_is(said, says):
    """H40"""
    response = HttpResponse(headers={} if said is None else {"Cache-Control": said})
    keep_private(response)
    assert response["Cache-Control"] == says
