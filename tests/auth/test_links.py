from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import manoir

manoir.setup()

from manoir.auth import User  # noqa: E402
from manoir.auth._links import LONGEST_KEY, decoded_key, encoded_key, site_of  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import ImproperlyConfigured  # noqa: E402


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_key_goes_into_a_url_and_comes_back(key):
    text = encoded_key(User(pk=key))
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert decoded_key(text) == str(key)


@given(st.text(max_size=400))
def test_any_text_of_a_url_is_a_key_or_none(text):
    """M09"""
    found = decoded_key(text)
    assert found is None or isinstance(found, str)
    if len(text) > LONGEST_KEY:
        assert found is None


def request_of(host, secure=False):
    return SimpleNamespace(get_host=lambda: host, is_secure=lambda: secure)


@pytest.mark.parametrize(
    ("changes", "host", "wanted"),
    [
        ({"SITE_URL": "https://books.example"}, "evil.example", ("https", "books.example")),
        ({"SITE_URL": "http://localhost:8000/"}, "evil.example", ("http", "localhost:8000")),
        ({"ALLOWED_HOSTS": ["Books.example"]}, "books.example:8443", ("http", "books.example:8443")),
        ({"ALLOWED_HOSTS": ["[::1]"]}, "[::1]", ("http", "[::1]")),
        ({"ALLOWED_HOSTS": ["[::1]"]}, "[::1]:8000", ("http", "[::1]:8000")),
        ({"ALLOWED_HOSTS": [], "DEBUG": True}, "localhost:8000", ("http", "localhost:8000")),
    ],
)
def test_links_lead_to_a_site_that_somebody_named(changes, host, wanted):
    """H08, H34"""
    with settings.override(**changes):
        assert site_of(request_of(host)) == wanted


@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({"ALLOWED_HOSTS": ["*"]}, "evil.example"),
        ({"ALLOWED_HOSTS": [".books.example"]}, "evil.books.example"),
        ({"ALLOWED_HOSTS": [".books.example"]}, "books.example"),
        ({"ALLOWED_HOSTS": ["*"], "DEBUG": True}, "evil.example"),
    ],
)
def test_links_lead_nowhere_else(changes, host):
    """H08, H34"""
    with settings.override(**changes), pytest.raises(ImproperlyConfigured, match="Set SITE_URL"):
        site_of(request_of(host))


def test_without_a_request_somebody_has_to_name_the_site():
    with pytest.raises(ImproperlyConfigured, match="without a request"):
        site_of(None)
    assert site_of(None, "books.example", https=True) == ("https", "books.example")
    assert site_of(request_of("a.example", secure=True), "books.example") == ("https", "books.example")
