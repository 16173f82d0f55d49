"""What a view of an API adds to a request, in calls: authentication, permission, negotiation and JSON among them."""

from __future__ import annotations

from manoir import rest
from manoir.auth import AnonymousUser
from manoir.testing import APIRequestFactory
from tests.performance.counting import guard, warm_calls


class Hello(rest.APIView):
    authentication_classes = [rest.TokenAuthentication, rest.SessionAuthentication]
    permission_classes = [rest.IsAuthenticatedOrReadOnly]

    async def get(self, request):
        return rest.Response({"message": "Hello, World!"})


async def nobody() -> AnonymousUser:
    return AnonymousUser()


async def test_an_answer_of_an_api_view() -> None:
    view, request = Hello.as_view(), APIRequestFactory().get("/")
    request.auser = nobody

    async def answer() -> None:
        response = (await view(request)).render()
        assert response.content == b'{"message":"Hello, World!"}'

    guard(await warm_calls(answer), 104)
