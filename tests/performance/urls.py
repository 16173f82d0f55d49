"""The URLconf of the measured requests."""

from __future__ import annotations

from manoir.http import HttpRequest, JsonResponse
from manoir.urls import path


async def greet(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"message": "Hello, World!"})


urlpatterns = [path("json", greet)]
