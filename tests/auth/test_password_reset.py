from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest

import manoir

manoir.setup()

from manoir import mail, timezone  # noqa: E402
from manoir.auth import User  # noqa: E402
from manoir.auth.forms import PasswordResetForm  # noqa: E402
from manoir.auth.views import PasswordResetConfirmView, PasswordResetView  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.i18n import get_language  # noqa: E402
from manoir.sessions import Session  # noqa: E402
from manoir.testing import Client  # noqa: E402
from manoir.urls import include, path  # noqa: E402
from tests.auth.test_forms import GOOD, Broken  # noqa: E402


def listening(request):
    return PasswordResetView.as_view(form_class=Listening)(request)


at_once = PasswordResetConfirmView.as_view(post_reset_login=True, success_url="/welcome/")
urlpatterns = [
    path("accounts/", include("manoir.auth.urls")),
    path("at-once/reset/<uidb64>/<token>/", at_once),
    path("own/password_reset/", listening),
]
SITE = {
    "ROOT_URLCONF": "tests.auth.test_password_reset",
    "MIDDLEWARE": [
        "manoir.middleware.SecurityMiddleware",
        "manoir.sessions.SessionMiddleware",
        "manoir.security.CsrfViewMiddleware",
        "manoir.auth.AuthenticationMiddleware",
    ],
    "TEMPLATES": [{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
    "MAILERS": {"default": {"BACKEND": "manoir.mail.InMemoryBackend"}},
    "SITE_URL": "https://books.example",
    "AUTH_PASSWORD_VALIDATORS": [{"NAME": "manoir.auth.MinimumLengthValidator"}],
}
ASK = "/accounts/password_reset/"
NEW = {"new_password1": GOOD, "new_password2": GOOD}


@pytest.fixture(autouse=True)
def _site(database):
    mail.outbox.clear()
    with settings.override(**SITE):
        yield


@pytest.fixture
def ada():
    return User.objects.create_user("ada", "ada@example.com", "secret")


def link(index=0):
    found = re.search(r"https://books\.example(/accounts/reset/\S+/)", mail.outbox[index].body)
    assert found is not None
    return found[1]


def test_a_new_password_by_mail(ask, ada):
    other = Client()
    other.force_login(ada)
    assert "email address" in ask("get", ASK).content.decode()
    answer = ask("post", ASK, {"email": "ada@example.com"})
    assert answer["Location"] == "/accounts/password_reset/done/"
    assert "on its way" in ask("get", answer["Location"]).content.decode()

    answer = ask("get", link())
    hidden = answer["Location"]
    assert hidden.endswith("/set-password/")
    assert "New password" in ask("get", hidden).content.decode()
    answer = ask("post", hidden, {"new_password1": "short", "new_password2": "short"})
    assert "t least 8" in answer.content.decode()
    answer = ask("post", hidden, NEW)
    assert answer["Location"] == "/accounts/reset/done/"
    assert "/accounts/login/" in ask("get", answer["Location"]).content.decode()
    assert User.objects.get().check_password(GOOD)
    assert "_auth_user_id" not in ask.client.session
    # H35: whoever was signed in is not any more.
    assert other.get("/accounts/password_change/").status_code == 302


def test_a_link_is_worth_something_once(ask, ada):
    """H34"""
    ask("post", ASK, {"email": "ada@example.com"})
    hidden = ask("get", link())["Location"]
    ask("post", hidden, NEW)
    for address in (link(), hidden):
        assert "does not work" in ask("get", address).content.decode()
        answer = ask("post", address, {"new_password1": "another password", "new_password2": "another password"})
        assert "does not work" in answer.content.decode()
    assert User.objects.get().check_password(GOOD)


def test_the_token_stays_in_no_address(ask, ada):
    """H34: not in the history, not in a Referer, not in a copy that somebody keeps."""
    ask("post", ASK, {"email": "ada@example.com"})
    token = link().split("/")[-2]
    first = ask("get", link())
    second = ask("get", first["Location"])
    for answer in (first, second, ask("post", first["Location"], {})):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
    assert token not in first["Location"]
    assert token not in second.content.decode()


@pytest.mark.parametrize("end", ["used", "signed in", "address", "inactive", "time"])
def test_a_link_ends(ask, ada, end, monkeypatch):
    """H34: by its use, by a sign-in, by another address, by time."""
    ask("post", ASK, {"email": "ada@example.com"})
    hidden = ask("get", link())["Location"]
    if end == "used":
        ada.set_password("other")
        ada.save()
    elif end == "signed in":
        User.objects.update(last_login=timezone.now())
    elif end == "address":
        User.objects.update(email="new@example.com")
    elif end == "inactive":
        User.objects.update(is_active=False)
    else:
        later = timezone.now() + timedelta(days=4)
        monkeypatch.setattr("manoir.auth._tokens.now", lambda: later)
    for address in (link(), hidden):
        assert "does not work" in ask("get", address).content.decode()
    ask("post", hidden, NEW)
    assert not User.objects.get().check_password(GOOD)


@pytest.mark.parametrize(
    ("key", "token"),
    [
        ("MQ", "a-b"),
        ("MQ", "set-password"),
        ("!!!", "a-b"),
        ("w", "a-b"),
        ("A" * 5_000, "a-b"),
        ("OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "a-b"),
        ("MQ", "z" * 5_000 + "-" + "a" * 40),
        ("MQ", "-"),
        ("gICA", "a-b"),
    ],
)
def test_invented_links_are_worth_nothing(ask, ada, key, token):
    """M09: neither length nor form of the parts matters."""
    answer = ask("get", f"/accounts/reset/{key}/{token}/")
    assert (answer.status_code, "does not work" in answer.content.decode()) == (200, True)
    assert ask("post", f"/accounts/reset/{key}/{token}/", NEW).status_code == 200
    assert Session.objects.count() == 0


def test_a_token_is_for_its_user(ask, ada):
    bob = User.objects.create_user("bob", "bob@example.com", "secret")
    ask("post", ASK, {"email": "ada@example.com"})
    ada_key, token = link().split("/")[-3:-1]
    ask("post", ASK, {"email": "bob@example.com"})
    bob_key = link(1).split("/")[-3]
    assert "does not work" in ask("get", f"/accounts/reset/{bob_key}/{token}/").content.decode()
    hidden = ask("get", f"/accounts/reset/{ada_key}/{token}/")["Location"]
    ask("post", hidden.replace(ada_key, bob_key), NEW)
    bob.refresh_from_db()
    assert bob.check_password("secret")


def test_two_at_a_time(ada):
    """H34, H47: the form was shown and checked for both; the second finds the link used."""
    clients = [Client(), Client()]
    clients[0].post(ASK, {"email": "ada@example.com"})
    hidden = [client.get(link())["Location"] for client in clients]
    assert clients[0].post(hidden[0], NEW).status_code == 302
    late = clients[1].post(hidden[1], {"new_password1": "another password", "new_password2": "another password"})
    assert "does not work" in late.content.decode()
    assert User.objects.get().check_password(GOOD)


def test_nobody_learns_who_has_an_account(ask, ada, caplog):
    """H33: one answer for known, unknown, inactive accounts and for mails that fail."""
    User.objects.create_user("closed", "closed@example.com", "secret", is_active=False)
    answers = set()
    for address in ("ada@example.com", "nobody@example.com", "closed@example.com"):
        answer = ask("post", ASK, {"email": address})
        answers.add((answer.status_code, answer["Location"], answer.content, tuple(sorted(answer.cookies))))
    with (
        settings.override(MAILERS={"default": {"BACKEND": f"{Broken.__module__}.Broken"}}),
        caplog.at_level(logging.CRITICAL, "manoir.auth"),
    ):
        answer = ask("post", ASK, {"email": "ada@example.com"})
        answers.add((answer.status_code, answer["Location"], answer.content, tuple(sorted(answer.cookies))))
    assert len(answers) == 1
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


async def test_nobody_waits_for_a_mail(ada, database):
    """H32: no account is looked for and no mail sent before the answer leaves."""
    from manoir.server import Handler
    from manoir.testing import AsyncRequestFactory

    handler = Handler()
    for address in ("ada@example.com", "nobody@example.com"):
        request = AsyncRequestFactory().post(ASK, {"email": address})
        request._dont_enforce_csrf_checks = True
        with database.execute_wrapper(lambda *args: pytest.fail("a query before the answer")):
            response = await handler(request)
        assert response.status_code == 302
        assert mail.outbox == []
        assert not handler.finish_now(request, response)
        response._follow_ups = None
        await handler.finish(request, response)


@pytest.mark.parametrize("host", ["evil.example", "books.example.evil.example"])
def test_the_host_of_the_request_gets_into_no_mail(ask, ada, host):
    """H08, H34"""
    with settings.override(ALLOWED_HOSTS=["*"]):
        ask("post", ASK, {"email": "ada@example.com"}, headers={"host": host})
    assert "https://books.example/" in mail.outbox[0].body
    assert "evil" not in mail.outbox[0].body


def test_a_site_without_a_name_says_so_whoever_asks(ada):
    """H33: the missing setting is no oracle."""
    with settings.override(ALLOWED_HOSTS=["*"], SITE_URL=None):
        client = Client(raise_request_exception=False)
        statuses = {client.post(ASK, {"email": f"{name}@example.com"}).status_code for name in ("ada", "nobody")}
    assert statuses == {500}


def test_signing_in_at_once(ada):
    client = Client()
    client.post(ASK, {"email": "ada@example.com"})
    answer = client.post(client.get(link().replace("/accounts/", "/at-once/"))["Location"], NEW)
    assert answer["Location"] == "/welcome/"
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_the_token_is_in_no_log(ask, ada, caplog):
    """H34"""
    ask("post", ASK, {"email": "ada@example.com"})
    with caplog.at_level(logging.INFO):
        ask("post", ask("get", link())["Location"], NEW)
        ask("get", link())
    assert link().split("/")[-2] not in caplog.text
    assert "/set-password/" in caplog.text


def test_a_mail_has_one_recipient_and_no_further_headers(ask, ada):
    """H10"""
    User.objects.update(username="ada\r\nBcc: x@evil.example")
    ask("post", ASK, {"email": "ada@example.com"})
    message = mail.outbox[0]
    assert message.recipients() == ["ada@example.com"]


class Listening(PasswordResetForm):
    heard: list = []

    def send_mail(self, *args, **kwargs):
        self.heard.append(get_language())


def test_the_mail_has_the_language_of_the_page(ada):
    Listening.heard.clear()
    middleware = [*SITE["MIDDLEWARE"], "manoir.middleware.LocaleMiddleware"]
    with settings.override(MIDDLEWARE=middleware, LANGUAGES=[("en", "English"), ("de", "Deutsch")]):
        for language in ("de", "en"):
            Client().post("/own/password_reset/", {"email": "ada@example.com"}, headers={"accept-language": language})
    assert Listening.heard == ["de", "en"]
