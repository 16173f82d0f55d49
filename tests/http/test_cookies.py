from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.exceptions import BadSignature, InvalidHeader, SignatureExpired
from manoir.http import HttpResponse, parse_cookie
from tests.http.builders import make_request


def set_cookies(response: HttpResponse) -> list[str]:
    return [value for name, value in response.header_items() if name == "set-cookie"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2;", {"a": "1", "b": "2"}),
        (" a = 1 ", {"a": "1"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=", {"a": ""}),
        ("=x; y", {}),
        ("a=first; a=second", {"a": "first"}),
        ('a="x, y"', {"a": "x, y"}),
        ('a="x\\054\\"y"', {"a": 'x,"y'}),
        ("a=1, b=2", {"a": "1, b=2"}),
        ("bad name=1; [csrftoken]=x; ok=1", {"ok": "1"}),
        ('x=";csrftoken=evil"', {"x": '"', "csrftoken": 'evil"'}),
    ],
)
def test_parsing_by_rfc_6265(header, expected):
    assert parse_cookie(header) == expected


@given(st.text(max_size=60))
@hypothesis_settings(derandomize=True, max_examples=100)
def test_any_header_is_read_without_error(text):
    assert all(name and ";" not in name for name in parse_cookie(text))


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=20))
@hypothesis_settings(derandomize=True, max_examples=100)
def test_what_is_set_comes_back(value):
    response = HttpResponse()
    response.set_cookie("a", value)
    header = set_cookies(response)[0].removesuffix("; Path=/")
    assert parse_cookie(header) == {"a": value}


def test_attributes():
    response = HttpResponse()
    response.set_cookie("a", "b", max_age=60, domain="x.example", secure=True, httponly=True, samesite="lax")
    cookie = set_cookies(response)[0]
    assert cookie.startswith("a=b; Domain=x.example; expires=")
    assert all(part in cookie for part in ("HttpOnly", "Max-Age=60", "Path=/", "SameSite=Lax", "Secure"))


def test_expiry_forms():
    response = HttpResponse()
    response.set_cookie("d", expires=datetime(2099, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))))
    response.set_cookie("n", expires=datetime(2099, 1, 1, 12))
    response.set_cookie("s", expires="Thu, 01 Jan 2099 12:00:00 GMT")
    response.set_cookie("t", max_age=timedelta(hours=1))
    jar = response.cookies
    assert jar["d"]["expires"] == "Thu, 01 Jan 2099 10:00:00 GMT"
    assert jar["n"]["expires"] == jar["s"]["expires"] == "Thu, 01 Jan 2099 12:00:00 GMT"
    assert abs(jar["n"]["max-age"] - (datetime(2099, 1, 1, 12, tzinfo=UTC) - datetime.now(UTC)).total_seconds()) < 5
    assert jar["t"]["max-age"] == 3600


def test_deleting():
    response = HttpResponse()
    response.delete_cookie("__Secure-a", path="/x", domain="a.example")
    cookie = set_cookies(response)[0]
    assert "expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/x; Secure" in cookie
    assert "Domain=a.example" in cookie


@pytest.mark.parametrize(
    "arguments",
    [
        {"key": "a b"},
        {"key": ""},
        {"key": "a;b"},
        {"key": "a\r\nb"},
        {"key": "a", "path": "/;Secure"},
        {"key": "a", "path": "/\n"},
        {"key": "a", "domain": "x;y"},
        {"key": "a", "expires": "x; Domain=evil"},
        {"key": "a", "value": "\u20ac"},
    ],
)
def test_what_could_smuggle_an_attribute_is_refused(arguments):
    with pytest.raises(InvalidHeader):
        HttpResponse().set_cookie(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"key": "a", "samesite": "sometimes"},
        {"key": "__Host-a"},
        {"key": "__Host-a", "secure": True, "path": "/x"},
        {"key": "__Host-a", "secure": True, "domain": "a.example"},
        {"key": "__Secure-a"},
    ],
)
def test_what_browsers_refuse_is_refused_here(arguments):
    with pytest.raises(ValueError, match=r"samesite|Browsers refuse"):
        HttpResponse().set_cookie(**arguments)


def test_a_morsel_that_was_poked_is_checked_when_it_is_sent():
    response = HttpResponse()
    response.set_cookie("a", "b")
    response.cookies["a"]["path"] = "/; Domain=evil.example"
    with pytest.raises(InvalidHeader):
        response.header_items()


def signed(key: str, value: str, salt: str = "") -> str:
    response = HttpResponse()
    response.set_signed_cookie(key, value, salt=salt)
    return parse_cookie(set_cookies(response)[0])[key]


def test_signed_cookies():
    request = make_request(headers={"Cookie": f"who={signed('who', 'ann')}"})
    assert request.get_signed_cookie("who") == "ann"
    with pytest.raises(BadSignature):
        request.get_signed_cookie("who", salt="other")
    assert request.get_signed_cookie("who", default="nobody", salt="other") == "nobody"
    with pytest.raises(KeyError):
        request.get_signed_cookie("missing")
    assert request.get_signed_cookie("missing", default=None) is None
    with pytest.raises(SignatureExpired):
        request.get_signed_cookie("who", max_age=timedelta(seconds=-1))


def test_name_and_salt_of_a_signed_cookie_do_not_run_into_each_other():
    request = make_request(headers={"Cookie": f"ab={signed('a', 'v', salt='bc')}"})
    with pytest.raises(BadSignature):
        request.get_signed_cookie("ab", salt="c")
