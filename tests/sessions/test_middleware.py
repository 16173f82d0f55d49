from __future__ import annotations

import pytest

import manoir
from manoir.conf import settings
from manoir.http import HttpResponse
from manoir.urls import path

manoir.setup()

from manoir.bridge import run  # noqa: E402
from manoir.sessions import DatabaseStore, Session, SessionMiddleware  # noqa: E402
from manoir.testing import AsyncClient, Client, RequestFactory  # noqa: E402
from manoir.views.decorators import cache_page  # noqa: E402


def untouched(request):
    return HttpResponse("untouched")


def reading(request):
    return HttpResponse(str(request.session.get("a")))


async def areading(request):
    return HttpResponse(str(await request.session.aget("a")))


def writing(request):
    request.session["a"] = request.GET.get("a", "1")
    return HttpResponse("written", status=int(request.GET.get("status", 200)))


async def awriting(request):
    await request.session.aset("a", request.GET.get("a", "1"))
    return HttpResponse("written", status=int(request.GET.get("status", 200)))


def flushing(request):
    request.session.flush()
    return HttpResponse("flushed")


async def interrupted(request):
    await request.session.aset("a", 2)
    await DatabaseStore(request.session.session_key).aflush()
    return HttpResponse("never seen")


urlpatterns = [
    path("untouched/", untouched),
    path("sync/reading/", reading),
    path("async/reading/", areading),
    path("sync/writing/", writing),
    path("async/writing/", awriting),
    path("flushing/", flushing),
    path("interrupted/", interrupted),
    path("cached/", cache_page(60)(reading)),
]


@pytest.fixture(autouse=True)
def _site(database):
    with settings.override(
        ROOT_URLCONF="tests.sessions.test_middleware", MIDDLEWARE=["manoir.sessions.SessionMiddleware"]
    ):
        yield


@pytest.fixture(params=["sync", "async"])
def colour(request):
    return request.param


@pytest.fixture
def browser(colour):
    client = Client() if colour == "sync" else AsyncClient()

    def get(address, **kwargs):
        answer = client.get(address, **kwargs)
        return run(answer) if colour == "async" else answer

    get.client = client
    return get


def test_an_untouched_session_costs_no_query(browser, database, colour):
    browser(f"/{colour}/writing/")
    with database.execute_wrapper(lambda *args: pytest.fail("a query")):
        answer = browser("/untouched/")
    assert "Vary" not in answer.headers
    assert "Cache-Control" not in answer.headers
    assert not answer.cookies


def test_an_anonymous_visitor_leaves_no_row(browser, colour):
    """H50"""
    for _ in range(20):
        answer = browser(f"/{colour}/reading/")
    assert not answer.cookies
    assert answer["Vary"] == "Cookie"
    assert answer["Cache-Control"] == "private"  # H40: caches that keep /account/x.css by its ending ask for no more
    assert Session.objects.count() == 0


def test_an_unchanged_session_is_not_written(browser, database, colour):
    browser(f"/{colour}/writing/")
    statements = []
    with database.observe(lambda event: statements.append(event.sql)):
        assert browser(f"/{colour}/reading/").content == b"1"
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


def test_the_cookie_has_its_flags(browser, colour):
    """M03"""
    with settings.override(SESSION_COOKIE_SECURE=True):
        morsel = browser(f"/{colour}/writing/").cookies["sessionid"]
    assert (morsel["httponly"], morsel["secure"], morsel["samesite"], morsel["path"]) == (True, True, "Lax", "/")
    assert morsel["max-age"] == settings.SESSION_COOKIE_AGE


def test_a_cookie_of_the_browsers_session_has_no_age(browser, colour):
    with settings.override(SESSION_EXPIRE_AT_BROWSER_CLOSE=True):
        morsel = browser(f"/{colour}/writing/").cookies["sessionid"]
    assert (morsel["max-age"], morsel["expires"]) == ("", "")


def test_a_planted_key_is_not_kept(browser, colour):
    """H04"""
    browser.client.cookies["sessionid"] = "a" * 32
    assert browser(f"/{colour}/writing/").cookies["sessionid"].value != "a" * 32
    assert Session.objects.for_key("a" * 32).count() == 0


def test_an_unknown_key_is_taken_back(browser, colour):
    browser.client.cookies["sessionid"] = "a" * 32
    assert browser(f"/{colour}/reading/").cookies["sessionid"]["max-age"] == 0


def test_a_flushed_session_takes_its_cookie_with_it(browser, colour):
    browser(f"/{colour}/writing/")
    assert browser("/flushing/").cookies["sessionid"]["max-age"] == 0
    assert Session.objects.count() == 0


def test_a_failed_request_saves_nothing(browser, colour):
    browser(f"/{colour}/writing/?status=503")
    assert Session.objects.count() == 0


def test_a_session_removed_meanwhile_is_a_400(browser, colour):
    """H47"""
    browser(f"/{colour}/writing/")
    assert browser("/interrupted/").status_code == 400
    assert Session.objects.count() == 0


def test_saving_at_every_request_moves_the_end(browser, colour):
    browser(f"/{colour}/writing/")
    with settings.override(SESSION_SAVE_EVERY_REQUEST=True):
        assert "sessionid" in browser("/untouched/").cookies


def test_pages_that_read_the_session_are_not_cached_for_others(browser, colour):
    """H40"""
    browser(f"/{colour}/writing/?a=secret")
    assert browser("/cached/").content == b"secret"
    assert Client().get("/cached/").content == b"None"


def test_a_session_is_opened_once_also_where_two_threads_touch_it_first():
    layer, request = SessionMiddleware(untouched), RequestFactory().get("/")
    assert layer.open(request) is layer.open(request)
