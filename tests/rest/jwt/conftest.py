from __future__ import annotations

from typing import Any

import pytest

from manoir import rest
from manoir.conf import settings
from manoir.rest import jwt
from manoir.rest.jwt.models import BlacklistedToken, OutstandingToken
from manoir.urls import path
from tests import databases
from tests.models.tables import create_tables
from tests.rest.conftest import MIDDLEWARE, Caller


@databases.on_create
async def _tables(connection: Any) -> None:
    # The models themselves: a room whose project has other apps may be the first to ask for the database.
    await create_tables(connection, [OutstandingToken, BlacklistedToken])


class Who(rest.APIView):
    authentication_classes = [jwt.JWTAuthentication]
    permission_classes = [rest.IsAuthenticated]

    async def get(self, request):
        return rest.Response(
            {"user": str(request.user), "kind": type(request.user).__name__, "auth": repr(request.auth)}
        )


urlpatterns = [
    path("who/", Who.as_view()),
    path("stateless/", Who.as_view(authentication_classes=[jwt.JWTStatelessUserAuthentication])),
    path("token/", jwt.TokenObtainPairView.as_view()),
    path("token/refresh/", jwt.TokenRefreshView.as_view()),
    path("token/verify/", jwt.TokenVerifyView.as_view()),
    path("token/blacklist/", jwt.TokenBlacklistView.as_view()),
    path("token/sliding/", jwt.TokenObtainSlidingView.as_view()),
    path("token/sliding/refresh/", jwt.TokenRefreshSlidingView.as_view()),
]

ROTATING = {"ROTATE_REFRESH_TOKENS": True}


def simple_jwt(**options: Any) -> Any:
    return settings.override(SIMPLE_JWT=options)


def bearer(token: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def addresses():
    with settings.override(ROOT_URLCONF=urlpatterns, MIDDLEWARE=MIDDLEWARE):
        yield


@pytest.fixture
def api(colour, people, addresses):
    return Caller(colour)


@pytest.fixture
def sign_in(api):
    """Sign Ann in by her password; the answer's tokens."""

    def get(address: str = "/token/") -> dict[str, str]:
        answer = api.post(address, {"username": "ann", "password": "ann-secret"}, format="json")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get
