"""`manoir.rest.urls`: pages to sign in and out beside the pages for people."""

from __future__ import annotations

import pytest

from manoir.auth import views
from manoir.conf import settings
from manoir.rest.routers import SimpleRouter
from manoir.urls import include, path, reverse
from tests.rest.conftest import MIDDLEWARE, Caller
from tests.rest.notebook import NoteViewSet

HTML = {"accept": "text/html"}
TEMPLATES = [{"BACKEND": "manoir.templates.Engine", "APP_DIRS": True}]

router = SimpleRouter()
router.register("notes", NoteViewSet)


@pytest.fixture
def site(colour, people):
    urls = [
        path("", include(router.urls)),
        path("api-auth/", include("manoir.rest.urls")),
        path("accounts/login/", views.LoginView.as_view(), name="login"),
    ]
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=MIDDLEWARE, TEMPLATES=TEMPLATES):
        yield Caller(colour)


def test_the_documented_names_and_addresses(site):
    assert reverse("rest_framework:login") == "/api-auth/login/"
    assert reverse("rest_framework:logout") == "/api-auth/logout/"


def test_a_namespace_may_be_said(colour, database):
    with settings.override(ROOT_URLCONF=[path("in/", include("manoir.rest.urls", namespace="rest_framework"))]):
        assert reverse("rest_framework:login") == "/in/login/"


def test_a_page_links_to_it_rather_than_to_the_login_of_the_site(site):
    page = site.get("/notes/?search=x", headers=HTML)
    assert 'href="/api-auth/login/?next=%2Fnotes%2F%3Fsearch%3Dx"' in page.text


def test_signing_in_leads_back_and_the_page_offers_to_sign_out(site, people):
    shown = site.get("/api-auth/login/?next=/notes/")
    assert shown.status_code == 200
    assert "/api-auth/style.css?v=" not in shown.text
    assert 'href="/api-auth/style.css"' in shown.text
    answer = site.post("/api-auth/login/?next=/notes/", {"username": "ann", "password": "ann-secret"})
    assert (answer.status_code, answer["Location"]) == (302, "/notes/")
    page = site.get("/notes/", headers=HTML)
    assert 'action="/api-auth/logout/?next=%2Fnotes%2F"' in page.text


def test_signing_out_leads_back(site, people):
    site.login(people.ann.user)
    answer = site.post("/api-auth/logout/?next=/notes/")
    assert (answer.status_code, answer["Location"]) == (302, "/notes/")
    assert site.get("/notes/").status_code == 403


def test_the_style_is_served(site):
    assert site.get("/api-auth/style.css")["Content-Type"].startswith("text/css")
