"""Versioning: where a request says its version, and addresses that keep it."""

from __future__ import annotations

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.rest import serializers
from manoir.rest.reverse import reverse
from manoir.rest.versioning import (
    AcceptHeaderVersioning,
    HostNameVersioning,
    NamespaceVersioning,
    QueryParameterVersioning,
    URLPathVersioning,
)
from manoir.testing import APIClient
from manoir.urls import include, path, re_path
from tests.library.models import Author, Tag

ALLOWED = {"ALLOWED_VERSIONS": ["v1", "v2"], "DEFAULT_VERSION": "v1"}


class Version(rest.APIView):
    permission_classes = [rest.AllowAny]
    authentication_classes = []

    def get(self, request, **kwargs):
        return rest.Response({"version": request.version, "self": reverse("here", request=request)})


def ask(scheme, address, headers=None, urls=None):
    urls = urls or [path("", Version.as_view(versioning_class=scheme), name="here")]
    with settings.override(
        ROOT_URLCONF=urls, MIDDLEWARE=[], REST_FRAMEWORK=ALLOWED, ALLOWED_HOSTS=[".example.com", "testserver"]
    ):
        answer = APIClient().get(address, headers=headers or {})
    return answer.status_code, answer.json()


def test_query_parameter():
    assert ask(QueryParameterVersioning, "/?version=v2") == (
        200,
        {"version": "v2", "self": "http://testserver/?version=v2"},
    )
    assert ask(QueryParameterVersioning, "/")[1]["version"] == "v1"
    assert ask(QueryParameterVersioning, "/?version=v3")[0] == 404


def test_accept_header():
    assert ask(AcceptHeaderVersioning, "/", {"accept": "application/json; version=v2"})[1]["version"] == "v2"
    assert ask(AcceptHeaderVersioning, "/", {"accept": "application/json"})[1]["version"] == "v1"
    assert ask(AcceptHeaderVersioning, "/", {"accept": "application/json; version=v3"})[0] == 406


def test_url_path():
    urls = [re_path(r"^(?P<version>v\d+)/$", Version.as_view(versioning_class=URLPathVersioning), name="here")]
    assert ask(None, "/v2/", urls=urls) == (200, {"version": "v2", "self": "http://testserver/v2/"})
    assert ask(None, "/v3/", urls=urls)[0] == 404


def test_namespace():
    inner = [path("x/", Version.as_view(versioning_class=NamespaceVersioning), name="here")]
    urls = [path("a/", include((inner, "api"), namespace="v1")), path("b/", include((inner, "api"), namespace="v2"))]
    assert ask(None, "/b/x/", urls=urls) == (200, {"version": "v2", "self": "http://testserver/b/x/"})
    assert ask(None, "/a/x/", urls=urls)[1]["version"] == "v1"


class ByAddress(serializers.Serializer):
    tag = serializers.HyperlinkedRelatedField("tag", queryset=Tag.objects.all())
    author = serializers.HyperlinkedRelatedField("author", queryset=Author.objects.all())


class Addresses(Version):
    def post(self, request):
        serializer = ByAddress(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        return rest.Response(serializer.data)


def test_rows_as_addresses_are_in_the_requests_version(database):
    """What an answer shows can be sent back; a view outside of the versions has one address for all."""
    tag, author = Tag.objects.create(label="Art", slug="art"), Author.objects.create(name="Ann")
    inner = [
        path("here/", Addresses.as_view(versioning_class=NamespaceVersioning), name="here"),
        path("tags/<pk>/", Version.as_view(), name="tag"),
    ]
    urls = [
        path("a/", include((inner, "api"), namespace="v1")),
        path("b/", include((inner, "api"), namespace="v2")),
        path("authors/<pk>/", Version.as_view(), name="author"),
    ]
    sent = {"tag": f"http://testserver/b/tags/{tag.pk}/", "author": f"http://testserver/authors/{author.pk}/"}
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=[], REST_FRAMEWORK=ALLOWED):
        answer = APIClient().post("/b/here/", sent, format="json")
        other = APIClient().post("/b/here/", {**sent, "tag": f"/a/tags/{tag.pk}/"}, format="json")
    assert (answer.status_code, answer.json()) == (200, sent)
    assert (other.status_code, list(other.json())) == (400, ["tag"])


def test_host_name():
    assert ask(HostNameVersioning, "/", {"host": "v2.example.com"})[1]["version"] == "v2"
    assert ask(HostNameVersioning, "/", {"host": "testserver"})[1]["version"] == "v1"
    assert ask(HostNameVersioning, "/", {"host": "v9.example.com"})[0] == 404


@pytest.mark.parametrize("version", ["../x", "v1'--", "x" * 1000, "<script>"])
def test_versions_are_of_a_closed_list(version):
    assert ask(QueryParameterVersioning, f"/?version={version}")[0] == 404


def test_a_version_of_no_list_adds_nothing_to_addresses():
    """H48: without ALLOWED_VERSIONS any text is a version, and stays one value of one parameter."""
    view = Version.as_view(versioning_class=QueryParameterVersioning)
    with settings.override(ROOT_URLCONF=[path("", view, name="here")], MIDDLEWARE=[]):
        found = APIClient().get("/?version=1%26admin%3D1%23x").json()
    assert found == {"version": "1&admin=1#x", "self": "http://testserver/?version=1%26admin%3D1%23x"}


def test_addresses_keep_the_format_that_was_asked_for():
    urls = [path("", Version.as_view(), name="here")]
    with settings.override(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        assert APIClient().get("/?format=json").json()["self"] == "http://testserver/?format=json"
