"""A request from the server's call to its answer, in process: with the layers of a new project and without a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from manoir.conf import settings
from manoir.http import HttpRequest, RequestHead
from manoir.server import Handler, RSGIApplication
from manoir.urls import get_resolver, path
from tests.performance.counting import Calls, guard, warm_calls
from tests.performance.urls import greet

LAYERS = [
    "manoir.middleware.SecurityMiddleware",
    "manoir.middleware.CommonMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.middleware.XFrameOptionsMiddleware",
    "manoir.middleware.ContentSecurityPolicyMiddleware",
]


class Headers:
    """Granian's headers, with the methods that are documented."""

    def __init__(self, **headers: str) -> None:
        self.pairs = list(headers.items())

    def items(self) -> list[tuple[str, str]]:
        return self.pairs

    def get(self, name: str, default: str | None = None) -> str | None:
        return next((value for key, value in self.pairs if key == name), default)

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)


class Scope:
    """Granian's scope of one request."""

    proto, http_version, method, scheme, query_string = "http", "1.1", "GET", "http", ""
    client, server, authority = "127.0.0.1:5000", "127.0.0.1:8000", None

    def __init__(self, path: str, **headers: str) -> None:
        self.path = path
        self.headers = Headers(host="testserver", accept="*/*", **headers)


class Protocol:
    """Granian's protocol of one request; keeps what it is told to send."""

    def __init__(self) -> None:
        self.sent: tuple[Any, ...] = ()

    def response_bytes(self, *sent: Any) -> None:
        self.sent = sent

    async def client_disconnect(self) -> None:
        await asyncio.Event().wait()


@pytest.fixture
def application() -> Iterator[RSGIApplication]:
    logger = logging.getLogger("manoir.server")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with settings.override(
        MIDDLEWARE=LAYERS, ROOT_URLCONF="tests.performance.urls", SECURE_CSP={"default-src": ["'self'"]}
    ):
        yield RSGIApplication(Handler())
    logger.setLevel(level)


async def test_a_json_answer_through_the_default_layers(application: RSGIApplication) -> None:
    protocol = Protocol()
    calls = await warm_calls(lambda: application.__rsgi__(Scope("/json"), protocol))
    status, headers, content = protocol.sent
    assert (status, content) == (200, b'{"message":"Hello, World!"}')
    assert dict(headers)["content-security-policy"] == "default-src 'self'"
    guard(calls, 31)


async def test_a_request_is_settled_by_one_look_at_its_host() -> None:
    async def settle() -> None:
        HttpRequest(RequestHead(path="/json", headers=[("host", "testserver")])).settle()

    guard(await warm_calls(settle), 10)


async def test_a_literal_route_among_a_thousand() -> None:
    resolver = get_resolver([path(f"section{n}/page{n}/", greet) for n in range(1_000)])

    async def resolve() -> None:
        assert resolver.resolve("/section999/page999/").func is greet

    guard(await warm_calls(resolve), 3)


async def test_a_route_with_parameters_among_a_thousand() -> None:
    resolver = get_resolver([path(f"section{n}/<int:pk>/<slug:name>/", greet) for n in range(1_000)])

    async def resolve() -> None:
        assert resolver.resolve("/section999/7/tea/").kwargs == {"pk": 7, "name": "tea"}

    guard(await warm_calls(resolve), 6)


async def test_nothing_of_the_head_is_copied_that_nobody_asks_for(application: RSGIApplication) -> None:
    class Untouched(Headers):
        def items(self) -> list[tuple[str, str]]:
            raise AssertionError("the headers were copied")

    scope = Scope("/json")
    await application.__rsgi__(scope, Protocol())
    scope.headers = Untouched(host="testserver")
    protocol = Protocol()
    await application.__rsgi__(scope, protocol)
    assert protocol.sent[0] == 200


async def test_no_timer_is_started_for_each_request(application: RSGIApplication) -> None:
    await application.__rsgi__(Scope("/json"), Protocol())
    with Calls() as calls:
        await application.__rsgi__(Scope("/json"), Protocol())
    assert [name for name in calls.own if name.endswith(("_start", "_look"))] == []


PEOPLE = [
    "manoir.sessions.SessionMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
    "manoir.messages.MessageMiddleware",
]


async def test_sessions_users_messages_and_csrf_cost_an_untouched_request_little_and_no_query() -> None:
    # No database was asked for: a query would be refused.
    async def answer(handler: Handler) -> None:
        request = HttpRequest(
            RequestHead(path="/json", headers=[("host", "testserver"), ("cookie", f"sessionid={'a' * 32}")])
        )
        response = await handler(request)
        assert "vary" not in response.headers
        await handler.finish(request, response)

    counts: list[int] = []
    for layers in ([], PEOPLE):
        with settings.override(MIDDLEWARE=layers, ROOT_URLCONF="tests.performance.urls"):
            handler = Handler()
            calls = await warm_calls(lambda handler=handler: answer(handler))
            counts.append(calls.count)
    added = Calls()
    added.own.update({"all four layers": counts[1] - counts[0]})
    guard(added, 3)
