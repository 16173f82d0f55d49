from __future__ import annotations

import re

import pytest

import manoir

manoir.setup()

from manoir.auth import User  # noqa: E402
from manoir.auth.views import LoginView, logout_then_login  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.testing import Client  # noqa: E402
from manoir.urls import include, path  # noqa: E402

urlpatterns = [
    path("again/", LoginView.as_view(redirect_authenticated_user=True)),
    path("out/", logout_then_login),
    path("accounts/", include("manoir.auth.urls")),
]
MIDDLEWARE = [
    "manoir.sessions.SessionMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
]


@pytest.fixture(autouse=True)
def _site(database):
    with settings.override(
        ROOT_URLCONF="tests.auth.test_views",
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
    ):
        yield


@pytest.fixture
def ada():
    return User.objects.create_user("ada", "ada@example.com", "secret")


ADA = {"username": "ada", "password": "secret"}


def who(ask):
    return "_auth_user_id" in ask.client.session


def test_the_page_to_sign_in(ask):
    answer = ask("get", "/accounts/login/?next=/books/")
    page = answer.content.decode()
    assert 'name="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'name="next" value="/books/"' in page
    assert "no-store" in answer["Cache-Control"]
    assert re.search(r"<script|style=|onclick", page) is None


def test_the_style_sheet_is_kept_for_ever_and_changes_its_address(ask):
    page = ask("get", "/accounts/login/").content.decode()
    link = re.search(r'<link rel="stylesheet" href="(/accounts/style\.css\?v=[0-9a-f]{12})">', page)
    assert link is not None
    answer = ask("get", link[1])
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer["Cache-Control"]
    assert "prefers-color-scheme: dark" in answer.content.decode()
    assert ask("post", link[1]).status_code == 405


def test_signing_in_goes_on(ask, ada):
    assert ask("post", "/accounts/login/", {**ADA, "next": "/books/?page=2"})["Location"] == "/books/?page=2"
    assert who(ask)
    assert "You are signed out" in ask("post", "/accounts/logout/").content.decode()
    assert not who(ask)
    assert ask("post", "/accounts/login/", ADA)["Location"] == settings.LOGIN_REDIRECT_URL


@pytest.mark.parametrize(
    "bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", "http:///evil.example", "\x00//evil"]
)  # fmt: skip
def test_next_leads_nowhere_else(ask, ada, bad):
    assert ask("post", "/accounts/login/", {**ADA, "next": bad})["Location"] == settings.LOGIN_REDIRECT_URL
    assert bad not in ask("get", "/accounts/login/", {"next": bad}).content.decode()


def test_all_failures_look_the_same(ask, ada):
    """H33: an unknown name, a wrong password, an inactive user."""
    User.objects.create_user("closed", password="secret", is_active=False)
    pages = set()
    for name, password in (("ada", "wrong"), ("nobody", "secret"), ("closed", "secret"), ("nobody", "wrong")):
        answer = ask("post", "/accounts/login/", {"username": name, "password": password})
        text = re.sub(r'value="[^"]*"', "", answer.content.decode())
        pages.add((answer.status_code, text))
        assert password not in answer.content.decode().replace('type="password"', "").replace("assword", "")
    assert len(pages) == 1
    assert "This username and password do not fit together" in pages.pop()[1]
    assert not who(ask)


def test_signing_out_goes_on_where_somebody_says_so(ask, ada):
    assert ask("post", "/accounts/logout/", {"next": "/books/"})["Location"] == "/books/"
    assert ask("post", "/accounts/logout/", {"next": "https://evil.example/"}).status_code == 200
    with settings.override(LOGOUT_REDIRECT_URL="/bye/"):
        assert ask("post", "/accounts/logout/")["Location"] == "/bye/"


def test_a_sign_in_for_every_view_leaves_out_those_that_sign_in(ask):
    with settings.override(MIDDLEWARE=[*MIDDLEWARE, "manoir.auth.LoginRequiredMiddleware"]):
        for address in (
            "login/",
            "style.css",
            "password_reset/",
            "password_reset/done/",
            "reset/done/",
            "reset/MQ/a-b/",
        ):
            assert ask("get", f"/accounts/{address}").status_code == 200
        assert ask("get", "/accounts/password_change/").status_code == 302


def test_who_is_signed_in_may_be_sent_on(ask, ada):
    assert ask("get", "/again/").status_code == 200
    ask("post", "/accounts/login/", ADA)
    assert ask("get", "/again/?next=/books/")["Location"] == "/books/"
    with settings.override(LOGIN_REDIRECT_URL="/again/"), pytest.raises(ValueError, match="from '/again/' to itself"):
        ask("get", "/again/")


def test_signing_out_to_sign_in_again(ask, ada):
    """M17"""
    ask("post", "/accounts/login/", ADA)
    assert ask("get", "/out/").status_code == 405
    assert who(ask)
    assert ask("post", "/out/")["Location"] == "/accounts/login/"
    assert not who(ask)


def test_signing_out_needs_a_post(ask, ada):
    """M17"""
    ask("post", "/accounts/login/", ADA)
    for method in ("get", "head", "put", "delete"):
        assert ask(method, "/accounts/logout/").status_code == 405
    assert who(ask)


def test_signing_in_needs_a_token_of_the_form(ada):
    """H07: login CSRF."""
    client = Client(enforce_csrf_checks=True)
    assert client.post("/accounts/login/", ADA, headers={"origin": "https://evil.example"}).status_code == 403
    page = client.get("/accounts/login/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken"[^>]*value="([\w-]+)"', page)
    assert token is not None
    assert client.post("/accounts/login/", {**ADA, "csrfmiddlewaretoken": token[1]}).status_code == 302


def test_changing_the_password(ask, ada):
    assert ask("get", "/accounts/password_change/")["Location"].startswith("/accounts/login/?next=")
    other = Client()
    other.force_login(ada)
    ask("post", "/accounts/login/", ADA)
    with settings.override(AUTH_PASSWORD_VALIDATORS=[{"NAME": "manoir.auth.MinimumLengthValidator"}]):
        assert "At least 8 characters." in ask("get", "/accounts/password_change/").content.decode()
        for old, first, second, error in (
            ("wrong", "long enough", "long enough", "not your password"),
            ("secret", "long enough", "other enough", "passwords differ"),
            ("secret", "short", "short", "at least 8"),
            ("secret", "a" * 1025, "a" * 1025, "1024"),
        ):
            data = {"old_password": old, "new_password1": first, "new_password2": second}
            answer = ask("post", "/accounts/password_change/", data)
            assert answer.status_code == 200
            assert error in answer.content.decode()
            assert first not in answer.content.decode()
        data = {"old_password": "secret", "new_password1": "long enough", "new_password2": "long enough"}
        answer = ask("post", "/accounts/password_change/", data)
    assert answer["Location"] == "/accounts/password_change/done/"
    assert "was changed" in ask("get", "/accounts/password_change/done/").content.decode()
    assert other.get("/accounts/password_change/").status_code == 302
    assert User.objects.get().check_password("long enough")
