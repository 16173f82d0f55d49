from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from manoir.http import iri_to_uri, url_has_allowed_host_and_scheme


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example",
        "//evil.example",
        "///evil.example",
        "////evil.example/x",
        "/\\evil.example",
        "\\\\evil.example",
        "http:\\\\evil.example",
        "http:///evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x08//evil.example",
        "\u200b//evil.example",
        "/a\u2028b",
        "http://shop.example@evil.example",
        "http://evil.example#@shop.example",
        "http://evil.example\\@shop.example",
        "http://shop.example:80@evil.example/",
        "http://[::1",
        "ftp://shop.example/",
        "",
        None,
        "   ",
        "/" + "a" * 20_000,
    ],
)
def test_what_leads_elsewhere_is_refused(url):
    assert not url_has_allowed_host_and_scheme(url, {"shop.example"})


@pytest.mark.parametrize(
    "url", ["/", "/cart/?next=//x", "cart", "?q=1", "http://shop.example/x", "https://shop.example", " /cart/ ", "/a:b"]
)
def test_what_stays_is_allowed(url):
    assert url_has_allowed_host_and_scheme(url, {"shop.example"})


def test_require_https_and_host_forms():
    assert not url_has_allowed_host_and_scheme("http://a.example/", "a.example", require_https=True)
    assert url_has_allowed_host_and_scheme("https://a.example/", "a.example", require_https=True)
    assert url_has_allowed_host_and_scheme("/", None)
    assert not url_has_allowed_host_and_scheme("https://a.example/", None)


@given(st.text(alphabet="/\\:.@#?ehtpsvil \t\n-a", max_size=25))
@hypothesis_settings(derandomize=True, max_examples=400)
def test_whatever_is_allowed_stays_on_this_host(url):
    if url_has_allowed_host_and_scheme(url, "own.example"):
        assert urlsplit(urljoin("https://own.example/x/", url.strip())).netloc == "own.example"


def test_iri_to_uri():
    assert iri_to_uri("/é?q=a b&x=%20#f") == "/%C3%A9?q=a%20b&x=%20#f"
    assert iri_to_uri(None) is None
