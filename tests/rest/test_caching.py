"""Answers of an API that are kept: `cache_page` around views, methods and actions of both colours."""

from __future__ import annotations

import itertools

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.rest.decorators import authentication_classes
from manoir.urls import path
from manoir.views.decorators import cache_page, method_decorator, vary_on_cookie
from tests.rest.conftest import MIDDLEWARE, Caller

numbers = itertools.count()
HTML = {"accept": "text/html"}


class Numbers(rest.ViewSet):
    permission_classes = [rest.AllowAny]
    authentication_classes = []

    @method_decorator(cache_page(60))
    def list(self, request, format=None):
        return rest.Response({"number": next(numbers)})

    @method_decorator(cache_page(60))
    async def retrieve(self, request, pk=None):
        return rest.Response({"number": next(numbers)})


@method_decorator(cache_page(60), name="dispatch")
class Dispatched(rest.APIView):
    permission_classes = [rest.AllowAny]
    authentication_classes = []

    async def get(self, request):
        return rest.Response({"number": next(numbers)})


@cache_page(60)
@rest.api_view(["GET"])
@authentication_classes([])
def outside(request):
    return rest.Response({"number": next(numbers)})


@rest.api_view(["GET"])
@authentication_classes([])
@cache_page(60)
def inside(request):
    return rest.Response({"number": next(numbers)})


class Signed(rest.ViewSet):
    permission_classes = [rest.AllowAny]

    @method_decorator(cache_page(60))
    @method_decorator(vary_on_cookie)
    def list(self, request):
        return rest.Response({"number": next(numbers)})


@pytest.fixture
def site(colour, database):
    urls = [
        path("list/", Numbers.as_view({"get": "list"})),
        path("one/<pk>/", Numbers.as_view({"get": "retrieve"})),
        path("dispatched/", Dispatched.as_view()),
        path("outside/", outside),
        path("inside/", inside),
        path("signed/", Signed.as_view({"get": "list"})),
    ]
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=MIDDLEWARE):
        yield Caller(colour)


@pytest.mark.parametrize("address", ["/list/", "/one/1/", "/dispatched/", "/outside/", "/inside/"])
def test_an_answer_is_kept_for_each_media_type(site, address):
    first, again = site.get(address), site.get(address)
    assert again.json() == first.json()
    assert (again["Content-Type"], again["Cache-Control"]) == ("application/json", "max-age=60")
    assert site.get(address, headers=HTML)["Content-Type"].startswith("text/html")
    assert site.get(address).json() == first.json()


def test_an_answer_for_which_somebody_was_asked_who_they_are_is_not_kept(site):
    """H47: with SessionAuthentication, which is on unless a view says otherwise, the session was read."""
    assert site.get("/signed/").json() != site.get("/signed/").json()
