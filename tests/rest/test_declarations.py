"""Slips of the pen in what views declare: told where the view's function is made, with the cure."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.exceptions import ImproperlyConfigured
from manoir.rest import decorators
from manoir.rest.permissions import AllowAny, IsAdminUser, IsAuthenticated
from manoir.rest.routers import SimpleRouter
from manoir.rest.settings import api_settings
from manoir.testing import APIRequestFactory
from manoir.urls import include
from tests.rest.notebook import Note, NoteSerializer, NoteViewSet


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"permission_classes": AllowAny}, r"ListAPIView\.permission_classes is a list of classes: write \[AllowAny\]"),
        ({"permission_classes": "AllowAny"}, r"permission_classes is a list of classes: write \[str\]"),
        ({"permission_classes": [AllowAny()]}, r"permission_classes holds an instance of AllowAny: give the class"),
        ({"permission_classes": ["AllowAny"]}, r"permission_classes holds the text 'AllowAny': give the class itself"),
        ({"filter_backends": rest.SearchFilter}, r"filter_backends is a list of classes: write \[SearchFilter\]"),
        (
            {"serializer_class": NoteSerializer()},
            r"serializer_class holds an instance of NoteSerializer: give the class",
        ),
        ({"pagination_class": "Pages"}, r"pagination_class holds the text 'Pages'"),
        ({"queryset": Note}, r"ListAPIView\.queryset is the class Note: write Note\.objects\.all\(\)"),
        ({"permision_classes": []}, r"received 'permision_classes', .* Did you mean 'permission_classes'"),
    ],
)
def test_what_cannot_work_is_told_when_the_view_is_made(declared, words):
    with pytest.raises(TypeError, match=words):
        rest.ListAPIView.as_view(**declared)


def test_the_same_of_a_class_and_of_a_function():
    class Notes(rest.ListAPIView):
        permission_classes = IsAuthenticated

    with pytest.raises(TypeError, match=r"Notes\.permission_classes is a list of classes: write \[IsAuthenticated\]"):
        Notes.as_view()
    with pytest.raises(TypeError, match=r"hello\.throttle_classes is a list of classes: write \[UserRateThrottle\]"):

        @rest.api_view()
        @decorators.throttle_classes(rest.UserRateThrottle)
        def hello(request):
            return rest.Response("hello")


@pytest.mark.parametrize("name", ["get_serializer_class", "get_permissions", "get_success_headers"])
def test_methods_that_only_say_which_have_one_colour(name):
    async def later(self, *args): ...

    view = type("Notes", (rest.ListAPIView,), {name: later})
    with pytest.raises(TypeError, match=rf"Notes\.{name} is `async def`, and only says which: write `def {name}`"):
        view.as_view()


def test_what_is_worked_out_for_each_request_is_let_be():
    class Notes(rest.ListAPIView):
        queryset = Note.objects.none()

        @property
        def permission_classes(self):
            return [AllowAny]

        @property
        def serializer_class(self):
            return NoteSerializer

    assert callable(Notes.as_view())
    assert callable(NoteViewSet.as_view({"get": "list"}, permission_classes=(IsAuthenticated | IsAdminUser, ~AllowAny)))


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ({"gett": "list"}, r"knows no HTTP method 'gett'\. Did you mean 'get'"),
        ({"GET": "list"}, r"knows no HTTP method 'GET'\. Did you mean 'get'"),
        ({"get": "lst"}, r"NoteViewSet has no method 'lst' to answer GET\. Did you mean 'list'"),
    ],
)
def test_actions_that_nobody_could_ask_for(actions, words):
    with pytest.raises(TypeError, match=words):
        NoteViewSet.as_view(actions)


def test_a_router_takes_viewsets_only():
    with pytest.raises(TypeError, match=r'ListAPIView is none: .* path\("notes/", ListAPIView\.as_view\(\)\)'):
        SimpleRouter().register("notes", rest.ListAPIView, basename="note")


def test_the_patterns_of_a_router_are_included_not_the_router():
    with pytest.raises(ImproperlyConfigured, match=r"no patterns to include: write include\(….urls\)"):
        include(SimpleRouter())


@pytest.mark.parametrize(
    "combine",
    [
        lambda: IsAuthenticated and IsAdminUser,
        lambda: IsAuthenticated or IsAdminUser,
        lambda: not IsAuthenticated,
        lambda: (IsAuthenticated | IsAdminUser) and AllowAny,
        lambda: ~IsAuthenticated and AllowAny,
    ],
)
def test_permissions_are_not_combined_by_words(combine):
    with pytest.raises(TypeError, match=r"combined by &, \| and ~, not by `and`, `or` and `not`: .*IsAuthenticated"):
        combine()


@pytest.mark.parametrize(
    ("answer", "words"),
    [(None, r"returned NoneType .* is a `return` missing\?"), ({}, r"returned dict .* write `return Response\(…\)`")],
)
def test_what_is_no_response_is_told(answer, words):
    view = rest.api_view()(lambda request: answer)
    with pytest.raises(AssertionError, match=words):
        view(APIRequestFactory().get("/"))


def test_a_serializer_is_no_data():
    with pytest.raises(TypeError, match=r"give `serializer\.data`, not the serializer"):
        rest.Response(NoteSerializer(Note()))


def test_a_list_of_settings_is_no_text():
    told = pytest.raises(ImproperlyConfigured, match=r"is a list of dotted paths: write \['manoir\.rest\.permissions")
    with settings.override(REST_FRAMEWORK={"DEFAULT_PERMISSION_CLASSES": "manoir.rest.permissions.AllowAny"}), told:
        assert api_settings.DEFAULT_PERMISSION_CLASSES
