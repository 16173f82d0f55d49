from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.conf import settings
from manoir.exceptions import BadRequest, DisallowedHost, ImproperlyConfigured
from manoir.http import HttpRequest, RequestHead, is_allowed_host, split_host
from tests.http.builders import make_request


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Example.COM", ("example.com", "")),
        ("example.com.:80", ("example.com", "80")),
        ("[::1]:8000", ("[::1]", "8000")),
        ("127.0.0.1", ("127.0.0.1", "")),
        *[
            (bad, ("", ""))
            for bad in (
                "", "a b", "evil.com/path", "user@evil.com", "evil.com:80@good.com", "a:99999", "a:x", "[::1", "[x]", "[::1]x",
                "é.com", "a..b", ".a", "a\n", "a,b", "[fe80::1%eth0]", "a" * 256, "a\\b", "a#b", "a?b",
            )
        ],
    ],
)  # fmt: skip
def test_splitting(host, expected):
    assert split_host(host) == expected


def test_patterns_are_names_and_suffixes_never_expressions():
    assert is_allowed_host("shop.example.com", [".example.com"])
    assert is_allowed_host("example.com", [".example.com"])
    assert not is_allowed_host("evilexample.com", [".example.com"])
    assert not is_allowed_host("aXexample.com", ["a.example.com"])
    assert is_allowed_host("anything", ["*"])
    assert not is_allowed_host("a", [])


@pytest.mark.parametrize("host", ["evil.com", "testserver.evil.com", "testserver@evil.com", "testserver/", ""])
def test_a_host_that_is_not_allowed_is_refused_before_middleware(host):
    request = make_request(headers={"Host": host})
    with pytest.raises(DisallowedHost):
        request.settle()


def test_the_message_names_the_setting():
    with pytest.raises(DisallowedHost, match="Add it to ALLOWED_HOSTS"):
        make_request(headers={"Host": "evil.com"}).get_host()


def test_debug_allows_this_machine_only_when_nothing_is_named():
    with settings.override(DEBUG=True, ALLOWED_HOSTS=[]):
        for host in ("localhost:8000", "app.localhost", "127.0.0.1", "[::1]:8000"):
            assert make_request(headers={"Host": host}).get_host() == host
        with pytest.raises(DisallowedHost):
            make_request(headers={"Host": "rebound.example"}).get_host()
    with settings.override(DEBUG=False, ALLOWED_HOSTS=[]), pytest.raises(DisallowedHost):
        make_request(headers={"Host": "localhost"}).get_host()


def test_without_a_host_header_the_servers_address_counts():
    request = HttpRequest(RequestHead(server=("127.0.0.1", 8000), http_version="1.0"))
    with settings.override(ALLOWED_HOSTS=["127.0.0.1"]):
        assert (request.get_host(), request.get_port()) == ("127.0.0.1:8000", "8000")


FORWARDED = {
    "X-Forwarded-Host": "shop.example.com",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "203.0.113.7",
}
DOCUMENTED = {
    "USE_X_FORWARDED_HOST": True,
    "USE_X_FORWARDED_PORT": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
}


def test_forwarded_headers_mean_nothing_unless_asked_for():
    request = make_request(headers=FORWARDED, client="10.0.0.1:1", server="10.0.0.2:80")
    assert (request.get_host(), request.get_port(), request.scheme, request.client_ip) == (
        "testserver", "80", "http", "10.0.0.1",
    )  # fmt: skip


def test_the_documented_settings_work_alone():
    with settings.override(**DOCUMENTED):
        request = make_request(headers=FORWARDED, client="10.0.0.1:1")
        assert (request.get_host(), request.get_port(), request.scheme) == ("shop.example.com", "8443", "https")
        assert request.client_ip == "10.0.0.1"


