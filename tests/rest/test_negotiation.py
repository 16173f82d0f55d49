"""Content negotiation and renderers."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from manoir.conf import settings
from manoir.rest.decorators import api_view, renderer_classes
from manoir.rest.renderers import BaseRenderer, JSONRenderer, StaticHTMLRenderer
from manoir.rest.response import Response
from manoir.testing import APIRequestFactory

factory = APIRequestFactory()


class PlainRenderer(BaseRenderer):
    media_type = "text/plain"
    format = "txt"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return f"plain {data['é']}"


@api_view(["GET"])
@renderer_classes([JSONRenderer, PlainRenderer])
def view(request, format=None):
    return Response({"é": 1})


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/*", "text/plain; charset=utf-8"),
        ("text/html, text/plain;q=0.5", "text/plain; charset=utf-8"),
        ("application/json;q=0.2, text/plain;q=0.3", "text/plain; charset=utf-8"),
        ("application/*, text/plain;q=0.9", "application/json"),
        ("application/json; indent=4", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
    ],
)
def test_the_client_decides_by_accept(accept, media_type):
    response = view(factory.get("/", headers={"accept": accept} if accept else {})).render()
    assert (response.status_code, response["Content-Type"]) == (200, media_type)
    assert response["Vary"] == "Accept"


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json;q=0", "nonsense"])
def test_nothing_acceptable_is_406(accept):
    response = view(factory.get("/", headers={"accept": accept})).render()
    assert (response.status_code, response["Content-Type"]) == (406, "application/json")
    assert response.data["detail"].code == "not_acceptable"


def test_format_by_query_and_suffix():
    assert view(factory.get("/?format=txt")).render().content == b"plain 1"
    assert view(factory.get("/"), format="txt").render().content == b"plain 1"
    assert view(factory.get("/?format=xml")).status_code == 404
    with settings.override(REST_FRAMEWORK={"URL_FORMAT_OVERRIDE": None}):
        assert view(factory.get("/?format=txt")).render()["Content-Type"] == "application/json"


def test_two_formats_are_none():
    """H48"""
    answer = view(factory.get("/?format=txt&format=json")).render()
    assert (answer.status_code, str(answer.data["detail"])) == (
        400,
        "The parameter 'format' is given 2 times; give it once.",
    )


@pytest.mark.parametrize(
    ("accept", "content"),
    [
        ("application/json", '{"é":1}'),
        ("application/json; indent=2", '{\n  "é": 1\n}'),
        ("application/json; indent=99", "{\n" + " " * 8 + '"é": 1\n}'),
        ("application/json; indent=-1", '{"é":1}'),
        ("application/json; indent=1000000000", '{"é":1}'),
    ],
)
def test_a_client_may_ask_for_readable_json(accept, content):
    assert view(factory.get("/", headers={"accept": accept})).render().content.decode() == content


def test_json_settings():
    with settings.override(REST_FRAMEWORK={"UNICODE_JSON": False, "COMPACT_JSON": False}):
        assert view(factory.get("/")).render().content == b'{"\\u00e9": 1}'


def test_json_writes_the_types_of_data():
    data = {
        "day": dt.date(2026, 1, 2),
        "at": dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        "price": Decimal("1.50"),
        "id": uuid.UUID(int=1),
        "none": None,
    }
    assert JSONRenderer().render(data) == (
        b'{"day":"2026-01-02","at":"2026-01-02T03:04:05Z","price":"1.50",'
        b'"id":"00000000-0000-0000-0000-000000000001","none":null}'
    )
    assert JSONRenderer().render(None) == b""


class Rows:
    """Rows that were written as JSON before, as serializers give them."""

    def __init__(self, content):
        self.content = content

    def encoded(self):
        return self.content


def test_json_takes_what_is_encoded_already():
    assert JSONRenderer().render(Rows(b"[1,2]")) == b"[1,2]"
    assert JSONRenderer().render({"count": 2, "results": Rows(b"[1,2]")}) == b'{"count":2,"results":[1,2]}'
    assert JSONRenderer().render({"results": Rows(b"[1,2]")}, "application/json; indent=1") == (
        b'{\n "results": [\n  1,\n  2\n ]\n}'
    )


def test_static_html():
    @api_view(["GET"])
    @renderer_classes([StaticHTMLRenderer])
    def page(request):
        return Response("<h1>Hello</h1>")

    response = page(factory.get("/")).render()
    assert (response.content, response["Content-Type"]) == (b"<h1>Hello</h1>", "text/html; charset=utf-8")
