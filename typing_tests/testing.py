"""The test clients, factories and decorators, as strict type checkers see them."""

from __future__ import annotations

from typing import Any, assert_type

from manoir.http import HttpRequest
from manoir.testing import (
    AsyncClient,
    AsyncRequestFactory,
    CaptureQueriesContext,
    Client,
    ClientResponse,
    RequestFactory,
    TestCase,
    assert_num_queries,
    capture_on_commit_callbacks,
    override_settings,
)


def sync_test() -> None:
    client = Client(headers={"Accept": "text/html"})
    response = client.get("/books/", {"page": 2}, follow=True)
    assert_type(response, ClientResponse)
    assert_type(response.status_code, int)
    assert_type(response.content, bytes)
    assert_type(response.redirect_chain, list[tuple[str, int]])
    assert_type(client.post("/books/", {"title": "Dune"}), ClientResponse)
    assert_type(RequestFactory().get("/books/"), HttpRequest)
    with assert_num_queries(2) as queries:
        assert_type(queries, CaptureQueriesContext)


async def async_test() -> None:
    response = await AsyncClient().get("/books/")
    assert_type(response, ClientResponse)
    assert_type(AsyncRequestFactory().get("/books/"), HttpRequest)
    async with capture_on_commit_callbacks(execute=True) as callbacks:
        assert_type(len(callbacks), int)


@override_settings(DEBUG=True)
def decorated(number: int) -> str:
    return str(number)


assert_type(decorated(5), str)


@override_settings(DEBUG=True)
class BookTests(TestCase):
    databases = ("default",)

    @classmethod
    def setUpTestData(cls) -> None:
        pass

    async def test_page(self) -> None:
        response = await self.async_client.get("/")
        self.assertContains(response, "Welcome", html=True)
        with self.settings(DEBUG=False), self.assertNumQueries(0):
            assert_type(self.client.get("/").json(), Any)
