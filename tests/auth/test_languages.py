"""Pages, mails and errors of people in German and French; in another language the pages say which it is."""

from __future__ import annotations

import pytest

import manoir

manoir.setup()

from manoir import mail  # noqa: E402
from manoir.auth import User  # noqa: E402
from manoir.conf import settings  # noqa: E402
from manoir.testing import Client  # noqa: E402
from manoir.urls import include, path  # noqa: E402

urlpatterns = [
    path("accounts/", include("manoir.auth.urls")),
    path("accounts/", include("manoir.auth.signup_urls")),
]
MIDDLEWARE = ["manoir.sessions.SessionMiddleware", "manoir.auth.AuthenticationMiddleware"]


@pytest.fixture(params=["de", "fr"])
def language(request, database):
    with settings.override(
        ROOT_URLCONF="tests.auth.test_languages",
        MIDDLEWARE=MIDDLEWARE,
        LANGUAGE_CODE=request.param,
        SITE_URL="https://books.example",
        TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
    ):
        yield request.param


def in_language(language, german, french):
    return german if language == "de" else french


def test_a_page_to_sign_in_speaks_the_language_and_says_which(language):
    text = Client().get("/accounts/login/").text
    assert f'<html lang="{language}">' in text
    for words in in_language(
        language,
        ["Anmelden", "Benutzername", "Passwort vergessen?"],
        ["Se connecter", "Nom d’utilisateur", "Mot de passe oublié ?"],
    ):
        assert words in text


def test_a_failed_sign_in_is_told_in_the_language(language):
    text = Client().post("/accounts/login/", {"username": "nobody", "password": "wrong"}).text
    assert (
        in_language(language, "Diese Angaben passen nicht zusammen.", "Ces identifiants ne vont pas ensemble.") in text
    )


def test_a_mail_with_a_link_is_in_the_language(language):
    User.objects.create_user("ada", "ada@example.com", "secret")
    mail.outbox.clear()
    page = Client().post("/accounts/password_reset/", {"email": "ada@example.com"}, follow=True)
    assert in_language(language, "Sehen Sie in Ihre E-Mails", "Consultez votre messagerie") in page.text
    assert in_language(language, "ein neues Passwort angefordert", "a demandé un nouveau mot de passe") in (
        mail.outbox[0].body
    )


def test_a_page_from_right_to_left_says_so(database):
    with settings.override(
        ROOT_URLCONF="tests.auth.test_languages",
        MIDDLEWARE=MIDDLEWARE,
        LANGUAGE_CODE="ar",
        TEMPLATES=[{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}],
    ):
        assert '<html lang="ar" dir="rtl">' in Client().get("/accounts/login/").text
