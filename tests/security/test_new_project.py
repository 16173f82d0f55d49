"""What a project made by `startproject` sends in its production settings: real settings, every kind of answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.programs import run

PRODUCTION = {
    "DEBUG": "false",
    "ALLOWED_HOSTS": "shop.example",
    "SECRET_KEY": "k9" * 15 + "abcdefghijklmnopqrstuvwxyz01",
}

PROGRAM = """
import json, sys
from manoir import setup
setup()
from manoir.conf import settings
from manoir.http import HttpResponse
from manoir.security import get_token
from manoir.testing import Client
from manoir.urls import path
import mysite.urls

def failing(request):
    raise ValueError

def form(request):
    if "manoir.sessions.SessionMiddleware" in settings.MIDDLEWARE:
        request.session["a"] = 1
    return HttpResponse(get_token(request))

mysite.urls.urlpatterns += [path("own/failing/", failing), path("own/form/", form)]
settings.override(SESSION_ENGINE="manoir.sessions.SignedCookieStore").__enter__()
client = Client(raise_request_exception=False, headers={"host": "shop.example"}, enforce_csrf_checks=True)
answers = {
    "missing": client.get("/nothing/", secure=True),
    "failing": client.get("/own/failing/", secure=True),
    "form": client.get("/own/form/", secure=True),
    "forged": client.post("/own/form/", secure=True, headers={"sec-fetch-site": "cross-site"}),
    "http": client.get("/own/form/?a=1"),
    "host": Client(headers={"host": "evil.example"}, raise_request_exception=False).get("/own/form/", secure=True),
}
shown = {
    name: {"status": answer.status_code, "headers": {key.lower(): value for key, value in answer.headers.items()},
           "cookies": {key: dict(morsel) for key, morsel in answer.cookies.items()}}
    for name, answer in answers.items()
}
json.dump(shown, sys.stdout)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("strict")
    output_of(folder, "-m", "manoir", "startproject", "mysite")
    environment = {**PRODUCTION, "MANOIR_SETTINGS_MODULE": "mysite.settings"}
    return json.loads(output_of(folder / "mysite", "-c", PROGRAM, **environment))


def output_of(folder: Path, *words: str, **environment: str) -> str:
    done = run([sys.executable, *words], folder, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


ANSWERED = {"missing": 404, "failing": 500, "form": 200, "forged": 403}


def test_every_kind_of_answer_was_seen(answers: dict[str, Any]) -> None:
    expected = {**ANSWERED, "http": 301, "host": 400}
    assert {name: answer["status"] for name, answer in answers.items()} == expected


@pytest.mark.parametrize("name", ANSWERED)
def test_headers_that_make_browsers_careful(answers: dict[str, Any], name: str) -> None:
    """M01: on pages and on errors."""
    headers = answers[name]["headers"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.parametrize("name", [*ANSWERED, "host"])
def test_no_script_of_elsewhere_and_none_inside_a_page(answers: dict[str, Any], name: str) -> None:
    """M02: neither the project's pages nor those of the framework allow inline code, a plug-in or a frame."""
    policy = answers[name]["headers"]["content-security-policy"]
    directives = {part.strip().partition(" ")[0]: part.strip().partition(" ")[2] for part in policy.split(";")}
    assert directives["default-src"] in ("'self'", "'none'")
    assert "script-src" not in directives or "unsafe" not in directives["script-src"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert (directives["base-uri"], directives["frame-ancestors"]) == ("'none'", "'none'")


def test_cookies_have_their_flags(answers: dict[str, Any]) -> None:
    """M03"""
    cookies = answers["form"]["cookies"]
    assert "csrftoken" in cookies
    for name, morsel in cookies.items():
        assert (morsel["secure"], morsel["samesite"], morsel["path"], morsel["domain"]) == (True, "Lax", "/", "")
        assert bool(morsel["httponly"]) is (name != "csrftoken")


def test_http_leads_to_https_before_anything_else(answers: dict[str, Any]) -> None:
    """M01: and sets no cookie."""
    answer = answers["http"]
    assert answer["headers"]["location"] == "https://shop.example/own/form/?a=1"
    assert answer["cookies"] == {}
