"""The view at which a program gets its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from manoir.apps import apps
from manoir.http import HttpResponseBase
from manoir.rest import parsers, renderers
from manoir.rest._errors import outside_atomic_requests
from manoir.rest.authtoken.serializers import AuthTokenSerializer
from manoir.rest.permissions import AllowAny
from manoir.rest.response import Response
from manoir.rest.views import APIView
from manoir.views import answers

__all__ = ["ObtainAuthToken", "obtain_auth_token"]

MOST_TOKENS = 20
"""Tokens of a user that signing in leaves: the oldest go, so that the table cannot grow without bound (H56)."""


class ObtainAuthToken(APIView):
    """POST with `username` and `password` answers `{"token": "…"}`: a new token, whose key is shown this once."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (parsers.FormParser, parsers.MultiPartParser, parsers.JSONParser)
    renderer_classes = (renderers.JSONRenderer,)
    serializer_class: Any = AuthTokenSerializer

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Return the view, outside of ATOMIC_REQUESTS: the count of failed guesses stays though it refuses (H31)."""
        return outside_atomic_requests(super().as_view(**initkwargs))

    def get_serializer_context(self) -> dict[str, Any]:
        """Return what the serializer is told."""
        return {"request": self.request, "format": self.format_kwarg, "view": self}

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return the serializer."""
        return self.serializer_class(*args, **{"context": self.get_serializer_context(), **kwargs})

    @answers
    async def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Make a token."""
        serializer = self.get_serializer(data=await request.adata())
        await serializer.ais_valid(raise_exception=True)
        user = serializer.validated_data["user"]
        tokens = apps.get_model("rest", "Token").objects
        token = await tokens.acreate(user=user)
        await tokens.atrim(user, MOST_TOKENS)
        return Response({"token": token.key}, headers={"Cache-Control": "no-store"})


obtain_auth_token = ObtainAuthToken.as_view()
