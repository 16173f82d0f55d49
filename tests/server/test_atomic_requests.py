"""ATOMIC_REQUESTS: a view is one transaction, in either colour, unless it is exempt."""

import pytest

from manoir.bridge import wait
from manoir.db import connection, connections
from manoir.http import HttpResponse
from manoir.testing import Client
from manoir.urls import path
from manoir.views.decorators import non_atomic_requests


async def write_async(request):
    await connections["default"].execute("INSERT INTO note (text) VALUES ('written')")
    if "fail" in request.GET:
        raise ValueError("after writing")
    return HttpResponse(str(connection.in_atomic_block))


def write_sync(request):
    wait(connections["default"].execute("INSERT INTO note (text) VALUES ('written')"))
    if "fail" in request.GET:
        raise ValueError("after writing")
    return HttpResponse(str(connection.in_atomic_block))


@non_atomic_requests
async def write_exempt(request):
    return await write_async(request)


urlpatterns = [
    path("async/", write_async),
    path("sync/", write_sync),
    path("exempt/", write_exempt),
]


@pytest.fixture
def notes(committing_database, settings):
    wait(committing_database.execute("CREATE TABLE note (text varchar(20) NOT NULL)"))
    settings.DATABASES = {"default": {**settings.DATABASES["default"], "ATOMIC_REQUESTS": True}}
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []

    def count():
        return wait(committing_database.fetch("SELECT count(*) FROM note"))[0][0]

    return count


@pytest.mark.parametrize("colour", ["async", "sync"])
def test_view_that_fails_leaves_nothing(notes, colour):
    response = Client(raise_request_exception=False).get(f"/{colour}/?fail=1")
    assert response.status_code == 500
    assert notes() == 0


@pytest.mark.parametrize("colour", ["async", "sync"])
def test_view_that_answers_is_committed(notes, colour):
    assert Client().get(f"/{colour}/").text == "True"
    assert notes() == 1


def test_exempt_view_commits_each_statement(notes):
    assert Client(raise_request_exception=False).get("/exempt/?fail=1").status_code == 500
    assert notes() == 1