def test_with_trusted_proxies_only_those_are_believed():
    with settings.override(TRUSTED_PROXIES=["10.0.0.0/8"], **DOCUMENTED):
        request = make_request(headers=FORWARDED, client=("10.0.0.1", 1))
        assert (request.get_host(), request.scheme, request.client_ip) == ("shop.example.com", "https", "203.0.113.7")
        spoofed = make_request(headers=FORWARDED, client=("198.51.100.9", 1))
        assert (spoofed.get_host(), spoofed.scheme, spoofed.client_ip) == ("testserver", "http", "198.51.100.9")


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7", "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7, 10.1.1.1", "203.0.113.7"),
        ("unknown", "10.0.0.1"),
        ("<script>, 10.1.1.1", "10.1.1.1"),
        ("203.0.113.7:1234", "203.0.113.7"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", "10.0.0.1"),
        (", ".join(["10.1.1.1"] * 5_000), "10.1.1.1"),
    ],
)
def test_client_address_is_counted_from_the_right(forwarded, client):
    with settings.override(TRUSTED_PROXIES=["10.0.0.0/8"]):
        assert make_request(headers={"X-Forwarded-For": forwarded}, client="10.0.0.1:5").client_ip == client


@pytest.mark.parametrize("client", [("::ffff:203.0.113.7", 5), "[::ffff:203.0.113.7]:5", "::FFFF:203.0.113.7:5"])
def test_a_peer_on_a_socket_for_both_kinds_has_its_own_address(client):
    """H30, H31: else all clients of IPv4 were one network of IPv6, which one of them could lock out."""
    request = make_request(client=client)
    assert (request.client_ip, request.META["REMOTE_ADDR"]) == ("203.0.113.7", "203.0.113.7")
    with settings.override(TRUSTED_PROXIES=["203.0.113.7"]):
        assert make_request(headers={"X-Forwarded-For": "198.51.100.9"}, client=client).client_ip == "198.51.100.9"
    assert make_request(client=("2001:db8::ffff:1", 5)).client_ip == "2001:db8::ffff:1"


def test_scheme_is_the_outermost_trusted_proxys_word():
    chain = {"X-Forwarded-For": "203.0.113.7, 10.1.1.1", "X-Forwarded-Proto": "http, https, http"}
    with settings.override(TRUSTED_PROXIES=["10.0.0.0/8"], **DOCUMENTED):
        assert make_request(headers=chain, client="10.0.0.1:5").is_secure()


def test_unix_socket_peers_are_trusted_by_name():
    with settings.override(TRUSTED_PROXIES=["unix"]):
        assert make_request(headers=FORWARDED, client=None).client_ip == "203.0.113.7"


def test_mistakes_in_the_settings_are_named():
    with (
        settings.override(TRUSTED_PROXIES=["10.0.0.0/99"]),
        pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"),
    ):
        make_request(client="10.0.0.1:1").client_ip
    with settings.override(SECURE_PROXY_SSL_HEADER="X"), pytest.raises(ImproperlyConfigured, match="tuple of two"):
        make_request().is_secure()


def test_request_id():
    request = make_request(headers={"X-Request-ID": "abc-1"})
    assert len(request.id) == 32
    assert request.id == request.id != make_request().id
    with settings.override(TRUSTED_PROXIES=["10.0.0.1"]):
        assert make_request(headers={"X-Request-ID": "abc-1"}, client="10.0.0.1:1").id == "abc-1"
        assert make_request(headers={"X-Request-ID": "a b\n"}, client="10.0.0.1:1").id != "a b\n"


@pytest.mark.parametrize("path", ["/%00", "/a%0A", "/%FF", "/\x7f", "a", "*", "/%EF%BF%BD"])
def test_a_path_that_is_no_text_is_refused_before_middleware(path):
    with pytest.raises(BadRequest, match="path"):
        make_request(path).settle()


@pytest.mark.parametrize("path", ["/", "/caf%C3%A9/", "/a%2Fb", "/日本", "/a%20b"])
def test_ordinary_paths_pass(path):
    make_request(path).settle()


@given(st.text(max_size=40))
@hypothesis_settings(derandomize=True, max_examples=150)
def test_a_host_that_is_accepted_has_no_room_for_anything_else(text):
    name, port = split_host(text)
    if name:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]")
        assert port == "" or port.isdecimal()
