from __future__ import annotations

import logging
import re

import pytest

import manoir

manoir.setup()

from manoir import mail, signing  # noqa: E402
from manoir.auth import SignInFailure, User  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.exceptions import NoReverseMatch  # noqa: E402
from manoir.urls import include, path, reverse  # noqa: E402
from tests.auth.test_forms import GOOD, Broken  # noqa: E402
from tests.auth.test_password_reset import SITE  # noqa: E402

urlpatterns = [
    path("accounts/", include("manoir.auth.urls")),
    path("accounts/", include("manoir.auth.signup_urls")),
]
ASK = "/accounts/signup/"
NEW = {"username": "grace", "password1": GOOD, "password2": GOOD}


@pytest.fixture(autouse=True)
def _site(database):
    mail.outbox.clear()
    with settings.override(**{**SITE, "ROOT_URLCONF": "tests.auth.test_sign_up"}):
        yield


@pytest.fixture
def ada():
    return User.objects.create_user("ada", "Ada@example.com", "secret")


def link(index=0):
    found = re.search(r"https://books\.example(/accounts/signup/confirm/\S+/)", mail.outbox[index].body)
    assert found is not None
    return found[1]


def test_somebody_signs_up(ask):
    assert 'autocomplete="email"' in ask("get", ASK).content.decode()
    answer = ask("post", ASK, {"email": "grace@Example.com"})
    assert answer["Location"] == "/accounts/signup/done/"
    assert "on its way" in ask("get", answer["Location"]).content.decode()
    assert not User.objects.exists()
    assert mail.outbox[0].to == ["grace@example.com"]

    hidden = ask("get", link())["Location"]
    page = ask("get", hidden).content.decode()
    assert "grace@example.com" in page
    assert 'name="username"' in page
    assert 'name="email"' not in page
    assert "differ" in ask("post", hidden, {**NEW, "password2": "other"}).content.decode()
    answer = ask("post", hidden, {**NEW, "email": "root@example.com", "is_superuser": "1"})
    assert answer["Location"] == settings.LOGIN_REDIRECT_URL
    grace = User.objects.get()
    assert (grace.username, grace.email, grace.is_superuser) == ("grace", "grace@example.com", False)
    assert grace.check_password(GOOD)
    assert ask.client.session["_auth_user_id"] == str(grace.pk)


def test_a_link_makes_one_account(ask):
    ask("post", ASK, {"email": "grace@example.com"})
    hidden = ask("get", link())["Location"]
    ask("post", hidden, NEW)
    for address in (link(), hidden):
        assert "does not work" in ask("get", address).content.decode()
        assert "does not work" in ask("post", address, {**NEW, "username": "second"}).content.decode()
    assert User.objects.count() == 1


def test_the_token_stays_in_no_address_and_no_log(ask, caplog):
    """H34"""
    ask("post", ASK, {"email": "grace@example.com"})
    token = link().split("/")[-2]
    with caplog.at_level(logging.INFO):
        first = ask("get", link())
        second = ask("get", first["Location"])
    assert token not in first["Location"] + second.content.decode() + caplog.text
    for answer in (first, second):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]


def test_links_end_and_nobody_invents_them(ask):
    """M09, H06: too old, too long, of another purpose."""
    other = signing.dumps("grace@example.com", salt="something else")
    odd = signing.dumps({"email": 1}, salt="manoir.auth.signup")
    for token in ("x", "a:b:c", "z" * 5_000, other, odd, "welcome"):
        answer = ask("get", f"/accounts/signup/confirm/{token}/")
        assert (answer.status_code, "does not work" in answer.content.decode()) == (200, True)
        ask("post", f"/accounts/signup/confirm/{token}/", NEW)
    ask("post", ASK, {"email": "grace@example.com"})
    with settings.override(PASSWORD_RESET_TIMEOUT=-1):
        assert "does not work" in ask("get", link()).content.decode()
    assert not User.objects.exists()


def test_nobody_learns_who_has_an_account(ask, ada, caplog):
    """H33: one answer, whoever has the address; the owner hears of it by mail, at the stored address (C15)."""
    answers = set()
    for address in ("ada@example.com", "ADA@EXAMPLE.COM", "grace@example.com"):
        answer = ask("post", ASK, {"email": address})
        answers.add((answer.status_code, answer["Location"], answer.content, tuple(answer.cookies)))
    with (
        settings.override(MAILERS={"default": {"BACKEND": f"{Broken.__module__}.Broken"}}),
        caplog.at_level(logging.CRITICAL, "manoir.auth"),
    ):
        answer = ask("post", ASK, {"email": "new@example.com"})
        answers.add((answer.status_code, answer["Location"], answer.content, tuple(answer.cookies)))
    assert len(answers) == 1
    assert [message.to for message in mail.outbox] == [["Ada@example.com"], ["Ada@example.com"], ["grace@example.com"]]
    assert "There is one already" in mail.outbox[0].body
    assert "signup/confirm" not in mail.outbox[0].body


async def test_no_account_is_looked_for_before_the_answer(ada, database):
    """H32"""
    from manoir.server import Handler
    from manoir.testing import AsyncRequestFactory

    handler = Handler()
    for address in ("ada@example.com", "nobody@example.com"):
        request = AsyncRequestFactory().post(ASK, {"email": address})
        request._dont_enforce_csrf_checks = True
        with database.execute_wrapper(lambda *args: pytest.fail("a query before the answer")):
            response = await handler(request)
        assert response.status_code == 302
        response._follow_ups = None
        await handler.finish(request, response)


def test_an_address_that_looks_like_somebodys_gets_nothing(ask, ada):
    """C15"""
    answer = ask("post", ASK, {"email": "\u0430d\u0430@example.com"})
    if answer.status_code == 200:
        assert "several scripts" in answer.content.decode() or "valid email" in answer.content.decode()
    assert mail.outbox == []


def test_a_name_that_is_taken_is_told_in_the_last_step(ask, ada):
    ask("post", ASK, {"email": "grace@example.com"})
    hidden = ask("get", link())["Location"]
    assert "has this username already" in ask("post", hidden, {**NEW, "username": "ADA"}).content.decode()


def test_nobody_is_flooded(ask, ada):
    """H56: mails to one address, and mails that one client asks for."""
    with settings.override(LOGIN_FAILURE_LIMIT=3, LOGIN_FAILURE_LIMIT_PER_ADDRESS=5):
        answers = {ask("post", ASK, {"email": "ada@example.com"}).status_code for _ in range(10)}
        assert (answers, len(mail.outbox)) == ({302}, 3)
        ask("post", "/accounts/password_reset/", {"email": "ada@example.com"})
        assert len(mail.outbox) == 3
        SignInFailure.objects.all().delete()
        mail.outbox.clear()
        for number in range(10):
            ask("post", ASK, {"email": f"somebody{number}@example.com"})
        assert len(mail.outbox) == 5


def test_sign_up_is_there_only_where_it_is_included(ask):
    assert "/accounts/signup/" in ask("get", "/accounts/login/").content.decode()
    with settings.override(ROOT_URLCONF="tests.auth.test_views"):
        with pytest.raises(NoReverseMatch):
            reverse("signup")
        assert "signup" not in ask("get", "/accounts/login/").content.decode()
        assert ask("get", ASK).status_code == 404
