"""APIClient, APIRequestFactory and the test cases of APIs."""

from __future__ import annotations

import io

import pytest

from manoir import rest
from manoir.auth import User
from manoir.conf import settings
from manoir.testing import (
    APIClient,
    APIRequestFactory,
    APISimpleTestCase,
    APITestCase,
    AsyncAPIClient,
    URLPatternsTestCase,
    force_authenticate,
)
from manoir.urls import path


@rest.api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
@rest.decorators.permission_classes([rest.AllowAny])
def echo(request):
    data = request.data
    shown = {key: [str(one) for one in data.getlist(key)] for key in data} if hasattr(data, "getlist") else data
    return rest.Response({"type": request.content_type, "data": shown, "user": str(request.user)})


urlpatterns = [path("", echo)]


def test_formats_of_the_factory():
    factory = APIRequestFactory()
    assert factory.post("/", {"a": 1}, format="json").body == b'{"a":1}'
    assert factory.post("/", {"a": 1}).content_type == "multipart/form-data"
    assert factory.put("/", "x=1", content_type="application/x-www-form-urlencoded").body == b"x=1"
    assert factory.delete("/").body == b""
    with settings.override(REST_FRAMEWORK={"TEST_REQUEST_DEFAULT_FORMAT": "json"}):
        assert factory.patch("/", {"a": [1, {"b": None}]}).body == b'{"a":[1,{"b":null}]}'


def test_what_a_request_cannot_be_is_told():
    factory = APIRequestFactory()
    with pytest.raises(AssertionError, match="not both"):
        factory.post("/", {}, format="json", content_type="application/json")
    with pytest.raises(AssertionError, match="'yaml'"):
        factory.post("/", {}, format="yaml")
    with pytest.raises(AssertionError, match="format='json'"):
        factory.post("/", {"a": {"b": 1}})


def test_csrf_is_left_out_unless_asked_for():
    class View(rest.APIView):
        permission_classes = [rest.AllowAny]
        authentication_classes = [rest.SessionAuthentication]

        def post(self, request):
            return rest.Response()

    for enforce, status in ((False, 200), (True, 403)):
        request = APIRequestFactory(enforce_csrf_checks=enforce).post("/")
        request.user = User(username="ann")
        assert View.as_view()(request).status_code == status


def test_force_authenticate_on_a_request():
    request = APIRequestFactory().get("/")
    force_authenticate(request, user=User(username="ann"), token="t")
    assert echo(request).data["user"] == "ann"


async def test_async_client():
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=[]):
        client = AsyncAPIClient()
        client.force_authenticate(User(username="bob"))
        answer = await client.post("/", {"a": [1]}, format="json")
        assert answer.json() == {"type": "application/json", "data": {"a": [1]}, "user": "bob"}
        assert answer.data["user"] == "bob"


def test_files():
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=[]):
        upload = io.BytesIO(b"hello")
        upload.name = "hello.txt"
        answer = APIClient().put("/", {"file": upload, "x": ["1", "2"]}, format="multipart")
        assert answer.json()["data"] == {"file": ["hello.txt"], "x": ["1", "2"]}


class CaseTests(APISimpleTestCase, URLPatternsTestCase):
    urlpatterns = urlpatterns

    def test_client_of_the_case(self):
        assert isinstance(self.client, APIClient)
        assert self.client.post("/", {"a": 1}, format="json").json()["data"] == {"a": 1}

    async def test_async_client_of_the_case(self):
        answer = await self.async_client.post("/", {"a": 1}, format="json")
        assert answer.json()["data"] == {"a": 1}


def test_cases_have_clients_of_apis():
    assert APITestCase.client_class is APIClient
    assert APITestCase.async_client_class is AsyncAPIClient
