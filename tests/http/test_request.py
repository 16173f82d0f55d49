from __future__ import annotations

import copy

import pytest

from manoir import http as door
from manoir.conf import settings
from manoir.exceptions import BadRequest
from manoir.http import HttpRequest, MediaType, RequestHead, parse_header_parameters
from tests.http.builders import make_request


def test_an_empty_request_can_be_made_for_tests():
    request = HttpRequest()
    assert (request.method, request.path, dict(request.GET), dict(request.POST), request.COOKIES) == (
        "GET",
        "/",
        {},
        {},
        {},
    )
    request.user = "ann"
    request.anything = 1
    request.method = "POST"
    assert (request.user, request.anything, request.method) == ("ann", 1, "POST")
    with pytest.raises(AttributeError):
        request.session


def test_paths():
    request = make_request("/caf%C3%A9/x%3Fy/", query="q=a%20b&é=1", root_path="/site")
    assert (request.path, request.path_info, request.script_name) == ("/site/café/x?y/", "/café/x?y/", "/site")
    assert request.get_full_path() == "/site/caf%C3%A9/x%3Fy/?q=a%20b&%C3%A9=1"
    assert request.get_full_path_info() == "/caf%C3%A9/x%3Fy/?q=a%20b&%C3%A9=1"
    assert make_request("/a").get_full_path(force_append_slash=True) == "/a/"
    with settings.override(FORCE_SCRIPT_NAME="/forced/"):
        forced = make_request("/a", root_path="/site")
    assert (forced.path, forced.script_name, forced.META["SCRIPT_NAME"]) == ("/forced/a", "/forced", "/forced")
    assert HttpRequest(RequestHead(raw_path="", path="/déjà")).path == "/déjà"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (None, "http://testserver/a/b?x=1"),
        ("/c/é", "http://testserver/c/%C3%A9"),
        ("c", "http://testserver/a/c"),
        ("../c", "http://testserver/c"),
        ("/a/../c", "http://testserver/c"),
        ("?p=2", "http://testserver/a/b?p=2"),
        ("https://other.example/x", "https://other.example/x"),
        ("//cdn.example/x", "http://cdn.example/x"),
    ],
)
def test_absolute_addresses(location, expected):
    assert make_request("/a/b", query="x=1").build_absolute_uri(location) == expected


def test_two_slashes_at_the_start_of_a_path_do_not_become_a_host():
    assert make_request("//evil.example/x").build_absolute_uri() == "http://testserver/evil.example/x"


def test_content_type_and_encoding():
    request = make_request("/", "POST", headers={"Content-Type": 'Text/Plain; Charset="UTF-8"; a=b'})
    assert (request.content_type, request.content_params, request.encoding) == (
        "text/plain", {"charset": "UTF-8", "a": "b"}, "utf-8",
    )  # fmt: skip
    request = make_request(query="q=%E9")
    request.encoding = "latin-1"
    assert request.GET["q"] == "é"


@pytest.mark.parametrize(
    "charset", ["bz2", "zip", "idna", "rot13", "utf-7", "utf-16", "raw_unicode_escape", "x" * 5000]
)
def test_a_codec_that_a_client_must_not_choose_is_refused(charset):
    request = make_request(
        "/", "POST", b"a=1", headers={"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
    )
    with pytest.raises(BadRequest, match="charset"):
        request.POST


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/html", ("text/html", {})),
        ('a/b; x="1;2"; y="\\"q\\""', ("a/b", {"x": "1;2", "y": '"q"'})),
        ("a/b;;;x=1;x=2;novalue", ("a/b", {"x": "1"})),
        ("", ("", {})),
        ('a/b; x="unclosed', ("a/b", {"x": '"unclosed'})),
    ],
)
def test_header_parameters(header, expected):
    assert parse_header_parameters(header) == expected


ACCEPT = "text/html;q=0.8, application/json;q=0.9, text/*;q=0.5, */*;q=0.1, image/png;q=0"


def test_accept():
    request = make_request(headers={"Accept": ACCEPT})
    assert [str(kind) for kind in request.accepted_types][:2] == ["application/json", "text/html"]
    assert request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    assert request.get_preferred_type(["text/css", "text/html"]) == "text/html"
    assert request.get_preferred_type(["audio/ogg", "video/mp4"]) == "audio/ogg"
    assert (request.accepts("text/css"), request.accepts("image/png")) == (True, False)
    assert make_request().accepts("anything/at-all")
    strict = make_request(headers={"Accept": "application/json;version=2"})
    assert strict.get_preferred_type(["application/json", "text/html"]) is None
    assert strict.get_preferred_type(["application/json;version=2"]) == "application/json;version=2"


def test_malformed_accept_members_match_nothing():
    request = make_request(headers={"Accept": ";;;,/,x, text/html;q=abc"})
    assert (request.accepts("image/png"), request.accepts("text/html")) == (False, True)


def test_a_long_accept_header_is_cut():
    request = make_request(headers={"Accept": ", ".join(f"a/b{n}" for n in range(10_000))})
    assert len(request.accepted_types) == 64


def test_media_type():
    assert MediaType.parse("*/*").is_all_types
    assert str(MediaType.parse("text/html; level=1;q=0.3")) == "text/html; level=1"


def test_nonce_is_made_when_it_is_read():
    request = make_request()
    assert request.csp_nonce_used is None
    assert request.csp_nonce == request.csp_nonce == request.csp_nonce_used
    assert len(request.csp_nonce) == 24


def test_repr_names_verb_and_path():
    assert repr(make_request("/a", query="b=1")) == "<HttpRequest: GET '/a?b=1'>"


def test_the_door_lists_what_it_offers():
    assert all(hasattr(door, name) for name in door.__all__)
    assert len(set(door.__all__)) == len(door.__all__)


def test_an_attribute_that_is_made_late_is_made_when_it_is_read():
    request = make_request()
    made = []

    def make(request):
        made.append(request)
        request.session = "session"
        return request.session

    assert not request.has("session")
    request.make_late("session", make)
    request.make_late("number", lambda request: len(made))
    assert request.has("session")
    assert (made, request.number) == ([], 0)
    assert (request.session, request.session, request.number) == ("session", "session", 1)
    assert made == [request]
    request.number = 7
    assert (request.number, request.has("other")) == (7, False)
    with pytest.raises(AttributeError, match="This request has no attribute 'other'"):
        request.other


async def test_a_copy_shares_what_is_made_late_and_reads_no_user():
    def open_session(request):
        request.session = {}
        return request.session

    async def load_user():
        pytest.fail("the user was read")

    request = make_request("/a/", "POST", b"body", query="b=1")
    request.make_all_late({"session": open_session, "auser": lambda request: load_user})
    request.mark = [1]
    twin = copy.copy(request)
    assert twin.session is request.session
    assert (twin.path, twin.GET["b"], twin.body, twin.mark) == ("/a/", "1", b"body", [1])
    twin.method, twin.other = "GET", True
    assert (request.method, hasattr(request, "other")) == ("POST", False)
    request.user = "Ada"
    assert copy.copy(request).user == "Ada"
