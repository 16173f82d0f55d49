"""The refresh token in a cookie that scripts cannot read (H07, C13)."""

from __future__ import annotations

import pytest

from manoir.conf import settings
from manoir.rest import jwt
from tests.rest.conftest import Caller
from tests.rest.jwt.conftest import ROTATING, simple_jwt
from tests.rest.jwt.test_views import post, refused

COOKIE = {"REFRESH_COOKIE_NAME": "refresh"}
OURS = {"Sec-Fetch-Site": "same-origin"}
THEIRS = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
CREDENTIALS = {"username": "ann", "password": "ann-secret"}


@pytest.fixture
def browser(colour, people, addresses):
    """A client that is checked for where its requests come from."""
    with simple_jwt(**COOKIE, **ROTATING):
        yield Caller(colour, enforce_csrf_checks=True)


def ask(browser, address, data=None, headers=OURS):
    return browser.post(address, data or {}, format="json", headers=headers)


def test_signing_in_puts_the_refresh_token_into_the_cookie(browser):
    answer = ask(browser, "/token/", CREDENTIALS)
    assert list(answer.json()) == ["access"]
    cookie = answer.cookies["refresh"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", "")
    assert int(cookie["max-age"]) == 86_400
    assert answer["Cache-Control"] == "no-store"
    assert jwt.RefreshToken(cookie.value)["token_type"] == "refresh"


@pytest.mark.parametrize("options", [{"SESSION_COOKIE_SECURE": True}, {}], ids=["setting", "request"])
def test_the_cookie_is_for_https_where_the_site_is(colour, people, addresses, options):
    with simple_jwt(**COOKIE), settings.override(**options):
        browser = Caller(colour)
        answer = browser.post("/token/", CREDENTIALS, format="json", secure=not options)
    assert answer.cookies["refresh"]["secure"] is True


def test_the_cookie_of_the_settings(browser):
    with simple_jwt(REFRESH_COOKIE_NAME="r", REFRESH_COOKIE_PATH="/token/", REFRESH_COOKIE_SAMESITE="Lax"):
        cookie = ask(browser, "/token/", CREDENTIALS).cookies["r"]
    assert (cookie["path"], cookie["samesite"]) == ("/token/", "Lax")


def test_refreshing_by_the_cookie_exchanges_it(browser):
    first = ask(browser, "/token/", CREDENTIALS).cookies["refresh"].value
    answer = ask(browser, "/token/refresh/")
    assert list(answer.json()) == ["access"]
    second = answer.cookies["refresh"].value
    assert second != first
    assert ask(browser, "/token/refresh/").status_code == 200
    browser.cookies["refresh"] = first
    assert refused(ask(browser, "/token/refresh/"))


def test_without_rotation_the_cookie_stays(browser):
    with simple_jwt(**COOKIE):
        ask(browser, "/token/", CREDENTIALS)
        answer = ask(browser, "/token/refresh/")
    assert list(answer.json()) == ["access"]
    assert "refresh" not in answer.cookies


@pytest.mark.parametrize("address", ["/token/refresh/", "/token/blacklist/"])
@pytest.mark.parametrize("headers", [THEIRS, {"Sec-Fetch-Site": "same-site"}, {}], ids=["cross", "same site", "none"])
def test_other_sites_cannot_use_the_cookie(browser, address, headers):
    """H07: the cookie goes along with what another page sends, so such requests are refused."""
    ask(browser, "/token/", CREDENTIALS)
    assert ask(browser, address, headers=headers).status_code == 403
    assert ask(browser, address).status_code == 200


def test_other_sites_cannot_sign_a_browser_in(browser):
    """H07: nobody is signed in to somebody else's account by a form on another site."""
    answer = browser.post("/token/", CREDENTIALS, headers=THEIRS)
    assert answer.status_code == 403
    assert not answer.cookies


def test_signing_out_ends_the_token_and_the_cookie(browser):
    """H35"""
    token = ask(browser, "/token/", CREDENTIALS).cookies["refresh"].value
    answer = ask(browser, "/token/blacklist/")
    assert (answer.status_code, answer.json()) == (200, {})
    cookie = answer.cookies["refresh"]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("", 0, "/")
    browser.cookies["refresh"] = token
    assert refused(ask(browser, "/token/refresh/"))


def test_without_cookie_there_is_nothing_to_refresh(browser):
    assert refused(ask(browser, "/token/refresh/"))


def test_programs_that_send_the_token_in_the_body_need_no_cookie(browser, people):
    """What is in the body nobody else could put there, so it needs no other proof."""
    token = str(jwt.RefreshToken.for_user(people.ann.user))
    answer = ask(browser, "/token/refresh/", {"refresh": token}, headers={})
    assert sorted(answer.json()) == ["access", "refresh"]
    assert "refresh" not in answer.cookies


def test_other_sites_cannot_plant_a_token_of_their_own(browser, people):
    """H07: a form elsewhere that sends somebody else's token does not put the next one into this browser."""
    token = str(jwt.RefreshToken.for_user(people.bob.user))
    answer = browser.post("/token/refresh/", {"refresh": token}, headers=THEIRS)
    assert answer.status_code == 200
    assert not answer.cookies
    ended = browser.post("/token/blacklist/", {"refresh": answer.json()["refresh"]}, headers=THEIRS)
    assert (ended.status_code, dict(ended.cookies)) == (200, {})


def test_without_the_setting_cookies_are_not_read(api, people):
    api.cookies["refresh"] = str(jwt.RefreshToken.for_user(people.ann.user))
    assert post(api, "/token/refresh/").status_code == 400


@pytest.mark.parametrize("body", ["[]", "7", '"refresh"', "null"])
def test_bodies_that_are_no_objects(browser, body):
    ask(browser, "/token/", CREDENTIALS)
    answer = browser.post("/token/refresh/", body, content_type="application/json", headers=OURS)
    assert answer.status_code in (400, 401)
